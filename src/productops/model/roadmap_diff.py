"""What changed on a roadmap between two snapshots, matched by id; a diff applied to the first gives the second."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Literal

from pydantic import JsonValue, TypeAdapter

from productops.model.base import ChangeEvent, EntityId, OpenEnum, UtcDatetime, Value
from productops.model.roadmap import Audience, RoadmapItem, Snapshot
from productops.model.timebox import Precision, TimeBucket


class ChangeKind(OpenEnum):
    """What sort of change it is; `precision` is a time known more or less exactly, which is no move."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED_EARLIER = "moved_earlier"
    MOVED_LATER = "moved_later"
    PRECISION = "precision"
    HORIZON = "horizon"
    CONFIDENCE = "confidence"
    STATUS = "status"
    RENAMED = "renamed"
    RESCOPED = "rescoped"
    SPLIT = "split"
    MERGED = "merged"
    OWNER = "owner"
    OBJECTIVE = "objective"
    EDITED = "edited"
    UNKNOWN = "unknown"


K = ChangeKind
KINDS: Mapping[str, ChangeKind] = {
    "horizon": K.HORIZON,
    "confidence": K.CONFIDENCE,
    "status": K.STATUS,
    "title": K.RENAMED,
    "description": K.RESCOPED,
    "problem": K.RESCOPED,
    "outcome": K.RESCOPED,
    "estimate": K.RESCOPED,
    "points": K.RESCOPED,
    "owner": K.OWNER,
    "objective_ids": K.OBJECTIVE,
    "merged_from": K.MERGED,
}
# What changes without meaning anything; a diff leaves these as they were.
NOISE = frozenset({"rank", "updated_at"})
TIMES = ("bucket", "due")
ITEM_KINDS = frozenset({K.ADDED, K.REMOVED, K.SPLIT, K.MERGED})
BUCKET: TypeAdapter[TimeBucket | None] = TypeAdapter(TimeBucket | None)


class Slip(Value):
    """How far a time moved, later is positive: days between the starts and between the ends.

    `steps` counts quarters, months, ... when both times are of that `precision`.
    """

    start_days: int | None
    end_days: int | None
    steps: int | None = None
    precision: Precision | None = None

    @property
    def later(self) -> int:
        """Above 0 for later, below for earlier; the end decides, and the start where the ends are equal."""
        return self.end_days or self.start_days or 0

    @property
    def label(self) -> str:
        """What people read: "later by 1 quarter", "earlier by 3 days"."""
        count, unit = (self.steps, self.precision.value) if self.steps and self.precision else (self.later, "day")
        if not count:
            return "not moved"
        return f"{'later' if self.later > 0 else 'earlier'} by {abs(count)} {unit}{'' if abs(count) == 1 else 's'}"


class RoadmapChange(Value):
    """One change of one item, with values as in JSON.

    When an item comes or goes `field` is None and the whole item is in `new` or `old`; `came_from` and `went_into`
    name the item it was split from or merged into. `audience` is the narrower of before and after.
    """

    kind: ChangeKind
    item_id: EntityId
    title: str
    field: str | None = None
    old: JsonValue = None
    new: JsonValue = None
    slip: Slip | None = None
    came_from: EntityId | None = None
    went_into: EntityId | None = None
    at: UtcDatetime | None = None
    reason: str | None = None
    decided_by: str | None = None
    audience: Audience = Audience.INTERNAL

    @property
    def needs_reason(self) -> bool:
        """Whether readers will ask why: removed, moved later or dropped."""
        return self.kind in (K.REMOVED, K.MOVED_LATER) or (self.kind in (K.STATUS, K.HORIZON) and self.new == "dropped")


class RoadmapDiff(Value):
    """All changes between two snapshots; false when there is none."""

    before: UtcDatetime
    after: UtcDatetime
    mode: Literal["net", "log"]
    changes: tuple[RoadmapChange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changes)

    @property
    def warnings(self) -> tuple[str, ...]:
        """One warning for each removal, delay and drop nobody gave a reason for."""
        return tuple(
            f"{change.title!r} ({change.kind.value}) has no reason"
            for change in self.changes
            if change.needs_reason and not (change.reason or "").strip()
        )


