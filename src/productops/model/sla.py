"""How long people wait: time to triage, to a decision and to an answer; open notes count as "at least so long"."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import Field

from productops.model.base import Value, to_utc
from productops.model.business_hours import BusinessHours, Elapsed, all_hours
from productops.model.feedback import Feedback
from productops.model.feedback_states import DECIDED, FeedbackState

TINY = 1e-9
NEW, NEEDS_INFO, SHIPPED = FeedbackState.NEW.value, FeedbackState.NEEDS_INFO.value, FeedbackState.SHIPPED.value
DECIDED_NAMES = frozenset(state.value for state in DECIDED)
TOLD_NAMES = frozenset({FeedbackState.NOTIFIED.value, FeedbackState.CLOSED.value})


class Limits(Value):
    """The time each clock may take, counted as the clock counts; None for no limit. The defaults are ours."""

    triage: timedelta | None = timedelta(hours=48)
    decision: timedelta | None = timedelta(days=30)
    close: timedelta | None = timedelta(days=90)


# How many seconds one note waited, whether it still does, and its id. As tuples these are made and sorted fast.
Wait = tuple[float, bool, str]


class Quantile(Value):
    """A waiting time; `at_least` when too many notes still wait to know more than that it is no shorter."""

    time: timedelta
    at_least: bool = False

    @property
    def label(self) -> str:
        """What people read: "26.0 h" or "at least 26.0 h"."""
        return f"{'at least ' if self.at_least else ''}{self.time.total_seconds() / 3600:.1f} h"


class ClockReport(Value):
    """One clock over many notes: how many are done and open, median, 90th percentile, and who waits too long.

    `breached` are the ids of notes that took, or have already waited, longer than the limit.
    """

    done: int
    open: int
    median: Quantile | None
    p90: Quantile | None
    limit: timedelta | None
    breached: tuple[str, ...] = ()

    @property
    def breaches(self) -> int:
        """How many notes are over the limit."""
        return len(self.breached)


class SlaReport(Value):
    """The three clocks; `left_out` counts notes whose state is known but not since when."""

    triage: ClockReport
    decision: ClockReport
    close: ClockReport
    left_out: int = Field(default=0, ge=0)
    warnings: tuple[str, ...] = ()


Waits = tuple[Wait, Wait, Wait | None]


def waits(note: Feedback, as_of: datetime, elapsed: Elapsed = all_hours) -> Waits | None:
    """The clocks of one note at a moment in UTC: triage, decision, close; None when its past is not known.

    Triage runs from receipt until the note is no longer new; decision from receipt until it is linked, routed,
    declined or a duplicate; close from shipping until the requester is told. Time in needs_info does not count.
    Close is None while nothing has shipped.
    """
    history = note.history
    if (history[0].old if history else note.state.value) != NEW:
        return None
    triaged = decided = shipped = told = paused_at = None
    pauses: list[tuple[datetime, datetime]] = []
    for event in history:
        at, state = event.at, event.new
        if at > as_of:
            break
        if paused_at is not None:
            pauses.append((paused_at, at))
            paused_at = None
        triaged = triaged or at
        if state in DECIDED_NAMES:
            decided = decided or at
            if state == SHIPPED:
                shipped = shipped or at
            elif shipped and state in TOLD_NAMES:
                told = told or at
        elif state == NEEDS_INFO:
            paused_at = at
    if paused_at is not None:
        pauses.append((paused_at, as_of))
    start, note_id = note.received_at, note.id
    worked = paused(elapsed, pauses) if pauses else elapsed
    triage = (worked(start, triaged or as_of), triaged is None, note_id)
    decision = triage if decided is triaged else (worked(start, decided or as_of), decided is None, note_id)
    return triage, decision, (worked(shipped, told or as_of), told is None, note_id) if shipped else None


def paused(elapsed: Elapsed, pauses: list[tuple[datetime, datetime]]) -> Elapsed:
    """The same clock, standing still in the pauses."""

    def worked(start: datetime, end: datetime) -> float:
        """Seconds between two moments, without the pauses."""
        seconds = elapsed(start, end)
        for begin, finish in pauses:
            if begin < end and finish > start:
                seconds -= elapsed(max(begin, start), min(finish, end))
        return max(seconds, 0.0)

    return worked


def quantile(found: Sequence[Wait], share: float) -> Quantile | None:
    """The waiting time that a share of all notes does not exceed, by the product-limit estimate.

    `found` is sorted. A note still open counts until its present age and then leaves the estimate (Kaplan and
    Meier, 1958), so that neither young notes nor old open ones are taken for finished. Without open notes it is
    the smallest time that enough notes do not exceed.
    """
    # Between two open notes the estimate falls in equal steps, so only the open ones are walked through.
    waiting, left, begin, goal = 1.0, len(found), 0, 1 - share + TINY
    for end in [*(place for place, wait in enumerate(found) if wait[1]), len(found)]:
        done = end - begin
        if done and (after := waiting * (left - done) / left) <= goal:
            steps = min(max(math.ceil(left * (1 - goal / waiting)), 1), done)
            return Quantile(time=timedelta(seconds=found[begin + steps - 1][0]))
        waiting = after if done else waiting
        left -= done + 1
        begin = end + 1
    return Quantile(time=timedelta(seconds=found[-1][0]), at_least=True) if found else None


def clock(found: list[Wait], limit: timedelta | None) -> ClockReport:
    """Sum up one clock."""
    most = limit.total_seconds() if limit is not None else math.inf
    breached = tuple([note_id for seconds, _, note_id in found if seconds > most])
    ordered = sorted(found)
    still_open = [wait[1] for wait in found].count(True)
    return ClockReport(
        done=len(found) - still_open,
        open=still_open,
        median=quantile(ordered, 0.5),
        p90=quantile(ordered, 0.9),
        limit=limit,
        breached=breached,
    )


def sla_table(
    groups: Mapping[str, Iterable[Feedback]],
    *,
    as_of: datetime,
    limits: Limits | None = None,
    hours: BusinessHours | None = None,
) -> dict[str, SlaReport]:
    """`sla` for every group of notes."""
    moment, wanted = to_utc(as_of), limits or Limits()
    elapsed = hours.elapsed() if hours else all_hours
    return {key: report(notes, moment, wanted, elapsed) for key, notes in groups.items()}


def report(notes: Iterable[Feedback], as_of: datetime, limits: Limits, elapsed: Elapsed) -> SlaReport:
    """The clocks over the notes received by `as_of`."""
    triage: list[Wait] = []
    decision: list[Wait] = []
    close: list[Wait] = []
    left_out = 0
    for note in notes:
        if note.received_at > as_of:
            continue
        found = waits(note, as_of, elapsed)
        if found is None:
            left_out += 1
            continue
        waited, pondered, told = found
        triage.append(waited)
        decision.append(pondered)
        if told is not None:
            close.append(told)
    warning = f"{left_out} notes are left out: their state is known, but not since when"
    return SlaReport(
        triage=clock(triage, limits.triage),
        decision=clock(decision, limits.decision),
        close=clock(close, limits.close),
        left_out=left_out,
        warnings=(warning,) if left_out else (),
    )


def sla(
    notes: Iterable[Feedback],
    *,
    as_of: datetime,
    limits: Limits | None = None,
    hours: BusinessHours | None = None,
) -> SlaReport:
    """The three clocks over notes as they stood at a moment, in plain or business hours.

    What was received or happened after `as_of` is not looked at. Raises ValueError for a naive `as_of`.

    >>> note = Feedback(text="a", received_at="2026-09-01T08:00Z")
    >>> event = note.move("triaged", at=note.received_at + timedelta(hours=5))
    >>> found = sla([note], as_of=note.received_at + timedelta(days=1))
    >>> found.triage.median.label, found.decision.median.label
    ('5.0 h', 'at least 24.0 h')
    """
    return sla_table({"": notes}, as_of=as_of, limits=limits, hours=hours)[""]


def group_by(notes: Iterable[Feedback], key: Callable[[Feedback], str | None]) -> dict[str, list[Feedback]]:
    """Group notes by what `key` gives, "" for None, each on its own."""
    groups: dict[str, list[Feedback]] = defaultdict(list)
    for note in notes:
        groups[key(note) or ""].append(note)
    return dict(groups)
