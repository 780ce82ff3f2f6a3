"""Closing the loop: of those who asked for what was shipped, how many were told."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from productops.model.base import Value
from productops.model.demand import group_by_target
from productops.model.feedback import Feedback, Insight, LoopClosure, Outcome, send_key
from productops.model.feedback_states import FeedbackState


class ClosureReport(Value):
    """Requesters of shipped items: told, still to be told, opted out, and notes that name nobody.

    `rate` is told ÷ (told + to tell); None when nobody is to be told. A bounced message told nobody. `waiting_ids`
    are the notes of those still to be told.
    """

    rate: float | None
    notified: int
    notifiable: int
    opted_out: int
    bounced: int
    unreachable: int
    waiting_ids: tuple[str, ...] = ()


Told = Mapping[tuple[str, str | None], set[Outcome]]


def outcomes(closures: Iterable[LoopClosure]) -> Told:
    """What came of telling, by note and target; a closure without a target is about every target of its note."""
    told: dict[tuple[str, str | None], set[Outcome]] = defaultdict(set)
    for closure in closures:
        if closure.about is FeedbackState.SHIPPED:
            told[closure.feedback_id, closure.target_id].add(closure.outcome)
    return told


def count_target(target_id: str, notes: Iterable[Feedback], told: Told, opted_out: Collection[str]) -> ClosureReport:
    """The requesters of one target; each counts once, however many notes they wrote."""
    heard: dict[str, set[Outcome]] = defaultdict(set)
    first: dict[str, list[str]] = defaultdict(list)
    unreachable = 0
    for note in notes:
        if note.requester is None:
            unreachable += 1
            continue
        key = note.requester.key
        first[key].append(note.id)
        heard[key].update(told.get((note.id, target_id), ()), told.get((note.id, None), ()))
        if key in opted_out:
            heard[key].add(Outcome.OPTED_OUT)
    notified = {key for key, found in heard.items() if Outcome.NOTIFIED in found}
    out = {key for key, found in heard.items() if Outcome.OPTED_OUT in found} - notified
    waiting = [key for key in first if key not in notified and key not in out]
    notifiable = len(notified) + len(waiting)
    return ClosureReport(
        rate=len(notified) / notifiable if notifiable else None,
        notified=len(notified),
        notifiable=notifiable,
        opted_out=len(out),
        bounced=sum(Outcome.BOUNCED in heard[key] for key in waiting),
        unreachable=unreachable,
        waiting_ids=tuple(note_id for key in waiting for note_id in first[key]),
    )


def closure_table(
    shipped: Collection[str],
    notes: Iterable[Feedback],
    insights: Iterable[Insight],
    closures: Iterable[LoopClosure],
) -> dict[str, ClosureReport]:
    """The closure report of every shipped item or problem, by id; merged notes count with those they are merged into.

    Whoever opted out once, by word or by answer, is not to be told anything.
    """
    listed, sent = list(notes), list(closures)
    wanted = set(shipped)
    groups = group_by_target(listed, (insight for insight in insights if insight.target_id in wanted))
    refused = {closure.feedback_id for closure in sent if closure.outcome is Outcome.OPTED_OUT}
    opted_out = {
        note.requester.key
        for note in listed
        if note.requester is not None and (note.consent_to_contact is False or note.id in refused)
    }
    told = outcomes(sent)
    return {target: count_target(target, groups.get(target, ()), told, opted_out) for target in shipped}


def closure_rate(
    shipped: Collection[str],
    notes: Iterable[Feedback],
    insights: Iterable[Insight],
    closures: Iterable[LoopClosure],
) -> ClosureReport:
    """Requesters told ÷ requesters who may be told, over all shipped items together.

    A requester counts once for every shipped item they asked for, since each is news of its own.
    """
    rows = closure_table(tuple(dict.fromkeys(shipped)), notes, insights, closures).values()
    notified, notifiable = sum(row.notified for row in rows), sum(row.notifiable for row in rows)
    return ClosureReport(
        rate=notified / notifiable if notifiable else None,
        notified=notified,
        notifiable=notifiable,
        opted_out=sum(row.opted_out for row in rows),
        bounced=sum(row.bounced for row in rows),
        unreachable=sum(row.unreachable for row in rows),
        waiting_ids=tuple(dict.fromkeys(note_id for row in rows for note_id in row.waiting_ids)),
    )


def already_sent(
    closures: Iterable[LoopClosure],
    feedback_id: str,
    target_id: str | None = None,
    about: FeedbackState | str = FeedbackState.SHIPPED,
) -> bool:
    """Whether a piece of news went out to a note's requester, or was refused; a bounced one may be sent again."""
    key = send_key(feedback_id, target_id, about)
    return any(closure.send_key == key and closure.outcome is not Outcome.BOUNCED for closure in closures)
