"""Laws of values: what counts as equal, and what never does."""

import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from productops.sdk.record import Option, Record, RichText, Unreadable, User, canonical, fingerprint

NAMES = st.text(min_size=1, max_size=5)
OPTIONS = st.builds(Option, NAMES, NAMES)
USERS = st.builds(User, NAMES, NAMES)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "3", "true", "null", "option", "user", "$option", "é", "e\u0301"]),
    st.text(max_size=5),
    st.dates(),
    st.datetimes(timezones=st.just(UTC)),
    OPTIONS,
    USERS,
    st.builds(Unreadable, NAMES),
    st.builds(lambda text: RichText(text, lambda: text), NAMES),
)
VALUES = SCALARS | st.lists(SCALARS, max_size=4)


def form(value: object) -> str:
    return json.dumps(canonical(value), sort_keys=True)


@settings(max_examples=200)
@given(VALUES, VALUES)
def test_fingerprints_are_equal_exactly_when_the_canonical_forms_are(one: object, two: object) -> None:
    assert (fingerprint(one) == fingerprint(two)) == (form(one) == form(two))


@given(VALUES)
def test_a_fingerprint_is_16_characters_and_stays(value: object) -> None:
    mark = fingerprint(value)
    assert mark == fingerprint(value)
    assert len(mark) == 16
    assert int(mark, 16) >= 0


@given(NAMES, NAMES, NAMES)
def test_options_and_users_count_by_id(id_: str, name: str, other: str) -> None:
    assert fingerprint(Option(id_, name)) == fingerprint(Option(id_, other))
    assert fingerprint(User(id_, name)) == fingerprint(User(id_, other, "x@example.com", active=False))
    assert Option(id_, name) == Option(id_, other)
    assert User(id_, name) == User(id_, other)


@given(st.sampled_from([Option, User]), NAMES, NAMES)
def test_different_ids_are_different(kind: type, one: str, two: str) -> None:
    assert (fingerprint(kind(one)) == fingerprint(kind(two))) == (one == two)


def test_who_has_no_id_yet_counts_by_e_mail_and_what_has_none_by_name() -> None:
    assert fingerprint(User("", None, "ada@example.com")) != fingerprint(User("", None, "ben@example.com"))
    assert fingerprint(User("", "Ada", "ada@example.com")) == fingerprint(User("", None, "Ada@example.com"))
    assert fingerprint(Option("", "red")) != fingerprint(Option("", "blue"))


@given(st.lists(SCALARS, max_size=5), st.randoms())
def test_the_order_of_a_list_does_not_matter(items: list[object], random: object) -> None:
    mixed = list(items)
    random.shuffle(mixed)
    assert fingerprint(mixed) == fingerprint(items) == fingerprint(tuple(mixed))


@pytest.mark.parametrize("empty", [None, "", [], (), {}, set()])
def test_null_is_empty(empty: object) -> None:
    assert canonical(empty) is None
    assert fingerprint(empty) == fingerprint(None)


@pytest.mark.parametrize("value", [0, False, 0.0, " ", [None], [""], Option("x"), Unreadable("hidden")])
def test_what_holds_something_is_not_empty(value: object) -> None:
    assert fingerprint(value) != fingerprint(None)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("3", 3),
        ("true", True),
        (1, True),
        ("null", None),
        ("a", ["a"]),
        ("7", Option("7")),
        (Option("7"), User("7")),
        (Option("zz"), ["option", "zz"]),
        (User("zz"), ["user", "zz"]),
        (RichText("zz", str), ["rich", "zz"]),
        ([["a"], "b"], ["a", "b"]),
        ("é", "e\u0301"),
    ],
)
def test_different_kinds_of_value_differ(one: object, two: object) -> None:
    assert fingerprint(one) != fingerprint(two)


def test_one_number_and_one_moment_have_one_form() -> None:
    assert fingerprint(3) == fingerprint(3.0)
    assert fingerprint(0.0) == fingerprint(-0.0)
    assert fingerprint(3) != fingerprint(3.5)
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert fingerprint(noon) == fingerprint(noon.astimezone(timezone(timedelta(hours=5, minutes=30))))
    assert fingerprint(date(2026, 5, 1)) != fingerprint(datetime(2026, 5, 1, tzinfo=UTC))
    assert fingerprint({"a", "b", "c"}) == fingerprint(["c", "b", "a"])


def test_structures_count_by_content_not_by_the_order_of_keys() -> None:
    assert fingerprint({"a": 1, "b": ""}) == fingerprint({"b": None, "a": 1.0})


def test_lone_surrogates_do_not_stop_a_sync() -> None:
    assert fingerprint("\ud800") != fingerprint("\ud801")
    assert fingerprint(["\ud800"]) != fingerprint(["\ud801"])


def test_rich_text_renders_once_and_only_when_asked() -> None:
    calls = []
    text = RichText("abcdefghij", lambda: calls.append(1) or "**hi**", lossy=("a panel",))
    assert repr(text) == "RichText('abcdefgh', lossy=('a panel',))"
    assert fingerprint(text)
    assert not calls
    assert (text.markdown, text.markdown, len(calls)) == ("**hi**", "**hi**", 1)


def test_rich_text_is_equal_by_its_own_form() -> None:
    one, same, other = RichText("f", lambda: "a"), RichText("f", lambda: "b"), RichText("g", lambda: "a")
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert one != "f"
    assert repr(one) == "RichText('f')"


def test_records_are_frozen() -> None:
    record = Record("1")
    with pytest.raises(AttributeError):
        record.id = "2"  # type: ignore[misc]
    assert record.fields == {}


@pytest.mark.parametrize(
    ("value", "mark"),
    [
        ("plain", "300c6425687186d9"),
        ("é\ud800", "54dca3ff92ae5343"),
        (3, "3013a5a95e0c1e40"),
        (3.5, "b781c75f14c675a6"),
        (True, "3894e652d0458ccd"),
        (10**30, "0cb9c6f129695ba8"),
        (date(2026, 1, 2), "742c7b42937172f8"),
        (datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=timezone(timedelta(hours=2))), "181efa64722266a3"),
        (Option("7", "Done"), "5c4fc07e3c75354f"),
        (Option("", "Done"), "705ce1e9672a9e01"),
        (User("é"), "0db1cb8ee6da3299"),
        (User("", email="A@example.com"), "def34a41c5d45dd1"),
        (RichText("ab", str), "2b4b2488a28f1495"),
        (["b", "a", None], "cf08247332e6cf75"),
        ([Option("b"), Option("a")], "c86093743f44f834"),
        ({"b": 1, "a": [1, 2.0]}, "5097cec11ec04f11"),
        (["é", 'a"', "Z"], "04f7a2839a129e51"),
        (-2.5e-8, "4312e34db460740f"),
        (Unreadable("why"), "66d884b27bbb18b1"),
        (None, "73492491789ac3ce"),
    ],
)
def test_a_mark_that_a_state_remembers_is_the_same_for_ever(value: object, mark: str) -> None:
    assert fingerprint(value) == mark
    assert fingerprint(value) == mark  # also when it was asked before


def test_a_formatted_text_is_identified_when_somebody_asks_and_once() -> None:
    asked = []

    def identify() -> str:
        asked.append(1)
        return "abc"

    text = RichText(identify, lambda: "words")
    assert (text.markdown, asked) == ("words", [])
    assert (text.fingerprint, text == RichText("abc", str), hash(text)) == ("abc", True, hash("abc"))
    assert asked == [1]
