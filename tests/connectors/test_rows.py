"""Rows that go straight into models give the models, and the problems, that records give; whatever the cells hold."""

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from productops.connectors.airtable.cells import decode_row
from productops.connectors.airtable.layout import layout_of
from productops.connectors.jira.fields import Spec, shape_of
from productops.connectors.jira.rows import form_of, page_of
from productops.sdk import Codec, Collection, Field, Mapping, Record, Schema, View, choice, constant, markdown, person
from productops.sdk.plain import Plain
from productops.sdk.rows import Form, Page, Reading, itself
from productops.sdk.transport.parsing import parser_of


class Listed(Collection):
    """Rows of a form, handed out as they are or as records."""

    system, name, container = "example", "things", "example:things"

    def __init__(self, fields: Sequence[Field], form: Form, rows: list[Any]) -> None:
        self.fields, self.form, self.rows = fields, form, rows

    def schema(self, *, refresh: bool = False) -> Schema:
        return Schema(tuple(self.fields), self.name)

    def scan(self, since: datetime | None = None, fields: Sequence[str] | None = None) -> Iterator[Record]:
        return map(self.form.record, self.rows)

    def scan_rows(self, since: datetime | None = None, fields: Sequence[str] | None = None) -> Iterator[Page]:
        return iter([Page(self.form, self.rows)])


class Recorded(Listed):
    """The same, as records only."""

    def scan(self, since: datetime | None = None, fields: Sequence[str] | None = None) -> Iterator[Record]:
        return super().scan(since, fields)


def told(view: View[Any]) -> tuple[list[str], list[str]]:
    """The models as text, since NaN is not itself, and the problems."""
    return [repr(each.__dict__) for each in view], view.problems


class Who(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str | None = None
    email: str | None = None


class Thing(BaseModel):
    title: str
    notes: str | None = None
    owner: Who | None = None
    team: list[Who] = []
    due: date | None = None
    seen: datetime | None = None
    stage: str | None = None
    phase: str = "none"
    tags: list[str] = []
    one_tag: str | None = None
    points: int | None = None
    share: float = 0.5
    done: bool = False
    anything: Any = None
    text_of_number: str | None = None
    fixed: str


odd = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 1, 1.0, 2.5, 2**70, "", "1", "x", "Inbox", "Gone"]),
    st.sampled_from(["2026-01-31", "2026-01-31T09:00:00.000+0100"]),
    st.sampled_from([[], ["Inbox"], ["Inbox", "Gone"], [None], [{"id": "7", "name": "Ada"}], {}, {"error": "#ERROR!"}]),
    st.sampled_from([
        {"id": "7"}, {"id": 7, "name": "Ada"}, {"id": "7", "name": "Ada", "email": "ada@example.com"},
        {"accountId": "7", "displayName": "Ada"}, {"accountId": "8", "displayName": "Ben", "active": False},
        {"id": "7", "value": "Inbox"}, {"id": "7", "name": "Inbox"}, {"id": True, "name": "Inbox"}, {"name": "Inbox"},
    ]),
)  # fmt: skip

# --- Airtable

CHOICES = {"choices": [{"id": "sel1", "name": "Inbox"}, {"id": "sel2", "name": "Shipped"}]}
COLUMNS: dict[str, tuple[str, Any, Any]] = {
    "title": ("singleLineText", None, "A"),
    "notes": ("richText", None, "*a*\n"),
    "owner": ("singleCollaborator", None, {"id": "usr1", "name": "Ada", "email": "ada@example.com"}),
    "team": ("multipleCollaborators", None, [{"id": "usr1", "name": "Ada"}]),
    "due": ("date", None, "2026-01-31"),
    "seen": ("dateTime", None, "2026-01-31T09:00:00.000Z"),
    "stage": ("singleSelect", CHOICES, "Inbox"),
    "phase": ("singleSelect", CHOICES, "Shipped"),
    "tags": ("multipleSelects", CHOICES, ["Inbox", "Shipped"]),
    "one_tag": ("multipleSelects", CHOICES, ["Inbox"]),
    "points": ("number", None, 3),
    "share": ("percent", None, 0.25),
    "done": ("checkbox", None, True),
    "anything": ("formula", {"result": {"type": "date"}}, "2026-01-31"),
    "text_of_number": ("number", None, 3),
}
SPECIAL: dict[str, Any] = {
    "notes": markdown("notes"),
    "owner": person("owner"),
    "team": person("team"),
    "phase": choice("phase", new="Inbox", done="Shipped"),
    "fixed": constant("yes"),
}
MAPPING = Mapping(Thing, **{name: SPECIAL.get(name, name) for name in Thing.model_fields})
described = [
    {"id": f"fld{name}", "name": name, "type": type_, "options": options}
    for name, (type_, options, _) in COLUMNS.items()
]
LAYOUT = layout_of("app1", {"id": "tbl1", "name": "Things", "fields": described}, key=None, view=None)
airtable_rows = st.fixed_dictionaries(
    {}, optional={f"fld{name}": st.one_of(st.just(usual), odd) for name, (*_, usual) in COLUMNS.items()}
)


