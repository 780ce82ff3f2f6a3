"""Agendas, look backs and collisions."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from productops.model.agenda import agenda, next_gate
from productops.model.checklist import Checklist, ChecklistItem
from productops.model.collisions import collisions
from productops.model.decision import Condition, Decision
from productops.model.launch import KpiTarget, Launch
from productops.model.launch_report import FollowUp, KpiReading, launch_report
from productops.model.people import PersonRef
from productops.model.readiness import Gate
from productops.model.timebox import TimeBucket
from productops.model.waiver import Raci, Waiver

LAUNCH_DAY = date(2026, 12, 1)
TODAY = date(2026, 11, 10)
ADA, BO, CY = (PersonRef(name=name, email=f"{name.lower()}@example.com") for name in ("Ada", "Bo", "Cy"))


def launch_with(*items, **fields):
    fields.setdefault("target", TimeBucket.day(LAUNCH_DAY))
    return Launch(name="Checkout 2", checklist=Checklist(items=list(items)), **fields)


def busy():
    waived = ChecklistItem(title="Film", owner=CY, due=date(2026, 12, 20), raci=Raci(responsible=[CY]))
    waived.waive(Waiver(reason="late", accepted_by=BO, granted_on=TODAY, expires_on=date(2026, 11, 20)))
    decided = Decision(
        gate="content",
        outcome="conditional_go",
        decided_by=[BO],
        on=date(2026, 11, 2),
        conditions=[Condition(text="train support", owner=ADA, due=date(2026, 11, 16))],
    )
    return launch_with(
        ChecklistItem(title="Price list", owner=ADA, due=date(2026, 11, 3), status="blocked"),
        ChecklistItem(title="Deck", need="should", due=date(2026, 11, 12), owner_role="Enablement"),
        ChecklistItem(title="Booth", status="done", done_on=TODAY, due=date(2026, 11, 11)),
        waived,
        decisions=[decided],
        gates=[Gate(key="content", name="Content", offset="T-4w"), Gate(key="go", name="Go/no-go", whole_list=True,
               offset="T-3bd", deciders=[BO])],
    )  # fmt: skip


def test_an_agenda_is_made_of_what_is_open():
    made = agenda(busy(), TODAY, active=[BO, CY])
    assert {slot.title: slot.points for slot in made.slots} == {
        "Where we are": (
            "Checkout 2 is not ready (as of 10 Nov 2026): 1 must item is open without a valid waiver.",
            "Tier 1, ga, target 1 Dec 2026; red: off track",
            "Burn-up: 3 left, 0.071 a day: done on 22 Dec 2026, 21 days after the launch day",
        ),
        "Blockers": ("Price list: blocked, overdue; due 3 Nov 2026",),
        "Waivers": ("Film: the waiver ends on 20 Nov 2026, before the launch",),
        "Conditions of earlier decisions": ("train support; due 16 Nov 2026",),
        "Owners": (
            "Deck: no owner, should be Enablement",
            "Film: nobody is accountable",
            "Price list belongs to Ada, who has left",
            "the condition 'train support' belongs to Ada, who has left",
        ),
        "Due by 24 Nov 2026": ("Deck (should), due 12 Nov 2026",),
        "Decision: Go/no-go": (
            (
                "Checkout 2, gate Go/no-go is not ready (as of 10 Nov 2026): "
                "1 must item is open without a valid waiver. Recommended: no_go."
            ),
        ),
        "Who does what by when": (),
    }
    assert made.minutes <= 60
    assert "  5 min  Blockers (5 min; with Ada)" in str(made)
    assert repr(made) == f"<Agenda 'Checkout 2: go-to-market session, 10 Nov 2026' 8 parts, {made.minutes} min>"


def test_little_open_makes_a_short_session():
    done = ChecklistItem(title="a", status="done", done_on=TODAY)
    made = agenda(launch_with(done), TODAY)
    assert ([slot.title for slot in made.slots], made.minutes) == (["Where we are", "Who does what by when"], 10)
    with pytest.raises(ValueError, match="at least 10 minutes"):
        agenda(launch_with(), TODAY, minutes=9)


@settings(max_examples=30)
@given(st.integers(0, 70), st.integers(0, 15), st.integers(10, 90))
def test_every_open_point_is_on_the_agenda_and_the_time_holds(musts, shoulds, minutes):
    items = [ChecklistItem(title=f"must {n}", owner=ADA) for n in range(musts)]
    items += [ChecklistItem(title=f"should {n}", owner=BO, need="should", due=TODAY) for n in range(shoulds)]
    made = agenda(launch_with(*items), TODAY, minutes)
    assert made.minutes <= minutes
    shown = " ".join(point for slot in made.slots for point in (*slot.points, *slot.left_out))
    assert all(f"must {n}: todo" in shown for n in range(musts))
    assert all(f"should {n} (should)" in shown for n in range(shoulds))


def test_the_next_gate_is_the_first_without_a_go():
    launch = busy()
    assert next_gate(launch, TODAY).key == "go"
    assert next_gate(launch, date(2026, 11, 1)).key == "content"
    launch.decisions = [
        *launch.decisions,
        Decision(gate="go", outcome="defer", decided_by=[BO], on=TODAY, reconvene_on=LAUNCH_DAY),
    ]
    assert next_gate(launch, TODAY).key == "go"
    launch.gates = []
    assert next_gate(launch, TODAY) is None


def launched():
    price = ChecklistItem(title="Price list", owner=ADA)
    price.waive(Waiver(reason="late", accepted_by=BO, granted_on=date(2026, 11, 25), expires_on=date(2026, 12, 6)))
    price.finish(date(2026, 12, 5), ADA)
    film = ChecklistItem(title="Film", need="should")
    film.waive(Waiver(reason="budget", accepted_by=BO, granted_on=TODAY, condition="budget", follow_up="ask again"))
    launch = launch_with(
        ChecklistItem(title="Deck", status="done", done_on=date(2026, 11, 26)),
        price,
        film,
        goals=[KpiTarget(key="orders", name="Orders", target=100)],
        target=TimeBucket.day(date(2026, 11, 24)),
        status="go",
    )
    launch.retarget(TimeBucket.day(LAUNCH_DAY), on=TODAY)
    launch.move("launched", on=date(2026, 12, 3))
    return launch


def test_the_look_back_is_folded_from_the_dates():
    readings = [
        KpiReading(key="orders", on=date(2026, 12, 2), value=500),  # before the launch
        KpiReading(key="orders", on=date(2026, 12, 9), value=80),
        KpiReading(key="orders", on=date(2026, 12, 30), value=120),
        KpiReading(key="visits", on=date(2026, 12, 30), value=9),
    ]
    report = launch_report(
        launched(),
        date(2027, 1, 10),
        readings=readings,
        went_well=["the team"],
        actions=[FollowUp(text="plan earlier")],
    )
    assert (report.slip.against_first, report.slip.against_last, report.target_changes) == (9, 2, 1)
    assert [(each.at, each.done, each.ready, each.recommended.value) for each in report.readiness] == [
        ("T-14d", 0, False, "no_go"),
        ("T-7d", 1, True, "conditional_go"),
        ("T0", 1, True, "conditional_go"),
    ]
    assert [(each.value, each.met, each.why) for each in report.kpis] == [
        (80, False, ""),
        (120, True, ""),
        (None, None, "not before 3 Mar 2027"),
    ]
    assert [(each.title, each.outcome) for each in report.waivers] == [("Price list", "done"), ("Film", "still waived")]
    assert str(report).splitlines()[0] == (
        "Checkout 2 launched on 3 Dec 2026: 9 days late against the first committed date (24 Nov 2026), "
        "2 days late against 1 Dec 2026, the last."
    )
    assert "Orders at T+7d: 80, target 100 not met" in str(report)
    assert "Action: plan earlier" in str(report)


def test_a_report_needs_a_launch_and_a_number():
    with pytest.raises(ValueError, match="has not launched"):
        launch_report(launch_with(), TODAY)
    launch = launched()
    launch.move("rolled_back", on=date(2026, 12, 4))
    early = KpiReading(key="orders", on=date(2026, 12, 2), value=500)
    report = launch_report(launch, date(2026, 12, 20), readings=[early])
    assert report.rolled_back
    assert report.kpis[0].why == "nobody measured it"


def at(name, target, *teams, **fields):
    return Launch(name=name, target=target, team_ids=list(teams), **fields)


def test_collisions_by_week_and_team():
    week = TimeBucket.week(2026, 49)
    monday, sunday = TimeBucket.day(date(2026, 11, 30)), TimeBucket.day(date(2026, 12, 6))
    found = collisions(
        [
            at("A", monday, "web"),
            at("B", sunday, "web", "app"),
            at("C", week, "app"),
            at("D", TimeBucket.day(date(2026, 12, 7)), "web"),
            at("E", monday, "web", status="cancelled"),
            at("F", TimeBucket.quarter(2026, 4), "web"),
        ]
    )
    assert [str(each) for each in found.collisions] == [
        "W49 2026, team app: B, C",
        "W49 2026, team web: A, B",
        "W49 2026, all teams together: A, B, C",
    ]
    assert [each.name for each in found.unplaced] == ["F"]
    assert list(found.weeks) == ["2026-W49", "2026-W50"]
    assert str(collisions([])) == "no collisions"


def test_a_launch_counts_where_it_really_went_out():
    out = at("A", TimeBucket.quarter(2026, 4), "web", status="launched", launched_on=date(2026, 12, 1))
    both = [out, at("B", TimeBucket.day(date(2026, 12, 2)), "web")]
    assert len(collisions(both).collisions) == 1
    assert not collisions(both, per_team=2).collisions
    assert len(collisions(both, per_team=2, per_week=1).collisions) == 1


@settings(max_examples=30)
@given(st.lists(st.integers(0, 30), max_size=6))
def test_every_launch_is_placed_once(offsets):
    launches = [at(str(n), TimeBucket.day(TODAY + timedelta(days=days)), "web") for n, days in enumerate(offsets)]
    found = collisions(launches)
    placed = [launch_id for ids in found.weeks.values() for launch_id in ids]
    assert sorted(placed) == sorted(launch.id for launch in launches)
    crowded = {code for code, ids in found.weeks.items() if len(ids) > 1}
    assert {each.week.code for each in found.collisions if each.team_id} == crowded
