"""What notes are about: themes with readable names, ids that last, their size, and how they grow."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np

from productops.errors import ConfigError
from productops.insights import store
from productops.insights.clusters import clustered
from productops.insights.embedders import Embedder
from productops.insights.masking import plain
from productops.insights.naming import named
from productops.insights.notes import Note, read_notes
from productops.insights.space import Space, unit
from productops.model.demand import Books, Demand
from productops.model.feedback import Feedback
from productops.model.people import Account

IN_NAME = 3  # phrases
LONGEST_QUOTE = 280
FARTHEST = 0.05  # a new note joins a theme when it is as close as all but this share of the theme's own notes
LEAST_CLOSE, CLOSE = 0.35, 0.55  # but never closer or farther than this
NEW_THEME = 3  # notes that fit nowhere make a theme when there are at least so many about the same
SAME = 0.6


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme: what it is called, what it holds, and how large it is.

    `name` joins the most telling `phrases`; `quote` is the note closest to the middle, word for word. `accounts` are
    the different accounts that ask, `trend` the notes of every month (UTC) in which there were any. `demand` holds the
    revenue behind it, where the notes are `Feedback` and accounts were given.
    """

    id: str
    name: str
    phrases: tuple[str, ...]
    quote: str
    quote_id: str
    note_ids: tuple[str, ...]
    accounts: int
    trend: tuple[tuple[str, int], ...]
    demand: Demand | None = None

    def __len__(self) -> int:
        return len(self.note_ids)


class Themes:
    """The themes of a pile of notes, the largest first; iterate over it, or ask for the theme of a note by its id."""

    def __init__(
        self, found: Sequence[Theme], unassigned: Sequence[str], space: Space, middles: dict[str, Any]
    ) -> None:
        self.themes: tuple[Theme, ...] = tuple(sorted(found, key=lambda theme: (-len(theme), theme.id)))
        self.unassigned: tuple[str, ...] = tuple(unassigned)
        self.by_note: dict[str, Theme] = {note: theme for theme in self.themes for note in theme.note_ids}
        self._space = space
        self._middles = middles  # theme id → its middle, and how close a note must be

    def __iter__(self) -> Iterator[Theme]:
        return iter(self.themes)

    def __len__(self) -> int:
        return len(self.themes)

    def __getitem__(self, theme_id: str) -> Theme:
        for theme in self.themes:
            if theme.id == theme_id:
                return theme
        raise KeyError(theme_id)

    def __repr__(self) -> str:
        return f"Themes({len(self)} of {len(self.by_note)} notes)"

    def of(self, note_id: str) -> Theme | None:
        """The theme of a note; None for a note without words or that fits nowhere."""
        return self.by_note.get(note_id)

    def rows(self) -> list[dict[str, Any]]:
        """One mapping per theme, for a data frame."""
        return [
            {
                "id": theme.id,
                "name": theme.name,
                "notes": len(theme),
                "accounts": theme.accounts,
                "arr": str(theme.demand.arr) if theme.demand and theme.demand.arr else None,
                "quote": theme.quote,
            }
            for theme in self.themes
        ]

    def save(self, path: str | Path) -> None:
        """Write the themes into one file, without pickle, so that the next run can go on from them."""
        embedder = self._space.embedder
        facts = {
            "embedder": embedder.name if embedder else None,
            "unassigned": list(self.unassigned),
            "themes": [
                {name: getattr(theme, name) for name in Theme.__dataclass_fields__ if name != "demand"}
                for theme in self.themes
            ],
            "closeness": {theme.id: self._middles[theme.id][1] for theme in self.themes},
        }
        middles = [self._middles[theme.id][0] for theme in self.themes]
        arrays = {"middles": np.stack(middles) if middles else np.zeros((0, 0), np.float32), **self._space.arrays()}
        store.save(path, "themes", facts, arrays)

    @classmethod
    def load(cls, path: str | Path, *, embedder: Embedder | None = None) -> Themes:
        """Read themes back; they need the embedder they were found with. Demand is not kept."""
        facts, arrays = store.load(path, "themes")
        store.same_embedder(facts["embedder"], embedder)
        space = Space(embedder)
        space.restore(arrays)
        found = [
            Theme(**{
                **row,
                "phrases": tuple(row["phrases"]),
                "note_ids": tuple(row["note_ids"]),
                "trend": tuple((month, count) for month, count in row["trend"]),
            })
            for row in facts["themes"]
        ]  # fmt: skip
        closeness = facts["closeness"]
        middles = {theme.id: (row, closeness[theme.id]) for theme, row in zip(found, arrays["middles"], strict=True)}
        return cls(found, facts["unassigned"], space, middles)


