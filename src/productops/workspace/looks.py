"""Roadmap diffs, trends, burn-ups and readiness out of the history, without anybody having made a snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Literal

from productops.errors import ConfigError, GoneError
from productops.model.assessment import Assessment
from productops.model.base import ChangeEvent
from productops.model.burnup import WINDOW_DAYS, BurnPoint, BurnUp, forecast, point
from productops.model.canvas import Canvas
from productops.model.canvas_trend import Trend, trend
from productops.model.launch import Launch
from productops.model.readiness import Readiness
from productops.model.roadmap import Roadmap, RoadmapItem, Snapshot
from productops.model.roadmap_diff import RoadmapDiff, diff
from productops.workspace.differing import WHOLE
from productops.workspace.origin import Event

if TYPE_CHECKING:
    from productops.workspace.home import Workspace

ITEMS = "items/"


def end_of(day: date) -> datetime:
    """The last moment of a day, UTC."""
    return datetime.combine(day, time.max, tzinfo=UTC)


def snapshot(ws: Workspace, at: datetime, roadmap: str | None = None) -> Snapshot:
    """Return the roadmap as it was: all items, or those within one `Roadmap`; empty before there was one."""
    then = ws.as_of(at)
    if roadmap is None:
        return Snapshot(at=at, items=tuple(then.all(RoadmapItem)))
    try:
        return Snapshot(at=at, items=tuple(then.get(Roadmap, roadmap).items))
    except GoneError:
        if not ws.history(Roadmap, roadmap):
            raise
        return Snapshot(at=at)


def roadmap_diff(
    ws: Workspace, before: datetime, after: datetime, roadmap: str | None, mode: Literal["net", "log"]
) -> RoadmapDiff:
    """Compare the roadmap of two moments, with the reasons and people that the history knows."""
    model = RoadmapItem if roadmap is None else Roadmap
    events = ws.changes(before, after, of=model)
    told = [one for event in events if roadmap in (None, event.entity_id) for one in _of_items(event)]
    return diff(snapshot(ws, before, roadmap), snapshot(ws, after, roadmap), mode=mode, events=told)


def _of_items(event: Event) -> Iterator[ChangeEvent]:
    """Yield what an event says of an item, in the words of the roadmap's diff."""
    key, field = event.entity_id, event.field
    if event.entity_kind == Roadmap.entity_kind():
        if not field.startswith(ITEMS):
            return
        key, _, field = field.removeprefix(ITEMS).partition("/")
        field = field or WHOLE
    yield ChangeEvent.model_construct(
        entity_id=key, entity_kind=RoadmapItem.entity_kind(), field="item" if field == WHOLE else field,
        old=event.old, new=event.new, at=event.at, by=event.by, reason=event.reason, source=event.source,
    )  # fmt: skip


def canvas_of(ws: Workspace, assessment: Assessment) -> Canvas:
    """Return the canvas in the revision that an assessment belongs to.

    Raises:
        GoneError: the workspace never held that revision.

    """
    key, wanted = assessment.canvas_id, assessment.canvas_revision
    versions = {event.version for event in ws.history(Canvas, key) if event.new is not None or event.field != WHOLE}
    for version in sorted(versions, reverse=True):
        canvas = ws.get(Canvas, key, version=version)
        if canvas.revision == wanted:
            return canvas
    raise GoneError(
        f"The workspace never held revision {wanted} of the canvas {key}.", system="workspace", record=key,
        remedy="Save the revisions one after the other, the earliest first.",
    )  # fmt: skip


def canvas_trend(ws: Workspace, before: Assessment, after: Assessment) -> Trend:
    """Compare two assessments of a team, each with the canvas in the revision it belongs to."""
    return trend(before, canvas_of(ws, before), after, canvas_of(ws, after))


def readiness(ws: Workspace, launch: str, at: datetime | date, gate: str | None, **more: Any) -> Readiness:
    """Return how ready a launch was at a moment, or at the end of a day."""
    moment, day = (at, at.astimezone(UTC).date()) if isinstance(at, datetime) else (end_of(at), at)
    return ws.as_of(moment).get(Launch, launch).readiness(day, gate, **more)


def burn_up(
    ws: Workspace, launch: str, until: date, *, since: date | None = None, window_days: int = WINDOW_DAYS
) -> BurnUp:
    """Return the scope and what was done at the end of each day, as it was known on that day."""
    history = ws.history(Launch, launch)
    first = since or (min(history[0].at.date(), until) if history else until)
    if first > until:
        raise ConfigError(f"since={first} lies after {until}.", remedy="Give an earlier day.")
    days = [first + timedelta(days=number) for number in range((until - first).days + 1)]
    points, found = [], None
    for day in days:
        try:
            found = ws.as_of(end_of(day)).get(Launch, launch)
        except GoneError:
            points.append(BurnPoint(on=day, scope=0, done=0))
            continue
        there = [item for item in found.checklist.items if not item.after_launch]
        points.append(point(there, (), day))
    if found is None:
        raise GoneError(f"There was no launch {launch} by {until}.", system="workspace", record=launch)
    ahead = forecast(
        [item for item in found.checklist.items if not item.after_launch], until, target=found.target,
        window_days=window_days,
    )  # fmt: skip
    return BurnUp(points=tuple(points), forecast=ahead)
