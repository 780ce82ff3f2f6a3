"""Who asks for what: themes by segment and area, with the revenue behind them and whether the roadmap covers them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from productops.errors import ConfigError
from productops.insights.themes import Themes
from productops.model.demand import Books, Demand
from productops.model.feedback import Feedback, Insight
from productops.model.money import Rates
from productops.model.people import Account
from productops.model.roadmap import RoadmapItem


@dataclass(frozen=True, slots=True)
class DemandRow:
    """What the accounts of one segment ask for in one area, about one theme.

    `segment` and `area` are None where they are not known. `committed` are the roadmap items others count on for which
    a note of this theme is evidence, `considered` the other open ones; both whoever said so, in any segment.
    """

    theme_id: str
    theme: str
    segment: str | None
    area: str | None
    demand: Demand
    committed: tuple[str, ...]
    considered: tuple[str, ...]

    @property
    def on_roadmap(self) -> bool:
        """Whether anything on the roadmap is for this theme, promised or not."""
        return bool(self.committed or self.considered)


class DemandTable:
    """The rows, those with the most accounts first.

    >>> table = DemandTable([])
    >>> table.unmet(segment="enterprise")
    []
    """

    def __init__(self, rows: Iterable[DemandRow]) -> None:
        self.rows: list[DemandRow] = sorted(rows, key=_largest)

    def __iter__(self) -> Any:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"DemandTable({len(self.rows)} rows)"

    def unmet(self, *, segment: str | None = None, area: str | None = None) -> list[DemandRow]:
        """What is on nobody's roadmap, for one segment or area when given."""
        return [
            row
            for row in self.rows
            if not row.on_roadmap and segment in (None, row.segment) and area in (None, row.area)
        ]

    def to_rows(self) -> list[dict[str, Any]]:
        """One flat mapping per row, for a data frame."""
        return [
            {
                "theme": row.theme,
                "segment": row.segment,
                "area": row.area,
                "notes": row.demand.mentions,
                "accounts": row.demand.accounts,
                "arr": float(row.demand.arr.amount) if row.demand.arr else None,
                "currency": row.demand.arr.currency if row.demand.arr else None,
                "on_roadmap": row.on_roadmap,
                "items": ", ".join((*row.committed, *row.considered)),
            }
            for row in self.rows
        ]


def theme_demand(
    notes: Iterable[Feedback],
    themes: Themes | Mapping[str, str],
    accounts: Iterable[Account] = (),
    *,
    as_of: date,
    items: Iterable[RoadmapItem] = (),
    insights: Iterable[Insight] = (),
    currency: str | None = None,
    rates: Rates | None = None,
) -> DemandTable:
    """Count demand by theme, segment and area, joined with the roadmap.

    `themes` come from `themes(notes)`, or map the id of a note to the name of its theme. A theme is on the roadmap when
    an `Insight` makes one of its notes evidence for an open item, or an item names the theme. The counting is that of
    `productops.demand`. Notes without a theme are left out; ConfigError for anything that is no `Feedback`.
    """
    notes, accounts, items = list(notes), list(accounts), list(items)
    if strange := next((note for note in notes if not isinstance(note, Feedback)), None):
        raise ConfigError(f"Demand is counted over Feedback, not over {type(strange).__name__}.")
    books = Books(accounts, as_of=as_of, currency=currency, rates=rates)
    segments = {account.id: account.segment for account in accounts}
    names = _names(themes)
    groups: dict[tuple[str, str | None, str | None], list[Feedback]] = defaultdict(list)
    for note in notes:
        if note.id in names:
            segment = segments.get(note.account_id) if note.account_id else None
            groups[names[note.id][0], segment, note.area].append(note)
    called = dict(names.values())
    cover = coverage(
        {name: {one for one, (theme, _) in names.items() if theme == name} for name in called}, called, items, insights
    )
    return DemandTable(
        DemandRow(theme, called[theme], segment, area, books.count(members), *cover[theme])
        for (theme, segment, area), members in groups.items()
    )


def _names(themes: Themes | Mapping[str, str]) -> dict[str, tuple[str, str]]:
    if isinstance(themes, Themes):
        return {note: (theme.id, theme.name) for note, theme in themes.by_note.items()}
    return {note: (name, name) for note, name in themes.items()}


def coverage(
    members: Mapping[str, set[str]],
    called: Mapping[str, str],
    items: Iterable[RoadmapItem],
    insights: Iterable[Insight],
) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """For every theme the ids of the committed and of the other open items that are for it."""
    evidence: dict[str, set[str]] = defaultdict(set)
    for insight in insights:
        evidence[insight.target_id].add(insight.feedback_id)
    found: dict[str, tuple[list[str], list[str]]] = {theme: ([], []) for theme in members}
    for item in items:
        if not _open(item):
            continue
        for theme, notes in members.items():
            if item.theme in (theme, called[theme]) or evidence[item.id] & notes:
                found[theme][0 if item.committed else 1].append(item.id)
    return {theme: (tuple(committed), tuple(other)) for theme, (committed, other) in found.items()}


def _open(item: RoadmapItem) -> bool:
    closed = ("done", "dropped")
    return item.status.value not in closed and (item.horizon is None or item.horizon.value not in closed)


def _largest(row: DemandRow) -> Any:
    arr = -float(row.demand.arr.amount) if row.demand.arr else 0.0
    return -row.demand.accounts, arr, -row.demand.mentions, row.theme, row.segment or "", row.area or ""
