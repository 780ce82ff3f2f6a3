"""Filling a study: how many to book, whom to ask, whose quota is open, and where people drop out."""

import math
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from productops.model.base import EntityId, Value
from productops.model.share import Share
from productops.model.study import COMING, Participant, Session, SessionStatus, Study


def to_recruit(needed: int, show_rate: float) -> int:
    """How many to book so that enough come: needed / show rate, rounded up.

    Source: the project's notes on research logistics, where 15 at 0.8 make 19. Raises ValueError for a show rate
    that is not above 0 and at most 1, or a negative need.

    >>> to_recruit(15, 0.8)
    19
    """
    if needed < 0:
        raise ValueError(f"needed is at least 0, not {needed}")
    if not 0 < show_rate <= 1:
        raise ValueError(f"show_rate is above 0 and at most 1, not {show_rate:g}")
    # The rate as written: 7 / 0.7 is a hair above 10 in binary, and would book one too many.
    return math.ceil(needed / Fraction(str(show_rate)))


class QuotaState(Value):
    """One segment (None: no segment): sessions needed, done, still to come and waiting, and how many more to invite.

    `surplus` counts finished sessions above the need.
    """

    segment: str | None
    needed: int
    done: int
    coming: int
    waiting: int
    to_invite: int
    surplus: int


def quota_states(study: Study, participants: Iterable[Participant], sessions: Iterable[Session]) -> list[QuotaState]:
    """Where each quota stands. To invite = booked needed for what is open at the study's show rate − booked or asked.

    Segments without a quota and people without a segment are listed with a need of 0, so that nobody vanishes. A
    study without quotas has one line, of its `sessions_needed`.
    """
    segments = {person.id: person.segment for person in participants} if study.quotas else {}
    needs: dict[str | None, int] = {quota.segment: quota.needed for quota in study.quotas} or {None: study.needed}
    counts: dict[str | None, dict[str, int]] = {segment: {} for segment in needs}
    for session in sessions:
        if session.study_id == study.id:
            own = counts.setdefault(segments.get(session.participant_id), {})
            kind = kind_of(session)
            own[kind] = own.get(kind, 0) + 1
    return [quota_state(study, segment, needs.get(segment, 0), own) for segment, own in counts.items()]


def kind_of(session: Session) -> str:
    """What a session means for a quota."""
    if session.status is SessionStatus.DONE:
        return "done"
    if session.status in COMING:
        return "coming"
    return "waiting" if session.status in (SessionStatus.INVITED, SessionStatus.RESCHEDULED) else "lost"


def quota_state(study: Study, segment: str | None, needed: int, counts: dict[str, int]) -> QuotaState:
    """Sum up one segment."""
    done, coming, waiting = (counts.get(kind, 0) for kind in ("done", "coming", "waiting"))
    booked = to_recruit(max(0, needed - done), study.show_rate)
    return QuotaState(
        segment=segment,
        needed=needed,
        done=done,
        coming=coming,
        waiting=waiting,
        to_invite=max(0, booked - coming - waiting),
        surplus=max(0, done - needed),
    )


def reasons_not_to_invite(
    participant: Participant,
    study: Study,
    sessions: Iterable[Session] = (),
    *,
    as_of: date,
    scope: str = "contact",
) -> tuple[str, ...]:
    """Why somebody must not be invited on a day; nothing means they may be.

    Opted out, data deleted, no consent for `scope`, contacted less than the study's `fatigue_days` ago, already in
    this study, or in a segment that the study does not ask for.
    """
    reasons = []
    if participant.opted_out(as_of):
        reasons.append(f"opted out on {participant.opted_out_on}")
    if participant.deleted_on is not None and participant.deleted_on <= as_of:
        reasons.append(f"their data were deleted on {participant.deleted_on}")
    consent = participant.consent
    if consent is None:
        reasons.append("no consent")
    elif not consent.covers(scope, as_of):
        ended = f"ended on {consent.until}" if consent.until < as_of else f"does not cover {scope} on {as_of}"
        reasons.append(f"the consent {ended}")
    last = participant.last_contacted
    if last is not None and as_of < last + timedelta(days=study.fatigue_days):
        reasons.append(f"contacted on {last}, less than {study.fatigue_days} days ago")
    if any(item.study_id == study.id and item.participant_id == participant.id for item in sessions):
        reasons.append("already invited to this study")
    if study.quotas and participant.segment not in {quota.segment for quota in study.quotas}:
        reasons.append(f"the study has no quota for {participant.segment or 'people without a segment'}")
    return tuple(reasons)


def invitable(
    study: Study, participants: Iterable[Participant], sessions: Sequence[Session] = (), *, as_of: date
) -> list[Participant]:
    """Whom to invite next: those who may be, who were left alone the longest first, at most what quotas still take."""
    people = list(participants)
    room = {state.segment: state.to_invite for state in quota_states(study, people, sessions)}
    free = [person for person in people if not reasons_not_to_invite(person, study, sessions, as_of=as_of)]
    free.sort(key=lambda person: (person.last_contacted or date.min, person.id))
    chosen = []
    for person in free:
        segment = person.segment if study.quotas else None
        if room.get(segment, 0) > 0:
            room[segment] -= 1
            chosen.append(person)
    return chosen


class FunnelStep(Value):
    """How many reached a step, as a share of the step before it."""

    name: str
    reached: Share


class RecruitingFunnel(Value):
    """From candidates to sessions with an insight; `show_rate`, done / (done + no-show), plans the next."""

    study_id: EntityId
    steps: tuple[FunnelStep, ...]
    no_show: int
    cancelled: int
    show_rate: Share

    def to_dicts(self) -> list[dict[str, Any]]:
        """One row a step, of plain values."""
        return [
            {"step": step.name, "people": step.reached.part, "of": step.reached.whole, "share": step.reached.value}
            for step in self.steps
        ]

    def __str__(self) -> str:
        return "\n".join([*(f"{step.name}: {step.reached}" for step in self.steps), f"show rate: {self.show_rate}"])


def recruiting_funnel(study: Study, candidates: int, sessions: Iterable[Session]) -> RecruitingFunnel:
    """How far people came: candidates, invited, confirmed, done, with an insight.

    A person counts once, however many sessions they had. Whoever confirmed and cancelled later did confirm: steps
    follow the history, not the present state. Raises ValueError for fewer candidates than people invited.
    """
    mine = [session for session in sessions if session.study_id == study.id]
    confirmed = {SessionStatus.CONFIRMED, SessionStatus.REMINDED, SessionStatus.DONE, SessionStatus.NO_SHOW}
    invited = {session.participant_id for session in mine}
    came = [session for session in mine if session.status is SessionStatus.DONE]
    reached = [
        ("candidates", candidates),
        ("invited", len(invited)),
        ("confirmed", len({session.participant_id for session in mine if session.visited() & confirmed})),
        ("done", len({session.participant_id for session in came})),
        ("insight", len({session.participant_id for session in came if session.insight_ids})),
    ]
    if len(invited) > candidates:
        raise ValueError(f"{len(invited)} people were invited, so there were more than {candidates} candidates")
    wholes = [candidates, *(count for _, count in reached)]
    missed = sum(SessionStatus.NO_SHOW in session.visited() for session in mine)
    return RecruitingFunnel(
        study_id=study.id,
        steps=tuple(
            FunnelStep(name=name, reached=Share(part=count, whole=whole))
            for (name, count), whole in zip(reached, wholes, strict=False)
        ),
        no_show=missed,
        cancelled=sum(session.status is SessionStatus.CANCELLED for session in mine),
        show_rate=Share(part=len(came), whole=len(came) + missed),
    )
