"""What processes cost and give: the worked numbers, budgets, viability and sunset suggestions."""

import doctest
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from productops.model import process_value as module
from productops.model.process import Process, ProcessFeedback, Run, Step
from productops.model.process_value import (
    ProcessReview,
    budget,
    feedback_scores,
    hours_spent,
    lint_first_version,
    monthly_cost,
    net_hours,
    one_in_one_out,
    suggest_sunset,
)
from productops.model.share import Share

DAY = date(2026, 9, 1)


def made(name="Triage", cadence="weekly", minutes=30.0, status="active", **version):
    process = Process(id=f"proc_{name.lower()}", name=name, cadence=cadence, status=status)
    return process.publish([Step(title="Do it", minutes=minutes)], DAY, **version)


def test_examples_run():
    assert doctest.testmod(module) == (0, 1)


def test_a_weekly_half_hour_of_four():
    """Weekly, 4 PMs, 30 min -> 0.5*4*52/12 = 8.67 h: the project's domain notes, processes."""
    cost = monthly_cost(made(), 4, as_of=DAY)
    assert cost.value == pytest.approx(26 / 3)
    assert round(cost.value, 2) == 8.67
    assert cost.warnings == ()


def test_an_unknown_cost_is_none_not_zero():
    assert monthly_cost(made(cadence=None), 4, as_of=DAY).value is None
    assert monthly_cost(made(), 4, as_of=DAY - timedelta(days=1)).warnings == ("no version is in force on 2026-08-31",)
    launch = made(cadence="per launch")
    assert "say how many launches" in monthly_cost(launch, 4, as_of=DAY).warnings[0]
    assert monthly_cost(launch, 4, as_of=DAY, launches_per_month=2).value == 4
    assert net_hours(None, 3).value is None
    assert net_hours(None, 3).warnings == ("the hours saved are not known",)
    with pytest.raises(ValueError, match="at least 0"):
        monthly_cost(made(), -1, as_of=DAY)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 50), st.integers(0, 50), st.floats(0, 500))
def test_cost_adds_up_over_people(some, more, minutes):
    cost = [monthly_cost(made(minutes=minutes), n, as_of=DAY).value for n in (some, more, some + more)]
    assert cost[2] == pytest.approx(cost[0] + cost[1])


def test_hours_really_spent():
    def run(on, minutes, people, process="proc_triage"):
        return Run(process_id=process, version="1.0", team_id="t", on=on, minutes=minutes, participants=people)

    runs = [
        run(DAY, 30, 4),
        run(DAY + timedelta(days=7), 45, 2),
        run(DAY - timedelta(days=1), 99, 9),
        run(DAY, 9, 9, "x"),
    ]
    assert hours_spent(made(), runs, DAY, DAY + timedelta(days=7)) == 3.5


def test_the_budget_of_each_pm():
    processes = [made(), made("Roadmap", "monthly", 120), made("Old", status="retired"), made("Idle")]
    people = {"proc_triage": ["ada", "bo"], "proc_roadmap": ["ada"], "proc_old": ["ada"]}
    report = budget(processes, people, as_of=DAY)
    assert [(load.person, round(load.hours, 2), load.over) for load in report.people] == [
        ("ada", 4.17, True),
        ("bo", 2.17, False),
    ]
    assert report.over == ("ada",)
    assert str(report).splitlines()[1:] == ["ada: 4.2 h (over)", "bo: 2.2 h (within)"]
    assert report.warnings == ("Idle: nobody is named as taking part",)
    assert budget(processes, people, as_of=DAY, cap=5).over == ()
    assert report.to_dicts()[0]["by_process"] == {"proc_roadmap": 2.0, "proc_triage": pytest.approx(13 / 6)}


def test_an_uncounted_process_leaves_nobody_within_budget():
    processes = [made(), made("Launch", "per launch", 60)]
    people = {"proc_triage": ["ada", "bo"], "proc_launch": ["ada"]}
    report = budget(processes, people, as_of=DAY)
    assert {load.person: load.over for load in report.people} == {"ada": None, "bo": False}
    assert report.warnings == ("Launch: the process runs per launch: say how many launches a month there are",)
    assert budget(processes, people, as_of=DAY, launches_per_month=2).over == ("ada",)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 300), st.sets(st.sampled_from("abc"), min_size=1)), max_size=5),
    st.floats(0, 20),
)
def test_budgets_of_all_add_up_to_the_cost_of_all(rows, cap):
    processes = [made(f"P{n}", minutes=minutes) for n, (minutes, _) in enumerate(rows)]
    people = {process.id: names for process, (_, names) in zip(processes, rows, strict=True)}
    report = budget(processes, people, as_of=DAY, cap=cap)
    cost = sum(monthly_cost(p, len(people[p.id]), as_of=DAY).value for p in processes)
    assert sum(load.hours for load in report.people) == pytest.approx(cost)
    assert all(load.over == (load.hours > cap) for load in report.people)


