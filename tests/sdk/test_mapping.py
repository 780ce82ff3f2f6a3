"""The table between a model and a remote: what it refuses, what it remembers, what a spot reads and writes."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Gt
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from productops.errors import ConfigError, MappingError
from productops.sdk import (
    Cell,
    Field,
    HeldValueError,
    Mapping,
    Names,
    Option,
    People,
    Record,
    RichText,
    Seen,
    Unreadable,
    User,
    choice,
    constant,
    markdown,
    once,
    person,
    read_only,
    write_only,
)
from productops.sdk.collection import Schema
from productops.sdk.mapping import PROTECTED
from sdk_worlds import collection, read, spot


class Idea(BaseModel):
    title: str
    stage: str | None = None
    votes: int = 0


FIELDS = {"Name": "text", "Stage": ["Inbox", "Shipped"], "Votes": "number"}


# --- writing a mapping


def test_an_unknown_model_field_is_refused_with_a_suggestion() -> None:
    with pytest.raises(MappingError, match=r"Idea has no field 'titel'\. Did you mean title\?"):
        Mapping(Idea, titel="Name")
    with pytest.raises(MappingError, match=r"It has: title, stage, votes\."):
        Mapping(Idea, quux="Name")


def test_a_mapping_needs_a_model_and_a_field() -> None:
    with pytest.raises(MappingError, match="names no field"):
        Mapping(Idea)
    for wrong in (Idea(title="x"), dict, "Idea"):
        with pytest.raises(MappingError, match="needs a pydantic model"):
            Mapping(wrong, title="Name")  # type: ignore[type-var,arg-type]


def test_models_may_have_fields_called_model_and_self() -> None:
    thing = type("Thing", (BaseModel,), {"__annotations__": {"model": str, "self": str}})
    mapping = Mapping(thing, model="Name", self="Name 2")
    assert repr(mapping) == "Mapping(Thing, model, self)"


@pytest.mark.parametrize(
    ("fields", "title"), [({"votes": "V", "title": "N"}, "title"), ({"votes": "V", "stage": "S"}, "votes")]
)
def test_the_title_is_the_field_people_know_a_record_by(fields: dict[str, str], title: str) -> None:
    assert Mapping(Idea, **fields).title == title


def test_a_field_s_type_is_made_once_for_a_model() -> None:
    assert Mapping(Idea, title="Name").adapters["title"] is Mapping(Idea, title="Other").adapters["title"]


# --- meeting a schema


def test_unknown_and_ambiguous_remote_fields_are_refused() -> None:
    view = Mapping(Idea, title="Nam").on(collection(FIELDS))
    with pytest.raises(ConfigError, match=r"ideas has no field 'Nam'\. Did you mean 'Name'\?"):
        view.bind()
    twice = collection({"a": Field("f1", "Name"), "b": Field("f2", "Name")})
    with pytest.raises(ConfigError, match="f1, f2"):
        Mapping(Idea, title="Name").on(twice).bind()
    assert Mapping(Idea, title="f2").on(twice).bind().field_ids == ["f2"]


def test_an_unknown_option_lists_the_known_ones() -> None:
    view = Mapping(Idea, title="Name", stage=choice("Stage", new="Inbux")).on(collection(FIELDS))
    with pytest.raises(MappingError, match=r"'Stage' has no option 'Inbux'.*'Inbox', 'Shipped'"):
        view.bind()


def test_two_model_fields_may_not_write_one_remote_field() -> None:
    ideas = collection(FIELDS)
    with pytest.raises(MappingError, match=r"'Name' is written by two model fields, 'title' and 'stage'"):
        Mapping(Idea, title="Name", stage="name").on(ideas).bind()
    for second in (read_only("Name"), once("Name"), constant("x", "Name")):
        assert Mapping(Idea, title="Name", stage=second).on(ideas).bind().field_ids == ["Name"]


def test_the_callers_empty_directory_of_people_is_the_one_that_fills() -> None:
    class Thing(BaseModel):
        owner: str
        reviewer: str

    people = People()
    things = collection({"Owner": "person", "Reviewer": "person"}, Owner=User("1", "Ada"), Reviewer=User("2", "Ben"))
    bound = Mapping(Thing, owner=person("Owner"), reviewer=person("Reviewer")).on(things).bind(people=people)
    bound.observe(next(things.scan()))
    assert [row.name for row in people] == ["Ada", "Ben"]


# --- names: renames and removals


def bind_again(fields: dict[str, Any], remembered: dict[str, str], mapping: Mapping[Idea] | None = None) -> Any:
    mapping = mapping or Mapping(Idea, title="Name", stage=choice("Stage", new="Inbox", done="Shipped"))
    return mapping.on(collection(fields)).bind(remembered=remembered)


BEFORE = {
    "Name": Field("f1", "Name"),
    "Stage": Field("f2", "Stage", "choice", (Option("o1", "Inbox"), Option("o2", "Shipped"))),
}
RESOLVED = {"Name": "f1", "Stage": "f2", "f2/Inbox": "o1", "f2/Shipped": "o2"}


def test_names_are_resolved_to_ids_once() -> None:
    bound = bind_again(BEFORE, {})
    assert bound.names.resolved == RESOLVED
    assert bind_again(BEFORE, RESOLVED).names == Names(RESOLVED, RESOLVED, [])


def test_a_renamed_field_works_on_with_a_line_of_drift() -> None:
    renamed = {**BEFORE, "Name": Field("f1", "Title"), "New": Field("f9", "Name")}
    bound = bind_again(renamed, RESOLVED)
    assert bound.spots["title"].field.id == "f1"  # not the new field that took the old name
    assert bound.names.drift == ["ideas: the field 'Name' is now called 'Title'"]
    assert bound.names.resolved == RESOLVED


def test_a_renamed_option_works_on_with_a_line_of_drift() -> None:
    options = (Option("o1", "Triage"), Option("o2", "Shipped"))
    bound = bind_again({**BEFORE, "Stage": Field("f2", "Stage", "choice", options)}, RESOLVED)
    stage = bound.spots["stage"]
    assert stage.paused is None
    assert read(stage, Option("o1", "Triage")).value == "new"
    assert stage.write("new") == Option("o1")
    assert bound.names.drift == ["ideas: the option 'Inbox' of 'Stage' is now called 'Triage'"]


def test_a_removed_field_pauses_its_mapping_and_is_remembered() -> None:
    bound = bind_again({"Name": BEFORE["Name"]}, RESOLVED)
    assert bound.spots["stage"].paused == "the field 'Stage' was removed"
    assert bound.names.drift == ["ideas: the field 'Stage' was removed; its mapping is paused"]
    assert bound.names.resolved["Stage"] == "f2"
    assert list(bound.observe(Record("1", {"f1": "Dark mode"})).cells) == ["title"]


def test_a_removed_option_pauses_its_mapping_and_comes_back() -> None:
    gone = {**BEFORE, "Stage": Field("f2", "Stage", "choice", (Option("o1", "Inbox"),))}
    bound = bind_again(gone, RESOLVED)
    assert bound.spots["stage"].paused == "the option 'Shipped' was removed"
    assert bound.names.drift == ["ideas: the option 'Shipped' was removed from 'Stage'; its mapping is paused"]
    assert bound.names.resolved == RESOLVED
    assert bind_again(BEFORE, bound.names.resolved).spots["stage"].paused is None


def test_a_name_typed_in_another_case_is_no_drift() -> None:
    mapping = Mapping(Idea, title=" name")
    first = bind_again(BEFORE, {}, mapping)
    assert bind_again(BEFORE, first.names.resolved, mapping).names.drift == []


def test_a_field_named_by_its_id_never_drifts() -> None:
    mapping = Mapping(Idea, title="f1")
    assert bind_again({"Name": Field("f1", "Renamed")}, {"f1": "f1"}, mapping).names.drift == []


def test_names_alone_say_what_is_unknown() -> None:
    names = Names()
    with pytest.raises(ConfigError):
        names.find_field(Schema(()), "Name")
    assert names.find_option("ideas", Field("f", "F", "choice"), "x") is None
    assert (names.drift, names.resolved) == ([], {})


# --- reading and writing one field


def test_what_was_not_fetched_is_no_cell() -> None:
    at = spot(str, "text", "It")
    assert at.read(Record("1", {})) is None
    assert at.read(Record("1", {"It": "x"})) == Cell(read(at, "x").hash, "x")


def test_what_cannot_be_read_is_a_problem_and_no_value() -> None:
    cell = read(spot(str | None, "text", "It", default=None), Unreadable("no permission"))
    assert (cell.value, cell.problem) == (None, "ideas: 'It' cannot be read: no permission")


@pytest.mark.parametrize("empty", [None, "", []])
def test_empty_is_none_where_the_model_allows_it_and_a_problem_where_not(empty: Any) -> None:
    assert read(spot(str | None, "text", "It"), empty) == Cell(read(spot(str | None, "text", "It"), None).hash)
    assert read(spot(int, "number", "It", default=0), empty).problem is None
    assert "it is required and empty here" in str(read(spot(str, "text", "It"), empty).problem)


def test_writing_nothing_is_refused_where_the_model_requires_something() -> None:
    with pytest.raises(HeldValueError, match="it is required and empty"):
        spot(str, "text", "It").write(None)
    assert spot(str | None, "text", "It").write(None) is None
    assert spot(str, "text", "It", default="x").write(None) is None


@given(st.text(max_size=20))
def test_a_text_longer_than_the_field_takes_is_held_not_cut(text: str) -> None:
    at = spot(str, Field("It", "It", "text", max_length=10), "It")
    if len(text) <= 10:
        assert at.write(text) == text
    else:
        with pytest.raises(HeldValueError, match=f"takes 10 characters; this has {len(text)}"):
            at.write(text)


def test_rich_text_that_markdown_cannot_express_is_protected() -> None:
    at = spot(str, "markdown", markdown("It"))
    whole, lossy = RichText("f", lambda: "a"), RichText("f", lambda: "a", ("a panel", "2 mentions"))
    assert read(at, whole) == Cell(read(at, whole).hash, "a")
    cell = read(at, lossy)
    assert cell.hash == read(at, whole).hash + PROTECTED
    assert cell.protected == "ideas: 'It' holds a panel, 2 mentions, which Markdown cannot express"
    assert cell.value == "a"


def test_a_bad_value_names_the_field_the_reason_and_the_value() -> None:
    cell = read(spot(int, "text", "It"), "many")
    assert cell.value is None
    assert str(cell.problem).startswith("ideas: 'It': 'many' is no whole number")


class Part(BaseModel):
    start: date


class Whole(BaseModel):
    title: str
    due: date | None = None
    at: datetime | None = None
    votes: int | None = None
    part: Part | None = None
    stage: Literal["idea", "done"] | None = None
    tags: list[str] = []
    any: Any = None


@pytest.mark.parametrize(
    ("name", "kind", "why"),
    [
        ("due", "number", r"'It' is number, which does not fit 'due': that is date\. Map a field of that kind"),
        ("due", "bool", "that is date"),
        ("at", "number", "that is datetime"),
        ("votes", "date", "that is number"),
        ("part", "date", r'several parts\. A time is mapped with bucket\("It"\)'),
        ("part", "text", "several parts"),
    ],
)
def test_a_field_whose_kind_never_fits_is_refused_before_any_record_is_read(name, kind, why):
    view = Mapping(Whole, **{name: "It"}).on(collection({"It": kind}))
    with pytest.raises(MappingError, match=why):
        view.bind()
    Mapping(Whole, **{name: write_only("It")}).on(collection({"It": kind})).bind()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *(("due", "text"), ("due", "datetime"), ("at", "date"), ("votes", "text"), ("votes", "bool")),
        *(("stage", "text"), ("tags", "text"), ("tags", "labels"), ("any", "date"), ("any", "number")),
        *(("title", "labels"), ("title", "number"), ("title", "date")),
    ],
)
def test_a_field_that_may_fit_is_taken(name, kind):
    Mapping(Whole, **{name: "It"}).on(collection({"It": kind})).bind()


def test_an_option_for_a_value_that_the_model_has_not_is_refused():
    view = Mapping(Whole, stage=choice("Stage", ideas="Inbox", done="Shipped")).on(collection(FIELDS))
    with pytest.raises(MappingError, match="'ideas' is none of 'idea' or 'done'"):
        view.bind()


@pytest.mark.parametrize(
    ("type_", "value", "why"),
    [
        (date, "soon", "'soon' is no date"),
        (float, "many", "'many' is no number"),
        (bool, "perhaps", "'perhaps' is neither yes nor no"),
        (Literal["a", "b"], "c", "'c' is none of 'a' or 'b'"),
        (Annotated[int, Gt(0)], "-1", "it should be greater than 0 (got '-1')"),
    ],
)
def test_why_a_value_is_not_taken_is_said_in_plain_words(type_, value, why) -> None:
    assert read(spot(type_, "text", "It"), value).problem == f"ideas: 'It': {why}"


def test_a_broken_conversion_keeps_protection() -> None:
    def fail() -> str:
        raise RecursionError("too deep")

    cell = read(spot(str, "markdown", markdown("It")), RichText("f", fail, ("media",)))
    assert cell.hash.endswith(PROTECTED)
    assert cell.protected
    assert "RecursionError: too deep" in str(cell.problem)


# --- what is kept


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
CELLS = st.builds(Cell, st.text(min_size=1), JSON, st.none() | st.text(min_size=1), st.none() | st.text(min_size=1))
WORDS = st.none() | st.text(min_size=1)


@given(
    st.builds(
        Seen,
        st.text(),
        st.dictionaries(st.text(), CELLS, max_size=3),
        st.text(),
        WORDS,
        WORDS,
        WORDS,
        WORDS,
        st.booleans(),
    )
)
def test_what_was_seen_comes_back_from_json(seen: Seen) -> None:
    assert Seen.from_json(seen.to_json()) == seen


@given(CELLS)
def test_a_packed_cell_is_short_and_comes_back(cell: Cell) -> None:
    packed = cell.pack()
    assert packed[-1] is not None
    assert Cell.unpack(packed) == cell


def test_an_observed_record_carries_how_people_call_it() -> None:
    bound = Mapping(Idea, title="Name", votes="Votes").on(collection(FIELDS)).bind()
    record = Record(
        "1", {"Name": "Dark mode", "Votes": 3}, "IDEA-1", "https://example.com/1", "mark", "7", trashed=True
    )
    seen = bound.observe(record)
    assert (seen.title, seen.key, seen.url, seen.marker, seen.version, seen.trashed) == (
        "Dark mode", "IDEA-1", "https://example.com/1", "mark", "7", True,
    )  # fmt: skip
    assert {name: cell.value for name, cell in seen.cells.items()} == {"title": "Dark mode", "votes": 3}
    assert bound.observe(Record("2", {"Votes": 1})).title == ""
