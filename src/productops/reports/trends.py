"""Demand over the months: who asked for a theme, and what was delivered for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from productops.model.demand import Books, group_notes
from productops.model.feedback import Feedback
from productops.model.roadmap import RoadmapItem
from productops.reports.source import Source

THEMES = 6  # more would be too low to read
MONTHS, FEWEST = 12, 6


@dataclass(frozen=True, slots=True)
class Trend:
    """One theme: accounts (people, where there is none) that asked in each month, and items shipped in that time."""

    theme: str
    asked: tuple[int, ...]
    shipped: tuple[tuple[date, RoadmapItem], ...]


def demand_trends(source: Source) -> tuple[list[date], list[Trend]]:
    """The first days of the months, and the themes that most notes are about."""
    notes = [note for note in source.feedback if note.received_at.date() <= source.as_of]
    months = last_months(source.as_of, min((note.received_at.date() for note in notes), default=source.as_of))
    asked = sorted(group_notes(notes, lambda note: note.theme).items(), key=lambda one: (-len(one[1]), one[0]))
    books = Books(source.accounts, as_of=source.as_of, rates=source.rates)
    return months, [
        Trend(theme, counted(found, months, books), shipped(theme, months[0], source))
        for theme, found in asked[:THEMES]
    ]


def last_months(as_of: date, since: date) -> list[date]:
    """The first days of the last six to twelve months, the present one last; no more than there was something in."""
    found = [as_of.replace(day=1)]
    while len(found) < FEWEST or (len(found) < MONTHS and found[-1] > since):
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found[::-1]


def counted(notes: list[Feedback], months: list[date], books: Books) -> tuple[int, ...]:
    """How many accounts and people without one asked in each month."""
    by_month: dict[date, list[Feedback]] = {}
    for note in notes:
        by_month.setdefault(note.received_at.date().replace(day=1), []).append(note)
    demands = [books.count(by_month.get(month, [])) for month in months]
    return tuple(each.accounts + each.people for each in demands)


def shipped(theme: str, since: date, source: Source) -> tuple[tuple[date, RoadmapItem], ...]:
    """What was delivered for a theme since a day, the oldest first."""
    done = [(item.delivered_on, item) for item in source.items if item.theme == theme and item.delivered_on]
    known = [(on, item) for on, item in done if since <= on <= source.as_of]
    return tuple(sorted(known, key=lambda one: (one[0], one[1].id)))
