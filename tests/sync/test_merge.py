"""The decision table of one field, row by row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, create_model

from productops.connectors.memory import Memory
from productops.sdk import Cell, Field, Mapping, choice, fingerprint, markdown, once, read_only, write_only
from productops.sync.rules.merge import lanes, merge_field


class Thing(BaseModel):
    """One field of each sort."""

    title: str = ""
    text: str = ""
    stage: str | None = None
    tags: list[str] = []


KINDS = {"title": "text", "text": "markdown", "stage": ["A", "B"], "tags": "labels"}
SPECS = {"title": "title", "text": markdown("text"), "stage": choice("stage", a="A", b="B"), "tags": "tags"}


def lane(name="title", direction="both", **right):
    views = [Mapping(Thing, **{**SPECS, **specs}).on(Memory().collection("c", KINDS)) for specs in ({}, right)]
    return lanes(views[0].bind(side="left"), views[1].bind(side="right"), direction)[name]


def cell(value, **more):
    return Cell(fingerprint(value), value, **more)


def known(value):
    return [fingerprint(value), value]


def decide(left, right, base=("old", "old"), name="title", prefer="ask", direction="both", **specs):
    cells = {
        "left": left if isinstance(left, Cell) else cell(left),
        "right": right if isinstance(right, Cell) else cell(right),
    }
    bases = {
        side: None if base is None else known(value)
        for side, value in zip(("left", "right"), base or (0, 0), strict=True)
    }
    return merge_field(lane(name, direction, **specs), cells, bases, prefer)


@pytest.mark.parametrize(
    ("left", "right", "base", "kind", "values"),
    [
        ("old", "old", ("old", "old"), "same", {}),
        ("new", "old", ("old", "old"), "write", {"right": "new"}),
        ("old", "new", ("old", "old"), "write", {"left": "new"}),
        ("new", "new", ("old", "old"), "agree", {}),
        ("new", "newer", ("old", "old"), "conflict", {}),
        (None, "old", ("old", "old"), "write", {"right": None}),
        ("old", "old~", ("old", "old~"), "same", {}),  # each side in its own spelling
        ("new", "old~", ("old", "old~"), "write", {"right": "new"}),
        ("only", None, None, "write", {"right": "only"}),  # never agreed
        ("one", "two", None, "conflict", {}),
        ("one", "one ", None, "agree", {}),
        (None, None, None, "agree", {}),
    ],
)
def test_the_table(left, right, base, kind, values):
    outcome = decide(left, right, base)
    assert (outcome.kind, outcome.values) == (kind, values)


@pytest.mark.parametrize(("prefer", "values"), [("left", {"right": "l"}), ("right", {"left": "r"})])
def test_a_preference_decides_and_keeps_the_loser(prefer, values):
    outcome = decide("l", "r", prefer=prefer)
    assert (outcome.kind, outcome.values, outcome.loser) == ("write", values, True)


def test_one_way_syncs_write_one_way():
    assert decide("old", "new", direction="left_to_right").kind == "same"
    outcome = decide("l", "r", direction="left_to_right")
    assert (outcome.values, outcome.loser) == ({"right": "l"}, True)


@pytest.mark.parametrize("spec", [read_only("title"), once("title")])
def test_what_is_not_written_here_stays(spec):
    assert decide("new", "old", title=spec).kind == "same"
    assert decide("old", "new", title=spec).values == {"left": "new"}


def test_what_is_not_read_here_does_not_flow():
    assert decide("old", "new", title=write_only("title")).values == {}
    assert decide("new", "old", title=write_only("title")).values == {"right": "new"}


def test_a_value_that_cannot_be_read_is_held_and_overwrites_nothing():
    outcome = decide(Cell("h", None, problem="unknown option"), "new")
    assert (outcome.kind, outcome.values) == ("held", {})


def test_protected_text_is_never_overwritten():
    outcome = decide(cell("old", protected="a panel"), "new", name="text")
    assert outcome.kind == "held"
    assert "panel" in outcome.reason


def test_the_same_markdown_in_another_spelling_is_no_conflict():
    assert decide("*a*\n\n- b", "_a_\n\n* b\n", name="text").kind == "agree"


def test_a_move_inside_a_group_updates_only_the_memory():
    moved = Cell(fingerprint("B2"), "b")
    assert decide(moved, "b", ("b", "b"), name="stage").kind == "agree"


@pytest.mark.parametrize(("filled", "kind"), [(True, "agree"), (False, "write")])
def test_a_box_that_nobody_ticked_is_what_the_other_side_leaves_empty(filled, kind):
    box = Field("box", "box", "bool", filled=filled)
    views = [
        Mapping(create_model("Flagged", box=(bool | None, None)), box="box").on(Memory().collection("c", {"box": each}))
        for each in ("bool", box)
    ]
    one = lanes(views[0].bind(side="left"), views[1].bind(side="right"), "both")["box"]
    outcome = merge_field(one, {"left": cell(None), "right": cell(False)}, {"left": None, "right": None}, "ask")
    assert outcome.kind == kind
    assert not one.equal(None, True)


TAGS = st.lists(st.sampled_from("abcdef"), unique=True)


@given(TAGS, TAGS, TAGS)
def test_sets_keep_every_addition_and_every_removal(before, left, right):
    outcome = decide(left or None, right or None, (before or None, before or None), name="tags")
    sides = {"left": set(left), "right": set(right)} | {
        side: set(value or ()) for side, value in outcome.values.items()
    }
    assert sides["left"] == sides["right"]
    added, removed = (set(left) | set(right)) - set(before), set(before) - (set(left) & set(right))
    assert added <= sides["left"]
    assert not removed & sides["left"]