def themes(
    notes: Any,
    k: int | None = None,
    *,
    previous: Themes | None = None,
    accounts: Iterable[Account] = (),
    as_of: date | None = None,
    embedder: Embedder | None = None,
    seed: int = 0,
) -> Themes:
    """Find what notes are about.

    `k` is the number of themes; without it the division is taken whose themes are the most distinct. With `previous`
    the themes of an earlier run stay as they are: known notes keep theirs, new ones join the one they are close to,
    and what is left makes new themes when it is enough; `k` and `embedder` are then those of that run. The revenue
    behind a theme needs `Feedback` notes, `accounts` and the day `as_of`. Notes without any word are unassigned.

    Raises ConfigError when there are fewer different notes than `k`, for accounts without `as_of`, and when `previous`
    comes with `k` or an embedder.

    >>> found = themes(["csv export fails", "export to csv", "csv please", "dark mode", "a dark theme", "dark ui"], 2)
    >>> sorted((theme.phrases[0], len(theme)) for theme in found)
    [('csv', 3), ('dark', 3)]
    """
    originals = list(notes) if isinstance(notes, Iterator) else notes
    read = read_notes(originals)
    accounts = list(accounts)
    if accounts and as_of is None:
        raise ConfigError("Revenue behind themes needs a day.", remedy="Give as_of=date(...).")
    if previous is not None and (k is not None or embedder is not None):
        raise ConfigError("Earlier themes keep their number and their embedder.", remedy="Leave out k and embedder.")
    worded = [note for note in read if any(letter.isalnum() for letter in note.whole)]
    if previous is None:
        found = _divided(worded, k, Space(embedder, seed=seed), seed)
    else:
        found = _continued(worded, previous, seed)
    return _told(read, found, _books(originals, accounts, as_of))


def _books(originals: Any, accounts: list[Account], as_of: date | None) -> Any:
    notes = {note.id: note for note in originals if isinstance(note, Feedback)}
    return (Books(accounts, as_of=as_of), notes) if as_of is not None and notes else None


@dataclass
class _Found:
    """Groups of notes on the way: theme id → notes, middle and closeness; names of those known before."""

    space: Space
    groups: dict[str, list[Note]]
    middles: dict[str, Any]
    known: dict[str, Theme]


def _divided(notes: Sequence[Note], k: int | None, space: Space, seed: int) -> _Found:
    if k is not None and (isinstance(k, bool) or not isinstance(k, Integral)):
        raise ConfigError(f"{k!r} is no number of themes.", remedy="Give a whole number, or none.")
    texts = space.read(notes)
    different = len({plain(note.whole) for note in notes})
    if k is not None and not 1 <= k <= different:
        raise ConfigError(
            f"There are {different} different notes for {k} themes.", remedy="Ask for 1 theme or more, but not so many."
        )
    found = _Found(space, {}, {}, {})
    if notes:
        vectors, table = space.fit(texts)
        _add(found, notes, vectors, clustered(vectors, k, seed, table))
    return found


def _add(found: _Found, notes: Sequence[Note], vectors: Any, groups: Any) -> None:
    for group in range(int(groups.max()) + 1 if len(groups) else 0):
        places = np.flatnonzero(groups == group)
        members = [notes[place] for place in places.tolist()]
        name = _new_id(members[0], found.groups)
        found.groups[name] = members
        middle = unit(vectors[places].mean(axis=0, keepdims=True))[0]
        closeness = np.quantile(vectors[places] @ middle, FARTHEST)
        found.middles[name] = (middle, min(max(float(closeness), LEAST_CLOSE), CLOSE))


