"""The agenda of a go-to-market session, made from what is open, so that nobody reads out what is done."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta

from pydantic import Field

from productops.model.base import Value
from productops.model.launch import Launch
from productops.model.people import PersonRef
from productops.model.readiness import Gate, Readiness
from productops.model.waiver import Active, day_label

SHORTEST_SESSION = 10
POINT_MINUTES = 5
SOON_DAYS = 14


class AgendaSlot(Value):
    """One part of the session: its minutes, its points, who is needed; `left_out` points go in writing."""

    title: str
    minutes: int = Field(ge=1)
    points: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


class Agenda(Value):
    """The agenda, never longer than asked for and shorter when little is open; printing it gives a text to send."""

    title: str
    as_of: date
    slots: tuple[AgendaSlot, ...]

    @property
    def minutes(self) -> int:
        """How long the session takes."""
        return sum(slot.minutes for slot in self.slots)

    def __repr__(self) -> str:
        return f"<Agenda {self.title!r} {len(self.slots)} parts, {self.minutes} min>"

    def __str__(self) -> str:
        lines = [f"{self.title} ({self.minutes} min)"]
        start = 0
        for slot in self.slots:
            with_whom = f"; with {', '.join(slot.people)}" if slot.people else ""
            lines.append(f"{start:>3} min  {slot.title} ({slot.minutes} min{with_whom})")
            lines += [f"         - {point}" for point in slot.points]
            if slot.left_out:
                lines.append(f"         - in writing: {'; '.join(slot.left_out)}")
            start += slot.minutes
        return "\n".join(lines)


class Topic(Value):
    """What could be talked about, before there is time for it."""

    title: str
    points: tuple[str, ...]
    people: tuple[PersonRef, ...] = ()


def agenda(
    launch: Launch,
    as_of: date,
    minutes: int = 60,
    *,
    active: Active | None = None,
    soon_days: int = SOON_DAYS,
    point_minutes: int = POINT_MINUTES,
    holidays: Collection[date] = (),
) -> Agenda:
    """Fill a session with what is open: blockers first, then people, dates and the next decision.

    Each point gets up to `point_minutes`; where the time does not reach, the last points of the longest part go in
    writing. `active` (a predicate or the people still here) adds what belongs to people who left. Raises ValueError
    for less than 10 minutes.

    >>> print(agenda(Launch(name="Checkout 2"), date(2026, 11, 2)))  # doctest: +ELLIPSIS
    Checkout 2: go-to-market session, 2 Nov 2026 (10 min)
      0 min  Where we are (5 min)
    ...
    """
    if minutes < SHORTEST_SESSION:
        raise ValueError(f"a session takes at least {SHORTEST_SESSION} minutes, not {minutes}")
    seen = launch.readiness(as_of, holidays=holidays)
    found = [topic for topic in topics(launch, seen, as_of, active, soon_days, holidays) if topic.points]
    frame = SHORTEST_SESSION // 2
    parts = share(found, minutes - 2 * frame, point_minutes)
    opening = AgendaSlot(title="Where we are", minutes=frame, points=tuple(state_lines(launch, seen, as_of)))
    told = {part.title for part in parts}
    unread = tuple(point for topic in found if topic.title not in told for point in topic.points)
    closing = AgendaSlot(title="Who does what by when", minutes=frame, left_out=unread)
    title = f"{launch.name}: go-to-market session, {day_label(as_of)}"
    return Agenda(title=title, as_of=as_of, slots=(opening, *parts, closing))


def state_lines(launch: Launch, seen: Readiness, as_of: date) -> Iterator[str]:
    """The state in three sentences."""
    yield seen.headline()
    yield f"{launch.tier_name}, {launch.kind.value}, target {launch.target.label}; {seen.rag.value}: {seen.rag.word}"
    yield f"Burn-up: {launch.burn_up(as_of, since=as_of).forecast}"


def topics(
    launch: Launch,
    seen: Readiness,
    as_of: date,
    active: Active | None,
    soon_days: int,
    holidays: Collection[date],
) -> Iterator[Topic]:
    """Everything open, in the order it should be talked about."""
    items = launch.checklist.items
    blockers = seen.blockers
    yield Topic(
        title="Blockers",
        points=tuple(f"{each.title}: {each.why}; due {each.due_label}" for each in blockers),
        people=tuple(each.owner for each in blockers if each.owner),
    )
    yield Topic(title="Waivers", points=tuple(waiver_points(launch, as_of)))
    conditions = [each for decision in launch.decisions for each in decision.open_conditions(as_of)]
    yield Topic(
        title="Conditions of earlier decisions",
        points=tuple(f"{each.text}; due {day_label(each.due)}" for each in conditions),
        people=tuple(each.owner for each in conditions),
    )
    yield Topic(title="Owners", points=tuple(owner_points(launch, as_of, active)))
    shown = {each.item_id for each in blockers}
    last = as_of + timedelta(days=soon_days)
    soon = [i for i in items if i.due is not None and i.due <= last and i.is_open(as_of) and i.id not in shown]
    yield Topic(
        title=f"Due by {day_label(last)}",
        points=tuple(f"{each.title} ({each.need.value}), due {each.due_label}" for each in soon),
        people=tuple(each.owner for each in soon if each.owner),
    )
    if (gate := next_gate(launch, as_of, holidays)) is not None:
        advice = launch.readiness(as_of, gate.key, holidays=holidays)
        point = f"{advice.headline()} Recommended: {advice.recommended.value}."
        yield Topic(title=f"Decision: {gate.name}", points=(point,), people=gate.deciders)


def waiver_points(launch: Launch, as_of: date) -> Iterator[str]:
    """Waivers that no longer count, and those which end before the launch, on items still open."""
    for item in launch.checklist.items:
        if item.waiver is None or not item.is_open(as_of):
            continue
        problem = item.waiver.problem(as_of, item.owner)
        ends = item.waiver.expires_on
        if problem is not None:
            yield f"{item.title}: {problem}"
        elif ends is not None and launch.day is not None and ends < launch.day:
            yield f"{item.title}: the waiver ends on {day_label(ends)}, before the launch"


def owner_points(launch: Launch, as_of: date, active: Active | None) -> Iterator[str]:
    """Open items nobody owns, RACI errors on open items, and what people left behind."""
    for item in launch.checklist.unowned(as_of):
        yield f"{item.title}: no owner" + (f", should be {item.owner_role}" if item.owner_role else "")
    still_open = {item.id for item in launch.checklist.items if item.is_open(as_of)}
    for finding in launch.checklist.raci_findings():
        if finding.level == "error" and finding.item_id in still_open:
            yield finding.text
    if active is not None:
        yield from (str(orphan) for orphan in launch.orphans(active, as_of))


def next_gate(launch: Launch, as_of: date, holidays: Collection[date] = ()) -> Gate | None:
    """The first gate still to come, or passed over without a go."""
    undecided: list[tuple[date, int, Gate]] = []
    for order, gate in enumerate(launch.gates):
        last = launch.last_decision(gate.key)
        if last is not None and last.outcome.value in ("go", "conditional_go") and last.on <= as_of:
            continue
        due = gate.offset.resolve_from(launch.target, holidays).on if gate.offset else None
        undecided.append((due or date.max, order, gate))
    return min(undecided, key=lambda each: each[:2])[2] if undecided else None


def share(found: list[Topic], minutes: int, point_minutes: int) -> list[AgendaSlot]:
    """Give every topic its time, at least a minute a point, and put in writing what does not fit."""
    shown = [len(topic.points) for topic in found]
    while sum(shown) > minutes:
        # Of equally long parts the later one gives way: the first ones matter most.
        longest = max(range(len(shown)), key=lambda place: (shown[place], place))
        shown[longest] -= 1
    total = sum(shown)
    each = min(point_minutes, minutes // total) if total else 0
    return [
        AgendaSlot(
            title=topic.title,
            minutes=each * count,
            points=topic.points[:count],
            people=labels(topic.people),
            left_out=topic.points[count:],
        )
        for topic, count in zip(found, shown, strict=True)
        if count
    ]


def labels(people: Iterable[PersonRef]) -> tuple[str, ...]:
    """Names without repeats."""
    return tuple(dict.fromkeys(person.label for person in people))
