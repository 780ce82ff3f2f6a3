"""A person who asked to be forgotten leaves what syncs remember, too."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Table, inspect, select, update

from productops.sync.memory import tables as t
from productops.sync.memory.database import dumps

Clean = Callable[[Any], Any]  # a JSON value → the same without the person; equal when it did not name them

SPOKEN: tuple[tuple[Table, str], ...] = (
    (t.ends, "label"),
    (t.base_values, "data"),
    (t.conflicts, "data"),
    (t.conflicts, "decision"),
    (t.runs, "report"),
    (t.facts, "value"),
    (t.refusals, "message"),
    (t.inbox, "match"),
    (t.intents, "change"),
    (t.intents, "error"),
)
UNDER_WAY = ("sent", "unknown")  # intents whose outcome is looked up by what was sent


@dataclass(frozen=True, slots=True)
class End:
    """A record in a service that showed the person when it was last looked at."""

    sync: str
    side: str
    remote: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """What was cleaned: how many rows, which records showed the person, and what has to wait for a run to end."""

    rows: int
    ends: tuple[End, ...]
    waiting: tuple[str, ...]


def scrub(connection: Connection, clean: Clean) -> Scrubbed:
    """Take a person out of all syncs' memory in a database, inside the caller's transaction.

    Fingerprints stay: by them the next run sees that a side without the name is news for the other. What was seen and
    not settled is read again.
    """
    if not inspect(connection).has_table(t.meta.name):
        return Scrubbed(0, (), ())
    found: set[tuple[str, str]] = set()
    rows, waiting = 0, []
    for table, name in SPOKEN:
        for row, text in _named(connection, table, name, clean):
            if table is t.intents and row.state in UNDER_WAY:
                waiting.append(f"a write of the sync {row.sync!r} is under way and names the person")
                continue
            rows += _set(connection, table, row, **{name: text})
            if "link" in row._fields:
                found.add((row.sync, row.link))
    for row, text in _named(connection, t.inbox, "seen", clean):
        # A linked record is read again; one that is not is only known from here.
        rows += _set(connection, t.inbox, row, seen=text if row.link is None else None)
        found |= {(row.sync, row.link)} if row.link is not None else set()
    for row, _ in _named(connection, t.people, "data", clean):
        connection.execute(t.people.delete().where(*_key(t.people, row)))
        rows += 1
    for sync in sorted({sync for sync, _ in found}):
        # Plans that were saved name the person, and are out of date from now on.
        connection.execute(update(t.meta).where(t.meta.c.sync == sync).values(serial=t.meta.c.serial + 1))
    return Scrubbed(rows, tuple(_ends(connection, found)), tuple(dict.fromkeys(waiting)))


def _named(connection: Connection, table: Table, name: str, clean: Clean) -> Iterator[tuple[Any, str]]:
    """Yield rows whose column names the person, with what it would be without."""
    for row in connection.execute(select(table).where(table.c[name].is_not(None))).all():
        text = getattr(row, name)
        try:
            value = json.loads(text)
        except ValueError:
            value = None
        spoken = value if isinstance(value, dict | list) else text
        cleaned = clean(spoken)
        if cleaned != spoken:
            yield row, cleaned if isinstance(cleaned, str) else dumps(cleaned)


def _key(table: Table, row: Any) -> list[Any]:
    columns: list[Column[Any]] = list(table.primary_key.columns)
    return [column == getattr(row, column.name) for column in columns]


def _set(connection: Connection, table: Table, row: Any, **values: str | None) -> int:
    connection.execute(update(table).where(*_key(table, row)).values(**values))
    return 1


def _ends(connection: Connection, links: set[tuple[str, str]]) -> Iterator[End]:
    for sync, link in sorted(links):
        mine = (t.ends.c.sync == sync) & (t.ends.c.link == link)
        for row in connection.execute(select(t.ends).where(mine).order_by(t.ends.c.side)):
            yield End(row.sync, row.side, row.remote, json.loads(row.label).get("url"))