def slip_between(old: TimeBucket | None, new: TimeBucket | None) -> Slip | None:
    """How far a time moved; None when it did not, or is only known more or less exactly than before.

    Of two times of different precision one of which holds the other, neither has moved.

    >>> slip_between(TimeBucket.quarter(2026, 3), TimeBucket.quarter(2026, 4)).label
    'later by 1 quarter'
    >>> slip_between(TimeBucket.parse("2026-09-30"), TimeBucket.quarter(2026, 3)) is None
    True
    """
    if old is None or new is None or not old.known or not new.known or old == new:
        return None
    if old.precision is not new.precision and (holds(old, new) or holds(new, old)):
        return None
    start = (new.start - old.start).days if old.start and new.start else None
    end = (new.end - old.end).days if old.end and new.end else None
    if not start and not end:
        return None
    if old.precision is new.precision and old.precision is not Precision.NONE:
        return Slip(start_days=start, end_days=end, steps=old.steps_to(new), precision=old.precision)
    return Slip(start_days=start, end_days=end)


def holds(outer: TimeBucket, inner: TimeBucket) -> bool:
    """Whether one time lies wholly within another, an open end being without limit."""
    starts = outer.start is None or (inner.start is not None and outer.start <= inner.start)
    ends = outer.end is None or (inner.end is not None and inner.end <= outer.end)
    return starts and ends


def dumped(item: RoadmapItem) -> dict[str, Any]:
    """An item as plain JSON values."""
    return item.model_dump(mode="json")


def as_time(field: str, value: JsonValue) -> TimeBucket | None:
    """A bucket or a due day as a time."""
    if value is None:
        return None
    return TimeBucket.parse(str(value)) if field == "due" else BUCKET.validate_python(value)


def field_change(item: RoadmapItem, field: str, old: JsonValue, new: JsonValue) -> RoadmapChange:
    """Classify one field's change."""
    kind, slip = KINDS.get(field, K.EDITED), None
    if field in TIMES:
        slip = slip_between(as_time(field, old), as_time(field, new))
        kind = K.PRECISION
        if slip is not None:
            kind = K.MOVED_LATER if slip.later > 0 else K.MOVED_EARLIER
    return RoadmapChange(
        kind=kind, item_id=item.id, title=item.title, field=field, old=old, new=new, slip=slip, audience=item.audience
    )


def diff(
    before: Snapshot,
    after: Snapshot,
    *,
    mode: Literal["net", "log"] = "net",
    events: Iterable[ChangeEvent] = (),
    ignore: Collection[str] = NOISE,
) -> RoadmapDiff:
    """Compare two snapshots item by item.

    `net` compares the ends, so what went away and came back is no change; reasons, deciders and moments come from
    the last event of the same item and field; an event on the field "item" tells why one came or went. `log` lists
    every event on the items of both ends instead, and what the snapshots show beyond the events. Fields in `ignore`
    are left out. Raises ValueError for another mode.

    >>> from datetime import UTC, datetime
    >>> item = RoadmapItem(title="CSV export", horizon="next")
    >>> a = Snapshot(at=datetime(2026, 9, 1, tzinfo=UTC), items=[item])
    >>> b = Snapshot(at=datetime(2026, 10, 1, tzinfo=UTC), items=[item.model_copy(update={"title": "Export"})])
    >>> [change.kind.value for change in diff(a, b).changes]
    ['renamed']
    """
    if mode not in ("net", "log"):
        raise ValueError(f"mode is 'net' or 'log', not {mode!r}")
    between = sorted((e for e in events if before.at < e.at <= after.at), key=lambda event: event.at)
    story: dict[tuple[str, str], list[ChangeEvent]] = defaultdict(list)
    for event in between:
        story[event.entity_id, event.field].append(event)
    old = {item.id: item for item in before.items}
    new = {item.id: item for item in after.items}
    changes = items_gone(old, new, story) + items_come(old, new, story)
    for item_id in sorted(old.keys() & new.keys()):
        was, now = old[item_id], new[item_id]
        found = field_changes(was, now, story, mode, ignore)
        # Items that went in and are gone are reported themselves; the list that names them is then no news.
        fresh = set(now.merged_from) - set(was.merged_from)
        heard = fresh and fresh <= old.keys() - new.keys()
        changes += [quiet(change) if heard and change.field == "merged_from" else change for change in found]
    return RoadmapDiff(before=before.at, after=after.at, mode=mode, changes=tuple(changes))


def quiet(change: RoadmapChange) -> RoadmapChange:
    """The change as a plain edit."""
    return change.model_copy(update={"kind": K.EDITED})


