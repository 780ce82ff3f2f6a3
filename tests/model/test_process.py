"""Processes: versions that only grow, a life along legal ways, adoption, compliance and skipped steps."""

import doctest
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from productops.model import process as module
from productops.model.adoption import adoption, compliance, skipping, team_starts
from productops.model.process import (
    PROCESS_WAYS,
    Adoption,
    Process,
    ProcessStatus,
    ProcessVersion,
    Run,
    Step,
    bump,
)
from productops.model.transitions import IllegalTransition

DAY = date(2026, 9, 1)
ASK, TELL, CHECK = (Step(title=title, minutes=10) for title in ("Ask", "Tell", "Check"))


def weekly(**fields):
    return Process(name="Triage", cadence="weekly", id="proc_triage", **fields).publish([ASK, TELL], DAY)


def entry(team, state="adopted", since=DAY, version="1.0", **fields):
    return Adoption(
        process_id="proc_triage", team_id=team, state=state, since=since,
        version=version if state == "adopted" else None, **fields,
    )  # fmt: skip


def run(team, on, version="1.0", **fields):
    return Run(process_id="proc_triage", team_id=team, on=on, minutes=20, version=version, **fields)


def test_examples_run():
    assert doctest.testmod(module) == (0, 2)


@pytest.mark.parametrize(
    ("new", "part"),
    [
        ([ASK, TELL, CHECK], "major"),
        ([ASK], "major"),
        ([ASK, TELL.model_copy(update={"mandatory": False})], "major"),
        ([ASK, TELL, CHECK.model_copy(update={"mandatory": False})], "minor"),
        ([ASK, TELL.model_copy(update={"title": "Tell them"})], "minor"),
        ([ASK, TELL.model_copy(update={"minutes": 12})], "minor"),
        ([TELL, ASK], "minor"),
        ([ASK, TELL], None),
    ],
)
def test_bump_follows_the_mandatory_steps(new, part):
    """Mandatory step added or removed = major, text = minor: the project's domain notes, processes."""
    assert bump([ASK, TELL], new) == part


steps = st.lists(
    st.builds(
        Step,
        key=st.sampled_from("abcd"),
        title=st.sampled_from(["x", "y"]),
        minutes=st.just(5),
        mandatory=st.booleans(),
    ),
    max_size=4,
    unique_by=lambda step: step.key,
)


@settings(max_examples=50, deadline=None)
@given(steps, steps)
def test_bump_is_symmetric_and_none_only_without_change(old, new):
    assert bump(old, new) == bump(new, old)
    assert (bump(old, new) is None) == (old == new)


@settings(max_examples=50, deadline=None)
@given(st.lists(steps, min_size=1, max_size=6))
def test_versions_only_grow_and_the_first_stays(changes):
    process = Process(name="P")
    for at, change in enumerate(changes):
        try:
            process = process.publish(change, DAY + timedelta(days=at))
        except ValueError as error:
            assert "nothing to publish" in str(error)  # noqa: PT017 - either outcome is right, each has its law
            assert process.versions[-1].steps == tuple(change)
    orders = [version.order for version in process.versions]
    assert orders == sorted(set(orders))
    assert process.versions[0].number == "1.0"
    assert process.versions[0].steps == tuple(changes[0])


def test_versions_number_themselves_and_hold_from_their_day():
    first = weekly()
    second = first.publish([ASK, TELL, CHECK], DAY + timedelta(days=30), changelog="a check")
    third = second.publish([ASK, TELL, CHECK.model_copy(update={"title": "Check twice"})], DAY + timedelta(days=60))
    assert [version.number for version in third.versions] == ["1.0", "2.0", "2.1"]
    assert len(first.versions) == 1
    assert third.current(DAY - timedelta(days=1)) is None
    assert third.current(DAY + timedelta(days=59)).number == "2.0"
    with pytest.raises(ValueError, match="nothing to publish"):
        first.publish([ASK, TELL], DAY)
    with pytest.raises(ValueError, match="must come after"):
        Process(name="P", versions=tuple(reversed(third.versions)))


@pytest.mark.parametrize("numbers", [("1.0", "1.0"), ("1.1", "1.0"), ("2.0", "1.9")])
def test_a_version_cannot_come_twice_or_before_an_older_one(numbers):
    versions = [ProcessVersion(number=n, steps=(), effective_on=DAY) for n in numbers]
    with pytest.raises(ValueError, match="must come after"):
        Process(name="P", versions=versions)


