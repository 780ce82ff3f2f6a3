"""Red, amber, green or grey: always a colour and a word, never a colour alone."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from enum import StrEnum

from pydantic import Field

from productops.model.base import Value
from productops.model.checklist import ChecklistItem, ChecklistStatus, Need
from productops.model.offsets import add_business_days
from productops.model.waiver import day_label

STARTED = (ChecklistStatus.DOING, ChecklistStatus.DONE)


class Rag(StrEnum):
    """A state of delivery, with a word and a colour that can be told apart in print and by the colour-blind."""

    RED = "red"
    AMBER = "amber"
    GREY = "grey"
    GREEN = "green"

    @property
    def word(self) -> str:
        """What to write next to the colour."""
        return {"red": "off track", "amber": "at risk", "grey": "no date", "green": "on track"}[self.value]

    @property
    def colour(self) -> str:
        """The colour as a hexadecimal code."""
        return {"red": "#b3261e", "amber": "#e69f00", "grey": "#8a8a8a", "green": "#1b7f5a"}[self.value]

    @classmethod
    def worst(cls, states: Iterable["Rag"]) -> "Rag":
        """The worst of several; none at all is grey. Grey is worse than green: nobody knows.

        >>> Rag.worst([Rag.GREEN, Rag.AMBER]).word
        'at risk'
        """
        order = list(cls)
        return min(states, key=order.index, default=cls.GREY)


class RagRules(Value):
    """When an item turns amber or red; the numbers are our defaults, not a standard."""

    amber_business_days: int = Field(default=3, ge=0)
    gate_window_days: int = Field(default=14, ge=0)


class ItemRag(Value):
    """An item's colour, and why."""

    rag: Rag
    why: str

    def __str__(self) -> str:
        return f"{self.rag.value} ({self.rag.word}): {self.why}"


def item_rag(
    item: ChecklistItem,
    as_of: date,
    *,
    gate_on: date | None = None,
    rules: RagRules | None = None,
    holidays: Collection[date] = (),
) -> ItemRag | None:
    """The colour of an item on a day; None for one that does not apply.

    Red is a must that is overdue, or blocked within the days before its gate (`gate_on`, the launch without one).
    Amber is due within a few business days and not started; also, so that nothing bad shows green, an overdue item
    that is not a must, a blocked item otherwise, and a waived item. Grey has no due day.

    >>> item_rag(ChecklistItem(title="Deck", due=date(2026, 11, 2)), date(2026, 11, 3)).rag
    <Rag.RED: 'red'>
    """
    rules = rules or RagRules()
    if not item.applies(as_of):
        return None
    if item.is_done(as_of):
        return ItemRag(rag=Rag.GREEN, why="done")
    if item.is_waived(as_of):
        return ItemRag(rag=Rag.AMBER, why="waived")
    must = item.need in (Need.MUST, Need.UNKNOWN)
    status = item.status_on(as_of)
    if item.overdue(as_of):
        return ItemRag(rag=Rag.RED if must else Rag.AMBER, why=f"overdue since {day_label(item.due)}")
    if status is ChecklistStatus.BLOCKED:
        near = gate_on is not None and gate_on - as_of <= timedelta(days=rules.gate_window_days)
        return ItemRag(rag=Rag.RED if must and near else Rag.AMBER, why="blocked")
    if item.due is None:
        return ItemRag(rag=Rag.GREY, why="no due date")
    if status not in STARTED and item.due <= add_business_days(as_of, rules.amber_business_days, holidays):
        return ItemRag(rag=Rag.AMBER, why=f"due {item.due_label} and not started")
    return ItemRag(rag=Rag.GREEN, why=f"due {item.due_label}")