def test_viability_of_a_first_version():
    bare = Process(name="Triage")
    assert [finding.rule for finding in lint_first_version(bare)] == ["owner", "purpose", "problem", "version"]
    fine = Process(name="Triage", owner={"name": "Ada Muster"}, purpose="Answer", problem="Notes pile up")
    steps = [Step(title=str(n), minutes=4) for n in range(8)]
    assert [finding.rule for finding in lint_first_version(fine.publish(steps, DAY))] == [
        "metric", "review_on", "steps", "minutes",
    ]  # fmt: skip
    viable = fine.publish(steps[:7], DAY, success_metric="median age", review_on=DAY + timedelta(days=60))
    assert lint_first_version(viable) == ()
    assert lint_first_version(viable.publish(steps, DAY)) == ()  # only the first version is held to it
    assert lint_first_version(viable, max_mandatory_steps=6)[0].rule == "steps"
    assert lint_first_version(fine.publish([], DAY, success_metric="m", review_on=DAY))[0].rule == "steps"


def review(on, adopted=None, net=None):
    return ProcessReview(on=on, adopted=None if adopted is None else Share(part=adopted, whole=10), net_hours=net)


REVIEW = DAY + timedelta(days=60)
LATER = REVIEW + timedelta(days=1)


@pytest.mark.parametrize(
    ("reviews", "as_of", "suggested"),
    [
        ([review(DAY, 3)], LATER, True),
        ([review(DAY, 4)], LATER, False),
        ([review(DAY, 3)], REVIEW, False),
        ([review(DAY, 3), review(REVIEW, 5)], LATER, False),
        ([review(DAY, 9, 0), review(REVIEW, 9, -2)], LATER, True),
        ([review(DAY, 9, -2)], LATER, False),
        ([review(DAY, 9, -2), review(REVIEW, 9, 1)], LATER, False),
        ([review(DAY, 9, -2), review(DAY + timedelta(days=9), 9), review(REVIEW, 9, -1)], LATER, True),
        ([review(DAY, 9, -2), review(LATER + timedelta(days=9), 9, -1)], LATER, False),
        ([], LATER, False),
    ],
)
def test_sunset_is_suggested_only_past_review_and_for_cause(reviews, as_of, suggested):
    process = made(review_on=REVIEW)
    found = suggest_sunset(process, reviews, as_of=as_of)
    assert found.suggested is suggested
    assert process.status.value == "active"
    assert bool(found.reasons) or not suggested
    assert str(found).startswith("consider ending it: " if suggested else "keep: ")


def test_sunset_says_what_it_does_not_know():
    assert suggest_sunset(made(), [], as_of=LATER).warnings[-1] == "there is no review day"
    assert suggest_sunset(made(review_on=REVIEW), [], as_of=LATER).warnings == (
        "no review measured adoption",
        "no review measured net hours",
    )
    retired = made(status="retired", review_on=REVIEW)
    assert suggest_sunset(retired, [review(DAY, 0)], as_of=LATER).reasons == ("the process is not in use",)


def test_feedback_counts_each_person_once_with_the_latest_score():
    def scored(score, days, who=None, version="1.0"):
        said_by = {"name": who} if who else None
        on = DAY + timedelta(days=days)
        return ProcessFeedback(process_id="proc_triage", version=version, given_on=on, score=score, said_by=said_by)

    given_scores = [
        scored(5, 9, "Ada"),
        scored(1, 0, "Ada"),
        scored(2, 0),
        scored(4, 1, version="2.0"),
        scored(1, 99, "Bo"),
    ]
    as_of = DAY + timedelta(days=30)
    assert str(feedback_scores(made(), given_scores, as_of=as_of)) == "median 4, 2 to 5 (n=3)"
    assert feedback_scores(made(), given_scores, as_of=as_of, version="2.0").n == 1
    assert feedback_scores(made("Other"), given_scores, as_of=as_of) is None
    with pytest.raises(ValueError, match="less than or equal to 5"):
        scored(6, 0)


def test_one_in_one_out():
    new = made("New", status="draft").move("pilot", on=LATER)
    blip = made("Blip", status="draft").move("pilot", on=DAY).move("retired", on=REVIEW, reason="no use")
    old = made("Old")
    report = one_in_one_out([new, blip, old], DAY - timedelta(days=1), as_of=LATER)
    assert (report.entered, report.left, report.kept) == (("proc_new",), (), False)
    going = old.move("sunsetting", on=LATER, reason="one in, one out")
    assert one_in_one_out([new, blip, going], DAY, as_of=LATER).kept