def airtable(kind: type[Listed], cells: list[dict[str, Any]]) -> View[Thing]:
    readings = LAYOUT.readings(None)
    form = Form(
        cells=lambda row: row["fields"], record=lambda row: Record(row["id"], decode_row(readings, row["fields"])),
        readings=readings,
    )  # fmt: skip
    rows = [{"id": f"rec{at}", "fields": each} for at, each in enumerate(cells)]
    return MAPPING.on(kind(LAYOUT.schema.fields, form, rows))


@settings(max_examples=150, deadline=None)
@given(st.lists(airtable_rows, min_size=1, max_size=4))
@example([{"fldtitle": "A", "fldtags": False}, {"fldtitle": "A", "fldtags": 0}, {"fldtitle": "A", "fldtags": ""}])
def test_rows_of_airtable_are_its_records(cells: list[dict[str, Any]]) -> None:
    assert told(airtable(Listed, cells)) == told(airtable(Recorded, cells))


# --- Jira

KINDS: dict[str, tuple[dict[str, Any], Any]] = {
    "title": ({"type": "string", "system": "summary"}, "A"),
    "notes": ({"type": "string", "custom": "x:textarea"}, {"type": "doc", "version": 1, "content": []}),
    "owner": ({"type": "user"}, {"accountId": "7", "displayName": "Ada", "avatarUrls": {}, "active": True}),
    "team": ({"type": "array", "items": "user"}, [{"accountId": "7", "displayName": "Ada"}]),
    "due": ({"type": "date"}, "2026-01-31"),
    "seen": ({"type": "datetime"}, "2026-01-31T09:00:00.000+0100"),
    "stage": ({"type": "priority"}, {"id": "7", "name": "Inbox", "iconUrl": "x"}),
    "phase": ({"type": "option"}, {"id": "7", "value": "Inbox"}),
    "tags": ({"type": "array", "items": "component"}, [{"id": "7", "name": "Inbox", "self": "x"}]),
    "one_tag": ({"type": "array", "items": "string"}, ["Inbox"]),
    "points": ({"type": "number"}, 3.0),
    "share": ({"type": "number"}, 0.25),
    "done": ({"type": "string"}, "true"),
    "anything": ({"type": "any", "custom": "x:unheard-of"}, {"name": "something", "self": "x"}),
    "text_of_number": ({"type": "number"}, 3),
}
jira_fields = st.fixed_dictionaries(
    {}, optional={name: st.one_of(st.just(usual), odd) for name, (_, usual) in KINDS.items()}
)


def jira_specs() -> list[Spec]:
    options = layout_of("a", {"id": "t", "name": "T", "fields": described}, key=None, view=None).schema.field("stage")
    specs = []
    for name, (schema, _) in KINDS.items():
        shape = shape_of(name, schema, cloud=True)
        known = tuple(type(one)("7" if one.name == "Inbox" else one.id, one.name) for one in options.options)
        specs.append(Spec(Field(name, name, shape.kind, known if "choice" in shape.kind else ()), shape))
    return specs


def jira(kind: type[Listed], fields: list[dict[str, Any]], *, trimmed: bool) -> View[Thing]:
    specs = jira_specs()
    issues = [{"id": str(at), "key": f"P-{at}", "self": "x", "fields": each} for at, each in enumerate(fields)]
    parse = parser_of(page_of(specs)) if trimmed else json.loads
    rows = parse(json.dumps({"issues": issues}).encode())["issues"]
    return MAPPING.on(kind([each.field for each in specs], form_of(specs, lambda key: key), rows))


