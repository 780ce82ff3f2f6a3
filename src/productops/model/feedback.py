"""What people told us: a note with their own words, what it is evidence for, and how they heard back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Self

from pydantic import Field, JsonValue, field_validator, model_validator

from productops.model.base import (
    ChangeEvent,
    Entity,
    EntityId,
    NonEmpty,
    OpenEnum,
    UtcDatetime,
    Value,
    to_utc,
)
from productops.model.feedback_states import (
    ALIASES,
    NEEDS_REASON,
    TRANSITIONS,
    FeedbackState,
    Transitions,
    check_transition,
)
from productops.model.people import PersonRef


class Channel(OpenEnum):
    """The way a note reached us."""

    SUPPORT = "support"
    SALES = "sales"
    CS = "cs"
    SURVEY = "survey"
    INTERVIEW = "interview"
    COMMUNITY = "community"
    APP_REVIEW = "app_review"
    INTERNAL = "internal"
    WIN_LOSS = "win_loss"
    UNKNOWN = "unknown"


class FeedbackKind(OpenEnum):
    """What sort of thing was said."""

    REQUEST = "request"
    PROBLEM = "problem"
    BUG = "bug"
    PRAISE = "praise"
    QUESTION = "question"
    CHURN_RISK = "churn_risk"
    OBJECTION = "objection"
    UNKNOWN = "unknown"


class Sentiment(OpenEnum):
    """How it was said."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"
    MIXED = "mixed"
    UNKNOWN = "unknown"


class Importance(OpenEnum):
    """How much it matters to the person who said it."""

    NOT = "not"
    NICE = "nice"
    IMPORTANT = "important"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


GUARDED = {
    "text": "text is what the person said and never changes; write a shorter or better wording to summary or title",
    "state": "state is never assigned: use move(...) for a decision of ours, record_state(...) for what a service says",
    "history": "history is only appended to, by move(...) and record_state(...)",
}


