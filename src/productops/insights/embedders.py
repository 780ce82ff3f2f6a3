"""Embedders: whatever turns texts into vectors, so that texts of one meaning lie close together.

Nothing here needs one. Where one is given, routing, kinds and themes become better and slower.
"""

from __future__ import annotations

import hashlib
import importlib
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from productops.errors import ConfigError

Vectors = NDArray[np.float32]
AT_ONCE = 500  # ids in one question to SQLite


@runtime_checkable
class Embedder(Protocol):
    """`encode` gives one row of `dim` numbers per text; `name` changes whenever the vectors do."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def dim(self) -> int: ...  # noqa: D102
    def encode(self, texts: list[str]) -> Vectors: ...  # noqa: D102


def embed(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    """Encode texts, each distinct one once, and check what comes back: its shape, and that it is numbers.

    Rows have length 1, or 0 where the embedder says nothing. ConfigError when rows and texts do not fit together.
    """
    distinct = list(dict.fromkeys(texts))
    if not distinct:
        return np.zeros((0, embedder.dim), np.float32)
    vectors = np.asarray(embedder.encode(distinct), dtype=np.float32)
    if vectors.shape != (len(distinct), embedder.dim):
        raise ConfigError(
            f"{embedder.name} gave {vectors.shape} numbers for {len(distinct)} texts of {embedder.dim} each.",
            system=embedder.name,
        )
    if not np.isfinite(vectors).all():
        raise ConfigError(f"{embedder.name} gave vectors that hold no numbers.", system=embedder.name)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = np.asarray(vectors / np.where(length == 0, 1, length), dtype=np.float32)
    place = {text: row for row, text in enumerate(distinct)}
    return np.asarray(vectors[[place[text] for text in texts]])


class Cached:
    """An embedder that remembers: in memory, or in a SQLite file that several runs share.

    A vector is kept under the embedder's name and a hash of the text, together with the text's length. Each row read
    back is put where its own hash says, never where its turn is, so vectors and texts cannot slip against each other.

    >>> class Lengths:
    ...     name, dim, asked = "lengths", 1, 0
    ...     def encode(self, texts):
    ...         self.asked += len(texts)
    ...         return np.array([[len(text)] for text in texts], np.float32)
    >>> cached = Cached(Lengths())
    >>> cached.encode(["a", "bb"]).tolist(), cached.encode(["bb"]).tolist(), cached.inner.asked
    ([[1.0], [2.0]], [[2.0]], 2)
    """

    def __init__(self, inner: Embedder, path: str | Path = ":memory:") -> None:
        self.inner = inner
        self.path: str = str(path)
        self.base: sqlite3.Connection = sqlite3.connect(self.path)
        with self.base:
            self.base.execute(
                "CREATE TABLE IF NOT EXISTS vectors (embedder TEXT, hash BLOB, length INTEGER, vector BLOB,"
                " PRIMARY KEY (embedder, hash)) WITHOUT ROWID"
            )

    @property
    def name(self) -> str:
        """The name of the embedder inside."""
        return self.inner.name

    @property
    def dim(self) -> int:
        """The numbers per text of the embedder inside."""
        return self.inner.dim

    def __repr__(self) -> str:
        return f"Cached({self.name})"

    def encode(self, texts: list[str]) -> Vectors:
        """The vectors of the texts; only those not known yet are asked for."""
        hashes = [_hash(text) for text in texts]
        known = self._known(dict(zip(hashes, texts, strict=True)))
        fresh = {key: text for key, text in zip(hashes, texts, strict=True) if key not in known}
        if fresh:
            for key, vector in zip(fresh, embed(self.inner, list(fresh.values())), strict=True):
                known[key] = vector
            rows = [(self.name, key, len(text), known[key].astype("<f4").tobytes()) for key, text in fresh.items()]
            with self.base:
                self.base.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?)", rows)
        return np.stack([known[key] for key in hashes]) if texts else np.zeros((0, self.dim), np.float32)

    def _known(self, wanted: dict[bytes, str]) -> dict[bytes, Vectors]:
        found: dict[bytes, Vectors] = {}
        keys = list(wanted)
        for start in range(0, len(keys), AT_ONCE):
            some = keys[start : start + AT_ONCE]
            question = f"SELECT hash, length, vector FROM vectors WHERE embedder = ? AND hash IN ({_marks(some)})"  # noqa: S608
            with closing(self.base.execute(question, (self.name, *some))) as rows:
                for key, length, blob in rows:
                    # A row that does not fit its text is asked for again and replaced.
                    if length == len(wanted[key]) and len(blob) == 4 * self.dim:
                        found[key] = np.frombuffer(blob, "<f4")
        return found

    def close(self) -> None:
        """Close the file."""
        self.base.close()


def _marks(keys: Sequence[bytes]) -> str:
    return ", ".join("?" * len(keys))


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def find_embedder(name: str) -> Embedder:
    """An embedder by name: `minilm`, `minilm:FOLDER` with the two files, or `module:attribute` of your own.

    Raises ConfigError for a name that means nothing, MissingExtraError when `minilm` is not installed.
    """
    kind, _, rest = name.partition(":")
    if kind == "minilm":
        from productops.insights.minilm import MiniLM

        return MiniLM(rest or None)
    remedy = "Use minilm, minilm:FOLDER or module:attribute."
    try:
        found: Any = getattr(importlib.import_module(kind), rest) if rest else None
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"There is no embedder {name!r}: {error}.", remedy=remedy) from error
    found = found() if isinstance(found, type) else found
    if not isinstance(found, Embedder):
        raise ConfigError(f"{name!r} is no embedder.", remedy=remedy)
    return found