Story = Mapping[tuple[str, str], list[ChangeEvent]]


def field_changes(
    was: RoadmapItem, now: RoadmapItem, story: Story, mode: str, ignore: Collection[str]
) -> list[RoadmapChange]:
    """The changes of an item that was there before and after."""
    old, new = dumped(was), dumped(now)
    seen = now.model_copy(update={"audience": min(was.audience, now.audience, key=lambda audience: audience.width)})
    changes: list[RoadmapChange] = []
    for field in (field for field in new if field not in ignore):
        steps = story.get((now.id, field), [])
        if mode == "log":
            changes += logged(seen, field, old[field], new[field], steps)
        elif old[field] != new[field]:
            changes.append(told(field_change(seen, field, old[field], new[field]), steps))
    return changes


def whole_item(story: Story, item_id: str) -> list[ChangeEvent]:
    """Events that explain why an item came or went: those on the field "item", and those that dropped it."""
    dropped = [e for field in ("status", "horizon") for e in story.get((item_id, field), []) if e.new == "dropped"]
    return [*story.get((item_id, "item"), []), *dropped]


def items_gone(old: Mapping[str, RoadmapItem], new: Mapping[str, RoadmapItem], story: Story) -> list[RoadmapChange]:
    """Items that are no longer there: merged into another, or removed."""
    into = {source: item.id for item in new.values() for source in item.merged_from}
    changes = []
    for item_id in sorted(old.keys() - new.keys()):
        item, target = old[item_id], into.get(item_id)
        kind = K.MERGED if target else K.REMOVED
        change = RoadmapChange(
            kind=kind, item_id=item_id, title=item.title, old=dumped(item), went_into=target, audience=item.audience
        )
        changes.append(told(change, whole_item(story, item_id)))
    return changes


def items_come(old: Mapping[str, RoadmapItem], new: Mapping[str, RoadmapItem], story: Story) -> list[RoadmapChange]:
    """Items that were not there before: split from another, or added."""
    changes = []
    for item_id in sorted(new.keys() - old.keys()):
        item = new[item_id]
        source = item.split_from if item.split_from in old else None
        kind = K.SPLIT if source else K.ADDED
        change = RoadmapChange(
            kind=kind, item_id=item_id, title=item.title, new=dumped(item), came_from=source, audience=item.audience
        )
        changes.append(told(change, whole_item(story, item_id)))
    return changes


def told(change: RoadmapChange, events: list[ChangeEvent]) -> RoadmapChange:
    """Add when, why and by whom, as the events tell: the last one, and the last that has a reason."""
    if not events:
        return change
    ordered = sorted(events, key=lambda event: event.at)
    reason = next((event.reason for event in reversed(ordered) if event.reason), None)
    last = ordered[-1]
    return change.model_copy(update={"at": last.at, "decided_by": last.by, "reason": reason})


def logged(
    item: RoadmapItem, field: str, old: JsonValue, new: JsonValue, events: list[ChangeEvent]
) -> list[RoadmapChange]:
    """Every step of one field, with steps nobody recorded where the events leave a gap."""
    changes, value = [], old
    for event in events:
        if event.old != value:
            changes.append(field_change(item, field, value, event.old))
        if event.old != event.new:
            changes.append(told(field_change(item, field, event.old, event.new), [event]))
        value = event.new
    if value != new:
        changes.append(field_change(item, field, value, new))
    return changes


def apply(before: Snapshot, changes: RoadmapDiff) -> Snapshot:
    """Apply a diff to the snapshot it was made from; ignored fields keep their old values.

    Raises ValueError when an item or value is not what the diff started from.
    """
    items = {item.id: dumped(item) for item in before.items}
    for change in changes.changes:
        if change.field is not None:
            found = items.get(change.item_id, {}).get(change.field)
            if change.item_id not in items or found != change.old:
                raise ValueError(f"{change.item_id}.{change.field} is {found!r}, but the diff starts at {change.old!r}")
            items[change.item_id] = {**items[change.item_id], change.field: change.new}
        elif change.old is None:
            if change.item_id in items:
                raise ValueError(f"{change.item_id} is there already")
            items[change.item_id] = dict(change.new) if isinstance(change.new, dict) else {}
        elif items.pop(change.item_id, None) is None:
            raise ValueError(f"{change.item_id} is not there")
    return Snapshot(at=changes.after, items=tuple(RoadmapItem.model_validate(item) for item in items.values()))
