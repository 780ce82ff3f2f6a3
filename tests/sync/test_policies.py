"""A field's own rule decides where both sides changed it, and what it overwrites is kept first."""

from dataclasses import replace

import pytest

from flows.world import World
from productops.errors import ConfigError
from productops.sync.rules.policies import blocks, merge_blocks
from sync.desk import Desk


def both(tmp_path, policies, **options):
    """Two ideas, agreed."""
    desk = Desk(tmp_path, policies=policies, **options)
    desk.left.add(summary="One", due="mon", labels=["a", "b"], body="first\n\nsecond")
    desk.run()
    return desk


def shown(desk):
    return desk.left.rows["left-1"].fields, desk.right.rows["right-1"].fields


def test_a_side_wins_by_rule_and_the_other_value_is_kept(tmp_path):
    desk = both(tmp_path, {"due": "left", "title": "right"})
    desk.left.edit("left-1", due="left's", summary="left's")
    desk.right.edit("right-1", Due="right's", Name="right's")
    desk.run()
    left, right = shown(desk)
    assert (left["due"], right["Due"]) == ("left's", "left's")
    assert (left["summary"], right["Name"]) == ("right's", "right's")
    assert desk.sync.conflicts() == []
    kept = {conflict.field: (conflict.left, conflict.right) for conflict in desk.sync.conflicts(closed=True)}
    assert kept == {"due": ("left's", "right's"), "title": ("left's", "right's")}
    assert not desk.sync.plan(full=True)
    assert "left wins" in desk.sync.explain("left-1", "due").steps[0].rule


def test_the_loser_is_stored_before_the_winner_is_sent(tmp_path):
    desk = both(tmp_path, {"due": "left"})
    desk.left.edit("left-1", due="left's")
    desk.right.edit("right-1", Due="right's")
    plan = desk.sync.plan()
    stored = []
    real = desk.right.update

    def update(patches):
        stored.extend(conflict.right for conflict in desk.sync.conflicts(closed=True))
        return real(patches)

    desk.right.update = update
    desk.sync.apply(plan)
    assert stored == ["right's"]


def test_ask_for_one_field_where_a_side_wins_otherwise_also_for_sets(tmp_path):
    desk = both(tmp_path, {"due": "ask", "tags": "ask"}, on_conflict="left")
    desk.left.edit("left-1", due="left's", summary="left's", labels=["x"])
    desk.right.edit("right-1", Due="right's", Name="right's", Tags=["y"])
    desk.run()
    assert shown(desk)[1]["Name"] == "left's"
    assert sorted(conflict.field for conflict in desk.sync.conflicts()) == ["due", "tags"]


def test_a_union_joins_sets_also_when_two_records_meet(tmp_path):
    desk = Desk(tmp_path, policies={"tags": "union"}, match="title")
    desk.left.add(summary="One", labels=["a", "b"])
    desk.right.add(Name="One", Tags=["b", "c"])
    plan = desk.sync.adopt()
    assert not plan.conflicts
    desk.sync.apply(plan)
    assert [sorted(row[name]) for row, name in zip(shown(desk), ("labels", "Tags"), strict=True)] == [
        ["a", "b", "c"]
    ] * 2
    desk.later()
    desk.left.edit("left-1", labels=["a", "c"])
    desk.right.edit("right-1", Tags=["a", "b", "c", "d"])
    desk.run()
    assert sorted(shown(desk)[0]["labels"]) == ["a", "c", "d"], "what was removed stays removed"


def test_texts_are_merged_by_block_and_the_same_block_asks(tmp_path):
    desk = both(tmp_path, {"text": "merge"})
    desk.left.edit("left-1", body="FIRST\n\nsecond")
    desk.right.edit("right-1", Notes="first\n\nsecond\n\nthird")
    desk.run()
    left, right = shown(desk)
    assert left["body"] == right["Notes"] == "FIRST\n\nsecond\n\nthird"
    assert [conflict.left for conflict in desk.sync.conflicts(closed=True)] == ["FIRST\n\nsecond"]
    assert not desk.sync.plan(full=True)
    desk.left.edit("left-1", body="FIRST\n\nleft's\n\nthird")
    desk.right.edit("right-1", Notes="FIRST\n\nright's\n\nthird")
    plan = desk.sync.plan()
    assert [conflict.field for conflict in plan.conflicts] == ["text"]
    assert any("same part" in note for note in plan.notes)
    assert not plan


