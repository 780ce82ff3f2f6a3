"""What a codec writes it reads back; what it cannot carry it holds."""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from productops.errors import MappingError, UnavailableError
from productops.sdk import (
    Codec,
    Field,
    HeldValueError,
    Mapping,
    Option,
    People,
    Record,
    RichText,
    Row,
    User,
    choice,
    constant,
    markdown,
    once,
    person,
    read_only,
    ref,
    write_only,
)
from productops.sdk.codecs import codec
from sdk_worlds import collection, read, spot

STAGES = Field(
    "s1", "It", "choice", tuple(Option(f"o{n}", name) for n, name in enumerate(["Inbox", "Building", "QA", "Done"]))
)
TAGS = Field("t1", "It", "choices", tuple(Option(f"o{n}", name) for n, name in enumerate("abc")))
PEOPLE = [
    Row("Ada", "ada@example.com", {"memory": "u1"}),
    Row("Ben", None, {"memory": "u2"}),
    Row("Zoe", "z@example.com"),
]


class Who(BaseModel):
    name: str | None = None
    email: str | None = None


class Stage(StrEnum):
    IDEA = "idea"
    DOING = "doing"


def round_trip(at: Any, value: Any) -> Any:
    cell = read(at, at.write(value))
    assert cell.problem is None
    return cell.value


TEXT = spot(str, "text", "It")
NUMBER = spot(float, "number", "It")
WHOLE = spot(int, "number", "It")
MONEY = spot(Decimal, "number", "It")
FLAG = spot(bool, "bool", "It")
DAY = spot(date, "date", "It")
MOMENT = spot(datetime, "datetime", "It")
LABELS = spot(list[str], "labels", "It")
CHOSEN = spot(list[str], TAGS, "It")
RICH = spot(str, "markdown", markdown("It"))


@given(st.text(min_size=1))
def test_text_comes_back(text: str) -> None:
    assert round_trip(TEXT, text) == text


@given(st.integers(-(2**60), 2**60), st.floats(allow_nan=False, allow_infinity=False), st.booleans())
def test_numbers_and_flags_come_back(whole: int, number: float, flag: bool) -> None:
    assert round_trip(WHOLE, whole) == whole
    assert round_trip(NUMBER, number) == number
    assert round_trip(FLAG, flag) is flag


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9))
def test_decimals_go_to_numbers_and_come_back_equal(amount: Decimal) -> None:
    sent = MONEY.write(str(amount))
    assert isinstance(sent, int | float)
    assert Decimal(read(MONEY, sent).value) == amount


def test_one_decimal_has_one_spelling() -> None:
    assert read(MONEY, 9.5).value == read(MONEY, "9.50").value == "9.5"
    assert read(MONEY, 100).value == read(MONEY, 100.0).value == "100"
    assert read(MONEY, "0.0").value == "0"


@given(st.dates(), st.datetimes(timezones=st.just(UTC)))
def test_dates_and_times_come_back(day: date, moment: datetime) -> None:
    assert DAY.write(day.isoformat()) == day
    assert round_trip(DAY, day.isoformat()) == day.isoformat()
    told = read(MOMENT, moment).value
    assert MOMENT.write(told) == moment
    assert round_trip(MOMENT, told) == told


def test_a_time_without_a_zone_is_utc_and_a_time_in_a_date_field_is_its_day() -> None:
    assert MOMENT.write("2026-05-01") == datetime(2026, 5, 1, tzinfo=UTC)
    assert MOMENT.write("2026-05-01T10:00:00+02:00").utcoffset() is not None
    assert DAY.write("2026-05-01T23:59:00Z") == date(2026, 5, 1)


@pytest.mark.parametrize(
    ("kind", "value"),
    [("date", "next week"), ("datetime", "soon"), ("number", "a few"), ("text", ["a", "b"]), ("number", {"a": 1})],
)
def test_what_a_field_cannot_hold_is_held(kind: str, value: object) -> None:
    with pytest.raises(HeldValueError, match=r"ideas: 'It' is .* and cannot hold"):
        spot(Any, kind, "It", default=None).write(value)


