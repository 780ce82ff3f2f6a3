"""What people decided at a gate, beside what the rule recommended, and the rules a decision must keep."""

from datetime import date
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from productops.model.base import NonEmpty, UtcDatetime, Value
from productops.model.people import PersonRef
from productops.model.readiness import GateOutcome, Readiness
from productops.model.waiver import day_label
from productops.model.whole import WholeEntity


class Condition(Value):
    """What must happen for a conditional go to hold: by whom and by when."""

    text: NonEmpty
    owner: PersonRef
    due: date
    done_on: date | None = None

    def is_open(self, as_of: date) -> bool:
        """Whether it was not yet met on a day."""
        return self.done_on is None or self.done_on > as_of


class Vote(Value):
    """One decider's voice."""

    by: PersonRef
    vote: Literal["go", "no_go", "abstain"]
    comment: str | None = None


class Decision(WholeEntity):
    """A go/no-go at a gate; `recommended` and `snapshot` keep what was known then.

    A conditional go needs a condition with an owner and a due day, a no-go and a defer the day to look again, and
    a decision other than the recommended one its reason; ValueError otherwise.

    >>> try:
    ...     Decision(gate="go_no_go", outcome="no_go", decided_by=[PersonRef(name="Bo")], on=date(2026, 11, 27))
    ... except ValueError as error:
    ...     "needs reconvene_on" in str(error)
    True
    """

    id_prefix: ClassVar[str] = "gono"

    gate: NonEmpty
    outcome: GateOutcome
    recommended: GateOutcome | None = None
    reason: NonEmpty | None = None
    decided_by: tuple[PersonRef, ...] = Field(min_length=1)
    on: date
    at: UtcDatetime | None = None
    votes: tuple[Vote, ...] = ()
    dissent: tuple[NonEmpty, ...] = ()
    conditions: tuple[Condition, ...] = ()
    reconvene_on: date | None = None
    snapshot: Readiness | None = None

    @model_validator(mode="after")
    def is_valid(self) -> Self:
        """Keep the rules of validity."""
        if self.outcome is GateOutcome.CONDITIONAL_GO and not self.conditions:
            raise ValueError("a conditional go needs at least one condition with an owner and a due day")
        if self.outcome in (GateOutcome.NO_GO, GateOutcome.DEFER):
            if self.reconvene_on is None:
                raise ValueError(f"a {self.outcome.value} needs reconvene_on, the day to look again")
            if self.reconvene_on <= self.on:
                raise ValueError(f"reconvene_on {self.reconvene_on} must lie after the decision on {self.on}")
        if self.recommended not in (None, self.outcome) and self.reason is None:
            raise ValueError(f"{self.recommended.value} was recommended; give the reason for {self.outcome.value}")
        return self

    @property
    def overruled(self) -> bool:
        """Whether people decided otherwise than recommended."""
        return self.recommended not in (None, self.outcome)

    @property
    def unanimous(self) -> bool | None:
        """Whether all who voted go or no-go agreed; None without votes."""
        voices = {vote.vote for vote in self.votes} - {"abstain"}
        return len(voices) == 1 if voices else None

    def open_conditions(self, as_of: date) -> list[Condition]:
        """The conditions not met by a day."""
        return [condition for condition in self.conditions if condition.is_open(as_of)]

    def __str__(self) -> str:
        names = ", ".join(person.label for person in self.decided_by)
        text = f"{self.gate}: {self.outcome.value} on {day_label(self.on)} by {names}"
        if self.overruled and self.recommended is not None:
            text += f"; recommended was {self.recommended.value}, because {self.reason}"
        return text + (f"; again on {day_label(self.reconvene_on)}" if self.reconvene_on else "")