def test_newest_goes_by_the_records_own_times_and_a_tie_asks(tmp_path):
    desk = both(tmp_path, {"due": "newest"})
    desk.left.edit("left-1", due="older")
    desk.later()
    desk.right.edit("right-1", Due="newer")
    desk.run()
    assert shown(desk)[0]["due"] == "newer"
    assert [conflict.left for conflict in desk.sync.conflicts(closed=True)] == ["older"]
    desk.left.edit("left-1", due="one")
    desk.right.edit("right-1", Due="two")
    plan = desk.sync.plan()
    assert len(plan.conflicts) == 1
    assert any("same time" in note for note in plan.notes)


def test_a_difference_within_the_coarser_clock_is_a_tie(tmp_path):
    from datetime import timedelta

    desk = both(tmp_path, {"due": "newest"})
    desk.right.features = replace(desk.right.features, updated=timedelta(minutes=10))
    desk.left.edit("left-1", due="one")
    desk.later(minutes=10)
    desk.right.edit("right-1", Due="two")
    assert len(desk.sync.plan().conflicts) == 1
    desk.later(seconds=1)
    desk.right.edit("right-1", Due="three")
    assert not desk.sync.plan().conflicts


@pytest.mark.parametrize(
    ("policies", "reason"),
    [
        ({"due": "latest"}, "'latest'"),
        ({"owner": "left"}, "not mapped"),
        ({"title": "union"}, "not a set"),
        ({"tags": "merge"}, "not text"),
    ],
)
def test_a_policy_that_cannot_work_is_refused_with_the_reason(tmp_path, policies, reason):
    with pytest.raises(ConfigError, match=reason):
        Desk(tmp_path, policies=policies).sync.plan()


def test_newest_is_refused_where_a_service_tells_no_time(tmp_path):
    world = World(tmp_path)
    with pytest.raises(ConfigError, match="Roadmap does not tell when a record last changed"):
        world.sync(policies={"due": "newest"}).plan()


def test_adopt_with_a_preference_is_stronger_than_a_policy(tmp_path):
    desk = Desk(tmp_path, policies={"due": "right"}, match="title")
    desk.left.add(summary="One", due="left's")
    desk.right.add(Name="One", Due="right's")
    desk.sync.apply(desk.sync.adopt(prefer="left"))
    assert shown(desk)[1]["Due"] == "left's"


def test_a_decision_of_a_person_is_stronger_than_a_policy_that_could_not_decide(tmp_path):
    desk = both(tmp_path, {"text": "merge"})
    desk.left.edit("left-1", body="one\n\nsecond")
    desk.right.edit("right-1", Notes="two\n\nsecond")
    desk.run()
    desk.sync.resolve(desk.sync.conflicts()[0], "right")
    desk.run()
    assert shown(desk)[0]["body"] == "two\n\nsecond"
    assert desk.sync.conflicts() == []


BASE = "a\n\nb\n\nc"


@pytest.mark.parametrize(
    ("left", "right", "merged"),
    [
        ("A\n\nb\n\nc", "a\n\nb\n\nC", "A\n\nb\n\nC"),
        ("a\n\nc", "a\n\nb\n\nc\n\nd", "a\n\nc\n\nd"),
        ("x\n\na\n\nb\n\nc", "A\n\nb\n\nc", "x\n\nA\n\nb\n\nc"),
        ("A\n\nb\n\nc", "a\n\nx\n\nb\n\nc", "A\n\nx\n\nb\n\nc"),
        ("a\n\nB\n\nc", "a\n\nB\n\nc\n\nd", "a\n\nB\n\nc\n\nd"),
        ("a\n\n*B*\n\nc", "a\n\n_B_\n\nc", "a\n\n*B*\n\nc"),
        ("a\n\nB\n\nc", "a\n\nc", None),
        ("a\n\nx\n\nb\n\nc", "a\n\ny\n\nb\n\nc", None),
        ("a\n\nB\n\nC", "a\n\nX\n\nc", None),
        ("", "a\n\nb\n\nc\n\nd", "d"),
    ],
)
def test_blocks_merge(left, right, merged):
    assert merge_blocks(BASE, BASE, left, right) == merged


def test_each_side_is_compared_with_its_own_spelling():
    assert merge_blocks("*a*\n\nb", "_a_\n\nb\n", "*a*\n\nB", "_a_\n\nb\n\nc") == "*a*\n\nB\n\nc"
    assert merge_blocks("a\n\nb", "a b", "a\n\nB", "a b") is None, "cannot be laid side by side"
    assert merge_blocks(None, "a", "a", "b") is None


def test_code_is_one_block():
    text = "one\n\n```\na\n\nb\n```\n\ntwo"
    assert blocks(text) == ["one", "```\na\n\nb\n```", "two"]
    assert blocks("````\n```\n\n```\n````\n\nx") == ["````\n```\n\n```\n````", "x"]
