"""Studies: session states, quotas, whom to invite, and where people drop out."""

import doctest
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from productops.model import recruiting, study
from productops.model.recruiting import (
    invitable,
    quota_states,
    reasons_not_to_invite,
    recruiting_funnel,
    to_recruit,
)
from productops.model.study import (
    SESSION_WAYS,
    Consent,
    Participant,
    Quota,
    Session,
    SessionStatus,
    Study,
)
from productops.model.transitions import IllegalTransition

SLOT = datetime(2026, 10, 6, 9, tzinfo=UTC)
BOOKED = datetime(2026, 9, 28, 9, tzinfo=UTC)
TODAY = date(2026, 9, 28)
CONSENT = Consent(scope={"contact", "recording"}, given_on=date(2026, 1, 1), until=date(2026, 12, 31))
STUDY = Study(id="study_1", title="Import", quotas=(Quota(segment="smb", needed=4), Quota(segment="ent", needed=2)))


def person(number, segment="smb", **fields):
    base = {"id": f"part_{number}", "person": {"name": f"Tester {number}"}, "segment": segment, "consent": CONSENT}
    return Participant(**{**base, **fields})


def session(number=1, status="invited", **fields):
    base = {"id": f"sess_{number}", "study_id": "study_1", "participant_id": f"part_{number}", "slot": SLOT}
    return Session(**{**base, "status": status, **fields})


@pytest.mark.parametrize("module", [study, recruiting])
def test_examples_run(module):
    assert doctest.testmod(module) == (0, 1)


def test_fifteen_at_four_fifths_make_nineteen():
    """ceil(15/0.8) = 19: the project's domain notes, user-test logistics."""
    assert to_recruit(15, 0.8) == 19


@pytest.mark.parametrize(
    ("needed", "rate", "booked"), [(7, 0.7, 10), (0, 0.5, 0), (3, 1, 3), (1, 0.01, 100), (21, 0.7, 30)]
)
def test_rounding_books_nobody_too_many(needed, rate, booked):
    assert to_recruit(needed, rate) == booked


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 300), st.integers(1, 100))
def test_the_booked_are_enough_and_one_less_is_not(needed, percent):
    booked = to_recruit(needed, percent / 100)
    rate = Fraction(percent, 100)
    assert booked * rate >= needed
    assert not booked or (booked - 1) * rate < needed


@pytest.mark.parametrize("rate", [0, 1.1, -0.5])
def test_impossible_show_rates_are_refused(rate):
    with pytest.raises(ValueError, match="above 0 and at most 1"):
        to_recruit(5, rate)


def test_a_session_from_invitation_to_insight():
    confirmed = session().move("confirmed", at=BOOKED)
    moved = confirmed.reschedule(SLOT + timedelta(days=1), at=BOOKED + timedelta(hours=1), reason="ill")
    assert (moved.status, moved.sequence, moved.slot) == (SessionStatus.RESCHEDULED, 1, SLOT + timedelta(days=1))
    with pytest.raises(IllegalTransition, match="from rescheduled it can go to: confirmed, cancelled, rescheduled"):
        moved.move("done", at=SLOT + timedelta(days=2))
    again = moved.move("confirmed", at=BOOKED + timedelta(hours=2)).remind("T-1d", at=SLOT)
    assert again.remind("T-1d", at=SLOT) == again
    with pytest.raises(ValueError, match="cannot be done before"):
        again.move("done", at=SLOT)
    done = again.remind("T-2h", at=SLOT).move("done", at=SLOT + timedelta(days=1, hours=1))
    assert done.reminded == ("T-1d", "T-2h")
    assert [change.new.value for change in done.history] == [
        "confirmed",
        "rescheduled",
        "confirmed",
        "reminded",
        "done",
    ]
    with pytest.raises(IllegalTransition, match="it is at its end"):
        done.move("cancelled", at=SLOT + timedelta(days=3))
    with pytest.raises(ValueError, match="next cannot be before"):
        again.move("cancelled", at=BOOKED)
    assert Session.model_validate_json(done.model_dump_json()) == done


def test_a_new_time_starts_reminders_afresh_and_is_a_new_time():
    reminded = session(status="confirmed").remind("T-3d", at=BOOKED)
    assert reminded.reschedule(SLOT + timedelta(days=3), at=BOOKED).reminded == ()
    with pytest.raises(ValueError, match="is the old one"):
        reminded.reschedule(SLOT, at=BOOKED)
    with pytest.raises(ValueError, match="by reschedule"):
        reminded.move("rescheduled", at=BOOKED)


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(list(SessionStatus)), st.sampled_from(list(SessionStatus)))
def test_moves_are_legal_exactly_where_the_table_says(old, new):
    after = SLOT + timedelta(hours=1)

    def go():
        start = session(status=old)
        if new is SessionStatus.RESCHEDULED:
            return start.reschedule(SLOT + timedelta(days=1), at=after)
        return start.move(new, at=after)

    if new in SESSION_WAYS.get(old, ()):
        assert go().status is new
    else:
        with pytest.raises(IllegalTransition, match=f"from {old.value} to {new.value}"):
            go()


