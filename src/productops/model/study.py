"""User tests as records: a study and its quotas, who takes part with which consent, and every session's state."""

import re
from datetime import date, datetime, timedelta
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, StringConstraints, field_validator

from productops.model.base import Entity, EntityId, NonEmpty, OpenEnum, SortedSet, UtcDatetime, Value, to_utc
from productops.model.money import Money
from productops.model.people import PersonRef
from productops.model.transitions import check_transition

BEFORE = re.compile(r"T-(\d{1,4})(m|h|d|w)")
LENGTHS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def time_before(text: str) -> timedelta:
    """How long before a session "T-3d", "T-2h", "T-1w" or "T-30m" (minutes) is; else ValueError.

    >>> time_before("T-2h")
    datetime.timedelta(seconds=7200)
    """
    found = BEFORE.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not a time before a session: write T-3d, T-2h, T-1w or T-30m")
    return int(found[1]) * LENGTHS[found[2]]


def readable(text: str) -> str:
    """Refuse a reminder that `time_before` cannot read."""
    time_before(text)
    return text


ReminderOffset = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(readable)]


class Quota(Value):
    """How many finished sessions a segment needs."""

    segment: NonEmpty
    needed: int = Field(ge=1)


class Study(Entity):
    """A round of user tests: the goal, the method, how many finished sessions, and from which segments.

    `show_rate` is the share of booked people who come, `fatigue_days` how long nobody is contacted again,
    `reminders` are sent so long before a session. A recording stays `keep_recordings_days` after its session, personal
    data `keep_people_days` after somebody's last session. All these defaults are ours, without a source, except the
    show rate of 0.8, which the project's notes on research logistics use in their example.
    """

    id_prefix: ClassVar[str] = "study"

    title: NonEmpty
    goal: str | None = None
    method: str | None = None
    quotas: tuple[Quota, ...] = ()
    sessions_needed: int = Field(default=0, ge=0)
    show_rate: float = Field(default=0.8, gt=0, le=1)
    script_ref: str | None = None
    owner: PersonRef | None = None
    fatigue_days: int = Field(default=90, ge=0)
    reminders: tuple[ReminderOffset, ...] = ("T-3d", "T-1d", "T-2h")
    keep_recordings_days: int = Field(default=90, ge=0)
    keep_people_days: int = Field(default=365, ge=0)

    @field_validator("quotas")
    @classmethod
    def one_quota_a_segment(cls, quotas: tuple[Quota, ...]) -> tuple[Quota, ...]:
        """Refuse two quotas for one segment."""
        if len({quota.segment for quota in quotas}) < len(quotas):
            raise ValueError("a segment has two quotas; write one")
        return quotas

    @property
    def needed(self) -> int:
        """Finished sessions needed: the larger of `sessions_needed` and the sum of all quotas."""
        return max(self.sessions_needed, sum(quota.needed for quota in self.quotas))


class Consent(Value):
    """What somebody agreed to, when, and until which day (included); for instance scopes "contact", "recording"."""

    scope: SortedSet[NonEmpty]
    given_on: date
    until: date

    def covers(self, scope: str, day: date) -> bool:
        """Whether the consent allows this on that day."""
        return scope in self.scope and self.given_on <= day <= self.until


class Participant(Entity):
    """Somebody who may take part: a person or pseudonym, their segment and consent, whether they opted out."""

    id_prefix: ClassVar[str] = "part"

    person: PersonRef
    segment: str | None = None
    consent: Consent | None = None
    last_contacted: date | None = None
    opted_out_on: date | None = None
    deleted_on: date | None = None

    def opted_out(self, as_of: date) -> bool:
        """Whether they have asked to be left alone by a day."""
        return self.opted_out_on is not None and self.opted_out_on <= as_of


class SessionStatus(OpenEnum):
    """Where a session is; `rescheduled` means a new time is offered and not yet confirmed."""

    INVITED = "invited"
    CONFIRMED = "confirmed"
    REMINDED = "reminded"
    DONE = "done"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    RESCHEDULED = "rescheduled"
    UNKNOWN = "unknown"


