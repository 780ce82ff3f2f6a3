"""Readiness of a launch: blockers, waivers, gates, colours."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.launches import ADA, BO, CY, LAUNCH_DAY, TODAY, item, launch_with, waiver, worked
from productops.model.checklist import ChecklistItem, ChecklistStatus
from productops.model.rag import Rag, RagRules, item_rag
from productops.model.readiness import Gate, GateOutcome


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