def test_version_ten_comes_after_nine():
    versions = [ProcessVersion(number=n, steps=(), effective_on=DAY) for n in ("1.9", "1.10")]
    assert Process(name="P", versions=versions).current(DAY).number == "1.10"


def test_steps_of_a_version_have_different_keys():
    with pytest.raises(ValueError, match="must differ: ask"):
        ProcessVersion(number="1.0", steps=(ASK, Step(title="ask", minutes=1)), effective_on=DAY)


def test_a_life_along_legal_ways():
    process = weekly().move("pilot", on=DAY).move("active", on=DAY + timedelta(days=30), by="email:ada@example.com")
    with pytest.raises(IllegalTransition, match="from active it can go to: sunsetting"):
        process.move("retired", on=DAY + timedelta(days=40), reason="old")
    with pytest.raises(ValueError, match="pass reason="):
        process.move("sunsetting", on=DAY + timedelta(days=40))
    with pytest.raises(ValueError, match="cannot be on 2026-09-01"):
        process.move("sunsetting", on=DAY, reason="costs more than it gives")
    ended = process.move("sunsetting", on=DAY + timedelta(days=40), reason="unused").move(
        "retired", on=DAY + timedelta(days=70), reason="unused"
    )
    with pytest.raises(IllegalTransition, match="it is at its end"):
        ended.move("active", on=DAY + timedelta(days=80))
    assert process.status is ProcessStatus.ACTIVE
    assert [ended.status_on(DAY + timedelta(days=d)).value for d in (-1, 0, 35, 45, 99)] == [
        "draft", "pilot", "active", "sunsetting", "retired",
    ]  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(list(ProcessStatus)), st.sampled_from(list(ProcessStatus)))
def test_moves_are_legal_exactly_where_the_table_says(old, new):
    process = Process(name="P", status=old)
    if new in PROCESS_WAYS.get(old, ()):
        assert process.move(new, on=DAY, reason="r").status is new
    else:
        with pytest.raises(IllegalTransition, match=f"from {old.value} to {new.value}"):
            process.move(new, on=DAY, reason="r")


def test_a_process_survives_json():
    process = weekly(owner={"name": "Ada Muster"}).move("pilot", on=DAY)
    assert Process.model_validate_json(process.model_dump_json()) == process
    assert process.model_dump()["cadence"] == "weekly"


def adopted_teams():
    process = weekly().publish([ASK, TELL, CHECK], DAY + timedelta(days=10))
    teams = [f"team_{n:02}" for n in range(11)]
    records = [entry(team, version="2.0" if n < 5 else "1.0") for n, team in enumerate(teams[:7])]
    records.append(entry("team_10", "exempt", reason="two people", until=date(2026, 12, 31)))
    return process, teams, records


def test_adoption_of_seven_of_ten():
    """7/(11-1) = 70 %, on the current version 5/7: the project's domain notes, processes."""
    process, teams, records = adopted_teams()
    report = adoption(process, records, teams, as_of=date(2026, 10, 1))
    assert (report.adopted.part, report.adopted.whole, report.adopted.value) == (7, 10, 0.7)
    assert (report.on_current.part, report.on_current.whole) == (5, 7)
    assert [(team.team_id, team.reason, team.until) for team in report.exempt] == [
        ("team_10", "two people", date(2026, 12, 31))
    ]
    assert len(report.to_dicts()) == 11
    assert str(report) == "adopted 7 of 10 (70 %), on the current version 5 of 7 (71.4 %), exempt 1"


def test_an_ended_exemption_counts_again_and_says_so():
    process, teams, records = adopted_teams()
    last_day = adoption(process, records, teams, as_of=date(2026, 12, 31))
    after = adoption(process, records, teams, as_of=date(2027, 1, 1))
    assert (last_day.adopted.whole, after.adopted.whole) == (10, 11)
    assert after.warnings == ("team_10: the exemption ended on 2026-12-31",)


def test_the_last_entry_of_a_team_holds_and_the_future_does_not_count():
    process, _, _ = adopted_teams()
    records = [entry("a"), entry("a", "lapsed"), entry("b", since=DAY + timedelta(days=99)), entry("z")]
    report = adoption(process, records, ["a", "b"], as_of=DAY + timedelta(days=20))
    assert [team.state.value for team in report.teams] == ["lapsed", "not_started"]
    assert report.adopted.value == 0
    assert report.on_current.value is None
    assert report.warnings == ("not among the eligible teams, so not counted: z",)
    assert adoption(process, records, [], as_of=DAY).adopted.value is None