COMING = (SessionStatus.CONFIRMED, SessionStatus.REMINDED)
ENDS = (SessionStatus.DONE, SessionStatus.NO_SHOW, SessionStatus.CANCELLED, SessionStatus.RESCHEDULED)
SESSION_WAYS: dict[SessionStatus, tuple[SessionStatus, ...]] = {
    SessionStatus.INVITED: (SessionStatus.CONFIRMED, SessionStatus.CANCELLED, SessionStatus.RESCHEDULED),
    SessionStatus.CONFIRMED: (SessionStatus.REMINDED, *ENDS),
    SessionStatus.REMINDED: ENDS,
    SessionStatus.NO_SHOW: (SessionStatus.RESCHEDULED,),
    SessionStatus.RESCHEDULED: (SessionStatus.CONFIRMED, SessionStatus.CANCELLED, SessionStatus.RESCHEDULED),
    SessionStatus.UNKNOWN: tuple(status for status in SessionStatus if status is not SessionStatus.UNKNOWN),
}


class SessionChange(Value):
    """One step in a session's history; `slot` is the time that held from then on."""

    old: SessionStatus
    new: SessionStatus
    at: UtcDatetime
    slot: UtcDatetime
    reason: str | None = None


class Session(Entity):
    """One appointment of a participant; `move` and `reschedule` return a new session and leave this one as it is.

    `reminded` holds the offsets of the reminders sent for the present slot. `sequence` counts the slots, which
    calendars need to know a moved appointment from a new one.
    """

    id_prefix: ClassVar[str] = "sess"

    study_id: EntityId
    participant_id: EntityId
    slot: UtcDatetime
    minutes: int = Field(default=60, ge=1)
    status: SessionStatus = SessionStatus.INVITED
    history: tuple[SessionChange, ...] = ()
    reminded: tuple[ReminderOffset, ...] = ()
    sequence: int = Field(default=0, ge=0)
    incentive: Money | None = None
    incentive_paid_on: date | None = None
    recording_ref: str | None = None
    delete_by: date | None = None
    recording_deleted_on: date | None = None
    insight_ids: tuple[EntityId, ...] = ()

    @property
    def ends_at(self) -> datetime:
        """When it ends."""
        return self.slot + timedelta(minutes=self.minutes)

    def visited(self) -> set[SessionStatus]:
        """Every status it has been in."""
        return {self.status, *(change.old for change in self.history), *(change.new for change in self.history)}

    def changed(self, **fields: Any) -> Self:
        """A validated copy with other fields."""
        return type(self).model_validate({**dict(self), **fields})

    def move(self, to: SessionStatus | str, *, at: datetime, reason: str | None = None) -> Self:
        """A copy in another status. IllegalTransition names the legal ways; a new time needs `reschedule`.

        A session is done or missed at its time, not before it (ValueError).
        """
        new = SessionStatus(to)
        if new is SessionStatus.RESCHEDULED:
            raise ValueError("a session is moved to a new time by reschedule(slot, at=...)")
        check_transition("session", SESSION_WAYS, self.status, new)
        if new in (SessionStatus.DONE, SessionStatus.NO_SHOW) and to_utc(at) < self.slot:
            raise ValueError(f"the session is at {self.slot.isoformat()}; it cannot be {new.value} before")
        return self.step(new, self.slot, at, reason)

    def reschedule(self, slot: datetime, *, at: datetime, reason: str | None = None) -> Self:
        """A copy offered for another time: it waits for a new confirmation, and its reminders start afresh."""
        check_transition("session", SESSION_WAYS, self.status, SessionStatus.RESCHEDULED)
        if to_utc(slot) == self.slot:
            raise ValueError("the new time is the old one")
        moved = self.step(SessionStatus.RESCHEDULED, slot, at, reason)
        return moved.changed(reminded=(), sequence=self.sequence + 1)

    def remind(self, offset: str, *, at: datetime) -> Self:
        """A copy with a reminder noted as sent; the first one moves it to `reminded`. Sending twice changes nothing."""
        if self.status is SessionStatus.REMINDED and offset in self.reminded:
            return self
        if self.status is SessionStatus.REMINDED:
            return self.changed(reminded=(*self.reminded, offset))
        return self.move(SessionStatus.REMINDED, at=at).changed(reminded=(*self.reminded, offset))

    def step(self, new: SessionStatus, slot: datetime, at: datetime, reason: str | None) -> Self:
        """A copy with one more step of history; ValueError when the step is before the last one."""
        if self.history and to_utc(at) < self.history[-1].at:
            raise ValueError(f"the last change was at {self.history[-1].at.isoformat()}; the next cannot be before")
        change = SessionChange(old=self.status, new=new, at=at, slot=slot, reason=reason)
        return self.changed(status=new, slot=slot, history=(*self.history, change))
