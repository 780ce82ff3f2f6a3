"""A risk somebody accepted, with a reason and an end; and who is responsible for what (RACI)."""

from collections.abc import Callable, Collection
from datetime import date
from typing import Literal, Self

from pydantic import model_validator

from productops.model.base import NonEmpty, Value
from productops.model.identity import same_person
from productops.model.people import PersonRef
from productops.model.timebox import TimeBucket

MOST_CONSULTED = 3

Active = Callable[[PersonRef], bool] | Collection[PersonRef]


def day_label(day: date | None) -> str:
    """A day as people read it, or "no date"."""
    return "no date" if day is None else TimeBucket.day(day).label


def is_active(person: PersonRef, active: Active) -> bool:
    """Whether somebody still works here, by a predicate or by the people who do."""
    if callable(active):
        return active(person)
    return any(same_person(person, other) for other in active)


class Waiver(Value):
    """An open item accepted as it is: by whom, why, and until when.

    It ends after the day `expires_on`, or when `condition` comes true, which is recorded as `ended_on`; one of the
    two is needed, for a waiver without an end is a deletion in disguise. ValueError otherwise.

    >>> waiver = Waiver(reason="translation follows", accepted_by=PersonRef(name="Bo"),
    ...                 granted_on=date(2026, 11, 2), expires_on=date(2026, 11, 9))
    >>> waiver.problem(date(2026, 11, 10))
    'the waiver expired on 9 Nov 2026'
    """

    reason: NonEmpty
    risk: NonEmpty | None = None
    accepted_by: PersonRef
    granted_on: date
    expires_on: date | None = None
    condition: NonEmpty | None = None
    ended_on: date | None = None
    follow_up: NonEmpty | None = None

    @model_validator(mode="after")
    def has_an_end(self) -> Self:
        """Refuse a waiver for ever, and one which ends before it begins."""
        if self.expires_on is None and self.condition is None:
            raise ValueError("a waiver needs an end: give expires_on, or the condition which ends it")
        if self.expires_on is not None and self.expires_on < self.granted_on:
            raise ValueError(f"a waiver of {self.granted_on} cannot expire before, on {self.expires_on}")
        return self

    def problem(self, as_of: date, owner: PersonRef | None = None) -> str | None:
        """Why the waiver does not count on a day for an item of that owner, or None when it does."""
        if same_person(owner, self.accepted_by):
            return "the waiver was accepted by the item's own owner"
        if as_of < self.granted_on:
            return f"the waiver counts from {day_label(self.granted_on)} only"
        if self.ended_on is not None and as_of >= self.ended_on:
            return f"the waiver ended on {day_label(self.ended_on)}"
        if self.expires_on is not None and as_of > self.expires_on:
            return f"the waiver expired on {day_label(self.expires_on)}"
        return None


class Raci(Value):
    """Who does the work, who answers for it, who is asked and who is told.

    It holds whatever was written somewhere, right or wrong; `findings` says what is wrong with it.
    """

    responsible: tuple[PersonRef, ...] = ()
    accountable: tuple[PersonRef, ...] = ()
    consulted: tuple[PersonRef, ...] = ()
    informed: tuple[PersonRef, ...] = ()

    def findings(self, most_consulted: int = MOST_CONSULTED) -> list["RaciFinding"]:
        """Exactly one accountable, at least one responsible (they may be the same), not too many consulted.

        The limit for consulted people is our default; pass your own.

        >>> [finding.text for finding in Raci(responsible=[PersonRef(name="Bo")]).findings()]
        ['nobody is accountable']
        """
        found: list[RaciFinding] = []
        if not self.accountable:
            found.append(RaciFinding(level="error", text="nobody is accountable"))
        if len(self.accountable) > 1:
            names = ", ".join(person.label for person in self.accountable)
            found.append(RaciFinding(level="error", text=f"{len(self.accountable)} are accountable ({names}), not one"))
        if not self.responsible:
            found.append(RaciFinding(level="error", text="nobody is responsible"))
        if len(self.consulted) > most_consulted:
            text = f"{len(self.consulted)} are consulted, more than {most_consulted}: decisions will be slow"
            found.append(RaciFinding(level="warning", text=text))
        return found


class RaciFinding(Value):
    """Something wrong (error) or unwise (warning) about who is responsible."""

    level: Literal["error", "warning"]
    text: str
    item_id: str | None = None
