"""A collection as models: one record at a time, failures told, frames with their columns."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Self

import pandas as pd
import pytest
from annotated_types import Ge
from pydantic import (
    AfterValidator,
    AliasGenerator,
    BaseModel,
    ConfigDict,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from pydantic import Field as PydanticField

from productops import Mapping, People, RoadmapItem, choice, markdown, person
from productops.connectors import Memory
from productops.errors import ConfigError, MissingExtraError
from productops.sdk import Record, User
from productops.sdk.columns import told
from productops.sdk.fieldtype import FieldType
from sdk_worlds import collection


class Stage(StrEnum):
    NEW = "new"
    DONE = "done"


class Who(BaseModel):
    name: str | None = None
    email: str | None = None


class Idea(BaseModel):
    title: str
    stage: Stage = Stage.NEW
    votes: Annotated[int, Ge(0)] = 0
    due: date | None = None
    owner: Who | None = None
    tags: list[str] = PydanticField(default_factory=list)


FIELDS: dict[str, Any] = {
    "Name": "text", "Stage": ["Inbox", "Shipped"], "Votes": "number", "Due": "date", "Owner": "person",
    "Tags": "labels",
}  # fmt: skip
MAPPING = Mapping(
    Idea,
    title="Name",
    stage=choice("Stage", new="Inbox", done="Shipped"),
    votes="Votes",
    due="Due",
    owner=person("Owner"),
    tags="Tags",
)


def test_records_become_models() -> None:
    ideas = collection(
        FIELDS,
        Name="Dark mode",
        Stage="Shipped",
        Votes=3,
        Due=date(2026, 5, 1),
        Owner=User("1", "Ada"),
        Tags=["a", "b"],
    )
    ideas.add(Name="Sparse")
    view = MAPPING.on(ideas)
    assert list(view) == [
        Idea(
            title="Dark mode", stage=Stage.DONE, votes=3, due=date(2026, 5, 1), owner=Who(name="Ada"), tags=["a", "b"]
        ),
        Idea(title="Sparse"),
    ]
    assert view.problems == []
    assert repr(view) == "<View of ideas as Idea>"
    assert [record.id for record, _ in view.pairs()] == ["ideas-1", "ideas-2"]


def test_a_record_that_fails_is_told_and_the_rest_go_on() -> None:
    ideas = collection(FIELDS, Name="One", Votes=-1)
    ideas.add(Votes=3)
    ideas.add(Name="Three")
    view = MAPPING.on(ideas)
    assert [idea.title for idea in view] == ["One", "Three"]
    assert len(view.problems) == 2
    assert view.problems[0].startswith("ideas-1: ideas: 'Votes': it should be greater than or equal to 0")
    assert view.problems[1] == "ideas-2: ideas: 'Name': title is required and empty here"
    assert list(view)
    assert len(view.problems) == 2  # of the last reading, not of all


def test_problems_are_told_before_the_record_is_handed_out() -> None:
    view = MAPPING.on(collection(FIELDS, Name="One", Votes=-1))
    next(iter(view))
    assert len(view.problems) == 1


def test_a_required_field_that_nothing_maps_is_named() -> None:
    view = Mapping(Idea, votes="Votes").on(collection(FIELDS, Votes=1))
    assert list(view) == []
    assert view.problems == ["ideas-1: title: it is required, and nothing gives it"]


def test_iterating_streams_page_by_page() -> None:
    drawn = []

    class Endless(type(collection(FIELDS))):  # type: ignore[misc]
        def scan(self, since: Any = None, fields: Any = None) -> Iterator[Record]:
            for number in range(10**9):
                drawn.append(number)
                yield Record(str(number), {"Name": f"Idea {number}"})

    view = Mapping(Idea, title="Name").on(Endless(Memory(), "endless", FIELDS))
    stream = iter(view)
    assert [next(stream).title for _ in range(3)] == ["Idea 0", "Idea 1", "Idea 2"]
    assert len(drawn) == 3


def test_only_mapped_fields_are_asked_for_and_trash_is_not_shown() -> None:
    asked = []

    class Asked(type(collection(FIELDS))):  # type: ignore[misc]
        def scan(self, since: Any = None, fields: Any = None) -> Iterator[Record]:
            asked.append((since, fields))
            yield Record("1", {"Name": "gone", "Votes": 1}, trashed=True)
            yield Record("2", {"Name": "there", "Votes": 1})

    since = datetime(2026, 1, 1, tzinfo=UTC)
    view = Mapping(Idea, votes="Votes", title="Name").on(Asked(Memory(), "asked", FIELDS))
    assert [item.title for _, item in view.pairs(since)] == ["there"]
    assert asked == [(since, ["Name", "Votes"])]


def test_an_empty_field_is_none_where_none_is_a_value_and_the_default_where_not() -> None:
    class Thing(BaseModel):
        needed: str | None
        chosen: str | None = "default"
        count: int = 7

    things = collection({"Needed": "text", "Chosen": "text", "Count": "number"})
    things.add()
    view = Mapping(Thing, needed="Needed", chosen="Chosen", count="Count").on(things)
    assert list(view) == [Thing(needed=None, chosen=None, count=7)]


# --- validators and constraints of the users' own models


def one(model: type[BaseModel], value: Any, kind: Any = "text") -> Any:
    """Return the model's value for a remote value, or the problem."""
    view = Mapping(model, it="It").on(collection({"It": kind}, It=value))
    found = list(view)
    return found[0].it if found and not view.problems else view.problems[0]


