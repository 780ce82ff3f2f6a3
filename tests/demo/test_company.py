"""The invented company: the awkward cases are there, and every computation of the model gives what it should."""

import re
import unicodedata
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from productops import demo
from productops.model.adoption import adoption, compliance, skipping
from productops.model.agenda import agenda
from productops.model.alignment import agreement
from productops.model.assessment import canvas_index, gaps
from productops.model.audience import view, view_changes
from productops.model.business_case import evaluate
from productops.model.business_hours import BusinessHours
from productops.model.canvas_trend import trend
from productops.model.closing import closures
from productops.model.closure import closure_rate
from productops.model.collisions import collisions
from productops.model.conformance import conformance
from productops.model.decision_record import calibration, evidence_coverage, lead_time, revisit_rate
from productops.model.dedupe import intake, unmerge
from productops.model.demand import demand, demand_table, group_by_target
from productops.model.evidence import alignment_coverage, customer_importance, evidence_lint, insight_coverage
from productops.model.forget import forget
from productops.model.initiative import current_phase, double_counted, lint_initiative, lint_phases
from productops.model.launch_report import launch_report
from productops.model.people import Person
from productops.model.process_value import budget, feedback_scores, monthly_cost, one_in_one_out, suggest_sunset
from productops.model.pulse import compare_pulses, pulse_report
from productops.model.recruiting import quota_states, reasons_not_to_invite, recruiting_funnel
from productops.model.roadmap import rank_items
from productops.model.roadmap_diff import apply, diff
from productops.model.roadmap_measures import churn, dependency_order, on_time
from productops.model.sla import sla
from productops.model.study_calendar import deletions, reminders, to_ics
from productops.model.templates import load
from productops.model.time_use import compare_time, task_inventory

AS_OF = demo.AS_OF
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture
def company():
    return demo.company()


def dumped(company):
    return [record.model_dump_json() for record in company.records()]


def test_it_is_the_same_every_time_and_whole(company):
    assert dumped(company) == dumped(demo.company())
    counts = (
        "teams",
        "people",
        "accounts",
        "feedback",
        "launches",
        "snapshots",
        "assessments",
        "processes",
        "decisions",
    )
    assert [len(getattr(company, name)) for name in counts] == [3, 6, 15, 60, 3, 3, 2, 5, 8]
    assert sum(person.role == "Product manager" for person in company.people) == 4
    assert [len(snapshot.items) for snapshot in company.snapshots] == [19, 19, 20]
    assert len(company.canvas.capabilities) == 12
    assert list(company.snapshots[-1].items) == sorted(company.roadmap.items, key=lambda item: item.id)
    assert repr(company) == "<Company 'Havn & Fjord' on 2026-11-02: 60 notes, 20 items, 3 launches>"


def test_changing_one_leaves_the_next_alone(company):
    company.roadmap.items[0].title = "Changed"
    company.feedback[0].summary = "Changed"
    assert "Changed" not in "".join(dumped(demo.company()))


def test_every_id_is_its_own_and_every_link_leads_somewhere(company):
    ids = Counter(entity.id for entity in company.entities())
    several = {key for key, count in ids.items() if count > 1}
    # A canvas has two revisions, and the items stand in the snapshots too.
    assert several == {"canvas_practice", *(item.id for item in company.roadmap.items)}
    wanted = {note.account_id for note in company.feedback} | {insight.target_id for insight in company.insights}
    wanted |= {insight.feedback_id for insight in company.insights} | {item.theme for item in company.roadmap.items}
    wanted |= {key for item in company.roadmap.items for key in (*item.dependencies, *item.objective_ids, item.team)}
    wanted |= {key for launch in company.launches for key in (*launch.roadmap_item_ids, *launch.team_ids)}
    wanted |= {key for each in company.decisions for key in each.evidence_ids}
    assert wanted - {None} <= set(ids)


def test_nobody_is_real_and_no_address_works(company):
    addresses = re.findall(r"[^\s\"',:<>]+@[^\s\"',<>]+", "".join(dumped(company)))
    assert len(addresses) > 100
    assert {address.partition("@")[2] for address in addresses} == {"example.com"}


