"""A study, its sessions and its calendar."""

from datetime import UTC, date, datetime

from productops import PersonRef, Study
from productops.model.recruiting import invitable, to_recruit
from productops.model.study import Participant, Quota, Session
from productops.model.study_calendar import to_ics

study = Study(title="Checkout", quotas=(Quota(segment="small", needed=to_recruit(5, 0.8)),))
person = Participant(person=PersonRef(name="Cy"), segment="small")
slot = datetime(2026, 9, 1, 9, tzinfo=UTC)
session: Session = Session(study_id=study.id, participant_id=person.id, slot=slot).move("confirmed", at=slot)
people: list[Participant] = invitable(study, [person], [session], as_of=date(2026, 9, 1))
calendar: bytes = to_ics(study, [session], stamp=slot)
