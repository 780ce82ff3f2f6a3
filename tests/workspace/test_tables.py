"""Rows for frames and SQL: the same columns and types with and without rows, and nothing that writes."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

import narwhals.stable.v2 as nw
import polars
import pyarrow
import pytest
from pydantic import BaseModel, Field

from productops import demo
from productops.errors import ConfigError
from productops.model.base import Entity
from productops.model.feedback import Feedback
from productops.model.people import Account, PersonRef
from productops.model.roadmap import RoadmapItem
from productops.sdk.table import Table
from productops.workspace import dictionary
from productops.workspace.flat import columns
from productops.workspace.home import Workspace
from productops.workspace.kinds import Kinds

PAGE = Path(__file__).parents[2] / "docs" / "data-dictionary.md"
BACKENDS = ("pandas", "polars", "pyarrow")


@pytest.fixture
def lived(ws):
    company = demo.company()
    ws.add_all(company.feedback, by="ada")
    ws.add_all(company.accounts)
    ws.add_all(company.roadmap.items)
    return ws


def schema(frame):
    return {name: str(kind) for name, kind in nw.from_native(frame).schema.items()}


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_frame_has_the_same_schema_with_and_without_rows(ws, backend):
    empty = {model: schema(ws.frame(model, backend=backend)) for model in (Feedback, Account, RoadmapItem)}
    company = demo.company()
    for records in (company.feedback, company.accounts, company.roadmap.items):
        ws.add_all(records)
    for model, before in empty.items():
        frame = nw.from_native(ws.frame(model, backend=backend))
        assert schema(frame.to_native()) == before
        assert len(frame) == ws.count(model)
        assert frame["id"].to_list() == [item.id for item in ws.all(model)]
    assert empty[Feedback]["received_at"] == "Datetime(time_unit='us', time_zone='UTC')"
    assert (empty[Feedback]["stars"], empty[Feedback]["consent_to_contact"]) == ("Int64", "Boolean")
    assert (empty[Account]["arr"], empty[Feedback]["requester_name"]) == ("Float64", "String")
    assert empty[RoadmapItem]["bucket_start"] == (
        "Datetime(time_unit='us', time_zone=None)" if backend == "pandas" else "Date"
    )


def test_every_class_has_rows_of_its_values(ws):
    company = demo.company()
    for kind in Kinds():
        names = [column.name for column in columns(kind.model)]
        assert len(set(names)) == len(names)
        assert ws.table(kind.model).to_frame("polars").columns == names
    ws.add_all(company.launches)
    ws.add_all(company.accounts)
    launch = company.launch("winter")
    (row,) = ws.table(type(launch), id=launch.id)
    assert (row["name"], row["target_start"], row["owner_name"]) == (launch.name, "2026-10-13", launch.owner.name)
    assert json.loads(row["checklist"])["items"][0]["id"] == launch.checklist.items[0].id
    assert json.loads(row["team_ids"]) == launch.team_ids
    frame = ws.frame(Account, backend="polars")
    assert frame["arr"].to_list() == [None if each.arr is None else float(each.arr) for each in ws.all(Account)]


def test_every_library_that_takes_arrow_takes_a_table(lived):
    table = lived.table(Feedback, lang="en")
    frame = polars.DataFrame(table)
    assert frame.equals(table.to_frame("polars"))
    assert pyarrow.table(table).num_rows == len(table) == sum(1 for _ in lived.find(Feedback, lang="en"))
    assert polars.DataFrame(lived.table(Feedback, lang="xx")).schema == frame.schema


def test_names_that_would_be_doubled_are_told_apart(ws):
    class Inner(BaseModel):
        b: int = 1
        deep: PersonRef | None = None

    class Outer(BaseModel):
        id: str
        a: Inner | None = None
        a_b: str = "x"
        when: date | datetime | None = None
        size: int | float | None = None
        mode: Literal["x", "y"] = "x"
        price: Decimal | None = None

    ws.register("outer", Outer)
    ws.add(Outer(id="1", a=Inner(deep=PersonRef(name="Ada")), size=2))
    (row,) = ws.table(Outer)
    assert row == {
        "id": "1", "a__b": 1, "a_deep_name": "Ada", "a_deep_email": None, "a_deep_external": "[]", "a_b": "x",
        "when": None, "size": 2, "mode": "x", "price": None,
    }  # fmt: skip
    assert ws.table(Outer).columns["size"] == "float"
    assert list(ws.sql('SELECT a__b, a_b FROM "outer"')) == [{"a__b": 1, "a_b": "x"}]


def test_sql_asks_the_views(lived):
    answer = lived.sql("SELECT kind, count(*) AS n FROM feedback GROUP BY kind ORDER BY n DESC, kind")
    found = {}
    for note in lived.all(Feedback):
        found[note.kind.value] = found.get(note.kind.value, 0) + 1
    assert {row["kind"]: row["n"] for row in answer} == found
    assert answer.columns == {"kind": "text", "n": "int"}
    joined = lived.sql(
        "SELECT a.name, a.arr, f.id FROM feedback f JOIN account a ON a.id = f.account_id WHERE a.arr > :least -- yes",
        least=1000,
    )
    accounts = {each.id: each for each in lived.all(Account)}
    assert {(row["name"], row["arr"], row["id"]) for row in joined} == {
        (accounts[note.account_id].name, float(accounts[note.account_id].arr), note.id)
        for note in lived.all(Feedback)
        if note.account_id and (accounts[note.account_id].arr or 0) > 1000
    }
    assert len(joined) > 5
    people = lived.sql(
        "WITH x AS (SELECT requester_name AS n FROM feedback) SELECT n FROM x WHERE n LIKE '%a%' ORDER BY n;"
    )
    assert [row["n"] for row in people] == sorted(
        note.requester.name
        for note in lived.all(Feedback)
        if note.requester and "a" in (note.requester.name or "").lower()
    ) or lived._store.engine.dialect.name == "postgresql"
    assert len(people) > 3
    assert lived.sql("SELECT '10:30' AS t, 'a :b' AS u").to_frame("polars").rows() == [("10:30", "a :b")]
    done = lived.sql("SELECT count(*) AS n FROM feedback WHERE consent_to_contact")
    assert [row["n"] for row in done] == [sum(1 for note in lived.all(Feedback) if note.consent_to_contact)]


def test_sql_asks_the_history(lived):
    item = lived.get(RoadmapItem, "item_01")
    item.title = "Other"
    lived.save(item, by="noor")
    rows = list(lived.sql("SELECT field, old, new, \"by\", at FROM changes WHERE id = 'item_01' AND field <> '*'"))
    assert [(row["field"], json.loads(row["new"]), row["by"]) for row in rows] == [("title", "Other", "noor")]
    assert datetime.fromtimestamp(rows[0]["at"], UTC).date() == lived.last_change().date()


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM ws_entities",
        "DROP TABLE ws_entities",
        "SELECT 1) AS x; DELETE FROM ws_entities; --",
        "SELECT 1; DELETE FROM ws_entities",
        "WITH gone AS (DELETE FROM ws_entities RETURNING id) SELECT * FROM gone",
        "UPDATE ws_entities SET data = NULL RETURNING id",
        "ATTACH DATABASE 'x.db' AS x",
        "PRAGMA writable_schema = 1",
        "COMMIT",
        "SELECT nonsense FROM feedback",
        "",
        "SELECT id FROM feedback WHERE id = :id",
    ],
)
def test_sql_that_is_no_select_is_refused_and_changes_nothing(lived, query):
    with pytest.raises(ConfigError):
        lived.sql(query)
    assert lived.count(Feedback) == len(demo.company().feedback)
    assert [row["n"] for row in lived.sql("SELECT count(*) AS n FROM feedback")] == [60]


def test_sql_sees_what_a_batch_wrote_so_far(lived):
    with lived.batch():
        lived.add(Feedback(id="fb_new", text="x"))
        assert [row["n"] for row in lived.sql("SELECT count(*) AS n FROM feedback")] == [61]


def test_a_table_shows_itself():
    table = Table({"a": "text", "b": "int"}, [["<b>", 1], [None, None]])
    assert str(table) == "a    b\n<b>  1" + "\n"
    assert "&lt;b&gt;" in table._repr_html_()
    assert repr(table) == "<Table of 2 rows: a, b>"
    assert list(table) == [{"a": "<b>", "b": 1}, {"a": None, "b": None}]
    long = Table({"a": "int"}, [[number] for number in range(30)])
    assert str(long).endswith("… 10 more")
    assert "10 more rows" in long._repr_html_()
    with pytest.raises(ConfigError, match="no frame backend"):
        table.to_frame("excel")
    with pytest.raises(ConfigError, match="no 64-bit number"):
        Table({"a": "int"}, [[10**30]]).to_frame("polars")


def test_the_data_dictionary_is_that_of_the_model():
    write = "from productops.workspace.dictionary import page; print(page(), end='')"
    hint = f'run: python -c "{write}" > docs/data-dictionary.md'
    assert PAGE.read_text(encoding="utf-8") == dictionary.page(), hint


def test_the_dictionary_tells_what_each_column_of_each_class_means():
    text = dictionary.page()
    for kind in Kinds():
        section = text.partition(f"## {kind.name}\n")[2].partition("\n## ")[0]
        for column in columns(kind.model):
            common = issubclass(kind.model, Entity) and column.name in dictionary.COMMON
            assert common or f"| `{column.name}` | " in section
    assert "One of new, triaged" in text
    assert "`requester` is who said it" in text


def test_rows_from_before_a_field_was_there_show_its_default(ws):
    class Deal(BaseModel):
        id: str

    class Grown(BaseModel):
        id: str
        stage: str = "it's: new"
        won: bool = False
        sure: float = 0.5
        size: int = 3
        tags: list[str] = []
        more: dict[str, int] = Field(default_factory=dict)
        note: str | None = "x"

    ws.register("deal", Deal)
    ws.add(Deal(id="d1"))
    with Workspace(ws._store.location) as later:
        later.register("deal", Grown)
        later.add(Grown(id="d2", stage="won", won=True, sure=1.0, size=1, tags=["a"], note=None))
        found = list(later.sql("SELECT * FROM deal ORDER BY id"))
        assert found == list(later.table(Grown))
        assert found[0]["stage"] == "it's: new"
        assert list(later.sql("SELECT id FROM deal WHERE size = 3 AND NOT won")) == [{"id": "d1"}]