def test_field_validators_of_every_mode_run() -> None:
    class After(BaseModel):
        it: str

        @field_validator("it")
        @classmethod
        def check(cls, value: str) -> str:
            if value == "bad":
                raise ValueError("no bad words")
            return value.upper()

    class Before(BaseModel):
        it: int

        @field_validator("it", mode="before")
        @classmethod
        def strip(cls, value: Any) -> Any:
            return value.removesuffix(" points") if isinstance(value, str) else value

    class Wrap(BaseModel):
        it: int

        @field_validator("it", mode="wrap")
        @classmethod
        def least(cls, value: Any, handler: ValidatorFunctionWrapHandler) -> int:
            return max(0, handler(value))

    class Plain(BaseModel):
        it: int

        @field_validator("it", mode="plain")
        @classmethod
        def size(cls, value: Any) -> Any:
            return value if isinstance(value, int) else len(value)

    assert one(After, "good") == "GOOD"
    assert "no bad words (got 'bad')" in one(After, "bad")
    assert (one(Before, "5 points"), one(Wrap, "-3"), one(Plain, "four")) == (5, 0, 4)


def test_validators_run_in_pydantics_own_order() -> None:
    class Thing(BaseModel):
        it: Annotated[str, AfterValidator(lambda text: text + "1")]

        @field_validator("it")
        @classmethod
        def second(cls, text: str) -> str:
            return text + "2"

        @field_validator("*", mode="before")
        @classmethod
        def first(cls, text: str) -> str:
            return text + "0"

    assert FieldType(Thing, "it").load("x") == Thing(it="x").it == "x012"


def test_validators_see_an_empty_info_as_when_other_fields_failed() -> None:
    class Thing(BaseModel):
        currency: str | None = None
        it: int = 0

        @field_validator("it")
        @classmethod
        def check(cls, value: int, info: ValidationInfo) -> int:
            if info.data.get("currency", "EUR") is None:
                raise ValueError("say the currency")
            assert info.field_name == "it"
            return value

    assert FieldType(Thing, "it").load(3) == 3
    assert "say the currency" in one(Thing, 3)  # the whole model is still asked

    class Account(BaseModel):
        name: str
        it: int

        @field_validator("it")
        @classmethod
        def check(cls, value: int, info: ValidationInfo) -> int:
            return value + len(info.data["name"])

    assert "KeyError: 'name'" in one(Account, 3)