@given(st.lists(st.text(min_size=1), unique=True, min_size=1), st.lists(st.sampled_from("abc"), min_size=1))
def test_labels_and_choices_come_back(labels: list[str], chosen: list[str]) -> None:
    assert round_trip(LABELS, labels) == labels
    assert round_trip(CHOSEN, chosen) == chosen


def test_nothing_comes_back_as_nothing() -> None:
    for kind, annotation in (("text", str), ("number", int), ("date", date), ("labels", list[str]), ("link", str)):
        at = spot(annotation | None, kind, ref("It") if kind == "link" else "It", default=None)
        assert round_trip(at, None) is None


def test_text_fields_take_numbers_and_one_element_lists() -> None:
    at = spot(Any, "text", "It", default=None)
    assert (at.write(3), at.write(["a"]), at.write([])) == ("3", "a", None)


def test_a_word_is_not_taken_for_its_letters() -> None:
    assert spot(str, TAGS, "It").write("a") == [TAGS.options[0]]
    with pytest.raises(HeldValueError, match="has no option 'abc'"):
        spot(str, TAGS, "It").write("abc")


def test_a_plain_choice_is_its_options_name() -> None:
    at = spot(str, STAGES, "It")
    assert at.write("QA") == Option("o2")
    assert read(at, Option("o2", "QA")).value == "QA"
    assert read(at, Option("o2")).value == "o2"  # without a name it is still not empty
    with pytest.raises(HeldValueError, match=r"has no option 'Lost' \(it has 'Inbox', 'Building'"):
        at.write("Lost")


GROUPS = {"idea": "Inbox", "doing": ["Building", "QA"], "done": "Done"}


@given(st.sampled_from(sorted(GROUPS)))
def test_choices_come_back_and_the_first_of_a_group_is_written(key: str) -> None:
    at = spot(str, STAGES, choice("It", **GROUPS))
    assert round_trip(at, key) == key
    first = GROUPS[key] if isinstance(GROUPS[key], str) else GROUPS[key][0]
    assert at.write(key).name == first


def test_every_option_of_a_group_reads_as_its_value() -> None:
    at = spot(Stage, STAGES, choice("It", idea="Inbox", doing=["Building", "QA"]))
    assert [read(at, Option(id_)).value for id_ in ("o0", "o1", "o2")] == ["idea", "doing", "doing"]
    unknown = read(at, Option("o3", "Done"))
    assert unknown.value is None
    assert "shows 'Done', which the mapping does not name" in unknown.problem
    assert "which is not an option" in read(at, "Inbox").problem
    with pytest.raises(HeldValueError, match="names no option for 'done'"):
        at.write("done")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "names no options"),
        ({"a": "X", "b": "X"}, "'X' would read as both 'a' and 'b'"),
        ({"a": ["X", "Y"], "b": ["Z", "Y"]}, "'Y' would read as both"),
        ({"a": []}, "gives 'a' no option"),
        ({"a": ""}, "gives 'a' no option"),
    ],
)
def test_a_choice_gives_each_option_to_one_value(options: dict[str, Any], message: str) -> None:
    with pytest.raises(MappingError, match=message):
        choice("Stage", **options)


def test_a_choice_may_have_a_value_called_field() -> None:
    assert choice("Stage", field="X").names() == ["X"]


@given(st.text().map(str.rstrip).filter(bool))
def test_markdown_comes_back(text: str) -> None:
    assert round_trip(RICH, text) == text


def test_markdown_reads_rich_text_without_trailing_space() -> None:
    assert read(RICH, RichText("f", lambda: "**a**\n\n")).value == "**a**"
    assert read(spot(str | None, "markdown", markdown("It"), default=None), RichText("f", lambda: " \n")).value is None


def people(annotation: Any, kind: Any = "person", default: Any = None) -> Any:
    return spot(
        annotation | None, kind, person("It"), People(Row(r.name, r.email, dict(r.ids)) for r in PEOPLE), default
    )


