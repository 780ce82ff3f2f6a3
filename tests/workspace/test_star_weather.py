"""Random histories of a star in bad weather: nothing lost, nothing doubled, rest in the end, in whatever order."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from productops import Workspace
from productops.workspace.hub import HubCollection
from sync.weather import WRITE_FAULTS
from workspace.star_weather import HUB, NAMES, Sky, Word, bare

ROUGH = settings(
    max_examples=int(os.environ.get("HISTORIES", "10")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="module")
def home():
    """A place in memory where there is one: these histories commit thousands of times and never lose power."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def blank(home):
    """A workspace without anything in it, for copies: making one takes a while."""
    with Workspace(home / "blank.db") as ws:
        ws.register("word", Word)
    return home / "blank.db"


def places(spokes):
    return st.sampled_from([*NAMES[:spokes], HUB])


def edits(spokes):
    return st.tuples(places(spokes), st.integers(0, 5), st.sampled_from(["x", "y"]))


def steps(spokes):
    calls = st.integers(1, 12 * spokes)
    a_pass = st.tuples(
        st.just("pass"),
        st.lists(st.tuples(calls, st.sampled_from(WRITE_FAULTS)), max_size=3),
        st.lists(st.tuples(calls, edits(spokes)), max_size=2),
    )
    return st.one_of(
        st.tuples(st.just("add"), places(spokes)),
        st.tuples(st.just("edit"), edits(spokes)),
        st.tuples(st.just("wait"), st.integers(1, 60)),
        a_pass,
        a_pass,
    )


def play(sky, history):
    for step in history:
        match step:
            case ("add", place):
                sky.person_adds(place)
            case ("edit", edit):
                sky.person_edits(*edit)
            case ("wait", seconds):
                sky.tick(seconds)
            case ("pass", faults, some):
                sky.run(faults, some)


@st.composite
def histories(draw):
    spokes = draw(st.integers(2, 5))
    return spokes, draw(st.booleans()), draw(places(spokes)), draw(st.lists(steps(spokes), max_size=10))


@given(history=histories())
@ROUGH
def test_nothing_lost_nothing_doubled(home, blank, history):
    spokes, upsert, first, rest = history
    sky = Sky(home, blank, spokes, upsert=upsert)
    sky.person_adds(first)
    sky.tick(120)
    sky.run()  # all meet before two of them hold data
    play(sky, rest)
    passes = sky.calm_down(most=5)
    sky.judge()
    assert passes <= 4
    sky.path.unlink()


def test_a_hub_that_makes_twins_is_noticed(home, blank, monkeypatch):
    """A create that was lost after it happened is repeated; only the id that follows from its key keeps it single."""
    faults = [(at, "lost") for at in range(1, 40)]

    def played():
        sky = Sky(home, blank, 2)
        for weather in ((), faults):
            sky.person_adds("s0")
            sky.tick(120)
            sky.run(weather)
        sky.calm_down(most=5)
        sky.judge()

    played()
    monkeypatch.setattr(HubCollection, "_marker", lambda self, id_: None)
    real = HubCollection.create
    monkeypatch.setattr(
        HubCollection, "create", lambda self, drafts: real(self, [type(draft)(draft.fields) for draft in drafts])
    )
    with pytest.raises(AssertionError, match="doubled"):
        played()


@given(
    spokes=st.integers(2, 4),
    made=st.lists(
        st.lists(st.tuples(st.integers(0, 4), st.integers(0, 1), st.sampled_from(["x", "y"])), max_size=4), max_size=3
    ),
    data=st.data(),
)
@settings(ROUGH, max_examples=int(os.environ.get("HISTORIES", "10")) // 2)
def test_the_order_of_visits_does_not_matter(home, blank, spokes, made, data):
    """The same edits, visited in another order, end the same, except for fields that are in conflict."""
    orders = [list(NAMES[:spokes]), data.draw(st.permutations(NAMES[:spokes]))]
    ends = []
    for order in orders:
        sky = Sky(home, blank, spokes, order=order)
        for _ in range(2):
            sky.person_adds("s0")
        sky.tick(120)
        sky.run()
        for between in made:
            sky.tick(100)
            for place, number, name in between:
                known = sorted(sky.picture(NAMES[place % spokes]))
                sky.person_edits(
                    NAMES[place % spokes],
                    [sky.thing(row) for row in sky.sides[NAMES[place % spokes]].live()].index(known[number]),
                    name,
                )
            sky.run()
        sky.calm_down(most=5)
        sky.judge()
        ws = sky.engine()
        disputed = {
            (sky.things[(value or "").rstrip("~")], item.field)
            for item in ws.conflicts()
            for value in (item.left, item.right)
        }
        ws.close()
        ends.append(({name: sky.picture(name) for name in (*sky.sides, HUB)}, disputed))
        sky.path.unlink()
    (one, here), (two, there) = ends
    for name, picture in one.items():
        for thing, pair in picture.items():
            for field, mine, theirs in zip("xy", pair, two[name][thing], strict=True):
                if (thing, field) not in here | there:
                    assert (mine or "").rstrip("~") == (theirs or "").rstrip("~"), (name, thing, field)
    assert here == there


def even(item):
    """What one spoke may see: the things whose first word has an even number."""
    return number_of(item.x) % 2 == 0


def number_of(word):
    return int((word or "w0").rstrip("~")[1:])


@given(history=histories())
@settings(ROUGH, max_examples=int(os.environ.get("HISTORIES", "10")) // 2)
def test_a_part_never_shows_what_is_outside_of_it(home, blank, history):
    """One spoke sees the even things: the odd words of others never get there, and what is even is all there."""
    spokes, upsert, first, rest = history
    sky = Sky(home, blank, spokes, upsert=upsert, options={"s1": {"where": even}})
    sky.person_adds(first)
    sky.tick(120)
    sky.run()
    for step in rest:
        play(sky, [step])
        nothing_leaked(sky)
    sky.calm_down(most=5)
    nothing_leaked(sky)
    hub, part = sky.picture(HUB), sky.picture("s1")
    ws = sky.engine()
    told = {value.rstrip("~") for item in ws.conflicts(closed=True) for value in (item.left, item.right) if value}
    unsettled = bool(ws.conflicts())
    ws.close()
    assert {thing for thing, (word, _) in hub.items() if number_of(word) % 2 == 0} <= set(part)
    for name in sky.sides:
        for thing, pair in sky.picture(name).items():
            if not unsettled and (name != "s1" or number_of(hub[thing][0]) % 2 == 0):
                assert bare(pair) == bare(hub[thing]), name
    shown = {word for name in (*sky.sides, HUB) for pair in sky.picture(name).values() for word in bare(pair)}
    lost = set().union(*sky.alive.values()) - shown - told
    assert not lost
    sky.path.unlink()


def nothing_leaked(sky):
    for row in sky.sides["s1"].live():
        word = (row.fields["x"] or "w0").rstrip("~")
        assert number_of(word) % 2 == 0 or sky.typed_at[word] == "s1", f"{word} leaked"