def test_a_models_own_check_and_its_failures_are_told() -> None:
    class Thing(BaseModel):
        it: str

        @model_validator(mode="after")
        def check(self) -> Self:
            if self.it == "crash":
                raise RuntimeError("a mistake in the model")
            if self.it == "odd":
                raise ValueError("too odd")
            return self

    assert one(Thing, "odd") == "ideas-1: too odd"
    assert one(Thing, "crash") == "ideas-1: RuntimeError: a mistake in the model"
    assert one(Thing, "fine") == "fine"


@pytest.mark.parametrize(
    ("config", "value", "kind", "expected"),
    [
        ({"strict": True}, "7", "text", 7),
        ({"extra": "forbid", "frozen": True, "validate_assignment": True}, 7, "number", 7),
        ({"alias_generator": AliasGenerator(alias=str.upper)}, 7, "number", 7),
        ({"title": "Something", "from_attributes": True}, 7, "number", 7),
    ],
)
def test_settings_of_the_model_do_not_stand_in_the_way(config: Any, value: Any, kind: str, expected: int) -> None:
    class Thing(BaseModel):
        model_config = ConfigDict(**config)
        it: int

    assert one(Thing, value, kind) == expected


def test_a_strict_model_reads_dates_and_enums_of_services() -> None:
    class Thing(BaseModel):
        model_config = ConfigDict(strict=True)
        due: date
        it: Stage

    things = collection({"It": "text", "Due": "text"}, It="done", Due="2026-05-01")
    view = Mapping(Thing, it="It", due="Due").on(things)
    assert list(view) == [Thing(it=Stage.DONE, due=date(2026, 5, 1))]


def test_settings_that_say_what_is_valid_count() -> None:
    class Thing(BaseModel):
        model_config = ConfigDict(str_strip_whitespace=True, str_max_length=3)
        it: str

    assert FieldType(Thing, "it").load("  ab ") == "ab"
    assert "at most 3 characters" in one(Thing, "abcd")


def test_aliases_of_a_field_are_the_models_own_business() -> None:
    class Thing(BaseModel):
        it: int = PydanticField(alias="anything", ge=1)

    assert one(Thing, 7, "number") == 7
    assert "greater than or equal to 1" in one(Thing, 0, "number")


@pytest.mark.parametrize(
    ("annotation", "many"),
    [
        (date, False), (str | list[str], None), (str, False), (int | None, False), (Stage, False), (Who, False),
        (Who | None, False), (Decimal, False),
        (list[str], True), (list[Who] | None, True), (set[str], True), (tuple[str, ...], True), (list, True),
        (Annotated[list[str], AfterValidator(list)], True), (Any, None), (dict[str, str], None),
    ],
)  # fmt: skip
def test_whether_a_field_takes_one_or_many_is_read_from_its_type(annotation: Any, many: bool | None) -> None:
    thing = type("Thing", (BaseModel,), {"__annotations__": {"it": annotation}})
    assert FieldType(thing, "it").many is many


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (str, True), (str | None, True), (list[str], True), (Annotated[str, PydanticField(pattern="@")], True),
        (Who, False), (list[Who], False), (dict[str, str], False), (Any, False), (int, False),
    ],
)  # fmt: skip
def test_whether_people_are_text_is_read_from_the_type(annotation: Any, text: bool) -> None:
    thing = type("Thing", (BaseModel,), {"__annotations__": {"it": annotation}})
    assert FieldType(thing, "it").takes_text is text


