"""Processes as small versioned things: what for, whose, which steps, who follows them, what it was like."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from productops.model.base import Entity, EntityId, NonEmpty, OpenEnum, Value, fold
from productops.model.cadence import WrittenCadence
from productops.model.people import PersonRef
from productops.model.transitions import StatusChange, check_transition

VersionNumber = Annotated[str, StringConstraints(pattern=r"^\d{1,6}\.\d{1,6}$")]
Bump = Literal["major", "minor"]


class ProcessStatus(OpenEnum):
    """Where a process is in its life."""

    DRAFT = "draft"
    PILOT = "pilot"
    ACTIVE = "active"
    SUNSETTING = "sunsetting"
    RETIRED = "retired"
    UNKNOWN = "unknown"


PROCESS_WAYS: dict[ProcessStatus, tuple[ProcessStatus, ...]] = {
    ProcessStatus.DRAFT: (ProcessStatus.PILOT, ProcessStatus.RETIRED),
    ProcessStatus.PILOT: (ProcessStatus.ACTIVE, ProcessStatus.DRAFT, ProcessStatus.RETIRED),
    ProcessStatus.ACTIVE: (ProcessStatus.SUNSETTING,),
    ProcessStatus.SUNSETTING: (ProcessStatus.RETIRED, ProcessStatus.ACTIVE),
    ProcessStatus.UNKNOWN: tuple(status for status in ProcessStatus if status is not ProcessStatus.UNKNOWN),
}
RUNNING = frozenset({ProcessStatus.PILOT, ProcessStatus.ACTIVE, ProcessStatus.SUNSETTING})
NEEDS_REASON = frozenset({ProcessStatus.SUNSETTING, ProcessStatus.RETIRED})


class Step(Value):
    """One step of a process; `minutes` is the time of each participant. Without a `key` the folded title is it.

    Runs name skipped steps by key, so a step keeps its key when its title changes.
    """

    key: NonEmpty
    title: NonEmpty
    role: str | None = None
    minutes: float = Field(ge=0)
    mandatory: bool = True
    template_ref: str | None = None

    @model_validator(mode="before")
    @classmethod
    def key_from_title(cls, data: Any) -> Any:
        """Fill in the key."""
        if isinstance(data, dict) and not data.get("key") and isinstance(data.get("title"), str):
            return {**data, "key": fold(data["title"])}
        return data


class ProcessVersion(Value):
    """What a process asked for from a day on; a version is never changed, the next one follows it."""

    number: VersionNumber
    steps: tuple[Step, ...]
    effective_on: date
    changelog: str | None = None
    hypothesis: str | None = None
    success_metric: str | None = None
    review_on: date | None = None
    sunset_criteria: str | None = None

    @field_validator("steps")
    @classmethod
    def keys_differ(cls, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        """Refuse two steps under one key: a skipped one could not be told from the other."""
        keys = [step.key for step in steps]
        if len(set(keys)) < len(keys):
            raise ValueError(f"step keys must differ: {', '.join(sorted({k for k in keys if keys.count(k) > 1}))}")
        return steps

    @property
    def order(self) -> tuple[int, int]:
        """The number as two integers, to compare by: 1.10 comes after 1.9."""
        major, minor = self.number.split(".")
        return int(major), int(minor)

    @property
    def mandatory(self) -> tuple[Step, ...]:
        """The steps everybody must do."""
        return tuple(step for step in self.steps if step.mandatory)

    @property
    def minutes(self) -> float:
        """Minutes of one participant in one full run, optional steps included."""
        return sum(step.minutes for step in self.steps)


def bump(old: Sequence[Step], new: Sequence[Step]) -> Bump | None:
    """Which part of the version rises: major when a mandatory step came or went, minor else, None without change.

    A step that turns mandatory came, one that turns optional went. Times, texts, order and optional steps are minor.

    >>> ask = Step(title="Ask", minutes=5)
    >>> bump([ask], [ask, Step(title="Tell", minutes=5)]), bump([ask], [ask])
    ('major', None)
    """
    if list(old) == list(new):
        return None
    before, after = ({step.key for step in steps if step.mandatory} for steps in (old, new))
    return "minor" if before == after else "major"


class Process(Entity):
    """A process: the problem it solves, its purpose, what starts it, how often, who owns it, and all its versions.

    `publish` adds a version and `move` changes the status; both return a new process and leave this one as it is.
    """

    id_prefix: ClassVar[str] = "proc"

    name: NonEmpty
    problem: str | None = None
    purpose: str | None = None
    trigger: str | None = None
    cadence: WrittenCadence | None = None
    owner: PersonRef | None = None
    status: ProcessStatus = ProcessStatus.DRAFT
    history: tuple[StatusChange, ...] = ()
    versions: tuple[ProcessVersion, ...] = ()

    @field_validator("versions")
    @classmethod
    def versions_rise(cls, versions: tuple[ProcessVersion, ...]) -> tuple[ProcessVersion, ...]:
        """Refuse versions out of order or twice: the past would read differently."""
        for earlier, later in pairwise(versions):
            if later.order <= earlier.order or later.effective_on < earlier.effective_on:
                raise ValueError(f"version {later.number} must come after {earlier.number}, in number and in time")
        return versions

    def current(self, as_of: date) -> ProcessVersion | None:
        """The version in force on a day, or None before the first."""
        return next((version for version in reversed(self.versions) if version.effective_on <= as_of), None)

    def version(self, number: str) -> ProcessVersion | None:
        """The version with that number, or None."""
        return next((version for version in self.versions if version.number == number), None)

    def changed(self, **fields: Any) -> Self:
        """A validated copy with other fields."""
        return type(self).model_validate({**dict(self), **fields})

    def publish(self, steps: Sequence[Step], effective_on: date, **fields: Any) -> Self:
        """A copy with one version more, whose number follows from the change of steps; the first is 1.0.

        `fields` are the version's other fields. Raises ValueError when no step changed.
        """
        last = self.versions[-1] if self.versions else None
        number = "1.0"
        if last is not None:
            part = bump(last.steps, steps)
            if part is None:
                raise ValueError(f"no step differs from version {last.number}, so there is nothing to publish")
            major, minor = last.order
            number = f"{major + 1}.0" if part == "major" else f"{major}.{minor + 1}"
        version = ProcessVersion(number=number, steps=tuple(steps), effective_on=effective_on, **fields)
        return self.changed(versions=(*self.versions, version))

    def move(self, to: ProcessStatus | str, *, on: date, by: str | None = None, reason: str | None = None) -> Self:
        """A copy in another status. IllegalTransition names the legal ways; leaving use needs a reason (ValueError)."""
        new = ProcessStatus(to)
        check_transition("process", PROCESS_WAYS, self.status, new)
        if new in NEEDS_REASON and not (reason or "").strip():
            raise ValueError(f"a process goes to {new.value} for a reason: pass reason=")
        if self.history and on < self.history[-1].on:
            raise ValueError(f"the last change was on {self.history[-1].on}, so the next cannot be on {on}")
        change = StatusChange(old=self.status.value, new=new.value, on=on, by=by, reason=reason)
        return self.changed(status=new, history=(*self.history, change))

    def status_on(self, day: date) -> ProcessStatus:
        """The status at the end of a day, told from the history; without one it was always what it is."""
        past = [change for change in self.history if change.on <= day]
        if past:
            return ProcessStatus(past[-1].new)
        return ProcessStatus(self.history[0].old) if self.history else self.status


class AdoptionState(OpenEnum):
    """How far a team has taken a process up."""

    NOT_STARTED = "not_started"
    TRIAL = "trial"
    ADOPTED = "adopted"
    LAPSED = "lapsed"
    EXEMPT = "exempt"
    UNKNOWN = "unknown"


class Adoption(Value):
    """A team's state towards a process since a day; later entries replace earlier ones, none is changed.

    An exemption says why and until when (the last day it holds), else ValueError. An adopted version is named.
    """

    process_id: EntityId
    team_id: EntityId
    state: AdoptionState
    since: date
    version: VersionNumber | None = None
    reason: NonEmpty | None = None
    until: date | None = None

    @model_validator(mode="after")
    def complete(self) -> Self:
        """Refuse an exemption for ever or for no reason, and an adoption of no version."""
        if self.state is AdoptionState.EXEMPT and (self.reason is None or self.until is None):
            raise ValueError("an exemption needs a reason and an end: pass reason= and until=")
        if self.until is not None and self.until < self.since:
            raise ValueError(f"the end {self.until} is before the start {self.since}")
        if self.state is AdoptionState.ADOPTED and self.version is None:
            raise ValueError("a team adopts a version: pass version=")
        return self


class Run(Entity):
    """One time a team went through a process: `minutes` of each of the `participants`, and the steps left out.

    `subject_id` is what the run was about, for instance the launch of a process that runs per launch.
    """

    id_prefix: ClassVar[str] = "run"

    process_id: EntityId
    version: VersionNumber
    team_id: EntityId
    on: date
    minutes: float = Field(ge=0)
    participants: int = Field(default=1, ge=1)
    skipped_steps: tuple[NonEmpty, ...] = ()
    subject_id: EntityId | None = None
    outcome: str | None = None


class ProcessFeedback(Entity):
    """What somebody thinks of a process: a score from 1 (a burden) to 5 (a help), the pain, a suggestion."""

    id_prefix: ClassVar[str] = "pfb"

    process_id: EntityId
    version: VersionNumber | None = None
    team_id: EntityId | None = None
    given_on: date
    score: int = Field(ge=1, le=5)
    pain: str | None = None
    suggestion: str | None = None
    said_by: PersonRef | None = None