def test_quotas_count_what_is_done_coming_and_asked():
    people = [person(n) for n in range(6)] + [person(6, "ent"), person(7, "gov"), person(8, "ent")]
    statuses = ["done", "confirmed", "reminded", "invited", "no_show", "cancelled", "done", "done", "rescheduled"]
    sessions = [session(n, status) for n, status in enumerate(statuses)]
    smb, ent, gov = quota_states(STUDY, people, sessions)
    assert (smb.needed, smb.done, smb.coming, smb.waiting) == (4, 1, 2, 1)
    assert smb.to_invite == 1  # 3 open at 0.8 are 4 bookings, 3 of them made
    assert (ent.done, ent.waiting, ent.to_invite, ent.surplus) == (1, 1, 1, 0)
    assert (gov.segment, gov.needed, gov.surplus) == ("gov", 0, 1)
    plain = quota_states(Study(id="study_1", title="T", sessions_needed=15), people, [])
    assert [(state.segment, state.to_invite) for state in plain] == [(None, 19)]
    with pytest.raises(ValueError, match="two quotas"):
        Study(title="T", quotas=(Quota(segment="a", needed=1), Quota(segment="a", needed=2)))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["smb", "ent", "gov"]), st.sampled_from(list(SessionStatus))), max_size=10))
def test_no_session_vanishes_from_the_quotas(rows):
    people = [person(n, segment) for n, (segment, _) in enumerate(rows)]
    sessions = [session(n, status) for n, (_, status) in enumerate(rows)]
    states = quota_states(STUDY, people, sessions)
    lost = sum(s.value in ("cancelled", "no_show", "unknown") for _, s in rows)
    assert sum(state.done + state.coming + state.waiting for state in states) == len(rows) - lost
    for state in states:
        open_now = max(0, state.needed - state.done)
        assert state.to_invite + state.coming + state.waiting >= to_recruit(open_now, 0.8)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, None),
        ({"opted_out_on": TODAY}, "opted out on 2026-09-28"),
        ({"opted_out_on": TODAY + timedelta(days=1)}, None),
        ({"consent": None}, "no consent"),
        ({"consent": Consent(scope={"recording"}, given_on=TODAY, until=TODAY)}, "does not cover contact"),
        ({"consent": Consent(scope={"contact"}, given_on=TODAY, until=TODAY)}, None),
        ({"consent": Consent(scope={"contact"}, given_on=TODAY + timedelta(days=1), until=date.max)}, "does not cover"),
        (
            {"consent": Consent(scope={"contact"}, given_on=date(2026, 1, 1), until=date(2026, 9, 27))},
            "ended on 2026-09-27",
        ),
        ({"last_contacted": TODAY - timedelta(days=89)}, "less than 90 days ago"),
        ({"last_contacted": TODAY - timedelta(days=90)}, None),
        ({"segment": "gov"}, "no quota for gov"),
        ({"deleted_on": TODAY}, "were deleted"),
    ],
)
def test_who_may_be_invited(fields, reason):
    found = reasons_not_to_invite(person(1, **fields), STUDY, as_of=TODAY)
    assert (reason is None) == (not found)
    assert reason is None or reason in found[0]


def test_nobody_is_invited_twice_to_a_study():
    assert reasons_not_to_invite(person(1), STUDY, [session(1)], as_of=TODAY) == ("already invited to this study",)
    assert reasons_not_to_invite(person(1), STUDY, [session(1, study_id="study_2")], as_of=TODAY) == ()


def test_the_longest_left_alone_are_asked_first_and_quotas_hold():
    people = [person(n, last_contacted=TODAY - timedelta(days=100 + n)) for n in range(9)] + [person(9)]
    people += [person(10, "ent", opted_out_on=TODAY)]
    chosen = invitable(STUDY, people, as_of=TODAY)
    assert [who.id for who in chosen] == ["part_9", "part_8", "part_7", "part_6", "part_5"]  # 4 at 0.8 are 5
    plain = Study(title="T", sessions_needed=1, show_rate=1)
    assert [who.id for who in invitable(plain, people, as_of=TODAY)] == ["part_9"]


def test_the_funnel_follows_people_through_their_history():
    late = SLOT + timedelta(days=2)
    came = session(1).move("confirmed", at=BOOKED).move("done", at=late).changed(insight_ids=("ins_1",))
    dropped = session(2).move("confirmed", at=BOOKED).move("cancelled", at=BOOKED)
    missed = session(3).move("confirmed", at=BOOKED).move("no_show", at=late)
    second = session(4, participant_id="part_1").move("confirmed", at=BOOKED).move("done", at=late)
    funnel = recruiting_funnel(STUDY, 10, [came, dropped, missed, second, session(5), session(6, study_id="other")])
    assert [(step.name, step.reached.part, step.reached.whole) for step in funnel.steps] == [
        ("candidates", 10, 10), ("invited", 4, 10), ("confirmed", 3, 4), ("done", 1, 3), ("insight", 1, 1),
    ]  # fmt: skip
    assert (funnel.no_show, funnel.cancelled, str(funnel.show_rate)) == (1, 1, "2 of 3 (66.7 %)")
    assert "done: 1 of 3 (33.3 %)" in str(funnel)
    assert funnel.to_dicts()[1] == {"step": "invited", "people": 4, "of": 10, "share": 0.4}
    with pytest.raises(ValueError, match="more than 3 candidates"):
        recruiting_funnel(STUDY, 3, [came, dropped, missed, session(5)])
