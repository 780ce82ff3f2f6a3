"""A study's dates: reminders to send, what must be deleted by when, and sessions as calendar entries."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from productops.errors import MissingExtraError
from productops.model.base import EntityId, Value, to_utc
from productops.model.study import COMING, Participant, Session, SessionStatus, Study, time_before

if TYPE_CHECKING:
    from icalendar import Event

ICS_STATUS = {
    SessionStatus.CANCELLED: "CANCELLED",
    SessionStatus.INVITED: "TENTATIVE",
    SessionStatus.RESCHEDULED: "TENTATIVE",
}


class Reminder(Value):
    """One reminder of one session: when it is due, and whether it was sent, is due, waits or came too late.

    A reminder is `late` when the session itself has begun.
    """

    session_id: EntityId
    offset: str
    at: datetime
    state: Literal["sent", "due", "waiting", "late"]


def reminders(study: Study, sessions: Iterable[Session], *, as_of: datetime) -> list[Reminder]:
    """The reminders of all confirmed sessions of a study at a moment (aware), the earliest first.

    Where several reminders of a session are overdue, only the latest of them is due: nobody needs three at once; the
    others are left out, and so are those that lay before the confirmation.
    """
    now = to_utc(as_of)
    found = []
    for session in sessions:
        if session.study_id == study.id and session.status in COMING:
            found += session_reminders(study, session, now)
    return sorted(found, key=lambda reminder: (reminder.at, reminder.session_id))


def session_reminders(study: Study, session: Session, now: datetime) -> list[Reminder]:
    """The reminders of one session."""
    confirmed = [change.at for change in session.history if change.new is SessionStatus.CONFIRMED]
    since = confirmed[-1] if confirmed else None
    planned = sorted((session.slot - time_before(offset), offset) for offset in dict.fromkeys(study.reminders))
    overdue = [at for at, offset in planned if at <= now and offset not in session.reminded]
    covered = max((at for at, offset in planned if offset in session.reminded), default=None)
    found = []
    for at, offset in planned:
        if offset in session.reminded:
            found.append(Reminder(session_id=session.id, offset=offset, at=at, state="sent"))
        elif at > now:
            found.append(Reminder(session_id=session.id, offset=offset, at=at, state="waiting"))
        elif (since is None or at >= since) and at == overdue[-1] and (covered is None or at > covered):
            state: Literal["late", "due"] = "late" if now >= session.slot else "due"
            found.append(Reminder(session_id=session.id, offset=offset, at=at, state=state))
    return found


class Deletion(Value):
    """Something to delete: a session's recording or a participant's personal data, by which day and why."""

    kind: Literal["recording", "person"]
    entity_id: EntityId
    delete_by: date
    reason: str
    overdue_days: int = 0


def deletions(
    study: Study, participants: Iterable[Participant], sessions: Sequence[Session], *, as_of: date
) -> list[Deletion]:
    """What must be deleted by the end of a day and still is there, the most overdue first.

    A recording goes at the earliest of: its own `delete_by`, `keep_recordings_days` after the session, the end of the
    consent to "recording", an opt-out; at once when there never was such a consent. Personal data go at the earliest
    of: the end of the consent, an opt-out, `keep_people_days` after the participant's last session of all those given
    (with none, after the last contact). Who has neither consent nor any of these dates is due at once.
    """
    people = {person.id: person for person in participants}
    mine = [session for session in sessions if session.study_id == study.id]
    found = []
    for session in mine:
        if session.recording_ref and not past(session.recording_deleted_on, as_of):
            day, reason = min(recording_limits(study, session, people.get(session.participant_id)))
            found.append(("recording", session.id, day, reason))
    for person in people.values():
        if not past(person.deleted_on, as_of):
            slots = [session.slot.date() for session in sessions if session.participant_id == person.id]
            day, reason = min(person_limits(study, person, slots), default=(as_of, "no consent and no contact"))
            found.append(("person", person.id, day, reason))
    due = [
        Deletion.model_validate(
            {
                "kind": kind,
                "entity_id": identity,
                "delete_by": day,
                "reason": reason,
                "overdue_days": (as_of - day).days,
            }
        )
        for kind, identity, day, reason in found
        if day <= as_of
    ]
    return sorted(due, key=lambda deletion: (deletion.delete_by, deletion.kind, deletion.entity_id))


def past(day: date | None, as_of: date) -> bool:
    """Whether something happened by a day."""
    return day is not None and day <= as_of


def recording_limits(study: Study, session: Session, person: Participant | None) -> list[tuple[date, str]]:
    """Every day by which a recording must be gone, with the reason."""
    held = session.slot.date()
    limits = [(held + timedelta(days=study.keep_recordings_days), f"kept {study.keep_recordings_days} days")]
    if session.delete_by:
        limits.append((session.delete_by, "its own delete-by date"))
    consent = person.consent if person else None
    if consent is None or not consent.covers("recording", held):
        limits.append((held, "no consent to a recording"))
    else:
        limits.append((consent.until, "the consent ends"))
    if person and person.opted_out_on:
        limits.append((person.opted_out_on, "opted out"))
    return limits


def person_limits(study: Study, person: Participant, slots: Iterable[date]) -> list[tuple[date, str]]:
    """Every day by which personal data must be gone, with the reason."""
    limits = []
    last = max(slots, default=person.last_contacted)
    if last is not None:
        limits.append((last + timedelta(days=study.keep_people_days), f"kept {study.keep_people_days} days"))
    if person.consent:
        limits.append((person.consent.until, "the consent ends"))
    if person.opted_out_on:
        limits.append((person.opted_out_on, "opted out"))
    return limits


def to_ics(
    study: Study,
    sessions: Iterable[Session],
    *,
    stamp: datetime,
    names: Mapping[str, str] | None = None,
    location: str | None = None,
) -> bytes:
    """The sessions of a study as a calendar file (RFC 5545), readable by every calendar.

    Each entry keeps its UID through changes and raises SEQUENCE when it moves, so a second import updates instead of
    doubling; cancelled sessions are marked, missed ones left out. Reminders that are days or hours ahead become
    alarms. No name appears unless `names` gives one for the participant's id: calendars are shared. `stamp` is the
    time of the export. Raises MissingExtraError where the package icalendar is absent.
    """
    try:
        from icalendar import Calendar  # noqa: PLC0415, RUF100 - an optional package, imported on use
    except ImportError as error:
        raise MissingExtraError("calendar", purpose="exporting sessions to a calendar") from error
    calendar = Calendar()
    calendar.add("prodid", "-//productops//study//EN")
    calendar.add("version", "2.0")
    for session in sorted(sessions, key=lambda item: (item.slot, item.id)):
        if session.study_id == study.id and session.status is not SessionStatus.NO_SHOW:
            name = (names or {}).get(session.participant_id)
            calendar.add_component(ics_event(study, session, to_utc(stamp), name, location))
    data: bytes = calendar.to_ical()
    return data


def ics_event(study: Study, session: Session, stamp: datetime, name: str | None, location: str | None) -> "Event":
    """One session as a calendar entry."""
    from icalendar import Alarm, Event  # noqa: PLC0415, RUF100 - an optional package, imported on use

    event = Event()
    fields: dict[str, Any] = {
        "uid": f"{session.id}@productops",
        "dtstamp": stamp,
        "dtstart": session.slot,
        "dtend": session.ends_at,
        "summary": f"{study.title}: {name}" if name else study.title,
        "status": ICS_STATUS.get(session.status, "CONFIRMED"),
        "sequence": session.sequence + (session.status is SessionStatus.CANCELLED),
        "location": location,
        "url": study.script_ref if (study.script_ref or "").startswith(("https://", "http://")) else None,
    }
    for key, value in fields.items():
        if value is not None:
            event.add(key, value)
    if session.status in COMING:
        for offset in study.reminders:
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", study.title)
            alarm.add("trigger", -time_before(offset))
            event.add_component(alarm)
    return event
