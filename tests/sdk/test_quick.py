"""The quick way of reading tells what reading field by field tells, for any record; and it is what is taken."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import AfterValidator, BaseModel, StringConstraints, ValidationInfo, field_validator
from pydantic import Field as PydanticField

from productops.errors import UnavailableError
from productops.sdk import (
    Codec,
    Mapping,
    Option,
    Record,
    RichText,
    Unreadable,
    User,
    choice,
    constant,
    markdown,
    once,
    person,
    ref,
)
from productops.sdk.plain import Plain
from productops.sdk.spot import Spot
from sdk_worlds import collection


class Stage(StrEnum):
    NEW = "new"
    DONE = "done"


class Who(BaseModel):
    name: str | None = None
    email: str | None = None


def trimmed(value: str, info: ValidationInfo) -> str:
    return value.strip().removesuffix("?") + ("?" if info.data else "")  # tells whether other fields were there


class Thing(BaseModel):
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2)]
    stage: Stage = Stage.NEW
    text: str | None = None
    votes: Annotated[int, PydanticField(ge=0)] = 0
    price: Decimal | None = None
    share: float | None = None
    done: bool = False
    due: date | None = None
    seen: datetime | None = None
    either: date | str | None = None
    anything: Any = None
    kind: Literal["a", "b"] | None = None
    owner: Who | None = None
    people: list[Who] = []
    tags: list[str] = []
    single: list[str] = []
    parent: str | None = None
    fixed: str = "x"
    trim: Annotated[str, AfterValidator(trimmed)] | None = None
    long: str = "-"

    @field_validator("long")
    @classmethod
    def is_long(cls, value: str) -> str:
        return value + "!" * (3 - len(value))


FIELDS: dict[str, Any] = {
    "Title": "text", "Stage": ["Inbox", "Shipped"], "Text": "markdown", "Votes": "number", "Price": "number",
    "Share": "number", "Done": "bool", "Due": "date", "Seen": "datetime", "Either": "date", "Anything": "date",
    "Kind": "text", "Owner": "person", "People": "people", "Tags": "labels", "Single": "text", "Parent": "link",
    "Trim": "text", "Long": "text",
}  # fmt: skip
SPECIAL: dict[str, Any] = {
    "stage": choice("Stage", new="Inbox", done="Shipped"),
    "text": markdown("Text"),
    "owner": person("Owner"),
    "people": person("People"),
    "parent": ref("Parent"),
    "fixed": constant("y"),
    "long": once("Long"),
}
MAPPING = Mapping(Thing, **{name: SPECIAL.get(name, name.capitalize()) for name in Thing.model_fields})
OPTIONS = [*collection(FIELDS).schema().field("Stage").options, Option("o9", "Gone")]
PEOPLE = [User("1", "Ada", "ada@example.com"), User("2", "Ben"), User("3")]
ORDINARY: dict[str, Any] = {
    "Title": "Dark mode", "Stage": OPTIONS[1], "Votes": 3, "Price": 9.50, "Share": 0.25, "Done": True,
    "Due": date(2026, 5, 1), "Seen": datetime(2026, 5, 1, 9, 30, tzinfo=UTC), "Either": date(2026, 5, 2),
    "Anything": date(2026, 5, 3), "Kind": "a", "Owner": PEOPLE[0], "People": PEOPLE[:2], "Tags": ["x", "y"],
    "Single": "one", "Parent": "rec1", "Trim": "  t ", "Long": "l",
}  # fmt: skip
odd = st.one_of(
    st.none(),
    st.text(max_size=4),
    st.integers(-2, 10**20),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(timezones=st.just(timezone(timedelta(hours=2)))),
    st.sampled_from([*OPTIONS, *PEOPLE, Unreadable("hidden")]),
    st.lists(st.sampled_from(["a", "b", *OPTIONS, *PEOPLE]), max_size=3),
    st.sampled_from(
        [RichText("f", lambda: "*words*"), RichText("g", lambda: "", ("panels",)), {"a": 1}, [], "", ["a"]]
    ),
)
records = st.fixed_dictionaries({}, optional={name: st.one_of(st.just(ORDINARY.get(name)), odd) for name in FIELDS})


def bound() -> Any:
    return MAPPING.on(collection(FIELDS)).bind()


def told(thing: Thing) -> str:
    """Everything about a model, as text, for NaN is not itself; a time by its moment, for UTC has two classes."""
    values = {name: getattr(thing, name) for name in Thing.model_fields}
    moments = {name: each.astimezone(UTC).isoformat() for name, each in values.items() if isinstance(each, datetime)}
    return repr({**values, **moments})


@settings(max_examples=200, deadline=None)
@given(records)
def test_cells_are_those_of_every_spot_alone(fields: dict[str, Any]) -> None:
    at, record = bound(), Record("1", fields)
    alone = {name: cell for name, spot in at.spots.items() if (cell := spot.read(record)) is not None}
    seen = at.observe(record).cells
    assert repr(seen) == repr(alone)  # as text: NaN is not itself
    assert list(seen) == list(alone)


@settings(max_examples=200, deadline=None)
@given(records)
def test_models_and_problems_are_those_of_reading_field_by_field(fields: dict[str, Any]) -> None:
    ideas = collection(FIELDS)
    ideas.scan = lambda *_: iter([Record("1", {"Title": "Whole", **fields}), Record("2", fields)])  # type: ignore[method-assign]
    quick = MAPPING.on(ideas)
    models = [told(each) for each in quick]
    slow, problems = [], []
    for record in ideas.scan():
        item, why = quick._model(quick.bind(), record)
        slow += [told(item)] if item is not None else []
        problems += [f"{record.id}: {each}" for each in why]
    assert (models, quick.problems) == (slow, problems)


def test_an_ordinary_record_goes_the_quick_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: Any) -> Any:
        raise AssertionError("read field by field")

    monkeypatch.setattr(Spot, "read", slow)
    at, ideas, record = bound(), collection(FIELDS), Record("1", ORDINARY)
    ideas.scan = lambda *_: iter([record])  # type: ignore[method-assign]
    cells = at.observe(record).cells
    assert cells["price"].value == "9.5"
    assert cells["anything"].value == "2026-05-03"
    assert cells["trim"].value == "t"
    (thing,) = MAPPING.on(ideas)
    assert (thing.stage, thing.owner, thing.single) == (Stage.DONE, Who(name="Ada", email="ada@example.com"), ["one"])
    assert (thing.trim, thing.long) == ("t?", "l!!")
    assert (thing.fixed, thing.due, thing.seen) == ("y", ORDINARY["Due"], ORDINARY["Seen"])


def test_a_codec_that_changes_only_decode_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    class Loud(Plain):
        def decode(self, value: Any, spot: Any) -> Any:
            return str(super().decode(value, spot)).upper()

    class Idea(BaseModel):
        title: str

    ideas = collection({"Name": "text"}, Name="quiet")
    for codec in (Loud("Name"), once(Loud("Name"))):
        view = Mapping(Idea, title=codec).on(ideas)
        assert [each.title for each in view] == ["QUIET"]
        assert view.bind().observe(next(iter(ideas.scan()))).cells["title"].value == "QUIET"


def test_bad_weather_in_a_codec_ends_the_reading() -> None:
    class Away(Codec):
        def decode(self, value: Any, spot: Any) -> Any:
            raise UnavailableError("the file server is away")

    class Idea(BaseModel):
        title: str

    ideas = collection({"Name": "text"}, Name="x")
    view = Mapping(Idea, title=Away("Name")).on(ideas)
    with pytest.raises(UnavailableError):
        list(view)
    with pytest.raises(UnavailableError):
        view.bind().observe(next(iter(ideas.scan())))
