"""A note taken through its states."""

from datetime import UTC, datetime

from productops.model.feedback import Channel, Feedback
from productops.model.feedback_states import FeedbackState
from productops.model.people import PersonRef
from productops.model.transitions import IllegalTransition

note = Feedback(text="Please add CSV export", source=Channel("support"), requester=PersonRef(email="ada@example.com"))
try:
    event = note.move(FeedbackState.TRIAGED, at=datetime.now(UTC), by="bo")
    told: str | None = event.reason
except IllegalTransition as error:
    told = str(error)
who: str = note.requester.key if note.requester else "nobody"
