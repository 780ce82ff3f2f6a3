"""What the roadmap rests on: coverage, the age of the evidence, customer importance, and what is wrong with it."""

import statistics
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date

from pydantic import JsonValue

from productops.model.base import Value
from productops.model.feedback import Feedback, Importance, Insight, Problem
from productops.model.feedback_states import FeedbackState
from productops.model.roadmap import RoadmapItem
from productops.model.scores import Score
from productops.model.share import ItemShare

# Productboard's published weights of customer importance.
IMPORTANCE_WEIGHTS: Mapping[Importance, float] = {
    Importance.CRITICAL: 3,
    Importance.IMPORTANT: 2,
    Importance.NICE: 1,
    Importance.UNKNOWN: 1,
    Importance.NOT: 0,
}
ANONYMOUS_WEIGHT = 1


def coverage(items: Iterable[RoadmapItem], covered: Collection[str]) -> ItemShare:
    """The share of items in now and next whose ids are among `covered`."""
    near = [item.id for item in items if item.near]
    inside = tuple(item_id for item_id in near if item_id in covered)
    missing = tuple(item_id for item_id in near if item_id not in covered)
    return ItemShare(part=len(inside), whole=len(near), ids=inside, missing_ids=missing)


def insight_coverage(items: Iterable[RoadmapItem], insights: Iterable[Insight]) -> ItemShare:
    """Items in now and next with at least one insight ÷ all items in now and next."""
    listed = list(items)
    linked = {insight.target_id for insight in insights} | {item.id for item in listed if item.insight_ids}
    return coverage(listed, linked)


def alignment_coverage(items: Iterable[RoadmapItem]) -> ItemShare:
    """Items in now and next with at least one objective ÷ all items in now and next.

    >>> str(alignment_coverage([RoadmapItem(title="a", horizon="now", objective_ids=["obj_1"])]))
    '1 of 1 (100 %)'
    """
    listed = list(items)
    return coverage(listed, {item.id for item in listed if item.objective_ids})


def evidence_age(insights: Iterable[Insight], notes: Iterable[Feedback], *, as_of: date) -> float | None:
    """The median age in days of the notes linked, each note once; None without any."""
    received = {note.id: note.received_at.date() for note in notes}
    linked = {insight.feedback_id for insight in insights}
    ages = [(as_of - received[note_id]).days for note_id in linked if note_id in received]
    return float(statistics.median(ages)) if ages else None


def customer_importance(
    target_id: str,
    insights: Iterable[Insight],
    notes: Iterable[Feedback],
    *,
    below: Collection[str] = (),
    weights: Mapping[Importance, float] = IMPORTANCE_WEIGHTS,
    anonymous_weight: float = ANONYMOUS_WEIGHT,
    as_of: date | None = None,
) -> Score:
    """Customer importance as Productboard defines it: the sum of weights over the insights of an item.

    critical 3, important 2, nice 1, unknown 1, not 0; an insight whose note has neither requester nor account
    counts 1 whatever it says. `below` are the ids of the items under this one, whose insights count too. No
    insights make 0. An insight whose note is not given is weighed as if the note had a requester, with a warning.
    """
    wanted = {target_id, *below}
    known = {note.id: note for note in notes}
    counts: dict[str, int] = defaultdict(int)
    total: float = 0
    unseen = 0
    for insight in insights:
        if insight.target_id not in wanted:
            continue
        note = known.get(insight.feedback_id)
        unseen += note is None
        anonymous = note is not None and note.requester is None and note.account_id is None
        counts["anonymous" if anonymous else insight.importance.value] += 1
        total += anonymous_weight if anonymous else weights[insight.importance]
    inputs: dict[str, JsonValue] = dict(counts)
    warnings = (f"the notes of {unseen} insights are not given",) if unseen else ()
    return Score(value=total, method="customer_importance", inputs=inputs, warnings=warnings, as_of=as_of)


class EvidenceIssue(Value):
    """Something doubtful about one item, insight or note."""

    rule: str
    subject_id: str
    message: str


def evidence_lint(
    items: Iterable[RoadmapItem],
    notes: Iterable[Feedback],
    insights: Iterable[Insight],
    *,
    as_of: date,
    problems: Iterable[Problem] = (),
    stale_days: int = 180,
) -> list[EvidenceIssue]:
    """Look for evidence that is absent, broken, old or from one voice only.

    Rules: `no_evidence`, `stale` (the newest note of an item is older than `stale_days`; the default is ours),
    `one_voice` (several notes, one account or person), `no_customer` (only notes without requester and account),
    `broken_link`, `broken_span`, `logger_as_requester`, `declined_without_reason`.
    """
    listed = list(items)
    known = {note.id: note for note in notes}
    targets = {item.id for item in listed} | {problem.id for problem in problems}
    behind: dict[str, dict[str, Feedback]] = defaultdict(dict)
    issues: list[EvidenceIssue] = []
    for insight in insights:
        note = known.get(insight.feedback_id)
        issues += check_insight(insight, note, targets)
        if note is not None:
            behind[insight.target_id][note.id] = note
    for item in listed:
        if item.near:
            issues += check_item(item, list(behind[item.id].values()), as_of, stale_days)
    for note in known.values():
        issues += check_note(note)
    return issues


def check_insight(insight: Insight, note: Feedback | None, targets: Collection[str]) -> list[EvidenceIssue]:
    """Whether both ends of an insight exist, and its words."""
    found = []
    if insight.target_id not in targets:
        found.append(EvidenceIssue(rule="broken_link", subject_id=insight.id, message=f"no item {insight.target_id}"))
    if note is None:
        found.append(EvidenceIssue(rule="broken_link", subject_id=insight.id, message=f"no note {insight.feedback_id}"))
    elif insight.span is not None and insight.span.end > len(note.text):
        message = f"the excerpt ends at {insight.span.end}, the text of {note.id} at {len(note.text)}"
        found.append(EvidenceIssue(rule="broken_span", subject_id=insight.id, message=message))
    return found


def check_item(item: RoadmapItem, notes: list[Feedback], as_of: date, stale_days: int) -> list[EvidenceIssue]:
    """Whether an item's evidence is there, fresh, and from more than one voice."""
    if not notes:
        return [EvidenceIssue(rule="no_evidence", subject_id=item.id, message=f"nothing is linked to {item.title!r}")]
    found = []
    age = min((as_of - note.received_at.date()).days for note in notes)
    if age > stale_days:
        message = f"the newest note on {item.title!r} is {age} days old"
        found.append(EvidenceIssue(rule="stale", subject_id=item.id, message=message))
    voices = {note.account_id or (note.requester.key if note.requester else None) for note in notes}
    if voices == {None}:
        message = f"no note on {item.title!r} names a customer"
        found.append(EvidenceIssue(rule="no_customer", subject_id=item.id, message=message))
    elif len(notes) > 1 and len(voices) == 1:
        message = f"all {len(notes)} notes on {item.title!r} come from one account or person"
        found.append(EvidenceIssue(rule="one_voice", subject_id=item.id, message=message))
    return found


def check_note(note: Feedback) -> list[EvidenceIssue]:
    """Whether a note confuses who said it with who wrote it down, or was declined for no reason."""
    found = []
    if note.requester is not None and note.logged_by is not None and note.requester.key == note.logged_by.key:
        message = "who wrote it down is given as the requester"
        found.append(EvidenceIssue(rule="logger_as_requester", subject_id=note.id, message=message))
    if note.state is FeedbackState.DECLINED and not note.decline_reason:
        message = "declined, but nobody said why"
        found.append(EvidenceIssue(rule="declined_without_reason", subject_id=note.id, message=message))
    return found
