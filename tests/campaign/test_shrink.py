"""A history that fails is made smaller, and what is left of it fails in the same way."""

from campaign import histories, mutants
from campaign.shrink import dropped_by, kind_of, shrunk, spelled
from campaign.steps import Act, Pass, Wait, pieces, without

STEPS = [
    Act("add", 0, 1),
    Pass(None, ((3, Act("edit", 1, 2, "title")), (9, Act("remove", 0, 0))), ("die_at", 4), 1),
    Wait(20),
    Pass(runners=2),
]


def test_what_is_left_is_what_it_takes():
    named = [str(number) for number in range(40)]
    asked = []

    def fails(dropped):
        asked.append(dropped)
        return not dropped & {"3", "21", "22"}

    assert spelled(shrunk(named, fails), named) == "3,21,22"
    assert len(asked) < 80
    assert len(shrunk(named, lambda _: True, most=5)) >= 20, "it stops when it has been asked often enough"


def test_parts_of_a_pass_can_go_and_a_step_goes_with_its_parts():
    named = pieces(STEPS)
    assert named == ["0", "1", "1a0", "1a1", "1d", "2", "3", "3r"]
    assert without(STEPS, dropped_by("0,1,1a1,2,3", named)) == [
        STEPS[0], Pass(acts=(STEPS[1].acts[1],)), STEPS[2], Pass(),
    ]  # fmt: skip
    assert without(STEPS, frozenset({"1", "3"})) == [STEPS[0], STEPS[2]]
    assert spelled(frozenset({"1", "2"}), named) == "0,3,3r"


def test_ways_to_fail_are_told_apart_without_names():
    assert kind_of(["lost: w3 of thing 1.title", "doubled in jira: thing 2"]) == {"lost", "doubled"}


def test_the_steps_of_a_history_give_the_same_history():
    history = histories.History(7, 3)
    with histories.Home() as home:
        drawn = history.play(home)
    with histories.Home() as home:
        assert history.play(home, history.steps) == drawn


def test_a_history_that_a_broken_engine_fails_is_made_smaller():
    def lost(number, kept=None):
        return any(problem.startswith("lost") for problem in histories.replay(7, number, kept)[2])

    with mutants.MUTANTS["does_not_look_before_it_writes"]():
        number = next(number for number in range(3, 60) if lost(number))
        kept = histories.smaller(7, number, most=12)
        assert lost(number, kept)
    history = histories.History(7, number)
    with histories.Home() as home:
        assert history.play(home)[2] == [], "the engine itself does not fail"
    assert len(kept.split(",")) < len(pieces(history.steps)) / 2  # as far as a dozen tries come
