"""The look back at a launch: planned against actual, readiness on the way, numbers after, and how waivers ended."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Literal

from productops.model.base import NonEmpty, Value
from productops.model.checklist import ChecklistItem
from productops.model.launch import KpiTarget, Launch
from productops.model.launch_dates import LaunchSlip
from productops.model.launch_status import LaunchStatus
from productops.model.offsets import Offset
from productops.model.people import PersonRef
from productops.model.rag import Rag
from productops.model.readiness import GateOutcome
from productops.model.timebox import TimeBucket
from productops.model.waiver import day_label

READINESS_AT = ("T-14d", "T-7d", "T0")
KPI_AT = ("T+7d", "T+30d", "T+90d")


class KpiReading(Value):
    """A number as it was measured on a day."""

    key: NonEmpty
    on: date
    value: float


class KpiAt(Value):
    """A number so long after the launch: the last reading by then, None while there is none."""

    key: str
    name: str
    at: str
    day: date
    target: float
    value: float | None = None
    met: bool | None = None
    why: str = ""


class ReadinessAt(Value):
    """How ready the launch was so long before it, as far as the dates on the items tell."""

    at: str
    day: date
    done: int
    applicable: int
    ready: bool
    rag: Rag
    recommended: GateOutcome


class WaiverOutcome(Value):
    """What became of an accepted risk: the item was done, is still waived, or is open without cover."""

    item_id: str
    title: str
    reason: str
    accepted_by: PersonRef
    outcome: Literal["done", "still waived", "open"]
    done_on: date | None = None
    follow_up: str | None = None


class FollowUp(Value):
    """Something to do after the look back."""

    text: NonEmpty
    owner: PersonRef | None = None
    due: date | None = None


class LaunchReport(Value):
    """The look back; computed parts beside what people say went well and did not."""

    launch_id: str
    name: str
    as_of: date
    first_planned: TimeBucket | None
    last_planned: TimeBucket | None
    launched_on: date
    rolled_back: bool
    slip: LaunchSlip
    target_changes: int
    readiness: tuple[ReadinessAt, ...]
    kpis: tuple[KpiAt, ...]
    waivers: tuple[WaiverOutcome, ...]
    incidents: tuple[NonEmpty, ...] = ()
    went_well: tuple[NonEmpty, ...] = ()
    went_badly: tuple[NonEmpty, ...] = ()
    actions: tuple[FollowUp, ...] = ()

    def __repr__(self) -> str:
        return f"<LaunchReport {self.name!r} as of {self.as_of}>"

    def __str__(self) -> str:
        lines = [f"{self.name} launched on {day_label(self.launched_on)}: {self.slip}."]
        if self.rolled_back:
            lines.append("It was rolled back.")
        lines += [
            f"{e.at}: {e.done}/{e.applicable} done, {'ready' if e.ready else 'not ready'}" for e in self.readiness
        ]
        lines += [f"{each.name} at {each.at}: {kpi_text(each)}" for each in self.kpis]
        lines += [f"Waiver of {each.title} ({each.reason}): {each.outcome}" for each in self.waivers]
        for heading, texts in (
            ("Incident", self.incidents),
            ("Went well", self.went_well),
            ("Went badly", self.went_badly),
            ("Action", tuple(action.text for action in self.actions)),
        ):
            lines += [f"{heading}: {text}" for text in texts]
        return "\n".join(lines)


def kpi_text(kpi: KpiAt) -> str:
    """The number and whether it met the target, or why there is none."""
    if kpi.value is None:
        return kpi.why
    return f"{kpi.value:g}, target {kpi.target:g} {'met' if kpi.met else 'not met'}"


def launch_report(
    launch: Launch,
    as_of: date,
    *,
    readings: Iterable[KpiReading] = (),
    incidents: Iterable[str] = (),
    went_well: Iterable[str] = (),
    went_badly: Iterable[str] = (),
    actions: Iterable[FollowUp] = (),
    readiness_at: Iterable[str] = READINESS_AT,
    kpi_at: Iterable[str] = KPI_AT,
    holidays: Collection[date] = (),
) -> LaunchReport:
    """Report on a launch that went out; raises ValueError for one that did not.

    Readiness is folded from the dates on items, waivers and additions, so it tells what was true then. A number is
    the last reading between the launch and the day asked for. Lead times are our defaults.
    """
    day = launch.launched_on
    if day is None:
        raise ValueError(f"{launch.name} has not launched: launched_on is not set, so there is nothing to report")
    known = list(readings)
    slip = launch.slip()
    return LaunchReport(
        launch_id=launch.id,
        name=launch.name,
        as_of=as_of,
        first_planned=slip.first,
        last_planned=slip.last,
        launched_on=day,
        rolled_back=launch.status is LaunchStatus.ROLLED_BACK,
        slip=slip,
        target_changes=max(0, len(launch.targets()) - 1),
        readiness=tuple(readiness_then(launch, text, day, holidays) for text in readiness_at),
        kpis=tuple(kpi_then(goal, text, day, as_of, known, holidays) for goal in launch.goals for text in kpi_at),
        waivers=tuple(waiver_outcome(item, as_of) for item in launch.checklist.items if item.waiver),
        incidents=tuple(incidents),
        went_well=tuple(went_well),
        went_badly=tuple(went_badly),
        actions=tuple(actions),
    )


def readiness_then(launch: Launch, at: str, launched_on: date, holidays: Collection[date]) -> ReadinessAt:
    """The readiness so long before the launch."""
    day = Offset.parse(at).resolve(launched_on, holidays)
    seen = launch.readiness(day, holidays=holidays)
    return ReadinessAt(
        at=at,
        day=day,
        done=seen.total.done,
        applicable=seen.total.applicable,
        ready=seen.ready,
        rag=seen.rag,
        recommended=seen.recommended,
    )


def kpi_then(
    goal: KpiTarget, at: str, launched_on: date, as_of: date, readings: list[KpiReading], holidays: Collection[date]
) -> KpiAt:
    """The last reading between the launch and that day."""
    day = Offset.parse(at).resolve(launched_on, holidays)
    common = {"key": goal.key, "name": goal.name, "at": at, "day": day, "target": goal.target}
    if day > as_of:
        return KpiAt(**common, why=f"not before {day_label(day)}")
    own = [each for each in readings if each.key == goal.key and launched_on <= each.on <= day]
    last = max(own, key=lambda each: each.on, default=None)
    if last is None:
        return KpiAt(**common, why="nobody measured it")
    return KpiAt(**common, value=last.value, met=goal.met_by(last.value))


def waiver_outcome(item: ChecklistItem, as_of: date) -> WaiverOutcome:
    """How the accepted risk of an item ended."""
    waiver = item.waiver
    if waiver is None:
        raise ValueError(f"{item.title} has no waiver")
    done = item.is_done(as_of)
    return WaiverOutcome(
        item_id=item.id,
        title=item.title,
        reason=waiver.reason,
        accepted_by=waiver.accepted_by,
        outcome="done" if done else "still waived" if item.is_waived(as_of) else "open",
        done_on=item.done_on if done else None,
        follow_up=waiver.follow_up,
    )
