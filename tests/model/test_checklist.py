"""Templates, live checklists, and re-planning that never loses what is done."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from productops.model.base import ExternalRef
from productops.model.checklist import Checklist, ChecklistItem, ChecklistStatus, Need
from productops.model.checklist_template import ChecklistTemplate, ItemTemplate
from productops.model.dependencies import DependencyCycle, find_cycle, in_order
from productops.model.identity import same_person
from productops.model.offsets import Offset
from productops.model.people import PersonRef
from productops.model.replan import apply_changes, plan_changes
from productops.model.timebox import TimeBucket
from productops.model.waiver import Raci, Waiver

LAUNCH = TimeBucket.day(date(2026, 12, 1))
SEPTEMBER = date(2026, 9, 1)
ADA = PersonRef(name="Ada Muster", email="ada@example.com")
BO = PersonRef(name="Bo Beispiel", email="bo@example.com")


def standard(**changes):
    lines = {
        "price": ItemTemplate(
            key="price", title="Price list", area="commercial", offset="T-6w", evidence_required=True
        ),
        "deck": ItemTemplate(
            key="deck",
            title="Sales deck",
            area="enablement",
            offset="T-10bd",
            depends_on=["film"],
            need="should",
            need_by_tier={1: "must"},
        ),
        "film": ItemTemplate(
            key="film", title="Film", area="marketing", tiers=[1], offset="T-3bd", depends_on=["price"]
        ),
        "review": ItemTemplate(key="review", title="Look back", offset="T+2w", kinds=["ga", "beta"]),
        **changes,
    }
    return ChecklistTemplate(key="standard", name="Standard", items=[line for line in lines.values() if line])


def start(tier=1, target=LAUNCH, **options):
    return standard().instantiate(tier, "ga", target, as_of=SEPTEMBER, **options)


def titles(checklist):
    return [item.title for item in checklist.items]


def test_worked_due_days():
    """Offsets from Tuesday 2026-12-01: the domain notes, launches, rule 1."""
    assert {item.key: item.due for item in start().items} == {
        "price": date(2026, 10, 20),
        "deck": date(2026, 11, 17),
        "film": date(2026, 11, 26),
        "review": date(2026, 12, 15),
    }


def test_tier_and_kind_choose_items_and_need():
    assert titles(start(tier=2)) == ["Price list", "Sales deck", "Look back"]
    assert start(tier=2).item("deck").need is Need.SHOULD
    assert start(tier=1).item("deck").need is Need.MUST
    pricing = standard().instantiate(1, "pricing", LAUNCH, as_of=SEPTEMBER)
    assert titles(pricing) == ["Price list", "Sales deck", "Film"]


def test_a_dependency_reaches_across_a_line_the_tier_does_not_have():
    assert start(tier=1).item("deck").depends_on == ("film",)
    assert start(tier=2).item("deck").depends_on == ("price",)


def test_holidays_move_business_days():
    free = {date(2026, 11, 27)}
    assert start(holidays=free).item("film").due == date(2026, 11, 25)


def test_a_coarse_target_gives_about():
    """Due days count from the start of a coarse bucket: the domain notes, launches, rule 2."""
    item = start(target=TimeBucket.quarter(2026, 4)).item("price")
    assert (item.due, item.due_label) == (date(2026, 8, 20), "about 20 Aug 2026")
    assert start(target=TimeBucket.unknown()).item("price").due_label == "no date"


def test_a_new_date_moves_all_but_done_and_pinned():
    """Date moved: the domain notes, launches, rule 2."""
    checklist = start()
    checklist.item("price").finish(SEPTEMBER, ADA, ["https://example.com/prices"])
    checklist.item("film").pin(date(2026, 11, 20))
    moved = checklist.reschedule(TimeBucket.day(date(2026, 9, 22)), as_of=date(2026, 9, 15))
    assert [checklist.item(key).due for key in ("price", "deck", "film", "review")] == [
        date(2026, 10, 20),
        date(2026, 9, 8),
        date(2026, 11, 20),
        date(2026, 10, 6),
    ]
    assert str(moved) == "2 items moved, 1 done and 1 pinned kept, 1 now overdue"
    assert moved.now_overdue == (checklist.item("deck").id,)


def test_evidence_is_needed_to_finish_and_to_count():
    item = start().item("price")
    with pytest.raises(ValueError, match="needs evidence"):
        item.finish(SEPTEMBER)
    assert item.status is ChecklistStatus.TODO
    item.status = "done"  # as a service may say
    assert not item.is_done(SEPTEMBER)
    item.evidence = ("https://example.com/prices",)
    assert item.is_done(SEPTEMBER)


def test_the_past_is_told_as_it_was():
    item = ChecklistItem(title="Deck", added_on=date(2026, 9, 5))
    item.finish(date(2026, 9, 10))
    assert [item.is_open(date(2026, 9, day)) for day in (4, 5, 9, 10)] == [False, True, True, False]
    other = ChecklistItem(title="Booth")
    other.set_aside(date(2026, 9, 8), "no fair this year")
    assert [other.applies(date(2026, 9, day)) for day in (7, 8)] == [True, False]
    with pytest.raises(ValueError, match="say why"):
        other.set_aside(date(2026, 9, 8), " ")


def test_circles_are_printed():
    lines = [ItemTemplate(key=a, title=a, depends_on=[b]) for a, b in ("ab", "bc", "ca")]
    with pytest.raises(ValidationError, match="a → b → c → a"):
        ChecklistTemplate(key="x", name="X", items=lines)
    items = [ChecklistItem(title=a, template_key=a, depends_on=[b]) for a, b in ("xy", "yx")]
    with pytest.raises(ValidationError, match="x → y → x"):
        Checklist(items=items)
    with pytest.raises(DependencyCycle) as caught:
        in_order({"a": ["a"]})
    assert caught.value.cycle == ["a", "a"]


def test_other_broken_templates_are_refused():
    with pytest.raises(ValidationError, match="depends on ghost"):
        ChecklistTemplate(key="x", name="X", items=[ItemTemplate(key="a", title="A", depends_on=["ghost"])])
    with pytest.raises(ValidationError, match="twice in the template: a"):
        ChecklistTemplate(key="x", name="X", items=[ItemTemplate(key="a", title="A")] * 2)
    with pytest.raises(ValidationError, match="twice in the checklist: a"):
        Checklist(items=[ChecklistItem(title="A", template_key="a"), ChecklistItem(title="B", template_key="a")])
    with pytest.raises(ValidationError, match="not an offset"):
        ItemTemplate(key="a", title="A", offset="6 weeks before")


graphs = st.integers(1, 8).flatmap(
    lambda size: st.fixed_dictionaries(
        {str(node): st.lists(st.integers(0, size).map(str), max_size=3, unique=True) for node in range(size)}
    )
)


@settings(max_examples=50)
@given(graphs)
def test_an_order_exists_just_when_there_is_no_circle(graph):
    cycle = find_cycle(graph)
    if cycle:
        assert cycle[0] == cycle[-1]
        assert all(after in graph[before] for before, after in itertools.pairwise(cycle))
        with pytest.raises(DependencyCycle):
            in_order(graph)
    else:
        order = in_order(graph)
        assert sorted(order) == sorted(graph)
        assert all(order.index(dep) < order.index(key) for key in graph for dep in graph[key] if dep in graph)


def test_a_long_chain_has_an_order():
    chain = {str(number): [str(number + 1)] for number in range(3000)}
    assert in_order(chain)[0] == "2999"


def test_a_smaller_tier_removes_and_changes_need():
    """Tier changed: the domain notes, launches, rule 3."""
    checklist = start(tier=1)
    diff = plan_changes(checklist, standard(), 2, "ga", as_of=SEPTEMBER)
    assert diff.remove == (checklist.item("film").id,)
    assert [(change.key, change.old, change.new) for change in diff.need_changed] == [("deck", "must", "should")]
    assert titles(checklist) == ["Price list", "Sales deck", "Film", "Look back"]
    after = apply_changes(checklist, diff, LAUNCH)
    assert titles(after) == ["Price list", "Sales deck", "Look back"]
    assert (after.item("deck").need, after.item("deck").depends_on) == (Need.SHOULD, ("price",))
    assert [gone.title for gone in after.removed] == ["Film"]
    assert titles(checklist) == ["Price list", "Sales deck", "Film", "Look back"]
    assert not plan_changes(after, standard(), 2, "ga", as_of=SEPTEMBER)


def test_a_bigger_tier_adds():
    diff = plan_changes(start(tier=2), standard(), 1, "ga", as_of=date(2026, 10, 1))
    assert [line.key for line in diff.add] == ["film"]
    assert "add: Film (must)" in str(diff)
    after = apply_changes(start(tier=2, launch_id="launch_1"), diff, LAUNCH)
    film = after.item("film")
    assert (film.due, film.added_on, film.launch_id) == (date(2026, 11, 26), date(2026, 10, 1), "launch_1")


@pytest.mark.parametrize(
    ("touch", "why"),
    [
        (lambda item: item.finish(SEPTEMBER), "it is done"),
        (lambda item: item.pin(date(2026, 11, 3)), "its date is pinned"),
        (lambda item: setattr(item, "evidence", ("https://example.com/cut",)), "it has evidence"),
        (
            lambda item: item.waive(
                Waiver(reason="r", accepted_by=BO, granted_on=SEPTEMBER, expires_on=date(2026, 10, 1))
            ),
            "it has a waiver",
        ),
    ],
)
def test_what_somebody_put_work_into_is_kept(touch, why):
    checklist = start(tier=1)
    touch(checklist.item("film"))
    diff = plan_changes(checklist, standard(), 2, "ga", as_of=SEPTEMBER)
    assert not diff.remove
    assert [each.why for each in diff.kept] == [why]
    assert apply_changes(checklist, diff, LAUNCH).item("film") == checklist.item("film")


def test_finished_between_plan_and_apply_stays():
    checklist = start(tier=1)
    diff = plan_changes(checklist, standard(), 2, "ga", as_of=SEPTEMBER)
    checklist.item("film").finish(date(2026, 9, 2))
    assert "Film" in titles(apply_changes(checklist, diff, LAUNCH))


def test_a_template_edit_reaches_a_live_checklist_only_by_a_diff():
    checklist = start()
    edited = standard(price=ItemTemplate(key="price", title="Prices", area="commercial", offset="T-8w"))
    diff = plan_changes(checklist, edited, 1, "ga", as_of=SEPTEMBER)
    changed = {(change.field, change.old, change.new) for change in diff.changes}
    assert changed == {
        ("title", "Price list", "Prices"),
        ("offset", "T-6w", "T-8w"),
        ("evidence_required", True, False),
    }
    after = apply_changes(checklist, diff, LAUNCH)
    assert (after.item("price").title, after.item("price").due) == ("Prices", date(2026, 10, 6))
    assert after.item("price").offset == Offset.parse("T-8w")


def test_items_made_by_hand_are_left_alone():
    checklist = start(tier=1)
    own = ChecklistItem(title="Ask the mayor")
    checklist.items = [*checklist.items, own]
    checklist.item("deck").depends_on = ("film", own.id)
    after = apply_changes(checklist, plan_changes(checklist, standard(), 2, "ga", as_of=SEPTEMBER), LAUNCH)
    assert "Ask the mayor" in titles(after)
    assert after.item("deck").depends_on == ("price", own.id)


KEYS = ["a", "b", "c", "d", "e"]
lines = st.lists(
    st.builds(
        ItemTemplate,
        key=st.sampled_from(KEYS),
        title=st.sampled_from(["One", "Two"]),
        tiers=st.sets(st.integers(1, 3)).map(tuple),
        need=st.sampled_from(["must", "should", "could"]),
        offset=st.sampled_from(["T-6w", "T-3bd", "T+1m", None]),
    ),
    unique_by=lambda line: line.key,
)
templates = lines.map(lambda items: ChecklistTemplate(key="t", name="T", items=items))


@settings(max_examples=50)
@given(templates, templates, st.integers(1, 3), st.integers(1, 3), st.sets(st.sampled_from(KEYS)))
def test_replanning_never_loses_or_changes_done_items_and_settles(first, second, tier, new_tier, done):
    checklist = first.instantiate(tier, "ga", LAUNCH, as_of=SEPTEMBER)
    for item in checklist.items:
        if item.key in done:
            item.finish(SEPTEMBER)
    kept = {item.id: item.model_dump() for item in checklist.items if item.key in done}
    after = apply_changes(checklist, plan_changes(checklist, second, new_tier, "ga", as_of=SEPTEMBER), LAUNCH)
    assert {item.id: item.model_dump() for item in after.items if item.id in kept} == kept
    assert not plan_changes(after, second, new_tier, "ga", as_of=SEPTEMBER)
    wanted = {line.key for line in second.items if line.applies(new_tier, "ga")}
    assert wanted <= {item.key for item in after.items}


@settings(max_examples=50)
@given(st.integers(-60, 60), st.integers(-400, 400), st.sampled_from(["d", "w"]))
def test_offsets_move_with_the_date(count, shift, unit):
    item = ChecklistItem(title="x", offset=Offset(count=count, unit=unit))
    checklist = Checklist(items=[item])
    checklist.reschedule(LAUNCH, SEPTEMBER)
    before = item.due
    checklist.reschedule(LAUNCH.shift(shift), SEPTEMBER)
    assert item.due - before == timedelta(days=shift)


def test_people_who_left_and_items_nobody_owns():
    checklist = start()
    checklist.item("price").owner, checklist.item("deck").owner = ADA, BO
    assert checklist.orphans([PersonRef(email="ADA@example.com")], SEPTEMBER) == [checklist.item("deck")]
    assert checklist.orphans(lambda person: person == BO, SEPTEMBER) == [checklist.item("price")]
    assert [item.key for item in checklist.unowned(SEPTEMBER)] == ["film", "review"]
    checklist.item("deck").finish(SEPTEMBER)
    assert checklist.orphans([ADA], SEPTEMBER) == []


def test_raci():
    """One accountable, at least one responsible, few consulted: the domain notes, launches, rule 7."""
    assert Raci(responsible=[ADA], accountable=[ADA]).findings() == []
    found = Raci(responsible=[], accountable=[ADA, BO], consulted=[ADA] * 4).findings()
    assert [(each.level, each.text) for each in found] == [
        ("error", "2 are accountable (Ada Muster, Bo Beispiel), not one"),
        ("error", "nobody is responsible"),
        ("warning", "4 are consulted, more than 3: decisions will be slow"),
    ]
    assert len(Raci(responsible=[ADA], accountable=[ADA], consulted=[BO] * 4).findings(most_consulted=4)) == 0
    checklist = start()
    checklist.item("deck").raci = Raci(responsible=[ADA])
    assert [each.text for each in checklist.raci_findings()] == ["Sales deck: nobody is accountable"]


def test_waivers_end_and_are_not_granted_to_oneself():
    """Validity of a waiver: the domain notes, launches, rules 4 and 6."""
    waiver = Waiver(reason="r", accepted_by=ADA, granted_on=date(2026, 9, 2), expires_on=date(2026, 9, 9))
    assert waiver.problem(date(2026, 9, 9), BO) is None
    assert waiver.problem(date(2026, 9, 10), BO) == "the waiver expired on 9 Sep 2026"
    assert waiver.problem(date(2026, 9, 1), BO) == "the waiver counts from 2 Sep 2026 only"
    assert "own owner" in waiver.problem(date(2026, 9, 3), PersonRef(email="ada@example.com"))
    item = ChecklistItem(title="Deck", owner=PersonRef(name="ada  muster"))
    with pytest.raises(ValueError, match="somebody else must accept"):
        item.waive(waiver)
    with pytest.raises(ValidationError, match="needs an end"):
        Waiver(reason="r", accepted_by=ADA, granted_on=SEPTEMBER)
    with pytest.raises(ValidationError, match="cannot expire before"):
        Waiver(reason="r", accepted_by=ADA, granted_on=SEPTEMBER, expires_on=date(2026, 8, 1))
    until = Waiver(reason="r", accepted_by=ADA, granted_on=SEPTEMBER, condition="translated", ended_on=date(2026, 9, 4))
    assert [until.problem(date(2026, 9, day)) is None for day in (3, 4)] == [True, False]


def test_a_person_is_known_by_any_account():
    account = ExternalRef(system="jira", key="u1")
    assert same_person(PersonRef(name="A", external=[account]), PersonRef(email="a@example.com", external=[account]))
    assert not same_person(PersonRef(name="A", email="a@example.com"), PersonRef(name="A", external=[account]))
    assert not same_person(None, None)


def test_a_checklist_goes_through_json():
    checklist = start()
    checklist.item("deck").waive(Waiver(reason="r", accepted_by=BO, granted_on=SEPTEMBER, condition="c"))
    assert Checklist.model_validate_json(checklist.model_dump_json()) == checklist
    again = ChecklistTemplate.model_validate_json(standard().model_dump_json())
    assert again.items == standard().items
    assert '"offset":"T-6w"' in again.model_dump_json()
