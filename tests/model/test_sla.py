"""Waiting times: paused, in business hours, and with those who still wait."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from productops.model.business_hours import BusinessHours
from productops.model.feedback import Feedback
from productops.model.sla import Limits, group_by, quantile, sla, sla_table, waits

START = datetime(2026, 9, 7, 9, tzinfo=UTC)  # a Monday
HOUR = timedelta(hours=1)


def hours(number):
    return timedelta(hours=number)


def note(*steps, received=START, **fields):
    fb = Feedback(text="a", received_at=received, **fields)
    for state, at in steps:
        fb.record_state(state, at=START + hours(at), source="jira")
    return fb


def test_the_three_clocks():
    """The project's domain notes, feedback loop, rule 3."""
    fb = note(("triaged", 5), ("linked", 20), ("planned", 30), ("shipped", 100), ("notified", 148))
    found = sla([fb], as_of=START + hours(999))
    assert [clock.median.time / HOUR for clock in (found.triage, found.decision, found.close)] == [5, 20, 48]
    assert (found.triage.done, found.triage.open, found.triage.breaches) == (1, 0, 0)


def test_needs_info_stops_the_clock():
    fb = note(("triaged", 5), ("needs_info", 10), ("triaged", 50), ("needs_info", 52), ("linked", 60))
    assert sla([fb], as_of=START + hours(999)).decision.median.time == hours(12)
    early = note(("needs_info", 10), ("shipped", 20), ("notified", 30))
    assert sla([early], as_of=START + hours(99)).close.median.time == hours(10)
    paused = note(("triaged", 5), ("needs_info", 10))
    assert sla([paused], as_of=START + hours(500)).decision.median.label == "at least 10.0 h"


def test_open_notes_count_as_at_least():
    """Three notes triaged after 1, 2 and 3 hours, three that still wait after 100: the median is not two hours."""
    done = [note(("triaged", number)) for number in (1, 2, 3)]
    waiting = [note() for _ in range(3)]
    found = sla(done + waiting, as_of=START + hours(100)).triage
    assert (found.done, found.open) == (3, 3)
    assert (found.median.time, found.median.at_least) == (hours(3), False)
    assert (found.p90.time, found.p90.at_least) == (hours(100), True)
    more = sla([*done, *waiting, note()], as_of=START + hours(100)).triage
    assert more.median.label == "at least 100.0 h"


def test_young_notes_do_not_look_fast():
    slow = [note(("triaged", 50)) for _ in range(3)]
    young = [note(received=START + hours(99)) for _ in range(9)]
    found = sla(slow + young, as_of=START + hours(100)).triage
    assert (found.median.label, found.p90.label, found.open) == ("50.0 h", "50.0 h", 9)


def test_the_product_limit_estimate_by_hand():
    """Done after 1 and 3, open at 2 and 4: 3/4 still wait after 1, then 3/4 × 1/2 = 3/8 after 3."""
    mixed = [(1.0, False, "a"), (2.0, True, "b"), (3.0, False, "c"), (4.0, True, "d")]
    assert quantile(mixed, 0.25).time == timedelta(seconds=1)
    assert quantile(mixed, 0.6).time == timedelta(seconds=3)
    beyond = quantile(mixed, 0.7)
    assert (beyond.time, beyond.at_least) == (timedelta(seconds=4), True)


def test_breaches_count_the_open_ones_too():
    notes = [note(("triaged", 47)), note(("triaged", 49)), note(), note(received=START + hours(20))]
    found = sla(notes, as_of=START + hours(60)).triage
    assert found.breached == (notes[1].id, notes[2].id)
    assert sla(notes, as_of=START + hours(60), limits=Limits(triage=None)).triage.breaches == 0


def test_the_future_is_not_looked_at():
    fb = note(("triaged", 5), ("linked", 20))
    found = sla([fb, note(received=START + hours(50))], as_of=START + hours(10))
    assert (found.triage.done, found.decision.open, found.triage.open) == (1, 1, 0)
    with pytest.raises(ValueError, match="no time zone"):
        sla([fb], as_of=datetime(2026, 9, 9))  # noqa: DTZ001


def test_a_state_of_unknown_age_is_left_out_and_said():
    found = sla([Feedback(text="a", received_at=START, state="shipped")], as_of=START + hours(1))
    assert (found.left_out, found.triage.median, len(found.warnings)) == (1, None, 1)


def test_a_jump_ends_the_clocks_it_passes_and_a_return_does_not_restart_them():
    fb = note(("shipped", 7), ("triaged", 9), ("declined", 11))
    triage, decision, close = waits(fb, START + hours(99))
    assert (triage[0], decision[0], close[1]) == (7 * 3600, 7 * 3600, True)


def test_groups():
    notes = [note(source="support"), note(source="sales"), note(source="sales")]
    table = sla_table(group_by(notes, lambda fb: fb.source.value), as_of=START + HOUR)
    assert {key: found.triage.open for key, found in table.items()} == {"support": 1, "sales": 2}