def test_the_awkward_notes_are_there(company):
    text = "".join(note.text for note in company.feedback)
    scripts = {unicodedata.name(char).split()[0] for char in text if char.isalpha()}
    assert {"LATIN", "ARABIC", "HEBREW", "HIRAGANA"} <= scripts
    assert {"é", "ö", "å", "ó", "😍", "🚲"} <= set(text)
    assert sum(note.merged_into is not None for note in company.feedback) == 5
    assert sum(note.requester is None for note in company.feedback) == 6
    assert {account.currency for account in company.accounts} == {"EUR", "NOK", "SEK", None}
    assert Counter(account.status.value for account in company.accounts)["prospect"] == 3
    assert {note.state.value for note in company.feedback} >= {"new", "needs_info", "declined", "routed", "closed"}


def test_demand_counts_accounts_and_keeps_pipeline_apart(company):
    found = demand(company.feedback, company.accounts, as_of=AS_OF, rates=company.rates)
    assert (found.mentions, found.accounts, found.people, found.anonymous) == (60, 15, 2, 4)
    assert (found.customers, found.prospects, found.churned) == (11, 3, 1)
    # Aurora's daughter is in Aurora's own figure: 96 + 80 + 45 + 32 + 45 + 12 + 6 + 20 + 30 thousand.
    assert (found.arr.amount, found.pipeline.amount, found.churned_arr.amount) == (366_000, 97_000, 20_000)
    assert len(found.warnings) == 3
    groups = group_by_target(company.feedback, company.insights)
    table = demand_table(groups, company.accounts, as_of=AS_OF, rates=company.rates)
    assert (table["item_02"].mentions, table["item_02"].accounts) == (9, 6)  # two of the nine are repeats
    assert (table["item_04"].mentions, table["item_04"].pipeline.amount) == (9, Decimal(77_000))
    assert customer_importance("item_02", company.insights, company.feedback).value == 16


def test_repeats_are_known_and_can_be_taken_apart(company):
    assert intake([], company.feedback).matches == ()
    again = intake(company.feedback, company.feedback[:3])
    assert [match.why.value for match in again.matches] == ["record"] * 3
    repeat = company.feedback[-1]
    unmerge(repeat, at=NOON)
    assert (repeat.merged_into, repeat.state.value) == (None, "new")


def test_waiting_times(company):
    plain = sla(company.feedback, as_of=NOON)
    assert (plain.triage.done, plain.triage.open, plain.triage.breaches) == (55, 5, 17)
    assert plain.triage.median.label == "33.0 h"
    assert plain.decision.p90.at_least
    assert (plain.close.done, plain.close.open) == (4, 1)
    office = sla(company.feedback, as_of=NOON, hours=BusinessHours(zone="Europe/Oslo"))
    assert office.triage.median.label == "8.0 h"


def test_who_asked_hears_of_it(company):
    shipped = [item.id for item in company.roadmap.items if item.delivered_on]
    found = closure_rate(shipped, company.feedback, company.insights, company.closures)
    assert (found.rate, found.notified, found.notifiable, found.bounced) == (0.6, 3, 5, 1)
    news = closures(
        company.launch("winter"), company.feedback, company.insights, company.roadmap.items, company.closures
    )
    assert [notice.requester.name for notice in news.notices] == ["Kari Storvik"]
    assert [each.reason for each in news.left_out] == ["already told", "the notice bounced; find another address"]
    assert not closures(company.launch("groups"), company.feedback, company.insights, company.roadmap.items)


def test_what_the_roadmap_rests_on(company):
    items = company.roadmap.items
    assert str(insight_coverage(items, company.insights)) == "10 of 12 (83.3 %)"
    assert alignment_coverage(items).missing_ids == ("item_07", "item_09")
    issues = evidence_lint(items, company.feedback, company.insights, as_of=AS_OF, problems=company.problems)
    assert [(issue.rule, issue.subject_id) for issue in issues] == [
        ("no_evidence", "item_09"), ("one_voice", "item_13"), ("no_evidence", "item_19")]  # fmt: skip


