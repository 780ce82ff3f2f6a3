"""Places beside a workspace that may name a person too: states of syncs, copies, exports, and saved plans."""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import inspect

from productops.errors import ConfigError
from productops.model.base import ExternalRef
from productops.model.people import Person, PersonRef
from productops.sync.book.forgetting import Clean, End, scrub
from productops.sync.memory import tables as syncs
from productops.sync.memory.database import open_engine
from productops.workspace import jsonl
from productops.workspace import tables as t

if TYPE_CHECKING:
    from productops.workspace.forgetting import Erased
    from productops.workspace.home import Workspace

SQLITE = b"SQLite format 3\x00"
STATE = "a sync's state"
COPY = "a workspace"
EXPORT = "an export"
PLAN = "a plan"


@dataclass(frozen=True, slots=True)
class Left:
    """How much changed in a place, and what it leaves to do."""

    changed: int
    ends: tuple[End, ...] = ()
    remote: tuple[ExternalRef, ...] = ()
    waiting: tuple[str, ...] = ()


def purge(location: str | Path) -> None:
    """Empty the journal beside a SQLite file, which still holds pages as they were; one in use is left for later."""
    if "://" not in str(location):
        with closing(sqlite3.connect(location)) as file:
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _beside(ws: Workspace, location: str | Path) -> Workspace:
    from productops.workspace.home import Workspace

    copy = Workspace(location)
    copy._kinds = ws._kinds
    return copy


def places(ws: Workspace, given: Iterable[str | Path]) -> list[Place]:
    """Look at every place and say what it is; a folder stands for the plans in it.

    Raises:
        ConfigError: one cannot be read, or is nothing that this library wrote.

    """
    listed: list[str | Path] = []
    for one in given:
        is_folder = "://" not in str(one) and Path(one).is_dir()
        listed += sorted(Path(one).glob("*.json")) if is_folder else [one]
    own = str(ws._store.location)
    return [Place(ws, one) for one in listed if str(one) != own and not _same(one, own)]


def _same(one: str | Path, other: str) -> bool:
    try:
        return Path(one).samefile(other)
    except OSError:
        return False


class Place:
    """One of them, looked at and not yet touched."""

    def __init__(self, ws: Workspace, location: str | Path) -> None:
        self.ws = ws
        self.location = location
        self.name: str = str(location).split("@")[-1] if "://" in str(location) else Path(location).name
        self.what: str = _database(str(location)) if "://" in str(location) else _file(Path(location))

    def forget(self, person: PersonRef | Person, also: Iterable[str], clean: Clean) -> Left:
        """Take a person out of it, and return what is left to do; it is as it was when that fails."""
        if self.what == STATE:
            with open_engine(self.location).begin() as connection:
                found = scrub(connection, clean)
            purge(self.location)
            return Left(found.rows, found.ends, waiting=found.waiting)
        if self.what == PLAN:
            return Left(self._plan(clean))
        erased = self._workspace(person, also) if self.what == COPY else self._export(person, also)
        return Left(erased.entities + erased.events, remote=erased.remote, waiting=erased.warnings)

    def _workspace(self, person: PersonRef | Person, also: Iterable[str]) -> Erased:
        with _beside(self.ws, self.location) as copy:
            return copy.forget(person, also=also)

    def _export(self, person: PersonRef | Person, also: Iterable[str]) -> Erased:
        path = Path(self.location)
        with tempfile.TemporaryDirectory(prefix="productops-") as folder, _beside(self.ws, f"{folder}/copy.db") as copy:
            copy.restore(path)
            erased = copy.forget(person, also=also)
            copy.export(path)
        return erased

    def _plan(self, clean: Clean) -> int:
        path = Path(self.location)
        held = json.loads(path.read_bytes())
        cleaned = clean(held)
        if cleaned == held:
            return 0
        # Its seal breaks by this: a plan that names a person must not be applied.
        half = path.with_name(f"{path.name}.half-{os.getpid()}")
        try:
            half.write_text(json.dumps(cleaned, ensure_ascii=False), encoding="utf-8")
            half.replace(path)
        finally:
            half.unlink(missing_ok=True)
        return 1


def _is_plan(path: Path) -> bool:
    try:
        held = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return False
    return isinstance(held, dict) and {"changes", "seal"} <= held.keys()


def _database(url: str) -> str:
    return COPY if inspect(open_engine(url)).has_table(t.entities.name) else STATE


def _file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            head = file.readline(1_000_000)
    except OSError as error:
        raise ConfigError(f"{path.name} cannot be read: {error.strerror}.", remedy="Nothing was forgotten.") from error
    if head.startswith(SQLITE):
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)) as database:
            names = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
        if t.entities.name in names or syncs.meta.name in names:
            return COPY if t.entities.name in names else STATE
    elif jsonl.FORMAT.encode() in head and b'"lineage"' in head:
        return EXPORT
    elif _is_plan(path):
        return PLAN
    raise ConfigError(
        f"{path.name} is no workspace, export, sync's state or plan.",
        remedy="Nothing was forgotten. Delete such a file yourself where it names the person.",
    )
