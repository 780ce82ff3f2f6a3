"""Launches that get into each other's way: the same team, or too many, in one week."""

from collections import defaultdict
from collections.abc import Iterable

from pydantic import Field

from productops.model.base import Value
from productops.model.launch import Launch
from productops.model.launch_status import LaunchStatus
from productops.model.timebox import Precision, TimeBucket

OVER = (LaunchStatus.CANCELLED, LaunchStatus.ROLLED_BACK)


class Collision(Value):
    """More launches in a week than a team, or with `team_id` None everybody together, is meant to have."""

    week: TimeBucket
    team_id: str | None
    launch_ids: tuple[str, ...]
    names: tuple[str, ...]

    def __str__(self) -> str:
        who = f"team {self.team_id}" if self.team_id else "all teams together"
        return f"{self.week.label}, {who}: {', '.join(self.names)}"


class Unplaced(Value):
    """A launch whose target is too coarse, or too unknown, for a week."""

    launch_id: str
    name: str
    target: TimeBucket


class LaunchCalendar(Value):
    """Launches by ISO week (its code, such as "2026-W49") and what collides; coarse targets are listed apart."""

    weeks: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    collisions: tuple[Collision, ...] = ()
    unplaced: tuple[Unplaced, ...] = ()

    def __repr__(self) -> str:
        return f"<LaunchCalendar {len(self.weeks)} weeks, {len(self.collisions)} collisions>"

    def __str__(self) -> str:
        lines = [str(each) for each in self.collisions] or ["no collisions"]
        return "\n".join([*lines, *(f"no week yet: {each.name} ({each.target.label})" for each in self.unplaced)])


def collisions(launches: Iterable[Launch], *, per_team: int = 1, per_week: int | None = 2) -> LaunchCalendar:
    """Place launches in weeks and list what exceeds the limits (ours; `per_week` None: no limit for all together).

    A launch that is cancelled or rolled back is left out. One with a day or a week as target (or that has launched)
    is placed; a coarser one is never put into its first week, which would be a guess.

    >>> from datetime import date
    >>> day = TimeBucket.day(date(2026, 12, 1))
    >>> both = [Launch(name=name, target=day, team_ids=["team_web"]) for name in ("Checkout 2", "Search")]
    >>> print(collisions(both))
    W49 2026, team team_web: Checkout 2, Search
    """
    weeks: dict[TimeBucket, list[Launch]] = defaultdict(list)
    unplaced: list[Unplaced] = []
    for launch in launches:
        if launch.status in OVER:
            continue
        if (week := week_of(launch)) is None:
            unplaced.append(Unplaced(launch_id=launch.id, name=launch.name, target=launch.target))
        else:
            weeks[week].append(launch)
    found: list[Collision] = []
    for week in sorted(weeks):
        for team_id in sorted({team for launch in weeks[week] for team in launch.team_ids}):
            same = [launch for launch in weeks[week] if team_id in launch.team_ids]
            if len(same) > per_team:
                found.append(collision(week, team_id, same))
        if per_week is not None and len(weeks[week]) > per_week:
            found.append(collision(week, None, weeks[week]))
    return LaunchCalendar(
        weeks={week.code: tuple(launch.id for launch in weeks[week]) for week in sorted(weeks)},
        collisions=tuple(found),
        unplaced=tuple(unplaced),
    )


def week_of(launch: Launch) -> TimeBucket | None:
    """The ISO week a launch surely lies in, or None."""
    if launch.status is LaunchStatus.LAUNCHED and launch.launched_on is not None:
        return TimeBucket.around(launch.launched_on, Precision.WEEK)
    if launch.target.precision in (Precision.DAY, Precision.WEEK) and launch.target.start is not None:
        return TimeBucket.around(launch.target.start, Precision.WEEK)
    return None


def collision(week: TimeBucket, team_id: str | None, launches: list[Launch]) -> Collision:
    """A collision of these launches."""
    return Collision(
        week=week,
        team_id=team_id,
        launch_ids=tuple(launch.id for launch in launches),
        names=tuple(launch.name for launch in launches),
    )
