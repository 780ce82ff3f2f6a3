"""Short surveys from 1 to 5: always with the count, the response rate, the median and the range."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic import Field, ValidationInfo, field_validator

from productops.model.base import Entity, NonEmpty, Value
from productops.model.share import Share
from productops.model.spread import FEWEST, BeforeAfter, Spread, before_after

TOP = 4  # the upper two of five answers: "top 2 box"


class PulseItem(Value):
    """A statement people rate from 1 (disagree) to 5 (agree)."""

    key: NonEmpty
    text: NonEmpty


class PulseAnswer(Value):
    """One respondent's ratings by item; a missing item is no rating. `respondent` may be a pseudonym that stays."""

    respondent: NonEmpty
    ratings: dict[NonEmpty, Annotated[int, Field(ge=1, le=5)]]


class PulseSurvey(Entity):
    """A survey held on a day: how many were invited, what was asked, what was answered.

    Raises ValueError for two answers of one respondent, an item nobody asked, or more answers than invitations.
    """

    id_prefix: ClassVar[str] = "pulse"

    name: NonEmpty
    held_on: date
    invited: int = Field(ge=0)
    items: tuple[PulseItem, ...]
    answers: tuple[PulseAnswer, ...] = ()

    @field_validator("answers")
    @classmethod
    def answers_fit(cls, answers: tuple[PulseAnswer, ...], info: ValidationInfo) -> tuple[PulseAnswer, ...]:
        """Refuse answers that make the counts lie."""
        if len({answer.respondent for answer in answers}) < len(answers):
            raise ValueError("a respondent answered twice")
        if len(answers) > info.data.get("invited", len(answers)):
            raise ValueError(f"{len(answers)} answers to {info.data['invited']} invitations")
        asked = {item.key for item in info.data.get("items", ())}
        strange = {key for answer in answers for key in answer.ratings} - asked
        if strange and "items" in info.data:
            raise ValueError(f"answers to items that were not asked: {', '.join(sorted(strange))}")
        return answers

    def ratings(self, key: str) -> dict[str, float]:
        """The ratings of an item by respondent."""
        return {answer.respondent: answer.ratings[key] for answer in self.answers if key in answer.ratings}


class PulseRow(Value):
    """One item: the spread of its ratings (None without any) and the share that rated 4 or 5."""

    key: str
    text: str
    spread: Spread | None
    top_2_box: Share
    warnings: tuple[str, ...] = ()


class PulseReport(Value):
    """All items of a survey with its response rate."""

    held_on: date
    response: Share
    rows: tuple[PulseRow, ...]

    def __str__(self) -> str:
        lines = [f"{row.text} {row.spread or 'no ratings'}, 4 or 5: {row.top_2_box}" for row in self.rows]
        return "\n".join([f"answered {self.response}", *lines])

    def to_dicts(self) -> list[dict[str, Any]]:
        """One row an item, of plain values."""
        return [
            {
                "key": row.key,
                "text": row.text,
                "n": row.spread.n if row.spread else 0,
                "median": row.spread.median if row.spread else None,
                "low": row.spread.low if row.spread else None,
                "high": row.spread.high if row.spread else None,
                "top_2_box": row.top_2_box.value,
                "answered": self.response.part,
                "invited": self.response.whole,
                "response_rate": self.response.value,
                "warnings": list(row.warnings),
            }
            for row in self.rows
        ]


def pulse_report(survey: PulseSurvey, *, min_n: int = FEWEST) -> PulseReport:
    """Report each item with its count, median and range; fewer than `min_n` ratings are marked, not hidden."""
    rows = []
    for item in survey.items:
        given = survey.ratings(item.key).values()
        few = (f"only {len(given)} ratings: not enough to build on",) if len(given) < min_n else ()
        top = Share(part=sum(rating >= TOP for rating in given), whole=len(given))
        rows.append(PulseRow(key=item.key, text=item.text, spread=Spread.of(given), top_2_box=top, warnings=few))
    response = Share(part=len(survey.answers), whole=survey.invited)
    return PulseReport(held_on=survey.held_on, response=response, rows=tuple(rows))


def compare_pulses(
    before: PulseSurvey, after: PulseSurvey, *, min_n: int = FEWEST, panel: bool = False
) -> dict[str, BeforeAfter]:
    """Compare the items asked both times with the same words; see `before_after` for when a change may be claimed.

    Raises ValueError when `after` was not held after `before`.
    """
    if after.held_on <= before.held_on:
        raise ValueError(f"the survey of {after.held_on} is not after that of {before.held_on}")
    return {
        item.key: before_after(before.ratings(item.key), after.ratings(item.key), min_n=min_n, panel=panel)
        for item in same_items(before.items, after.items)
    }


def same_items(before: Iterable[PulseItem], after: Iterable[PulseItem]) -> list[PulseItem]:
    """Items with equal key and equal text: other words are another question."""
    asked = set(before)
    return [item for item in after if item in asked]
