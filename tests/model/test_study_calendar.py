"""Reminders that come once, deletions that come in time, calendars other programs read."""

import builtins
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from productops.errors import MissingExtraError
from productops.model.study import Consent, Participant, Session, Study, time_before
from productops.model.study_calendar import deletions, reminders, to_ics

SLOT = datetime(2026, 10, 6, 9, tzinfo=UTC)
HELD = SLOT.date()
STUDY = Study(id="study_1", title="Import; phase 2, with Åse")


def session(number=1, status="confirmed", **fields):
    base = {"id": f"sess_{number}", "study_id": "study_1", "participant_id": f"part_{number}", "slot": SLOT}
    return Session(**{**base, "status": status, **fields})


def states(item, as_of):
    return {reminder.offset: reminder.state for reminder in reminders(STUDY, [item], as_of=as_of)}


def test_reminders_of_a_session():
    assert states(session(), SLOT - timedelta(days=4)) == {"T-3d": "waiting", "T-1d": "waiting", "T-2h": "waiting"}
    assert states(session(), SLOT - timedelta(days=3)) == {"T-3d": "due", "T-1d": "waiting", "T-2h": "waiting"}
    sent = session().remind("T-3d", at=SLOT - timedelta(days=3))
    assert states(sent, SLOT - timedelta(days=2)) == {"T-3d": "sent", "T-1d": "waiting", "T-2h": "waiting"}
    assert states(session(), SLOT - timedelta(hours=1)) == {"T-2h": "due"}
    assert states(session(), SLOT) == {"T-2h": "late"}
    assert states(session(status="cancelled"), SLOT - timedelta(days=1)) == {}
    last = session().remind("T-2h", at=SLOT - timedelta(hours=2))
    assert states(last, SLOT - timedelta(hours=1)) == {"T-2h": "sent"}


def test_who_confirms_late_is_not_reminded_of_the_past():
    item = session(status="invited").move("confirmed", at=SLOT - timedelta(hours=20))
    assert states(item, SLOT - timedelta(hours=19)) == {"T-2h": "waiting"}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 120), min_size=1, max_size=20))
def test_each_reminder_is_sent_at_most_once_and_never_two_at_a_time(hours):
    item = session()
    sent = []
    for before in sorted(hours, reverse=True):
        now = SLOT - timedelta(hours=before)
        due = [reminder.offset for reminder in reminders(STUDY, [item], as_of=now) if reminder.state == "due"]
        assert len(due) <= 1
        for offset in due:
            item = item.remind(offset, at=now)
            sent.append(offset)
    assert len(sent) == len(set(sent))
    assert sent == sorted(sent, key=time_before, reverse=True)


@pytest.mark.parametrize("text", ["T+1d", "T-1bd", "3d", "T-d", ""])
def test_unreadable_reminders_are_refused(text):
    with pytest.raises(ValueError, match="not a time before a session"):
        Study(title="T", reminders=(text,))


def consent(until, scope=("contact", "recording")):
    return Consent(scope=scope, given_on=date(2026, 9, 1), until=until)


def person(until=date(2028, 1, 1), **fields):
    return Participant(**{"id": "part_1", "person": {"name": "T"}, "consent": consent(until), **fields})


def recorded(**fields):
    return session(status="done", recording_ref="rec/1", **fields)


LIMIT = HELD + timedelta(days=90)


@pytest.mark.parametrize(
    ("who", "item", "delete_by", "reason"),
    [
        (person(), recorded(), LIMIT, "kept 90 days"),
        (person(), recorded(delete_by=HELD + timedelta(days=9)), HELD + timedelta(days=9), "its own delete-by date"),
        (person(HELD + timedelta(days=20)), recorded(), HELD + timedelta(days=20), "the consent ends"),
        (person(opted_out_on=HELD + timedelta(days=5)), recorded(), HELD + timedelta(days=5), "opted out"),
        (person(consent=consent(LIMIT, {"contact"})), recorded(), HELD, "no consent to a recording"),
        (person(consent=None), recorded(), HELD, "no consent to a recording"),
    ],
)
def test_when_a_recording_goes(who, item, delete_by, reason):
    def found(day):
        return [d for d in deletions(STUDY, [who], [item], as_of=day) if d.kind == "recording"]

    assert found(delete_by - timedelta(days=1)) == []
    (due,) = found(delete_by + timedelta(days=2))
    assert (due.delete_by, due.reason, due.overdue_days) == (delete_by, reason, 2)
    gone = item.changed(recording_deleted_on=delete_by)
    assert [d for d in deletions(STUDY, [who], [gone], as_of=LIMIT) if d.kind == "recording"] == []