def test_what_changed_on_the_roadmap(company):
    september, october, november = company.snapshots
    first = diff(september, october, events=company.events)
    kinds = [(change.kind.value, change.item_id) for change in first.changes]
    assert kinds[:2] == [("renamed", "item_02"), ("moved_later", "item_06")]
    assert {item for _, item in kinds[2:]} == {"item_17"}
    slip = first.changes[1]
    assert (slip.slip.label, slip.decided_by) == ("later by 1 quarter", "email:mira@example.com")
    assert not first.warnings
    second = diff(october, november)
    kinds = [(change.kind.value, change.item_id) for change in second.changes]
    assert kinds[0] == ("split", "item_19")
    assert second.changes[0].came_from == "item_08"
    assert {("rescoped", "item_08"), ("precision", "item_10"), ("status", "item_16")} <= set(kinds)
    assert "moved_later" not in [kind for kind, _ in kinds]
    assert len(second.warnings) == 2  # nobody said why the café was dropped
    for one, other in ((september, october), (october, november), (september, november)):
        assert apply(one, diff(one, other)).items == other.items
    assert str(churn(september, diff(september, november))) == "2 of 13 (15.4 %)"
    assert on_time(september, november, as_of=AS_OF).value == 1


def test_orders_and_audiences(company):
    ranked = rank_items([item for item in company.roadmap.items if item.near], "rice")
    assert [(each.id, each.score.value) for each in ranked[:2]] == [
        ("item_20", 1440),
        ("item_05", pytest.approx(533.3, 1e-3)),
    ]
    assert next(each.score.value for each in ranked if each.id == "item_02") == 192
    order = dependency_order(company.roadmap.items)
    assert order.index("item_10") < order.index("item_06")
    sizes = {reader: len(view(company.roadmap.items, reader).items) for reader in ("exec", "sales", "public")}
    assert sizes == {"exec": 15, "sales": 12, "public": 8}
    shown = view_changes(company.snapshots[1], company.snapshots[2], "public")
    assert "bucket" not in str(shown)
    assert "2026-12-15" not in str(shown)


def test_the_first_launch_slipped_twice(company):
    winter = company.launch("winter")
    assert (winter.slip().against_first, winter.slip().against_last) == (28, 0)
    assert len(winter.targets()) == 3
    assert [winter.readiness(day).ready for day in (date(2026, 9, 29), AS_OF)] == [False, True]
    report = launch_report(winter, AS_OF, readings=company.readings)
    assert [(each.at, each.done, each.applicable) for each in report.readiness] == [
        ("T-14d", 6, 10), ("T-7d", 8, 9), ("T0", 9, 9)]  # fmt: skip
    assert [each.met for each in report.kpis] == [True, None, None]


def test_the_second_launch_went_on_a_waiver_that_expired(company):
    groups = company.launch("groups")
    then, now = groups.readiness(date(2026, 10, 20)), groups.readiness(AS_OF)
    assert (then.ready, then.recommended.value) == (True, "conditional_go")
    assert (groups.decisions[0].outcome.value, groups.decisions[0].overruled) == ("conditional_go", False)
    assert (now.ready, now.recommended.value, now.total.done, now.total.applicable) == (False, "no_go", 8, 9)
    assert round(now.progress, 3) == 0.889
    assert "the waiver expired on 31 Oct 2026" in str(now)
    assert [each.text for each in groups.decisions[0].open_conditions(AS_OF)] == ["Refund one person of a group"]
    assert "Conditions of earlier decisions" in str(agenda(groups, AS_OF))
    assert not [finding for finding in groups.checklist.raci_findings() if finding.level == "error"]
    assert groups.orphans([person.as_ref for person in company.people if person.email != "ines@example.com"], AS_OF)
    assert (groups.burn_up(AS_OF).points[-1].done, groups.burn_up(AS_OF).forecast.finish_on) == (8, None)


def test_the_third_launch_is_off(company):
    points = company.launch("loyalty")
    assert (points.status.value, points.readiness(AS_OF).ready, points.readiness(AS_OF).progress) == (
        "cancelled",
        False,
        0.25,
    )
    calendar = collisions(company.launches)
    assert (sorted(calendar.weeks), calendar.collisions) == (["2026-W42", "2026-W46"], ())