@pytest.mark.parametrize("missing", [{"reason": "small"}, {"until": date(2027, 1, 1)}, {}])
def test_no_exemption_without_reason_and_end(missing):
    with pytest.raises(ValueError, match="needs a reason and an end"):
        entry("a", "exempt", **missing)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from(["adopted", "exempt", "trial", "lapsed"]))))
def test_adopted_exempt_and_others_are_all_teams(states):
    process = weekly()
    records = [entry(t, s, **({"reason": "r", "until": date.max} if s == "exempt" else {})) for t, s in states]
    report = adoption(process, records, "abcde", as_of=DAY)
    assert report.adopted.whole + len(report.exempt) == 5
    assert report.adopted.part == sum(dict(states).get(team) == "adopted" for team in "abcde")
    assert report.on_current.part == report.on_current.whole == report.adopted.part


def test_three_runs_in_one_week_keep_one_week():
    runs = [run("a", DAY + timedelta(days=d)) for d in (0, 1, 2, 14)] + [run("b", DAY)]
    report = compliance(weekly(), runs, {"a": DAY}, as_of=DAY + timedelta(days=22))
    assert str(report.by_team["a"]) == "2 of 3 (66.7 %)"
    assert report.total == report.by_team["a"]
    assert report.extra == 2
    assert report.to_dicts() == [{"team_id": "a", "done": 2, "expected": 3, "share": pytest.approx(2 / 3)}]
    assert str(report) == "runs done 2 of 3 (66.7 %), 2 extra"


def test_nothing_is_expected_before_the_first_week_is_over():
    report = compliance(weekly(), [], {"a": DAY}, as_of=DAY + timedelta(days=5))
    assert report.total.value is None
    assert report.warnings == ("no run was expected yet",)
    assert compliance(weekly(), [], {"a": DAY}, as_of=DAY + timedelta(days=6)).total.whole == 1


def test_compliance_per_launch_goes_by_the_launch():
    process = Process(id="proc_triage", name="Review", cadence="per launch").publish([ASK], DAY)
    launches = {"a": {"l1": DAY, "l2": DAY + timedelta(days=9), "l3": DAY + timedelta(days=99)}}
    runs = [run("a", DAY, subject_id="l1"), run("a", DAY, subject_id="l1"), run("a", DAY, subject_id="other")]
    report = compliance(process, runs, {"a": DAY}, as_of=DAY + timedelta(days=20), launches=launches)
    assert (report.total.part, report.total.whole, report.extra) == (1, 2, 1)
    with pytest.raises(ValueError, match="pass launches="):
        compliance(process, runs, {"a": DAY}, as_of=DAY)
    with pytest.raises(ValueError, match="has no cadence"):
        compliance(Process(name="P"), runs, {"a": DAY}, as_of=DAY)


def test_teams_start_anew_after_a_break_but_not_with_a_new_version():
    later = DAY + timedelta(days=30)
    records = [entry("a"), entry("a", since=later, version="2.0"), entry("b"), entry("b", "lapsed", since=later)]
    assert team_starts(records, weekly(), as_of=later) == {"a": DAY}
    assert team_starts(records, weekly(), as_of=DAY) == {"a": DAY, "b": DAY}


def test_which_step_dies_first():
    process = weekly().publish([ASK, TELL, CHECK], DAY + timedelta(days=7))
    skipped = [("check",), (), ("tell",), ("tell", "check"), ("tell", "check"), ("tell", "check")]
    runs = [
        run("a", DAY + timedelta(days=7 * (n + 1)), version="2.0", skipped_steps=keys) for n, keys in enumerate(skipped)
    ]
    runs += [run("a", DAY), run("a", DAY, version="9.0"), run("a", DAY, skipped_steps=("check",))]
    report = skipping(process, runs, as_of=date(2027, 1, 1))
    assert report.dies_first == "tell"
    # "check" is not in version 1.0, so the two runs of that version are none of its runs.
    assert [(s.key, s.skipped.part, s.skipped.whole) for s in report.steps] == [
        ("check", 4, 6), ("tell", 4, 8), ("ask", 0, 8),
    ]  # fmt: skip
    by_key = {step.key: step for step in report.steps}
    assert by_key["tell"].died_on == DAY + timedelta(days=21)
    assert by_key["check"].first_skipped_on == DAY + timedelta(days=7)
    assert by_key["check"].died_on == DAY + timedelta(days=28)
    assert by_key["ask"].died_on is None
    assert len(report.warnings) == 2
    assert report.to_dicts()[0]["share"] == pytest.approx(4 / 6)
    assert skipping(process, runs, as_of=date(2027, 1, 1), streak=5).dies_first is None
