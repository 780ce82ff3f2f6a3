"""People in texts: by id at each service, by the directory in between, by name where there are no mentions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from productops.connectors import Memory
from productops.errors import AccessError
from productops.sdk import Mapping, People, User
from productops.sdk.codecs import HeldValueError, markdown
from productops.sdk.collection import Field
from productops.sdk.richtext import carry, mentions


class Note(BaseModel):
    text: str | None = None


def spot(system: str, people: People, *, takes: bool = True):
    fields = {"Text": Field("Text", "Text", "markdown", mentions=takes)}
    collection = Memory().collection(system, fields)
    collection.system = system
    return Mapping(Note, text=markdown("Text")).on(collection).bind(people=people).spots["text"]


@pytest.fixture
def people() -> People:
    found = People()
    found.seen("here", User("h1", "Ada Example", "ada@example.com"))
    found.seen("there", User("t1", "Ada E.", "ada@example.com"))
    return found


def test_a_mention_becomes_that_persons_mention_there_and_comes_back(people: People) -> None:
    here, there = spot("here", people), spot("there", people)
    inside = here.codec.decode("Ask [@Ada](user:h1)!", here)
    assert inside == "Ask [@Ada Example](person:ada@example.com)!"
    assert there.write(inside) == "Ask [@Ada Example](user:t1)!"
    assert there.codec.decode("Ask [@Ada E.](user:t1)!", there) == inside
    assert people.unmatched == {}


def test_where_there_are_no_mentions_there_are_names(people: People) -> None:
    plain = spot("there", people, takes=False)
    assert plain.write("Ask [@Ada Example](person:ada@example.com)!") == "Ask @Ada Example!"
    assert people.unmatched == {}


def test_somebody_without_an_account_keeps_the_name_and_is_counted(people: People) -> None:
    here, there = spot("here", people), spot("there", people)
    inside = here.codec.decode("Ask [@Max](user:h2).", here)
    assert inside == "Ask [@Max](person:Max)."
    assert there.write(inside) == "Ask @Max."
    assert people.unmatched == {("there", "Max"): 1}


def test_who_is_not_known_is_looked_for_once() -> None:
    people, asked = People(), []

    def users():
        asked.append(1)
        return [User("t9", "Max")]

    people.seen("here", User("h2", "Max"))
    people.ask("there", users)
    there = spot("there", people)
    assert asked == [], "nobody is asked before it is needed"
    assert there.write("[@Max](person:Max)") == "[@Max](user:t9)"
    for _ in range(2):
        assert there.write("[@Eve](person:eve@example.com)") == "@Eve"
    assert asked == [1]


def test_a_service_that_shows_nobody_is_done_without() -> None:
    def users():
        raise AccessError("no")

    people = People()
    people.ask("there", users)
    with pytest.raises(HeldValueError):
        people.user("there", "Max")


@given(st.text(min_size=1, max_size=20).filter(str.strip), st.text(min_size=1, max_size=20))
def test_any_name_and_any_id_come_back(name: str, to: str) -> None:
    found: list[tuple[str, str]] = []
    text = mentions.link(name, to)
    left = mentions.translated(f"a {text} b", mentions.USER, lambda *each: found.append(each) or "-")
    assert (left, found) == ("a - b", [(" ".join(name.split()), to)])


def test_a_name_that_is_a_mention_elsewhere_stays_one_when_the_words_around_it_change() -> None:
    there = "Ask [@Ada Example](person:ada@example.com) first."
    assert carry("Ask @Ada Example first.", "Ask @Ada Example last.", there) == there.replace("first", "last")
    assert carry("- Ask @Ada Example", "- Do ask @Ada Example\n- more", "- Ask [@Ada Example](person:a)") == (
        "- Do ask [@Ada Example](person:a)\n- more"
    )
    assert carry("Ask @Ada Example.", "Ask nobody.", there) == "Ask nobody."