@settings(max_examples=150, deadline=None)
@given(st.lists(jira_fields, min_size=1, max_size=4))
def test_rows_of_jira_are_its_records_also_without_what_nobody_looks_at(fields: list[dict[str, Any]]) -> None:
    whole = told(jira(Recorded, fields, trimmed=False))
    assert told(jira(Listed, fields, trimmed=False)) == whole
    assert told(jira(Listed, fields, trimmed=True)) == whole
    assert told(jira(Recorded, fields, trimmed=True)) == whole


def test_ordinary_rows_are_not_looked_at_field_by_field(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: Any) -> Any:
        raise AssertionError("read field by field")

    monkeypatch.setattr(View, "_model", slow)
    usual = {f"fld{name}": cell for name, (*_, cell) in COLUMNS.items() if name != "text_of_number"}
    (thing,) = airtable(Listed, [usual])
    assert (thing.phase, thing.tags, thing.owner.email) == ("done", ["Inbox", "Shipped"], "ada@example.com")
    (same,) = jira(
        Listed, [{name: cell for name, (_, cell) in KINDS.items() if name != "text_of_number"}], trimmed=True
    )
    assert (same.phase, same.tags, same.owner.name, same.points) == ("new", ["Inbox"], "Ada", 3)


# --- which rows are believed


class Idea(BaseModel):
    title: str


def reading(seen: list[Any], **more: Any) -> Reading:
    def read(cell: Any) -> Any:
        seen.append(cell)
        return str(cell)

    return Reading(read, **more)


def listed(codec: str | Codec, read: Reading, cells: list[Any]) -> View[Idea]:
    form = Form(cells=lambda row: row, record=lambda row: Record("1", row), readings={"Name": read})
    return Mapping(Idea, title=codec).on(Listed([Field("Name", "Name")], form, [{"Name": cell} for cell in cells]))


def test_a_class_with_a_scan_of_its_own_is_asked_through_it() -> None:
    class Shouting(Listed):
        def scan(self, since: datetime | None = None, fields: Sequence[str] | None = None) -> Iterator[Record]:
            return (Record(each.id, {"Name": each.fields["Name"].upper()}) for each in super().scan(since, fields))

    form = Form(cells=lambda row: row, record=lambda row: Record("1", row))
    ideas = Mapping(Idea, title="Name").on(Shouting([Field("Name", "Name")], form, [{"Name": "quiet"}]))
    assert [each.title for each in ideas] == ["QUIET"]


def test_what_a_text_gave_is_kept_and_no_number_is_taken_for_another() -> None:
    seen: list[Any] = []
    read = reading(seen, key=itself)
    assert [each.title for each in listed("Name", read, ["a", "b", "a", 1, True, 1.0, 1])] == [
        *"aba",
        "1",
        "True",
        "1.0",
        "1",
    ]
    assert seen == ["a", "b", 1, True, 1.0, 1]
    seen.clear()
    by_id = reading(seen, key=lambda cell: (cell["id"],))
    assert [each.title for each in listed("Name", by_id, [{"id": 1}, {"id": True}, {"id": "x"}, {"id": "x"}, {}])] == [
        "{'id': 1}", "{'id': True}", "{'id': 'x'}", "{'id': 'x'}", "{}",
    ]  # fmt: skip
    assert len(seen) == 4


def test_people_are_shared_by_models_only_where_nothing_can_change_them() -> None:
    class Open(BaseModel):
        model_config = ConfigDict(frozen=True)

        name: str | None = None
        email: str | None = None
        nicknames: list[str] = []

    class Owned(BaseModel):
        closed: Who
        open: Open

    ada = {"id": "7", "name": "Ada"}
    fields = [Field(name, name, "person") for name in Owned.model_fields]
    read = LAYOUT.readings(["fldowner"])["fldowner"]
    form = Form(lambda row: row, lambda row: Record("1", row), {"closed": read, "open": read})
    rows = [{"closed": ada, "open": ada}, {"closed": dict(ada), "open": dict(ada)}]
    one, two = Mapping(Owned, closed=person("closed"), open=person("open")).on(Listed(fields, form, rows))
    assert one.closed is two.closed
    one.open.nicknames.append("A")
    assert two.open.nicknames == []


def test_a_codec_of_somebodys_own_is_asked_for_every_record() -> None:
    asked: list[Any] = []

    class Counting(Plain):
        def decode(self, value: Any, spot: Any) -> Any:
            asked.append(value)
            return f"{value} {len(asked)}"

    assert [each.title for each in listed(Counting("Name"), reading([], key=itself), ["a", "a"])] == ["a 1", "a 2"]
