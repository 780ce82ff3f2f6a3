"""Launches: states, dates, decisions, what people left behind."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from pydantic import ValidationError

from model.launches import ADA, BO, CY, LAUNCH_DAY, TODAY, item, launch_with, waiver, worked
from productops.model.checklist import Checklist, Need
from productops.model.checklist_template import ChecklistTemplate, ItemTemplate
from productops.model.decision import Condition, Decision, Vote
from productops.model.launch import KpiTarget, Launch
from productops.model.launch_dates import days_outside
from productops.model.launch_status import TRANSITIONS, LaunchStatus
from productops.model.readiness import Gate, GateOutcome
from productops.model.timebox import TimeBucket
from productops.model.transitions import IllegalTransition


class Lifecycle(RuleBasedStateMachine):
    """Whatever is tried, only legal steps are taken."""

    def __init__(self):
        super().__init__()
        self.launch = Launch(name="x")

    @rule(status=st.sampled_from(LaunchStatus))
    def step(self, status):
        before = self.launch.status
        if status in TRANSITIONS[before]:
            self.launch.move(status, on=TODAY)
            assert self.launch.status is status
        else:
            with pytest.raises(IllegalTransition) as caught:
                self.launch.move(status, on=TODAY)
            assert all(legal.value in str(caught.value) for legal in TRANSITIONS[before])
            assert self.launch.status is before

    @invariant()
    def history_is_a_legal_path(self):
        steps = [(change.old, change.new) for change in self.launch.status_history]
        assert all(new in TRANSITIONS[old] for old, new in steps)
        reached = [LaunchStatus.IDEA, *(new for _, new in steps)]
        assert reached[-1] is self.launch.status
        assert (self.launch.launched_on is not None) == (LaunchStatus.LAUNCHED in reached)


Lifecycle.TestCase.settings = settings(max_examples=30, stateful_step_count=15, deadline=None)
TestLifecycle = Lifecycle.TestCase


def test_the_path_and_its_end():
    launch = Launch(name="x")
    for status in ("planned", "in_prep", "go", "launched"):
        launch.move(status, on=TODAY)
    assert launch.launched_on == TODAY
    with pytest.raises(IllegalTransition, match=r"from launched to go; from launched it can go to: rolled_back$"):
        launch.move("go", on=TODAY)
    with pytest.raises(ValueError, match="is not a LaunchStatus; use one of: idea"):
        launch.move("shipped", on=TODAY)


def test_a_status_is_never_assigned():
    launch = Launch(name="x")
    for field, value in (("status", "launched"), ("status_history", ())):
        with pytest.raises(AttributeError, match=r"move\(...\)"):
            setattr(launch, field, value)
    assert launch.status is LaunchStatus.IDEA


def test_a_service_status_is_a_fact():
    launch = Launch(name="x")
    assert launch.record_status("Rolled back", on=TODAY, source="jira").new is LaunchStatus.ROLLED_BACK
    assert launch.record_status("rolled-back", on=TODAY, source="jira") is None
    launch.record_status("Ausgeliefert", on=TODAY, source="jira", aliases={"ausgeliefert": "launched"})
    assert (launch.status, launch.launched_on) == (LaunchStatus.LAUNCHED, TODAY)
    launch.record_status("On ice", on=TODAY, source="notion")
    assert (launch.status, launch.custom["status_raw"]) == (LaunchStatus.UNKNOWN, "On ice")
    assert launch.record_status("On ice", on=TODAY, source="notion") is None
    assert launch.record_status("Frozen", on=TODAY, source="notion").raw == "Frozen"
    launch.move("planned", on=TODAY)
    assert "status_raw" not in launch.custom


def test_slip_against_the_first_and_the_last_promise():
    """The domain notes, launches, rule 10."""
    launch = Launch(name="x", target=TimeBucket.day(date(2026, 10, 1)))
    launch.retarget(TimeBucket.day(date(2026, 11, 10)), on=date(2026, 9, 15), reason="legal")
    launch.retarget(TimeBucket.day(LAUNCH_DAY), on=date(2026, 10, 15))
    launch.retarget(TimeBucket.day(date(2027, 1, 1)), on=date(2026, 10, 20), committed=False)
    launch.launched_on = date(2026, 12, 3)
    slip = launch.slip()
    assert (slip.against_first, slip.against_last) == (63, 2)
    assert str(slip) == (
        "63 days late against the first committed date (1 Oct 2026), 2 days late against 1 Dec 2026, the last"
    )
    assert [change.target.start for change in launch.target_history][:2] == [date(2026, 10, 1), date(2026, 11, 10)]
    assert launch.target_history[1].reason == "legal"


def test_slip_without_dates_is_unknown():
    assert launch_with().slip().against_first is None
    assert "unknown" in str(Launch(name="x", launched_on=TODAY).slip())
    assert launch_with(launched_on=date(2026, 11, 28)).slip().against_last == -3


def test_a_target_assigned_by_a_sync_is_still_the_last_promise():
    launch = launch_with(launched_on=date(2026, 12, 9))
    launch.retarget(TimeBucket.day(date(2026, 12, 4)), on=TODAY)
    launch.target = TimeBucket.day(date(2026, 12, 8))
    assert (launch.slip().against_first, launch.slip().against_last) == (8, 1)
    assert len(launch.targets()) == 3


def test_a_coarse_promise_is_kept_anywhere_within():
    quarter = TimeBucket.quarter(2026, 4)
    days = [date(2026, 9, 29), date(2026, 11, 3), date(2027, 1, 4)]
    assert [days_outside(day, quarter) for day in days] == [-2, 0, 4]


def test_moving_the_date_moves_the_list():
    template = ChecklistTemplate(key="t", name="T", items=[ItemTemplate(key="a", title="A", offset="T-6w")])
    launch = launch_with()
    launch.use_template(template, as_of=TODAY)
    assert launch.checklist.items[0].launch_id == launch.id
    moved = launch.retarget(TimeBucket.day(date(2026, 12, 15)), on=TODAY)
    assert str(moved) == "1 Dec 2026 → 15 Dec 2026: 1 item moved, 0 done and 0 pinned kept, 0 now overdue"
    assert launch.checklist.items[0].due == date(2026, 11, 3)
    with pytest.raises(ValueError, match="plan_changes"):
        launch.use_template(template, as_of=TODAY)
    launch.tier = 2
    bigger = template.model_copy(
        update={"items": (*template.items, ItemTemplate(key="b", title="B", tiers=[2], offset="T-1w"))}
    )
    launch.apply_changes(launch.plan_changes(bigger, as_of=TODAY))
    assert [each.due for each in launch.checklist.items] == [date(2026, 11, 3), date(2026, 12, 8)]
    assert launch.checklist.item("b").launch_id == launch.id


def test_decisions_stand_beside_the_recommendation():
    """The domain notes, launches, rule 5."""
    launch = worked()
    launch.gates = [Gate(key="go", name="Go/no-go", whole_list=True)]
    at = datetime(2026, 11, 10, 9, tzinfo=UTC)
    with pytest.raises(ValidationError, match="no_go was recommended; give the reason"):
        launch.decide("go", "go", by=[BO], at=at)
    assert launch.decisions == []
    made = launch.decide("go", "go", by=[BO], at=at, reason="price list is due tomorrow")
    assert (made.recommended, made.outcome, made.overruled) == (GateOutcome.NO_GO, GateOutcome.GO, True)
    assert made.snapshot == launch.readiness(TODAY, "go")
    assert launch.last_decision("go") is made
    assert launch.last_decision("legal") is None
    assert "recommended was no_go, because price list" in str(made)


def test_validity_of_decisions():
    """The domain notes, launches, rule 6."""
    common = {"gate": "go", "decided_by": [BO], "on": TODAY}
    with pytest.raises(ValidationError, match="at least one condition"):
        Decision(outcome="conditional_go", **common)
    for outcome in ("no_go", "defer"):
        with pytest.raises(ValidationError, match=f"a {outcome} needs reconvene_on"):
            Decision(outcome=outcome, **common)
    with pytest.raises(ValidationError, match="must lie after"):
        Decision(outcome="no_go", reconvene_on=TODAY, **common)
    with pytest.raises(ValidationError, match="owner"):
        Condition(text="prices", due=TODAY)
    condition = Condition(text="prices", owner=ADA, due=TODAY, done_on=date(2026, 11, 12))
    made = Decision(outcome="conditional_go", conditions=[condition], **common)
    assert made.open_conditions(TODAY) == [condition]
    assert made.open_conditions(date(2026, 11, 12)) == []
    votes = [Vote(by=ADA, vote="go"), Vote(by=BO, vote="abstain")]
    assert Decision(outcome="go", votes=votes, **common).unanimous
    assert not Decision(outcome="go", votes=[*votes, Vote(by=CY, vote="no_go")], **common).unanimous
    assert made.unanimous is None


def test_an_assignment_that_breaks_a_rule_changes_nothing():
    made = Decision(gate="go", outcome="go", decided_by=[BO], on=TODAY)
    with pytest.raises(ValidationError, match="reconvene_on"):
        made.outcome = "no_go"
    assert made.outcome is GateOutcome.GO
    made.reconvene_on = LAUNCH_DAY
    made.outcome = "no_go"
    checklist = Checklist(items=[item("a")])
    with pytest.raises(ValidationError, match="twice"):
        checklist.items = [item("b"), item("b")]
    assert [each.title for each in checklist.items] == ["a"]


def test_the_day_of_a_decision_is_that_of_the_meeting():
    launch = launch_with(item("a", "done"), gates=[Gate(key="go", name="Go", whole_list=True)])
    made = launch.decide("go", "go", by=[BO], at=datetime(2026, 11, 11, 0, 30, tzinfo=ZoneInfo("Europe/Paris")))
    assert made.on == date(2026, 11, 11)
    assert made.at.date() == TODAY


def test_what_people_left_behind():
    launch = launch_with(item("price", owner=ADA), item("deck", owner=BO), owner=CY)
    launch.checklist.item("deck").waive(waiver(by=ADA))
    launch.decisions = [
        Decision(
            gate="go",
            outcome="conditional_go",
            decided_by=[BO],
            on=TODAY,
            conditions=[Condition(text="train", owner=ADA, due=LAUNCH_DAY)],
        )
    ]
    assert [str(each) for each in launch.orphans([BO], TODAY)] == [
        "the launch Checkout 2 belongs to Cy Exemple, who has left",
        "price belongs to Ada Muster, who has left",
        "the waiver of deck belongs to Ada Muster, who has left",
        "the condition 'train' belongs to Ada Muster, who has left",
    ]
    assert launch.orphans(lambda _: True, TODAY) == []


def test_tiers_show_their_label_and_goals_know_their_direction():
    assert [Launch(name="x", tier=1).tier_name, Launch(name="x", tier=1, tier_label="Gold").tier_name] == [
        "Tier 1",
        "Gold",
    ]
    churn = KpiTarget(key="churn", name="Churn", baseline=5, target=3)
    assert [churn.met_by(value) for value in (2.9, 4)] == [True, False]
    assert KpiTarget(key="k", name="K", target=3).met_by(4)


def test_a_launch_goes_through_json():
    launch = worked()
    launch.gates = [Gate(key="go", name="Go/no-go", whole_list=True, offset="T-3d")]
    launch.decide("go", "no_go", by=[BO], at=datetime(2026, 11, 10, 9, tzinfo=UTC), reconvene_on=LAUNCH_DAY)
    launch.retarget(TimeBucket.quarter(2027, 1), on=TODAY)
    assert Launch.model_validate_json(launch.model_dump_json()) == launch
    assert repr(launch).startswith("<Launch launch_")
    assert Need.read("Must-have").value is Need.UNKNOWN


def test_a_cancelled_launch_is_not_told_as_one_that_could_still_be_ready():
    launch = Launch(name="Points", target=TimeBucket.day(date(2026, 12, 1)))
    launch.move("planned", on=date(2026, 9, 1))
    launch.move("cancelled", on=date(2026, 10, 1))
    assert launch.readiness(as_of=date(2026, 9, 30)).headline().startswith("Points is not ready")
    told = launch.readiness(as_of=date(2026, 10, 1)).headline()
    assert told == "Points is cancelled (as of 1 Oct 2026); this is how far its checklist had come."