@pytest.mark.parametrize("kind", ["person", "people"])
@pytest.mark.parametrize(
    ("annotation", "form"),
    [(Who, {"name": "Ada", "email": "ada@example.com"}), (str, "ada@example.com"), (dict[str, str | None], None)],
)
def test_one_person_comes_back_in_the_models_form(annotation: Any, kind: str, form: Any) -> None:
    at = people(annotation, kind)
    form = form or {"name": "Ada", "email": "ada@example.com"}
    remote = at.write(form)
    assert remote == ([User("u1")] if kind == "people" else User("u1"))
    if annotation in (Who, str):
        assert round_trip(at, form) == form


@pytest.mark.parametrize(
    ("annotation", "form"),
    [
        (list[Who], [{"name": "Ada", "email": "ada@example.com"}, {"name": "Ben", "email": None}]),
        (list[str], ["ada@example.com", "Ben"]),
    ],
)
def test_several_people_come_back(annotation: Any, form: Any) -> None:
    at = people(annotation, "people")
    assert at.write(form) == [User("u1"), User("u2")]
    assert round_trip(at, form) == form
    assert round_trip(people(annotation, "person"), form[:1]) == form[:1]


def test_many_people_do_not_fit_where_one_goes() -> None:
    with pytest.raises(HeldValueError, match="takes one value; this has 2"):
        people(list[str], "person").write(["Ada", "Ben"])
    cell = read(people(str, "people"), [User("u1"), User("u2")])
    assert cell.value is None
    assert "holds 2 values and it takes one" in cell.problem


def test_nobody_is_nobody() -> None:
    assert people(str).write(None) is None
    assert people(str, "people").write(None) == []
    assert people(list[str], "people").write(None) == []
    assert read(people(str, "people"), []).value is None


@pytest.mark.parametrize("annotation", [str, Who, list[str]])
def test_a_hidden_person_is_held_not_taken_for_nobody(annotation: Any) -> None:
    cell = read(people(annotation, "people"), [User("u9")])
    assert cell.value is None
    assert "user u9, whose name and e-mail are hidden" in cell.problem


def test_what_is_no_person_is_held() -> None:
    assert "'Ada', which is not a person" in read(people(str), "Ada").problem


def test_an_unmatched_person_is_held_and_counted_in_the_callers_directory() -> None:
    directory = People()
    at = spot(str, "person", person("It"), directory)
    with pytest.raises(HeldValueError, match="Zoe has no memory account"):
        at.write("Zoe")
    assert directory.unmatched == {("memory", "Zoe"): 1}
    read(at, User("u1", "Zoe"))
    assert directory.user("memory", "Zoe").id == "u1"


def test_links_are_their_ids_outside_a_sync() -> None:
    one, many = spot(str, "link", ref("It")), spot(list[str], "links", ref("It"))
    assert (one.write("r1"), many.write(["r1", "r2"])) == ("r1", ["r1", "r2"])
    assert round_trip(many, ["r1", "r2"]) == ["r1", "r2"]
    assert round_trip(spot(str, "links", ref("It")), "r1") == "r1"
    with pytest.raises(HeldValueError, match="takes one value; this has 2"):
        spot(list[str], "link", ref("It")).write(["r1", "r2"])


class Linked:
    """Links of which one is known."""

    def link(self, sync: str | None, side: str, remote_id: str) -> str | None:
        return {("epics", "right", "r1"): "L1"}.get((sync or "", side, remote_id))

    def end(self, sync: str | None, side: str, link: str) -> str | None:
        return {("epics", "right", "L1"): "r1"}.get((sync or "", side, link))


def test_links_are_translated_and_unknown_ones_held() -> None:
    class Thing(BaseModel):
        it: str | None = None

    view = Mapping(Thing, it=ref("It", to="epics")).on(collection({"It": "link"}))
    at = view.bind(side="right", links=Linked()).spots["it"]
    assert round_trip(at, "L1") == "L1"
    assert "points to a record that is not synced yet" in read(at, "r2").problem
    with pytest.raises(HeldValueError, match="is not on this side yet"):
        at.write("L2")