def test_business_hours_skip_nights_weekends_and_holidays():
    office = BusinessHours(zone="Europe/Berlin", holidays={date(2026, 9, 14)})
    friday = datetime(2026, 9, 11, 13, tzinfo=UTC)  # 15:00 in Berlin
    assert office.between(friday, friday + timedelta(days=4)) == hours(8)
    assert office.between(friday, friday + timedelta(days=3)) == hours(2)
    assert office.between(friday + HOUR, friday) == timedelta(0)
    fb = note(("triaged", 24))
    assert sla([fb], as_of=START + hours(99), hours=BusinessHours()).triage.median.time == hours(8)


@pytest.mark.parametrize(
    "bad",
    [{"opens": time(17)}, {"weekdays": {7}}, {"weekdays": set()}, {"zone": "Europe/Nowhere"}, {"zone": "../x"},
     {"opens": time(9, tzinfo=UTC)}],
)  # fmt: skip
def test_impossible_hours_are_refused(bad):
    with pytest.raises(ValidationError):
        BusinessHours(**bad)


minutes = st.integers(0, 60 * 24 * 30)
days_off = st.frozensets(st.dates(date(2026, 9, 1), date(2026, 10, 15)), max_size=5)


@settings(max_examples=40)
@given(minutes, minutes, days_off, st.sampled_from(["UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata"]))
def test_business_hours_agree_with_counting_minutes(begin, length, free, zone):
    """Against the plain way: look at every quarter of an hour."""
    office = BusinessHours(zone=zone, holidays=free)
    step = timedelta(minutes=15)
    start = START + begin // 15 * step
    end = start + length // 15 * step
    slow, moment = timedelta(0), start
    while moment < end:
        local = moment.astimezone(ZoneInfo(zone))
        if local.weekday() < 5 and local.date() not in free and 9 <= local.hour < 17:
            slow += step
        moment += step
    assert abs(office.between(start, end) - slow) < timedelta(milliseconds=1)


NIGHTS = ["Europe/Berlin", "Pacific/Auckland", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Kiritimati"]


@pytest.mark.parametrize("zone", NIGHTS)
def test_nights_on_which_clocks_change_follow_the_wall(zone):
    night = BusinessHours(zone=zone, opens=time(0, 30), closes=time(4), weekdays=frozenset(range(7)))

    def on_the_wall(moment):
        local = moment.astimezone(ZoneInfo(zone))
        passed = timedelta(hours=local.hour, minutes=local.minute) - timedelta(minutes=30)
        return local.toordinal() * hours(3.5) + min(max(passed, hours(0)), hours(3.5))

    first = datetime(2026, 1, 1, tzinfo=UTC)
    ahead = [(first + timedelta(days=day)).astimezone(ZoneInfo(zone)).utcoffset() for day in range(366)]
    changes = [day for day in range(365) if ahead[day] != ahead[day + 1]]
    assert len(changes) == (0 if zone == "Pacific/Kiritimati" else 2)
    for day in changes or [100]:
        start = first + timedelta(days=day - 1)
        for end in (start + timedelta(minutes=15 * step) for step in range(3 * 96)):
            assert night.between(start, end) == max(on_the_wall(end) - on_the_wall(start), hours(0))


@settings(max_examples=50)
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30), st.sampled_from([0.5, 0.9]))
def test_without_open_notes_a_quantile_is_one_of_the_times(times, share):
    found = quantile(sorted((seconds, False, "fb") for seconds in times), share)
    within = sum(timedelta(seconds=seconds) <= found.time for seconds in times)
    below = sum(timedelta(seconds=seconds) < found.time for seconds in times)
    assert below < share * len(times) + 1e-6 <= within + 2e-6
    assert not found.at_least


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 100), st.booleans()), min_size=1, max_size=20), st.integers(0, 19))
def test_a_note_that_waits_on_never_lowers_the_median(waited, which):
    def median(pairs):
        return quantile(sorted((float(t), not done, "fb") for t, done in pairs), 0.5)

    which %= len(waited)
    longer = [(101, False) if n == which else pair for n, pair in enumerate(waited)]
    before, after = median(waited), median(longer)
    assert after.time >= before.time


@given(
    st.lists(st.tuples(st.integers(0, 20).map(float), st.booleans(), st.uuids().map(str)), max_size=30).map(sorted),
    st.sampled_from([0.1, 0.25, 0.5, 0.9, 1.0]),
)
def test_a_quantile_agrees_with_the_estimate_taken_note_by_note(found, share):
    surviving, left, wanted = 1.0, len(found), None
    for seconds, still_open, _ in found:
        surviving *= 1 if still_open else 1 - 1 / left
        left -= 1
        if not still_open and surviving <= 1 - share + 1e-9:
            wanted = (seconds, False)
            break
    if wanted is None and found:
        wanted = (found[-1][0], True)
    got = quantile(found, share)
    assert (got and (got.time.total_seconds(), got.at_least)) == wanted