def _new_id(first: Note, taken: Iterable[str]) -> str:
    digest = hashlib.sha256(f"{first.id}\n{first.whole}".encode("utf-8", "surrogatepass")).hexdigest()
    size = 10
    while f"theme_{digest[:size]}" in taken:
        size += 1
    return f"theme_{digest[:size]}"


def _continued(notes: Sequence[Note], previous: Themes, seed: int) -> _Found:
    found = _Found(
        previous._space,
        {theme.id: [] for theme in previous},
        dict(previous._middles),
        {theme.id: theme for theme in previous},
    )
    fresh = []
    for note in notes:
        theme = previous.of(note.id)
        if theme:
            found.groups[theme.id].append(note)
        else:
            fresh.append(note)
    vectors = found.space.vectors(found.space.read(fresh))
    left = _joining(found, fresh, vectors)
    rest, far = [fresh[place] for place in left], vectors[left]
    groups = _alike(far)
    for group in np.unique(groups[groups >= 0]):
        chosen = groups == group
        _add(
            found,
            [note for note, here in zip(rest, chosen, strict=True) if here],
            far[chosen],
            np.zeros(chosen.sum(), int),
        )
    return found


def _joining(found: _Found, fresh: Sequence[Note], vectors: Any) -> list[int]:
    """Let new notes join the theme they are closest to; returns the places of those that are close to none."""
    names = list(found.middles)
    if not names or not fresh:
        return list(range(len(fresh)))
    # What it says in words nobody used before counts against a note: those have no place in the space.
    known = found.space.known(found.space.read(fresh))
    close = (vectors @ np.stack([found.middles[name][0] for name in names]).T) * known[:, None]
    best = close.argmax(axis=1)
    left = []
    for place, note in enumerate(fresh):
        name = names[best[place]]
        if close[place, best[place]] >= found.middles[name][1]:
            found.groups[name].append(note)
        else:
            left.append(place)
    return left


def _alike(vectors: Any) -> Any:
    """Group what is left by likeness; -1 for what has no company."""
    if len(vectors) < NEW_THEME:
        return np.full(len(vectors), -1)
    from scipy.cluster.hierarchy import average, fcluster
    from scipy.spatial.distance import pdist

    apart = np.nan_to_num(pdist(np.asarray(vectors, dtype=np.float64), "cosine"), nan=1.0)
    groups = fcluster(average(np.maximum(apart, 0)), 1 - SAME, "distance")
    sizes = np.bincount(groups)
    return np.where(sizes[groups] >= NEW_THEME, groups, -1)


def _told(read: Sequence[Note], found: _Found, books: Any) -> Themes:
    """Name what was found. A theme known before keeps its name and its quote."""
    names = list(found.groups)
    phrases = dict(zip(names, named([[note.whole for note in found.groups[name]] for name in names]), strict=True))
    told = []
    for name in names:
        members = found.groups[name]
        if name in found.known:
            told.append(_sized(found.known[name], members, books))
            continue
        vectors = found.space.vectors(found.space.read(members))
        central = members[int(np.argmax(np.round(vectors @ found.middles[name][0], 6)))]
        quote = central.whole if len(central.whole) <= LONGEST_QUOTE else f"{central.whole[:LONGEST_QUOTE]}…"
        called = " · ".join(phrases[name][:IN_NAME]) or quote[:60]
        told.append(_sized(Theme(name, called, phrases[name], quote, central.id, (), 0, ()), members, books))
    assigned = {note for theme in told for note in theme.note_ids}
    return Themes(told, [note.id for note in read if note.id not in assigned], found.space, found.middles)


def _sized(theme: Theme, members: Sequence[Note], books: Any) -> Theme:
    months = Counter(note.received_at.strftime("%Y-%m") for note in members if note.received_at)
    demand = None
    if books is not None:
        counter, notes = books
        demand = counter.count(notes[note.id] for note in members if note.id in notes)
    return replace(
        theme,
        note_ids=tuple(note.id for note in members),
        accounts=len({note.account_id for note in members if note.account_id}),
        trend=tuple(sorted(months.items())),
        demand=demand,
    )