class Feedback(Entity):
    """One note: what a person said, word for word, and what became of it.

    `requester` is who said it, `logged_by` the colleague who wrote it down; only the requester and the account
    ever count as demand. `source_system` names the tool (for instance "intercom") when one channel has several.
    `area` and `theme` are ids of `Theme`, so that renaming one keeps the past. `received_at` is `created_at`
    unless given. `consent_to_contact` None means nobody asked. `history` holds the changes of `state`. Assigning
    `text`, `state` or `history` raises AttributeError with what to do instead.

    >>> note = Feedback(text="Please add CSV export", source="support", source_id="T-7")
    >>> moved = note.move("triaged", at=note.received_at, by="ada")
    >>> note.state, moved.old
    (<FeedbackState.TRIAGED: 'triaged'>, 'new')
    """

    id_prefix: ClassVar[str] = "fb"

    text: str = Field(frozen=True)
    title: str | None = None
    summary: str | None = None
    lang: str | None = None
    source: Channel = Channel.UNKNOWN
    source_system: NonEmpty | None = None
    source_id: NonEmpty | None = None
    received_at: UtcDatetime = Field(default_factory=lambda data: data["created_at"])
    requester: PersonRef | None = None
    account_id: EntityId | None = None
    logged_by: PersonRef | None = None
    owner: PersonRef | None = None
    kind: FeedbackKind = FeedbackKind.UNKNOWN
    sentiment: Sentiment | None = None
    stars: int | None = Field(default=None, ge=1, le=5)
    importance: Importance = Importance.UNKNOWN
    product_id: EntityId | None = None
    area: NonEmpty | None = None
    theme: NonEmpty | None = None
    consent_to_contact: bool | None = None
    merged_into: EntityId | None = None
    state: FeedbackState = FeedbackState.NEW
    history: tuple[ChangeEvent, ...] = ()

    @field_validator("history")
    @classmethod
    def in_order(cls, history: tuple[ChangeEvent, ...]) -> tuple[ChangeEvent, ...]:
        """Keep the history of the state, in the order of time; events of the same moment stay as they came."""
        if not history:
            return history
        if others := sorted({event.field for event in history} - {"state"}):
            raise ValueError(f"history holds changes of the state only, not of {', '.join(others)}")
        return tuple(sorted(history, key=lambda event: event.at))

    def __setattr__(self, name: str, value: Any) -> None:
        if name in GUARDED:
            raise AttributeError(GUARDED[name])
        super().__setattr__(name, value)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy, with some fields changed; the verbatim text is no more changed in a copy than in the note."""
        if update and update.get("text", self.text) != self.text:
            raise AttributeError(GUARDED["text"])
        return super().model_copy(update=update, deep=deep)

    @property
    def said_by(self) -> PersonRef | None:
        """Who said it: the requester, never the colleague who wrote it down."""
        return self.requester

    @property
    def record_key(self) -> tuple[str, str] | None:
        """The source and the id there, by which an import knows the note again; None without an id."""
        return (self.source_system or self.source.value, self.source_id) if self.source_id else None

    @property
    def notifiable(self) -> bool:
        """Whether there is somebody to tell who did not object."""
        return self.requester is not None and self.consent_to_contact is not False

    @property
    def decline_reason(self) -> str | None:
        """The reason of the last decline, as far as one is known."""
        declined = (event.reason for event in reversed(self.history) if event.new == "declined")
        return next(declined, None)

    def move(
        self,
        to: FeedbackState | str,
        *,
        at: datetime,
        by: str | None = None,
        reason: str | None = None,
        transitions: Transitions = TRANSITIONS,
    ) -> ChangeEvent:
        """Take the note to another state, by a decision of ours, and return the event added to its history.

        Raises IllegalTransition, which names the legal states; ValueError when a decline has no reason or `at`
        lies before the last known change.
        """
        state = FeedbackState(to)
        check_transition(self.state, state, silent=not self.notifiable, transitions=transitions)
        if state in NEEDS_REASON and not (reason or "").strip():
            raise ValueError(f"{state.value} needs a reason, which the requester can be told")
        if not self.latest_at(at):
            raise ValueError(f"{at.isoformat()} is before the last change of {self.id}, {self.history[-1].at}")
        event = self.keep(state, at, by, reason, None)
        self.keep_raw(None)
        return event

    def record_state(
        self,
        shown: FeedbackState | str | None,
        *,
        at: datetime,
        source: str,
        by: str | None = None,
        reason: str | None = None,
        aliases: Mapping[str, str] | None = None,
    ) -> ChangeEvent | None:
        """Record the state a service shows, as a fact: any jump is kept, an unknown text becomes `unknown`.

        Returns the event, or None when nothing changed. A fact older than the last known change enters the
        history in its place and leaves the state alone. `aliases` maps the service's texts to our states.
        """
        reading = FeedbackState.read(shown, {**ALIASES, **(aliases or {})})
        latest = self.latest_at(at)
        same_raw = reading.known or not latest or self.custom.get("state_raw") == reading.raw
        if self.state_at(at) is reading.value and same_raw:
            return None
        event = self.keep(reading.value, at, by, reason, source)
        if latest:
            self.keep_raw(None if reading.known else reading.raw)
        return event

    def state_at(self, at: datetime) -> FeedbackState:
        """The state at a moment, as far as the history tells."""
        state = self.history[0].old if self.history else self.state.value
        for event in self.history:
            if event.at > to_utc(at):
                break
            state = event.new
        return FeedbackState.read(state).value

    def latest_at(self, at: datetime) -> bool:
        """Whether nothing is known to have changed after a moment."""
        return not self.history or to_utc(at) >= self.history[-1].at

    def keep(
        self, state: FeedbackState, at: datetime, by: str | None, reason: str | None, source: str | None
    ) -> ChangeEvent:
        """Add a state to the history, without any check; the latest one is the current one."""
        event = ChangeEvent(
            entity_id=self.id,
            entity_kind=self.entity_kind(),
            field="state",
            old=self.state_at(at).value,
            new=state.value,
            at=at,
            by=by,
            reason=reason,
            source=source,
        )
        latest = self.latest_at(at)
        super().__setattr__("history", (*self.history, event))
        if latest:
            super().__setattr__("state", state)
        return event

    def keep_raw(self, raw: str | None) -> None:
        """Keep the foreign text of the state, or forget the one kept before."""
        kept: dict[str, JsonValue] = {key: value for key, value in self.custom.items() if key != "state_raw"}
        self.custom: dict[str, JsonValue] = kept if raw is None else {**kept, "state_raw": raw}


class Span(Value):
    """A stretch of a text, from `start` up to but without `end`, counted in characters."""

    start: int = Field(ge=0)
    end: int

    @model_validator(mode="after")
    def holds_something(self) -> Self:
        """Refuse an empty stretch."""
        if self.end <= self.start:
            raise ValueError(f"a span ends after it starts, not at {self.end} after {self.start}")
        return self


class Insight(Entity):
    """A note, or a stretch of it, as evidence for a roadmap item or a problem (`target_id`)."""

    id_prefix: ClassVar[str] = "ins"

    feedback_id: EntityId
    target_id: EntityId
    span: Span | None = None
    importance: Importance = Importance.UNKNOWN
    comment: str | None = None
    linked_by: PersonRef | None = None
    at: UtcDatetime = Field(default_factory=lambda data: data["created_at"])

    def excerpt(self, feedback: Feedback) -> str:
        """The words meant; the whole text without a span. ValueError for another note or a span beyond the text."""
        if feedback.id != self.feedback_id:
            raise ValueError(f"{self.id} is about {self.feedback_id}, not {feedback.id}")
        if self.span is None:
            return feedback.text
        if self.span.end > len(feedback.text):
            raise ValueError(f"{self.id} quotes up to character {self.span.end} of a text of {len(feedback.text)}")
        return feedback.text[self.span.start : self.span.end]


class Problem(Entity):
    """A problem or opportunity that several notes speak of; `size` is how many have it, as estimated."""

    id_prefix: ClassVar[str] = "prob"

    title: NonEmpty
    description: str = ""
    insight_ids: list[EntityId] = Field(default_factory=list)
    segments: list[NonEmpty] = Field(default_factory=list)
    size: float | None = Field(default=None, ge=0)
    theme: NonEmpty | None = None


class Outcome(OpenEnum):
    """What came of telling somebody."""

    NOTIFIED = "notified"
    BOUNCED = "bounced"
    OPTED_OUT = "opted_out"
    UNKNOWN = "unknown"


class LoopClosure(Entity):
    """The record that a requester was told what became of their wish.

    `about` is the state they were told of. `send_key` is the same for the same news to the same note: look it up
    before sending, and nobody is told twice.
    """

    id_prefix: ClassVar[str] = "loop"

    feedback_id: EntityId
    insight_id: EntityId | None = None
    target_id: EntityId | None = None
    about: FeedbackState = FeedbackState.SHIPPED
    channel: NonEmpty
    sent_at: UtcDatetime
    message_ref: str | None = None
    outcome: Outcome = Outcome.NOTIFIED

    @property
    def send_key(self) -> str:
        """The idempotency key of this piece of news."""
        return send_key(self.feedback_id, self.target_id, self.about)


def send_key(feedback_id: str, target_id: str | None, about: FeedbackState | str) -> str:
    """The key under which one piece of news to one note is sent at most once.

    >>> send_key("fb_1", "item_1", "shipped")
    'fb_1/item_1/shipped'
    """
    return f"{feedback_id}/{target_id or '-'}/{FeedbackState(about).value}"
