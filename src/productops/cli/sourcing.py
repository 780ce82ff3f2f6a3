"""What a workspace holds, as the source of a report: on a day, with the roadmap of earlier months beside it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from productops.errors import ConfigError
from productops.model.canvas import Canvas
from productops.model.roadmap import Objective, Roadmap, RoadmapItem, Snapshot, Theme
from productops.reports import Source
from productops.workspace.home import Workspace
from productops.workspace.kinds import HOMES
from productops.workspace.past import Past

# Field of a source → kind in a workspace.
LISTS = {
    "people": "person",
    "teams": "team",
    "products": "product",
    "accounts": "account",
    "feedback": "feedback",
    "insights": "insight",
    "closures": "loop_closure",
    "launches": "launch",
    "readings": "kpi_reading",
    "canvases": "canvas",
    "assessments": "assessment",
    "actions": "improvement_action",
    "processes": "process",
    "adoptions": "adoption",
    "runs": "run",
    "process_feedback": "process_feedback",
    "decisions": "decision_record",
    "categories": "task_category",
    "time_samples": "time_sample",
    "initiatives": "initiative",
    "phases": "integration_phase",
    "pulses": "pulse_survey",
    "studies": "study",
    "participants": "participant",
    "sessions": "session",
    "documents": "document",
    "exemptions": "exemption",
}
SINGLE = {"rates": "rates", "sponsor": "sponsor", "case": "business_case"}
MONTHS = 3  # snapshots of the roadmap on the first days of so many months, beside the present one


def from_workspace(
    location: str | Path, as_of: date | None = None, name: str | None = None, since: date | None = None
) -> Source:
    """Read a workspace as it was at the end of a day, the present one without it. Nothing is written.

    `since` is a day whose beginning the roadmap is to be compared with, beside the first days of the last months.

    Raises:
        ConfigError: there is no workspace, or it cannot be opened.

    """
    if "://" not in str(location) and not Path(location).is_file():
        raise ConfigError(f"There is no workspace {location}.", remedy="Name the file of one, or a database's URL.")
    with Workspace(location, read_only=True) as home:
        last = home.last_change()
        day = as_of or (last or datetime.now(UTC)).date()
        then = home.as_of(end_of(day))
        lists: dict[str, Any] = {field: [*then.all(model(kind))] for field, kind in LISTS.items()}
        lists["canvases"] = canvases(home, day)
        single: dict[str, Any] = {field: next(iter(then.all(model(kind))), None) for field, kind in SINGLE.items()}
        return Source(
            name=name or title(then, location),
            as_of=day,
            roadmap=roadmap(then),
            snapshots=snapshots(home, day, since),
            events=[event for event in home.changes(until=end_of(day), of=RoadmapItem) if event.field != "*"],
            **lists,
            **single,
        )


def canvases(home: Workspace, day: date) -> list[Canvas]:
    """Every revision a canvas ever had: old assessments are read by the revision they belong to."""
    moments = sorted({event.at for event in home.changes(until=end_of(day), of=Canvas)})
    found = {(each.id, each.revision): each for at in moments for each in home.as_of(at).all(Canvas)}
    return [found[key] for key in sorted(found)]


def model(kind: str) -> Any:
    """The class of a kind."""
    from importlib import import_module

    module, _, name = HOMES[kind].partition(":")
    return getattr(import_module(f"productops.model.{module}"), name)


def end_of(day: date) -> datetime:
    """The last moment of a day in UTC."""
    return datetime.combine(day, time.max, UTC)


def title(then: Past, location: str | Path) -> str:
    """What the site is called: the roadmap's title, else the file's name."""
    named = next((each.title for each in then.all(Roadmap)), None)
    return named or (Path(location).stem if "://" not in str(location) else "Workspace")


def items_of(then: Past) -> list[RoadmapItem]:
    """Every item, those kept inside a roadmap too, each once."""
    found = {item.id: item for each in then.all(Roadmap) for item in each.items}
    return [*(found | {item.id: item for item in then.all(RoadmapItem)}).values()]


def roadmap(then: Past) -> Roadmap | None:
    """All items with the objectives and themes they refer to; None where there are no items."""
    items = items_of(then)
    if not items:
        return None
    kept = [*then.all(Roadmap)]
    goals = {each.id: each for one in kept for each in one.objectives} | {each.id: each for each in then.all(Objective)}
    themes = {each.id: each for one in kept for each in one.themes} | {each.id: each for each in then.all(Theme)}
    return Roadmap(
        id="roadmap_site",
        created_at=datetime(2000, 1, 1, tzinfo=UTC),
        title=kept[0].title if kept else "Roadmap",
        items=items,
        objectives=[*goals.values()],
        themes=[*themes.values()],
    )


def snapshots(home: Workspace, day: date, since: date | None) -> list[Snapshot]:
    """The roadmap at the end of the day, and at the beginnings of the months before; empty ones are left out."""
    moments, first = {end_of(day)}, day.replace(day=1)
    if since is not None:
        moments.add(datetime.combine(since, time(), UTC))
    for _ in range(MONTHS):
        moments.add(datetime.combine(first, time(), UTC))
        first = (first - timedelta(days=1)).replace(day=1)
    found = [(at, items_of(home.as_of(at))) for at in sorted(moments)]
    return [Snapshot(at=at, items=tuple(items)) for at, items in found if items]
