"""A growing pile of notes whose near-identical ones are known: signatures on disk, new notes compared as they come."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from productops.errors import ConfigError
from productops.insights import minhash
from productops.insights.masking import plain
from productops.insights.near import ALIKE, verified
from productops.insights.notes import read_notes
from productops.insights.stars import group_lists, star_groups

TABLES = (
    "CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT)",
    "CREATE TABLE IF NOT EXISTS notes (place INTEGER PRIMARY KEY, id TEXT UNIQUE, said INTEGER)",
    "CREATE TABLE IF NOT EXISTS said (place INTEGER PRIMARY KEY, bare TEXT UNIQUE)",
    "CREATE TABLE IF NOT EXISTS pairs (one INTEGER, other INTEGER, alike REAL)",
)
WORDED = "FROM notes WHERE said IS NOT NULL"  # a note without words is like no other
ROW = minhash.SIZE * 4  # bytes of a signature
FACTS = {"version": 1, "size": minhash.SIZE, "band": minhash.BAND, "letters": minhash.LETTERS_EACH}


class Pile:
    """Near-identical notes in a folder: 256 bytes and the words of a note, and only new notes cost anything.

    `add` compares new notes with all that lie there and with each other, and may be called again after a crash: a note
    whose id is known is passed over. Sentences of forms are not left out, for what is one depends on the whole pile.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     pile = Pile(folder)
    ...     first, second = pile.add(["Add a dark mode"]), pile.add([{"id": "x", "text": "please add a dark mode"}])
    ...     groups = pile.groups()
    ...     pile.close()
    >>> first, second, groups
    ([], [('0', 'x', 0.858)], [['0', 'x']])
    """

    def __init__(self, folder: str | Path, *, least: float = ALIKE) -> None:
        self.folder: Path = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.least = least
        self.path: Path = self.folder / "signatures"
        self.path.touch()
        self.base: sqlite3.Connection = sqlite3.connect(self.folder / "notes.db")
        with self.base:
            for table in TABLES:
                self.base.execute(table)
            told = json.dumps({**FACTS, "least": least})
            self.base.execute("INSERT OR IGNORE INTO facts VALUES ('made', ?)", (told,))
        [kept] = self.base.execute("SELECT value FROM facts WHERE name = 'made'").fetchone()
        if kept != told:
            self.base.close()
            raise ConfigError(f"{self.folder.name} was made with {kept}, not with {told}.", remedy="Use a new folder.")

    def __len__(self) -> int:
        return int(self.base.execute("SELECT count(*) FROM notes").fetchone()[0])

    def add(self, notes: Any) -> list[tuple[str, str, float]]:
        """Add notes, and return the pairs found with them: the earlier note, the new one, and how alike they are."""
        known = {name for (name,) in self.base.execute("SELECT id FROM notes")}
        fresh = [note for note in read_notes(notes) if note.id not in known]
        bare = [plain(note.whole).encode("utf-8", "replace").decode() for note in fresh]
        before = self._count()
        place = dict(self.base.execute("SELECT bare, place FROM said"))
        said = [text for text in dict.fromkeys(bare) if text and text not in place]
        place.update({text: before + row for row, text in enumerate(said)})
        self._sign(said, before)
        pairs = self._pairs([text for text, _ in sorted(place.items(), key=lambda item: item[1])], before)
        rows = [(note.id, place.get(text)) for note, text in zip(fresh, bare, strict=True)]
        with self.base:  # all or nothing: signatures beyond what is told here are cut off by the next call
            self.base.executemany("INSERT INTO said VALUES (?, ?)", [(place[text], text) for text in said])
            self.base.executemany("INSERT INTO pairs VALUES (?, ?, ?)", pairs)
            self.base.executemany("INSERT INTO notes (id, said) VALUES (?, ?)", rows)
        return self._told({note.id for note in fresh}, pairs, {spot for _, spot in rows if spot is not None})

    def _count(self) -> int:
        return int(self.base.execute("SELECT count(*) FROM said").fetchone()[0])

    def _sign(self, said: Sequence[str], before: int) -> None:
        with self.path.open("r+b") as file:
            file.truncate(before * ROW)
            file.seek(before * ROW)
            for some in minhash.signatures(said):
                file.write(some.tobytes())

    def _pairs(self, texts: Sequence[str], before: int) -> list[tuple[int, int, float]]:
        if len(texts) in (0, before):
            return []
        table = np.memmap(self.path, np.uint32, "r", shape=(len(texts), minhash.SIZE))
        left, right, alike = verified(texts, minhash.candidate_pairs(table, before), self.least)
        del table
        return list(zip(left.tolist(), right.tolist(), alike.tolist(), strict=True))

    def _told(
        self, fresh: set[str], pairs: list[tuple[int, int, float]], spots: set[int]
    ) -> list[tuple[str, str, float]]:
        """The pairs of notes behind the pairs of texts; notes of the very same words pair with the first of them."""
        first: dict[int, str] = {}
        found = []
        for name, spot in self.base.execute(f"SELECT id, said {WORDED} ORDER BY place"):
            if spot in first and name in fresh and spot in spots:
                found.append((first[spot], name, 1.0))
            first.setdefault(spot, name)
        found += [(first[one], first[other], round(alike, 3)) for one, other, alike in pairs]
        return found

    def groups(self) -> list[list[str]]:
        """The star groups of all notes by their ids, the middle first; the largest group first."""
        count = self._count()
        pairs = self.base.execute("SELECT one, other, alike FROM pairs").fetchall()
        columns = list(zip(*pairs, strict=True)) or [(), (), ()]
        middles = star_groups(count, *columns).tolist()
        notes = self.base.execute(f"SELECT id, said {WORDED} ORDER BY place").fetchall()
        first: dict[int, int] = {}
        for place, (_, spot) in enumerate(notes):
            first.setdefault(spot, place)
        groups = group_lists([first[middles[spot]] for _, spot in notes])
        return sorted(([notes[place][0] for place in group] for group in groups), key=lambda group: -len(group))

    def close(self) -> None:
        """Close the files."""
        self.base.close()
