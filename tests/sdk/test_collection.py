"""Fields found by what people type, and the defaults of a collection."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from productops.errors import ConfigError
from productops.sdk import Check, Collection, Field, Option, Record, Schema, Settle

SCHEMA = Schema(
    (
        Field("f1", "Name"),
        Field("f2", "Due date"),
        Field("f3", "Points"),
        Field("f4", "Points"),
        Field("f5", "Stage ", "choice", (Option("o1", "To do"), Option("o2", "Done"))),
        Field("Points2", "f1"),
    ),
    "PROD issues",
)


class Least(Collection):
    system = "least"
    name = "the least"
    container = "least"

    def schema(self, *, refresh: bool = False) -> Schema:
        return SCHEMA

    def scan(self, since: datetime | None = None, fields: Sequence[str] | None = None) -> Iterator[Record]:
        yield Record("1")


@pytest.mark.parametrize(
    ("asked", "found"),
    [("Name", "f1"), ("f3", "f3"), ("due DATE", "f2"), ("Stage", "f5"), (" stage", "f5"), ("Due  date", "f2")],
)
def test_a_field_is_found_by_name_or_id(asked: str, found: str) -> None:
    assert SCHEMA.field(asked).id == found


def test_an_id_wins_over_a_name() -> None:
    assert SCHEMA.field("f1").name == "Name"


def test_an_exact_name_wins_over_another_case() -> None:
    assert Schema((Field("a", "name"), Field("b", "Name"))).field("Name").id == "b"


def test_an_ambiguous_name_lists_the_ids() -> None:
    with pytest.raises(ConfigError, match=r"PROD issues has 2 fields called 'Points'\. Use .* ids instead: f3, f4\."):
        SCHEMA.field("Points")


def test_names_differing_in_case_are_ambiguous_when_neither_is_exact() -> None:
    with pytest.raises(ConfigError, match="a, b"):
        Schema((Field("a", "name"), Field("b", "Name"))).field("NAME")


def test_a_near_miss_is_suggested_also_in_another_case() -> None:
    with pytest.raises(ConfigError, match=r"has no field 'due'\. Did you mean 'Due date'\?"):
        SCHEMA.field("due")
    with pytest.raises(ConfigError, match=r"Did you mean 'Due date'\?"):
        SCHEMA.field("DUEDATE")


def test_a_far_miss_lists_what_there_is() -> None:
    with pytest.raises(ConfigError, match=r"It has: Due date, Name, Points, Stage"):
        SCHEMA.field("quux!")
    many = Schema(tuple(Field(f"f{n}", f"Column {n:02}") for n in range(20)))
    with pytest.raises(ConfigError, match=r"Column 14 and 5 more\."):
        many.field("quux!")
    with pytest.raises(ConfigError, match="no fields at all"):
        Schema(()).field("Name")


def test_options_are_found_by_name_or_id() -> None:
    stage = SCHEMA.field("f5")
    assert (stage.option("Done"), stage.option("o2"), stage.option("done")) == (
        stage.options[1],
        stage.options[1],
        None,
    )


def test_required_are_schema_and_scan() -> None:
    least = Least()
    assert [record.id for record in least.scan()] == ["1"]
    assert least.check().ok
    assert list(least.people()) == []
    assert least.settle() == Settle()
    assert abs(least.server_time() - datetime.now(UTC)) < timedelta(seconds=5)
    assert repr(least) == "<Least the least>"
    assert least.same(SCHEMA.fields[0], 3, 3.0)
    assert not least.same(SCHEMA.fields[0], "3", 3)
    with pytest.raises(TypeError):
        Collection()  # type: ignore[abstract]


@pytest.mark.parametrize(
    ("method", "arguments"),
    [("get", [["1"]]), ("create", [[]]), ("update", [[]]), ("delete", [["1"]]), ("find", [["m"], datetime.now(UTC)])],
)
def test_what_a_collection_cannot_do_names_it(method: str, arguments: list[object]) -> None:
    with pytest.raises(NotImplementedError, match=r"the least cannot"):
        getattr(Least(), method)(*arguments)


def test_a_check_is_true_when_ok_and_prints_its_details() -> None:
    assert Check(ok=True, who="Ada")
    bad = Check(ok=False, who="Ada", details=("No access.", "Ask."))
    assert not bad
    assert str(bad) == "not usable: Ada\nNo access.\nAsk."


def test_settling_adds_late_and_lag() -> None:
    assert Settle(timedelta(seconds=2), timedelta(seconds=3)).total == timedelta(seconds=5)