@pytest.mark.parametrize(
    ("who", "sessions", "delete_by", "reason"),
    [
        (person(), [session()], HELD + timedelta(days=365), "kept 365 days"),
        (person(), [session(), session(2, study_id="other", participant_id="part_1", slot=SLOT + timedelta(days=30))],
         HELD + timedelta(days=395), "kept 365 days"),
        (person(date(2026, 12, 31)), [session()], date(2026, 12, 31), "the consent ends"),
        (person(opted_out_on=HELD), [session()], HELD, "opted out"),
        (person(consent=None, last_contacted=HELD), [], HELD + timedelta(days=365), "kept 365 days"),
    ],
)  # fmt: skip
def test_when_personal_data_go(who, sessions, delete_by, reason):
    assert deletions(STUDY, [who], sessions, as_of=delete_by - timedelta(days=1)) == []
    (due,) = deletions(STUDY, [who], sessions, as_of=delete_by)
    assert (due.kind, due.entity_id, due.reason, due.overdue_days) == ("person", "part_1", reason, 0)
    assert deletions(STUDY, [who.model_copy(update={"deleted_on": HELD})], sessions, as_of=delete_by) == []


def test_who_left_no_trace_of_consent_is_due_at_once():
    (due,) = deletions(STUDY, [person(consent=None)], [], as_of=HELD)
    assert (due.delete_by, due.reason) == (HELD, "no consent and no contact")


@settings(max_examples=40, deadline=None)
@given(st.integers(-10, 500), st.integers(0, 200))
def test_what_is_due_stays_due_until_it_is_deleted(days, more):
    now = HELD + timedelta(days=days)
    early = deletions(STUDY, [person()], [recorded()], as_of=now)
    late = deletions(STUDY, [person()], [recorded()], as_of=now + timedelta(days=more))
    assert {d.entity_id for d in early} <= {d.entity_id for d in late}
    assert all(d.delete_by <= now for d in early)


def events(sessions, **fields):
    data = to_ics(STUDY, sessions, stamp=datetime(2026, 9, 1, tzinfo=UTC), **fields)
    return icalendar.Calendar.from_ical(data).walk("VEVENT")


def test_a_calendar_other_programs_read():
    sessions = [session(), session(2, "cancelled"), session(3, "no_show"), session(4, study_id="other")]
    first, second = events(sessions, location="Room 1")
    assert str(first["SUMMARY"]) == "Import; phase 2, with Åse"
    assert first.decoded("DTSTART") == SLOT
    assert first.decoded("DTEND") == SLOT + timedelta(hours=1)
    assert (str(first["STATUS"]), str(second["STATUS"]), second["SEQUENCE"]) == ("CONFIRMED", "CANCELLED", 1)
    assert [alarm.decoded("TRIGGER") for alarm in first.walk("VALARM")] == [
        -timedelta(days=3), -timedelta(days=1), -timedelta(hours=2),
    ]  # fmt: skip
    assert second.walk("VALARM") == []
    assert str(first["LOCATION"]) == "Room 1"


def test_a_moved_session_keeps_its_uid_and_raises_its_sequence():
    moved = session().reschedule(SLOT + timedelta(days=1), at=SLOT - timedelta(days=9))
    (old,), (new,) = events([session()]), events([moved])
    assert old["UID"] == new["UID"]
    assert (old["SEQUENCE"], new["SEQUENCE"], str(new["STATUS"])) == (0, 1, "TENTATIVE")


def test_names_appear_only_where_given_and_exports_repeat():
    assert str(events([session()], names={"part_1": "Ada Muster"})[0]["SUMMARY"]).endswith(": Ada Muster")
    stamp = datetime(2026, 9, 1, tzinfo=UTC)
    once, twice = (to_ics(STUDY, items, stamp=stamp) for items in ([session(), session(2)], [session(2), session()]))
    assert once == twice
    assert b"part_1" not in once


def test_without_the_package_the_error_names_the_command(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("icalendar"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r'pip install "productops\[calendar\]"'):
        to_ics(STUDY, [], stamp=SLOT)
