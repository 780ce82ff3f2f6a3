"""How a team's levels changed between two assessments, over what can be compared; and actions, which change none."""

from datetime import date
from typing import ClassVar

from pydantic import Field

from productops.model.assessment import Assessment, CapabilityResult
from productops.model.base import Entity, EntityId, NonEmpty, OpenEnum, Value
from productops.model.canvas import Canvas, LadderMapping
from productops.model.people import PersonRef


class LevelChange(Value):
    """The ranks of one capability before and after, both in the later ladder."""

    capability_id: EntityId
    name: str
    before: int
    after: int

    @property
    def delta(self) -> int:
        """Levels up, or down if negative."""
        return self.after - self.before


class Trend(Value):
    """Changes of comparable capabilities, and the ids of those which are not: no progress and no setback.

    `unrated` are comparable but had no level on one of the two days, also because they were not applicable.
    """

    changes: tuple[LevelChange, ...] = ()
    new: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    redefined: tuple[str, ...] = ()
    unrated: tuple[str, ...] = ()

    @property
    def delta(self) -> int | None:
        """The sum of all changes; None when nothing compares."""
        return sum(change.delta for change in self.changes) if self.changes else None

    def __repr__(self) -> str:
        delta = "nothing compares" if self.delta is None else f"{self.delta:+d} over {len(self.changes)}"
        return f"<Trend {delta}>"

    def __str__(self) -> str:
        lines = [f"{change.name}: {change.before} → {change.after}" for change in self.changes]
        apart = {"new": self.new, "retired": self.retired, "redefined": self.redefined, "unrated": self.unrated}
        lines += [f"{word}: {', '.join(ids)}" for word, ids in apart.items() if ids]
        return "\n".join(lines) or "nothing to compare"


def trend(before: Assessment, canvas_before: Canvas, after: Assessment, canvas_after: Canvas) -> Trend:
    """Compare two assessments of one team, each with the canvas in the revision it belongs to.

    Comparable is what has the same id and unchanged criteria. With another version of the ladder the later canvas's
    mapping translates; a level without a counterpart, or no mapping at all, makes a capability redefined. Raises
    ValueError for different canvases or teams, and when the second was held first.
    """
    if canvas_before.id != canvas_after.id or before.team_id != after.team_id:
        raise ValueError("a trend compares two assessments of one team on one canvas")
    if after.held_on < before.held_on:
        raise ValueError(f"the later assessment was held on {after.held_on}, before the earlier on {before.held_on}")
    old = {each.capability_id: each for each in before.results(canvas_before)}
    new = {each.capability_id: each for each in after.results(canvas_after)}
    same_ladder = canvas_before.ladder.steps() == canvas_after.ladder.steps()
    mapping = None if same_ladder else canvas_after.mapping_from(canvas_before.ladder)
    changes: list[LevelChange] = []
    redefined: list[str] = []
    unrated: list[str] = []
    for capability_id in (each for each in new if each in old):
        if not comparable(capability_id, canvas_before, canvas_after, mapping, same_ladder=same_ladder):
            redefined.append(capability_id)
            continue
        if old[capability_id].rank is None or new[capability_id].rank is None:
            unrated.append(capability_id)
            continue
        change = level_change(old[capability_id], new[capability_id], canvas_after, mapping)
        if change is None:
            redefined.append(capability_id)
        else:
            changes.append(change)
    return Trend(
        changes=tuple(changes),
        new=tuple(each for each in new if each not in old),
        retired=tuple(each for each in old if each not in new),
        redefined=tuple(redefined),
        unrated=tuple(unrated),
    )


def comparable(
    capability_id: str, before: Canvas, after: Canvas, mapping: LadderMapping | None, *, same_ladder: bool
) -> bool:
    """Whether a capability meant the same in both revisions."""
    if not same_ladder and mapping is None:
        return False
    renamed = mapping.levels if mapping else None
    earlier = before.capability(capability_id).criteria_digest(renamed)
    return earlier == after.capability(capability_id).criteria_digest()


def level_change(
    old: CapabilityResult, new: CapabilityResult, canvas: Canvas, mapping: LadderMapping | None
) -> LevelChange | None:
    """The change in the later ladder; None when the old level has no counterpart there."""
    if old.rank is None or new.rank is None or old.level is None:
        return None
    level = mapping.translate(old.level) if mapping else old.level
    if level is None:
        return None
    return LevelChange(capability_id=new.capability_id, name=new.name, before=canvas.ladder.rank(level), after=new.rank)


class ActionStatus(OpenEnum):
    """Where an improvement action stands."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    DOING = "doing"
    DONE = "done"
    DROPPED = "dropped"
    UNKNOWN = "unknown"


class ImprovementAction(Entity):
    """Something a team does to reach the next level.

    Doing it raises no level: assessments have no way to read actions, the next one tells whether it helped.
    """

    id_prefix: ClassVar[str] = "act"

    title: NonEmpty
    capability_id: EntityId
    from_level: str | None = None
    to_level: str | None = None
    owner: PersonRef | None = None
    due: date | None = None
    status: ActionStatus = ActionStatus.PROPOSED
    effort_hours: float | None = Field(default=None, ge=0)

    def overdue(self, as_of: date) -> bool:
        """Whether its day has passed and it is neither done nor dropped."""
        over = self.status in (ActionStatus.DONE, ActionStatus.DROPPED)
        return self.due is not None and self.due < as_of and not over
