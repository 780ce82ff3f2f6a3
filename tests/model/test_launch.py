"""Launches: states, dates, readiness with its reasons, decisions, burn-up."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from pydantic import ValidationError

from productops.model.burnup import burn_up
from productops.model.checklist import Checklist, ChecklistItem, ChecklistStatus, Need, RemovedItem
from productops.model.checklist_template import ChecklistTemplate, ItemTemplate
from productops.model.decision import Condition, Decision, Vote
from productops.model.launch import KpiTarget, Launch
from productops.model.launch_dates import days_outside
from productops.model.launch_status import TRANSITIONS, LaunchStatus
from productops.model.people import PersonRef
from productops.model.rag import Rag, RagRules, item_rag
from productops.model.readiness import Gate, GateOutcome
from productops.model.timebox import TimeBucket
from productops.model.transitions import IllegalTransition
from productops.model.waiver import Waiver

LAUNCH_DAY = date(2026, 12, 1)
TODAY = date(2026, 11, 10)
ADA = PersonRef(name="Ada Muster", email="ada@example.com")
BO = PersonRef(name="Bo Beispiel", email="bo@example.com")
CY = PersonRef(name="Cy Exemple", email="cy@example.com")


def item(title, status="todo", **fields):
    if status == "done":
        fields.setdefault("done_on", TODAY)
    return ChecklistItem(title=title, template_key=title, status=status, **fields)


def launch_with(*items, **fields):
    fields.setdefault("target", TimeBucket.day(LAUNCH_DAY))
    return Launch(name="Checkout 2", checklist=Checklist(items=list(items)), **fields)


def waiver(until=date(2026, 11, 30), by=BO):
    return Waiver(reason="translation follows", accepted_by=by, granted_on=date(2026, 11, 1), expires_on=until)


def worked():
    """Ten items: eight done, one not applicable, one open must."""
    done = [item(f"done {number}", "done") for number in range(8)]
    return launch_with(*done, item("booth", "n/a", na_reason="no fair"), item("price", owner=ADA))


def test_worked_readiness():
    """8 of 9 done, and not ready: the domain notes, launches, rule 4."""
    seen = worked().readiness(as_of=TODAY)
    assert (seen.total.done, seen.total.applicable, seen.total.not_applicable) == (8, 9, 1)
    assert seen.progress == pytest.approx(0.889, abs=0.0005)
    assert not seen.ready
    assert not seen
    assert seen.recommended is GateOutcome.NO_GO
    assert seen.set_aside == ("booth (no fair)",)
    assert repr(seen) == "<Readiness not ready, 1 blockers, 8/9 done>"


def test_a_waiver_makes_ready_but_not_done_and_an_expired_one_blocks_again():
    """The domain notes, launches, rules 4 and 5."""
    launch = worked()
    launch.checklist.item("price").waive(waiver())
    waived = launch.readiness(as_of=TODAY)
    assert (waived.ready, waived.total.done, waived.total.waived) == (True, 8, 1)
    assert waived.recommended is GateOutcome.CONDITIONAL_GO
    assert waived.waived[0].why == "todo, waived by Bo Beispiel until 30 Nov 2026: translation follows"
    expired = launch.readiness(as_of=LAUNCH_DAY)
    assert not expired.ready
    assert "the waiver expired on 30 Nov 2026" in str(expired)


def test_an_owner_who_became_the_accepter_blocks_again():
    launch = worked()
    launch.checklist.item("price").waive(waiver())
    launch.checklist.item("price").owner = BO
    assert not launch.readiness(as_of=TODAY).ready
    assert "accepted by the item's own owner" in str(launch.readiness(as_of=TODAY))


@pytest.mark.parametrize(
    ("need", "recommended"),
    [("must", "no_go"), ("should", "conditional_go"), ("could", "go"), ("unknown", "no_go")],
)
def test_recommendation(need, recommended):
    """The domain notes, launches, rule 5; an unknown need counts as must."""
    seen = launch_with(item("a", "done"), item("b", need=need)).readiness(as_of=TODAY)
    assert seen.recommended == recommended
    assert seen.ready == (recommended != "no_go")


def test_the_reasons_go_down_to_item_and_owner():
    launch = launch_with(
        item("price", "blocked", owner=ADA, area="commercial", due=date(2026, 11, 3), depends_on=["legal", "approved"]),
        item("legal", "doing", owner=CY, need="should", depends_on=["lawyer"]),
        item("lawyer"),
        item("approved", "done"),
    )
    assert str(launch.readiness(as_of=TODAY)).splitlines() == [
        "Checkout 2 is not ready (as of 10 Nov 2026): 2 must items are open without a valid waiver.",
        "Progress: 1 of 4 applicable items done (25.0%); 0 waived, 0 not applicable. Recommended: no_go.",
        "- price (must): blocked, overdue; due 3 Nov 2026; owner Ada Muster",
        "  - waits for legal (should): doing; due no date; owner Cy Exemple",
        "    - waits for lawyer (must): todo; due no date; owner nobody",
        "- lawyer (must): todo; due no date; owner nobody",
        "Open, not needed to be ready:",
        "- legal (should): doing; due no date; owner Cy Exemple",
        "By area:",
        "- commercial: 0/1 done, off track",
        "- general: 1/3 done, no date",
    ]


def test_a_circle_drawn_later_does_not_hang():
    launch = launch_with(item("a"), item("b"))
    launch.checklist.item("a").depends_on = ("b",)
    launch.checklist.item("b").depends_on = ("a",)
    assert len(launch.readiness(as_of=TODAY).blockers) == 2


def test_nothing_to_check_is_not_ready():
    for launch in (launch_with(), launch_with(item("a", "n/a"))):
        seen = launch.readiness(as_of=TODAY)
        assert (seen.ready, seen.progress, seen.recommended) == (False, None, GateOutcome.NO_GO)
        assert "no applicable item" in seen.headline()


def test_what_comes_after_the_launch_does_not_hold_it_up():
    seen = launch_with(item("a", "done"), item("look back", offset="T+2w")).readiness(as_of=TODAY)
    assert (seen.ready, seen.total.applicable, seen.after_launch) == (True, 1, 1)


def test_a_tick_without_its_evidence_is_open():
    seen = launch_with(item("a", "done", evidence_required=True)).readiness(as_of=TODAY)
    assert seen.blockers[0].why == "ticked, but the required evidence is missing"


def test_a_status_nobody_knows_is_open_and_shown():
    odd = item("a")
    odd.take("status", ChecklistStatus.read("Parked"))
    assert launch_with(odd).readiness(as_of=TODAY).blockers[0].why == "unknown status 'Parked'"


def test_gates_select_by_key_area_or_everything():
    launch = launch_with(
        item("deck", gate="enablement"),
        item("demo", "done", area="training"),
        item("price", "done"),
        item("later", offset="T+1w"),
        gates=[
            Gate(key="enablement", name="Enablement"),
            Gate(key="training", name="Training", areas=["training"]),
            Gate(key="go_no_go", name="Go/no-go", whole_list=True, offset="T-3bd"),
        ],
    )
    ready = {key: launch.readiness(TODAY, key).ready for key in ("enablement", "training", "go_no_go")}
    assert ready == {"enablement": False, "training": True, "go_no_go": False}
    assert launch.readiness(TODAY, "go_no_go").total.applicable == 3
    assert "gate Enablement is not ready" in launch.readiness(TODAY, "enablement").headline()
    with pytest.raises(KeyError, match="its gates: enablement, training, go_no_go"):
        launch.readiness(TODAY, "legal")


some_items = st.lists(
    st.builds(
        ChecklistItem,
        title=st.just("x"),
        need=st.sampled_from(["must", "should", "could"]),
        status=st.sampled_from(["todo", "doing", "done", "blocked", "n/a"]),
        due=st.one_of(st.none(), st.dates(date(2026, 10, 1), date(2026, 12, 20))),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=50)
@given(some_items, st.data())
def test_readiness_is_monotone(items, data):
    """Finishing or waiving an open item never makes a launch less ready."""
    launch = launch_with(*items)
    before = launch.readiness(as_of=TODAY)
    chosen = data.draw(st.sampled_from(launch.checklist.items))
    waive = data.draw(st.booleans())
    if waive:
        chosen.waive(waiver())
    elif chosen.applies(TODAY):
        chosen.finish(TODAY)
    after = launch.readiness(as_of=TODAY)
    assert after.ready >= before.ready
    assert (after.progress or 0) >= (before.progress or 0)
    assert len(after.blockers) <= len(before.blockers)
    order = [GateOutcome.NO_GO, GateOutcome.CONDITIONAL_GO, GateOutcome.GO]
    if not waive:
        assert order.index(after.recommended) >= order.index(before.recommended)
    assert sum(area.done for area in after.areas) == after.total.done
    assert after.ready == (not after.blockers and after.total.applicable > 0)


@pytest.mark.parametrize(
    ("fields", "rag"),
    [
        ({"due": date(2026, 11, 9)}, Rag.RED),
        ({"due": date(2026, 11, 9), "need": "should"}, Rag.AMBER),
        ({"due": date(2026, 11, 9), "status": "done"}, Rag.GREEN),
        ({"due": date(2026, 11, 13)}, Rag.AMBER),
        ({"due": date(2026, 11, 13), "status": "doing"}, Rag.GREEN),
        ({"due": date(2026, 11, 16)}, Rag.GREEN),
        ({"status": "blocked", "due": date(2026, 11, 28)}, Rag.RED),
        ({"status": "blocked", "due": date(2026, 11, 28), "need": "could"}, Rag.AMBER),
        ({}, Rag.GREY),
        ({"waiver": waiver(), "due": date(2026, 11, 9)}, Rag.AMBER),
        ({"status": "n/a"}, None),
    ],
)
def test_colours(fields, rag):
    """The domain notes, launches, rule 9; Tuesday 2026-11-10, gate in 14 days."""
    found = item_rag(ChecklistItem(title="x", **fields), TODAY, gate_on=date(2026, 11, 24))
    assert (found.rag if found else None) is rag


def test_colour_rules_are_parameters():
    blocked = ChecklistItem(title="x", status="blocked", due=date(2026, 12, 20))
    assert item_rag(blocked, TODAY, gate_on=date(2026, 11, 25)).rag is Rag.AMBER
    assert item_rag(blocked, TODAY, gate_on=date(2026, 11, 25), rules=RagRules(gate_window_days=15)).rag is Rag.RED
    soon = ChecklistItem(title="x", due=date(2026, 11, 16))
    assert item_rag(soon, TODAY, holidays=[date(2026, 11, 11)]).rag is Rag.AMBER
    assert item_rag(soon, TODAY, rules=RagRules(amber_business_days=4)).rag is Rag.AMBER
    assert len({state.word for state in Rag}) == len({state.colour for state in Rag}) == 4
    assert Rag.worst([Rag.GREEN, Rag.GREY]) is Rag.GREY


def burning():
    """Twenty items, twelve done, seven of them in the last fourteen days."""
    early = [item(f"early {n}", "done", done_on=TODAY - timedelta(days=14 + n)) for n in range(5)]
    late = [item(f"late {n}", "done", done_on=TODAY - timedelta(days=2 * n)) for n in range(7)]
    return launch_with(*early, *late, *(item(f"open {n}") for n in range(8)), target=TimeBucket.day(date(2026, 11, 20)))


def test_worked_forecast():
    """0.5 a day, 16 days more, slip 6: the domain notes, launches, rule 8."""
    found = burning().burn_up(TODAY).forecast
    assert (found.per_day, found.left, found.days_needed, found.slip_days) == (0.5, 8, 16, 6)
    assert str(found) == "8 left, 0.5 a day: done on 26 Nov 2026, 6 days after the launch day"


def test_a_part_of_a_day_is_a_day():
    done = [item(f"done {n}", "done", done_on=TODAY) for n in range(3)]
    found = launch_with(*done, *(item(f"open {n}") for n in range(8))).burn_up(TODAY).forecast
    assert found.days_needed == 38  # 8 × 14 ÷ 3 = 37.3


def test_no_speed_no_forecast():
    found = burning().burn_up(TODAY + timedelta(days=60)).forecast
    assert found.slip_days is None
    assert str(found) == "no forecast: nothing was done in the last 14 days"
    assert launch_with(item("a", "done")).burn_up(TODAY).forecast.days_needed == 0
    with pytest.raises(ValueError, match="at least one day"):
        burning().burn_up(TODAY, window_days=0)


def test_a_coarse_target_is_compared_by_its_last_day():
    launch = burning()
    launch.target = TimeBucket.month(2026, 11)
    found = launch.burn_up(TODAY).forecast
    assert (found.slip_days, found.approximate) == (-4, True)
    assert "about 4 days before" in str(found)


def test_later_scope_raises_the_scope_line_only_from_then_on():
    """The domain notes, launches, rule 8."""
    launch = launch_with(item("a", "done", added_on=date(2026, 11, 1), done_on=date(2026, 11, 3)))
    launch.checklist.items = [*launch.checklist.items, item("b", added_on=date(2026, 11, 5))]
    gone = RemovedItem(key="c", title="c", added_on=date(2026, 11, 2), removed_on=date(2026, 11, 4))
    launch.checklist.removed = (gone,)
    points = launch.burn_up(date(2026, 11, 6)).points
    assert [(point.on.day, point.scope, point.done) for point in points] == [
        (1, 1, 0),
        (2, 2, 0),
        (3, 2, 1),
        (4, 1, 1),
        (5, 2, 1),
        (6, 2, 1),
    ]
    with pytest.raises(ValueError, match="lies after"):
        launch.burn_up(TODAY, since=LAUNCH_DAY)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20) | st.none()), max_size=8), st.integers(1, 19))
def test_past_points_never_change(rows, day):
    start = date(2026, 11, 1)
    items = [
        item(
            str(number),
            "todo" if done is None else "done",
            added_on=start + timedelta(days=added),
            done_on=None if done is None else start + timedelta(days=added + done),
        )
        for number, (added, done) in enumerate(rows)
    ]
    early = burn_up(Checklist(items=items), start + timedelta(days=day), since=start)
    late = burn_up(Checklist(items=items), start + timedelta(days=40), since=start)
    assert late.points[: day + 1] == early.points
    assert all(point.done <= point.scope for point in late.points)


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