def test_a_constant_is_always_there_and_written_at_creation_where_it_has_a_field() -> None:
    class Thing(BaseModel):
        kind: str
        origin: str = ""

    bound = (
        Mapping(Thing, kind=constant("idea"), origin=constant("web", "It"))
        .on(collection({"It": "text"}, It="x"))
        .bind()
    )
    kind, origin = bound.spots["kind"], bound.spots["origin"]
    assert kind.read(Record("1")).value == "idea"
    assert read(origin, "something else").value == "web"
    assert origin.write(None) == "web"
    assert (kind.codec.writable, origin.codec.writable, origin.codec.create_only) == (False, True, True)


def test_wrappers_close_flows_and_keep_the_rest() -> None:
    inner = choice("It", idea="Inbox")
    flows = {
        made: (made.readable, made.writable, made.create_only)
        for made in (once(inner), read_only(inner), write_only(inner))
    }
    assert list(flows.values()) == [(True, True, True), (True, False, False), (False, True, False)]
    both = read_only(once("It"))
    assert (both.readable, both.writable, both.create_only) == (True, False, True)
    at = spot(str, STAGES, read_only(inner))
    assert read(at, Option("o0")).value == "idea"
    assert at.write("idea") == Option("o0")
    assert read_only(constant("x")).sees_empty
    with pytest.raises(MappingError, match="has no option 'Lost'"):
        spot(str, STAGES, once(choice("It", idea="Lost")))


@pytest.mark.parametrize(
    ("declared", "made", "message"),
    [
        ("markdown", "It", r'is formatted text\. Map it with markdown\("It"\)'),
        ("person", "It", r'holds people\. Map it with person\("It"\)'),
        ("text", markdown("It"), "cannot be mapped as Markdown: it is text"),
        (Field("It", "It", "text", read_only="computed"), markdown("It"), "as Markdown: computed"),
        ("text", person("It"), "holds text, not a person"),
        ("text", ref("It"), "is text, not a link"),
        ("text", choice("It", a="x"), "is text, not a single choice"),
        (
            STAGES,
            choice("It", a="Inbox", b="Bulding"),
            "has no option 'Bulding'.* one it has: 'Inbox', 'Building', 'QA'",
        ),
    ],
)
def test_a_field_that_cannot_carry_its_codec_is_refused(declared: Any, made: Any, message: str) -> None:
    with pytest.raises(MappingError, match=message):
        spot(str, declared, made)


def test_a_mapping_takes_names_and_codecs_only() -> None:
    with pytest.raises(MappingError, match="not int"):
        codec(3)  # type: ignore[arg-type]


class Broken(Codec):
    """A user's codec with a mistake in it."""

    def __init__(self, error: Exception) -> None:
        super().__init__("It")
        self.error = error

    def decode(self, value: Any, spot: Any) -> Any:
        raise self.error

    encode = decode


@pytest.mark.parametrize(
    "error", [KeyError("rate"), ZeroDivisionError("by zero"), AttributeError("x"), ValueError("bad")]
)
def test_a_users_codec_that_fails_spoils_one_value_only(error: Exception) -> None:
    at = spot(str, "text", Broken(error))
    problem = read(at, "x").problem
    assert problem is not None
    assert str(error) in problem
    with pytest.raises(HeldValueError, match="ideas: 'It' cannot be written"):
        at.write("x")


def test_bad_weather_inside_a_codec_is_not_a_bad_value() -> None:
    at = spot(str, "text", Broken(UnavailableError("the file server is away")))
    with pytest.raises(UnavailableError):
        read(at, "x")
    with pytest.raises(UnavailableError):
        at.write("x")


@pytest.mark.parametrize(("annotation", "known"), [(Literal["idea", "doing"], True), (Stage, True), (str, True)])
def test_models_with_enums_and_literals_take_choices(annotation: Any, known: bool) -> None:
    at = spot(annotation, STAGES, choice("It", idea="Inbox", doing="Building"))
    assert (round_trip(at, "doing") == "doing") is known