def test_our_own_roadmap_item_maps() -> None:
    rows = collection(
        {"Name": "text", "Notes": "markdown", "Stage": ["Inbox", "Building"], "Owner": "people", "Target": "date",
         "Effort": "number"},
        Name="Dark mode", Notes="**why**\n", Stage="Building", Owner=[User("1", "Ada", "ada@example.com")],
        Target=date(2026, 5, 1), Effort=2,
    )  # fmt: skip
    view = Mapping(
        RoadmapItem, title="Name", description=markdown("Notes"),
        status=choice("Stage", idea="Inbox", doing="Building"),
        owner=person("Owner"), due="Target", estimate="Effort",
    ).on(rows)  # fmt: skip
    [item] = view
    assert view.problems == []
    assert (item.title, item.description, item.status, item.due, item.estimate) == (
        "Dark mode", "**why**", "doing", date(2026, 5, 1), 2.0,
    )  # fmt: skip
    assert item.owner is not None
    assert item.owner.email == "ada@example.com"
    bound = view.bind(people=People())
    seen = bound.observe(next(rows.scan()))
    assert bound.spots["owner"].write(seen.cells["owner"].value) == [User("1")]


# --- frames


def test_a_frame_has_a_row_a_record_and_the_mapped_columns() -> None:
    ideas = collection(FIELDS, Name="Dark mode", Stage="Shipped", Votes=3, Owner=User("1", "Ada"), Tags=["a", "b"])
    ideas.add(Name="Sparse")
    table = MAPPING.on(ideas).to_frame()
    assert isinstance(table, pd.DataFrame)
    assert list(table.columns) == ["record", "url", "title", "stage", "votes", "due", "owner", "tags"]
    assert table["votes"].tolist() == [3, 0]
    assert table["votes"].dtype == "Int64"
    assert table["stage"].tolist() == ["done", "new"]
    assert (table["owner"][0], table["tags"][0], table["record"][0]) == ("Ada", "a, b", "ideas-1")
    assert table["due"].isna().all()


def test_an_empty_frame_has_its_columns_too() -> None:
    table = MAPPING.on(collection(FIELDS)).to_frame("pandas")
    assert list(table.columns) == ["record", "url", "title", "stage", "votes", "due", "owner", "tags"]
    assert len(table) == 0
    ideas = collection(FIELDS, Name="Dark mode", Stage="Shipped", Votes=3)
    assert table.dtypes.equals(MAPPING.on(ideas).to_frame("pandas").dtypes)
    assert str(table["due"].dtype) == "datetime64[us]"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("3", "3"),
        (["a", "b"], "a, b"),
        (
            [{"name": "Ada", "email": "a@example.com"}, None, {"name": None, "email": "b@example.com"}],
            "Ada, b@example.com",
        ),
        ({"name": "Ada", "email": None}, "Ada"),
        ({"name": None, "email": None}, None),
        ({}, None),
        ([], ""),
    ],
)
def test_people_lists_and_structures_are_one_text(value: object, text: str | None) -> None:
    assert told(value) == text
    structure = {"precision": "quarter", "start": "2026-04-01"}
    assert json.loads(told(structure)) == structure


def test_a_view_is_arrow_data() -> None:
    pyarrow = pytest.importorskip("pyarrow")
    assert pyarrow.table(MAPPING.on(collection(FIELDS))).schema.field("votes").type == pyarrow.int64()


def test_a_missing_backend_names_the_command() -> None:
    pytest.importorskip("narwhals")
    try:
        import polars  # noqa: F401  only to know whether it is there
    except ModuleNotFoundError:
        with pytest.raises(MissingExtraError, match=r'pip install "productops\[polars\]"') as caught:
            MAPPING.on(collection(FIELDS)).to_frame("polars")
        assert caught.value.extra == "polars"
    else:
        assert MAPPING.on(collection(FIELDS)).to_frame("polars").shape == (0, 8)


def test_an_unknown_backend_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"no frame backend 'excel'\. Use one of pandas, polars, pyarrow\."):
        MAPPING.on(collection(FIELDS)).to_frame("excel")  # type: ignore[arg-type]