def test_levels_and_what_compares(company):
    pairs = list(zip(company.canvases, company.assessments, strict=True))
    indexes = [canvas_index(canvas, seen.results(canvas)) for canvas, seen in pairs]
    assert [index.value for index in indexes] == [pytest.approx(9 / 45), pytest.approx(23 / 45)]
    assert [(index.rated, index.applicable) for index in indexes] == [(10, 11), (10, 11)]
    results = {each.capability_id: each for each in company.assessments[1].results(company.canvas)}
    assert (results["interviews"].level, results["interviews"].discuss) == ("better", True)
    assert (results["archive"].rank, results["pricing"].applicable) == (None, False)
    assert gaps(company.canvas, results.values())[0].priority == 2
    moved = trend(company.assessments[0], company.canvases[0], company.assessments[1], company.canvases[1])
    assert (moved.delta, moved.redefined, moved.unrated) == (8, ("experiments",), ("pricing", "archive"))
    assert company.actions[0].overdue(AS_OF)


def test_the_canvas_prints_as_a_grid(company):
    text = company.assessments[1].grid(company.canvas)
    assert "  Talk to passengers         ■ ■ ○  better, target best\n" in text
    assert "  Change prices              · · ·  not applicable\n" in text
    assert text.endswith("  Keep what was learnt       ○ · ·  unrated, target good")
    assert "unrated" not in str(company.canvas)


def test_processes_cost_and_one_is_to_end(company):
    teams = [team.id for team in company.teams]
    suggested = {
        process.id: suggest_sunset(
            process, company.reviews if process.id == "proc_forms" else [], as_of=AS_OF
        ).suggested
        for process in company.processes
    }
    assert [key for key, yes in suggested.items() if yes] == ["proc_forms"]
    triage, *_, diary = company.processes
    assert monthly_cost(triage, 4, as_of=AS_OF).value == pytest.approx(8.667, abs=1e-3)
    shares = [adoption(process, company.adoptions, teams, as_of=AS_OF).adopted for process in company.processes]
    assert [(share.part, share.whole) for share in shares] == [(3, 3), (2, 3), (1, 3), (1, 3), (0, 2)]
    assert [team.team_id for team in adoption(diary, company.adoptions, teams, as_of=AS_OF).exempt] == ["team_pier"]
    followed = compliance(triage, company.runs, {"team_booking": date(2026, 8, 3)}, as_of=AS_OF)
    assert (followed.total.part, followed.total.whole) == (7, 13)
    assert skipping(triage, company.runs, as_of=AS_OF).steps[0].skipped.part == 4
    load = budget(
        company.processes, {process.id: ["zoe"] for process in company.processes}, as_of=AS_OF, launches_per_month=1
    )
    assert load.over == ("zoe",)
    assert feedback_scores(company.processes[3], company.process_feedback, as_of=AS_OF).median == 2
    assert one_in_one_out(company.processes, date(2026, 9, 1), as_of=AS_OF).entered == ("proc_diary",)


def test_decisions_and_what_they_rested_on(company):
    found = calibration(company.decisions, as_of=AS_OF)
    assert (round(found.brier, 4), str(found.reviewed)) == (0.1367, "3 of 5 (60 %)")
    assert found.overdue == ("dec_4",)
    assert str(evidence_coverage(company.decisions, as_of=AS_OF)) == "4 of 7 (57.1 %)"
    assert revisit_rate(company.decisions, as_of=AS_OF).part == 1
    assert lead_time(company.decisions, as_of=AS_OF).oldest_open == "dec_8"


def test_hours_and_money(company):
    after = [sample for sample in company.time_samples if sample.period.code == "2026-W42"]
    before = [sample for sample in company.time_samples if sample.period.code == "2026-W11"]
    found = task_inventory(company.categories, after, pms=4, as_of=AS_OF)
    assert (found.rows[0].name, round(found.hours_all, 1), round(found.give_back, 2)) == (
        "Agree with stakeholders",
        34.0,
        11.55,
    )
    assert compare_time(before, after, "task_reports").reasons == ("4 respondents before, and 5 are needed",
                                                                   "4 respondents after, and 5 are needed")  # fmt: skip
    result = evaluate(company.case)
    assert (result.high.hours, result.high.net, result.low.net) == (1932, 52_900, -5_060)
    assert [finding.rule for finding in lint_initiative(company.initiatives[1], as_of=AS_OF)] == [
        "sponsor", "hypothesis", "baseline"]  # fmt: skip
    assert [each.hours_per_week for each in double_counted(company.initiatives)] == [1.0]
    assert (lint_phases(company.phases), current_phase(company.phases, as_of=AS_OF).order) == ((), 2)


