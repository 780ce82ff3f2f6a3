"""One error for each mistake: whoever catches the general one misses none of the special ones."""

from datetime import UTC, date, datetime

import pytest

from productops.model import dependencies, feedback_states, launch_status, roadmap_measures, transitions
from productops.model.feedback import Feedback
from productops.model.launch import Launch
from productops.model.roadmap import RoadmapItem


def test_a_note_and_a_launch_raise_the_general_error_and_their_own():
    with pytest.raises(transitions.IllegalTransition) as note:
        Feedback(text="Slow export").move("shipped", at=datetime.now(UTC))
    with pytest.raises(transitions.IllegalTransition) as launch:
        Launch(name="Checkout 2").move("launched", on=date(2026, 9, 1))
    assert note.type is feedback_states.IllegalTransition
    assert launch.type is launch_status.IllegalLaunchTransition
    assert issubclass(transitions.IllegalTransition, ValueError)


def test_items_in_a_circle_raise_the_one_cycle_error():
    assert roadmap_measures.DependencyCycle is dependencies.DependencyCycle
    with pytest.raises(dependencies.DependencyCycle, match=r"'App' \(i1\) → 'App' \(i1\)"):
        roadmap_measures.dependency_order([RoadmapItem(id="i1", title="App", dependencies=["i1"])])


def test_a_circle_is_named_as_far_as_names_are_known():
    error = dependencies.DependencyCycle(["a", "b", "a"], {"b": "Beta"})
    assert "circle: a → 'Beta' (b) → a;" in str(error)
    assert error.cycle == ["a", "b", "a"]