def test_pulses_and_priorities(company):
    assert pulse_report(company.pulses[1]).rows[0].top_2_box.part == 5
    assert compare_pulses(*company.pulses)["clear"].change == 1
    # {02 04 10} and {02 04 08} share 2 of 4; each shares 1 of 5 with {05 20 02}.
    assert agreement(company.priorities).value == pytest.approx((2 / 4 + 1 / 5 + 1 / 5) / 3)


def test_the_study(company):
    funnel = recruiting_funnel(company.study, len(company.participants), company.sessions)
    assert [step.reached.part for step in funnel.steps] == [7, 5, 5, 3, 1]
    assert funnel.show_rate.value == 0.75
    assert [state.to_invite for state in quota_states(company.study, company.participants, company.sessions)] == [2, 1]
    why = {each.id: reasons_not_to_invite(each, company.study, as_of=AS_OF)[0] for each in company.participants}
    assert (why["part_gil"], why["part_yuki"]) == ("opted out on 2026-09-20", "no consent")
    due = reminders(company.study, company.sessions, as_of=NOON)
    assert [each.state for each in due] == ["due", "waiting", "waiting"]
    late = deletions(company.study, company.participants, company.sessions, as_of=AS_OF)
    assert [each.entity_id for each in late] == ["part_gil"]
    assert to_ics(company.study, company.sessions, stamp=NOON).count(b"BEGIN:VEVENT") == 4


def test_documents_and_exemptions(company):
    found = conformance(company.documents, load("roadmap"), company.exemptions, as_of=AS_OF)
    states = {document.id: {row.state for row in found.rows if row.document_id == document.id}
              for document in company.documents}  # fmt: skip
    assert states == {"doc_pier": {"exempt"}, "doc_booking": {"missing"}}


PERSONS = [*demo.company().people, *{
    note.requester.key: note.requester for note in demo.company().feedback if note.requester}.values()]  # fmt: skip


@pytest.mark.parametrize("person", PERSONS, ids=lambda person: person.email or person.name or "account")
def test_nothing_anywhere_names_a_forgotten_person(company, person):
    """After forgetting, no name, address or account of theirs is in any record, and the counts are as before."""
    ref = person.as_ref if isinstance(person, Person) else person
    others = [record for record in company.records() if record not in (*company.feedback, *company.insights)]
    found = forget(ref, salt="a secret salt", feedback=company.feedback, insights=company.insights, records=others)
    left = "".join(record.model_dump_json() for record in (*found.feedback, *found.insights, *found.records)).casefold()
    traces = [ref.name, ref.email, *(external.key for external in ref.external)]
    before = "".join(dumped(company)).casefold()
    assert any(trace.casefold() in before for trace in traces if trace)
    assert [trace for trace in traces if trace and trace.casefold() in left] == []
    assert found.changed > 0
    assert found.warnings == ()
    sizes = [len(found.feedback), len(found.insights), len(found.records)]
    assert sizes == [len(company.feedback), len(company.insights), len(others)]
    assert demand(found.feedback, company.accounts, as_of=AS_OF) == demand(
        company.feedback, company.accounts, as_of=AS_OF
    )
    for old, new in zip(others, found.records, strict=True):
        assert type(new).model_validate_json(new.model_dump_json()) == new
        assert getattr(old, "id", None) == getattr(new, "id", None)
    for old, new in zip(
        company.launches, [each for each in found.records if type(each).__name__ == "Launch"], strict=True
    ):
        for day in (AS_OF, AS_OF - timedelta(days=13)):
            was, now = old.readiness(day), new.readiness(day)
            assert (was.ready, was.recommended, was.total) == (now.ready, now.recommended, now.total)
