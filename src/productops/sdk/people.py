"""The directory of people: one row a person, one id per service.

Services know the same person by different ids and often hide the e-mail. The directory is drafted
from what is visible (e-mails first, then a name that exactly one row has) and is meant to be read and
corrected by a person: save it as CSV, edit it, load it again. Nobody is guessed: a person without a
row for a service is *unmatched*, the value stays where it is, and every plan lists them.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from productops.errors import ConfigError
from productops.sdk.codecs import HeldValueError
from productops.sdk.record import User


@dataclass(slots=True)
class Row:
    """One person and their id in each service."""

    name: str | None = None
    email: str | None = None
    ids: dict[str, str] = field(default_factory=dict)  # system → id

    def ref(self) -> dict[str, str | None]:
        """Return the person as models spell people: a name and an e-mail."""
        return {"name": self.name, "email": self.email}

    def __str__(self) -> str:
        return self.name or self.email or next(iter(self.ids.values()), "somebody")


def _fold(text: str | None) -> str:
    return unicodedata.normalize("NFC", text or "").strip().casefold()


class People:
    """A directory of people across services.

    >>> people = People()
    >>> _ = people.seen("jira", User("5b10", "Ada Example", "ada@example.com"))
    >>> _ = people.seen("airtable", User("usr1", "Ada Example", "ada@example.com"))
    >>> people.user("airtable", {"name": "Ada Example", "email": "ada@example.com"}).id
    'usr1'
    """

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self.rows: list[Row] = []
        self.unmatched: dict[tuple[str, str], int] = {}
        self._by_id: dict[tuple[str, str], Row] = {}
        self._by_email: dict[str, Row] = {}
        self._by_name: dict[str, list[Row]] = {}
        for row in rows:
            self.add(row)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __repr__(self) -> str:
        return f"<People {len(self.rows)}>"

    def add(self, row: Row) -> Row:
        """Add a person.

        Raises:
            ConfigError: another row already has one of the ids, or the e-mail.

        """
        for system, id_ in row.ids.items():
            if (system, id_) in self._by_id:
                raise ConfigError(f"Two people have the {system} id {id_!r}.", remedy="Keep one row for each person.")
        if row.email and _fold(row.email) in self._by_email:
            raise ConfigError(f"Two people have the e-mail {row.email!r}.", remedy="Keep one row for each person.")
        self.rows.append(row)
        self._index(row)
        return row

    def _index(self, row: Row) -> None:
        for system, id_ in row.ids.items():
            self._by_id[system, id_] = row
        if row.email:
            self._by_email[_fold(row.email)] = row
        if row.name:
            rows = self._by_name.setdefault(_fold(row.name), [])
            if all(row is not other for other in rows):
                rows.append(row)

    def seen(self, system: str, user: User) -> Row:
        """Return the row of a user that a service showed; draft or complete the row when it is new."""
        if row := self._by_id.get((system, user.id)):
            return row
        row = self._by_email.get(_fold(user.email)) if user.email else self._only_by_name(user.name)
        if row is None or (row.ids.get(system, user.id) != user.id):
            row = Row()
            self.rows.append(row)
        row.ids[system] = user.id
        row.name = row.name or user.name
        row.email = row.email or user.email or None
        self._index(row)
        return row

    def _only_by_name(self, name: str | None) -> Row | None:
        rows = self._by_name.get(_fold(name), []) if name else []
        return rows[0] if len(rows) == 1 else None

    def find(self, value: str | Mapping[str, Any]) -> Row | None:
        """Return the row for a model's person: an e-mail, a name, or both in a mapping."""
        email, name = (value.get("email"), value.get("name")) if isinstance(value, Mapping) else (value, value)
        return (self._by_email.get(_fold(email)) if email else None) or self._only_by_name(name)

    def user(self, system: str, value: str | Mapping[str, Any], *, by_email: bool = False) -> User:
        """Return the service's user for a person.

        Raises:
            HeldValueError: the directory has no id for them there; they are counted as unmatched.

        """
        row = self.find(value)
        if row and (id_ := row.ids.get(system)):
            return User(id_, row.name, row.email)
        email = row.email if row else (value.get("email") if isinstance(value, Mapping) else value)
        if by_email and email and "@" in email:
            return User("", row.name if row else None, email)
        who = (
            str(row)
            if row
            else (value if isinstance(value, str) else value.get("email") or value.get("name") or "somebody")
        )
        self.unmatched[system, who] = self.unmatched.get((system, who), 0) + 1
        raise HeldValueError(f"{who} has no {system} account in the people directory")

    def to_csv(self, path: str | Path | None = None) -> str:
        """Return the directory as CSV text, and write it to ``path`` when one is given."""
        systems = sorted({system for row in self.rows for system in row.ids})
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["name", "email", *systems])
        for row in sorted(self.rows, key=lambda row: (_fold(row.name), _fold(row.email))):
            writer.writerow([row.name or "", row.email or "", *(row.ids.get(system, "") for system in systems)])
        if path is not None:
            Path(path).write_text(out.getvalue(), encoding="utf-8")
        return out.getvalue()

    @classmethod
    def from_csv(cls, path: str | Path) -> People:
        """Load a directory that a person corrected: columns name, email, and one per service.

        Raises:
            ConfigError: the file lacks the first two columns, or two rows share an id or e-mail.

        """
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = reader.fieldnames or []
            if not {"name", "email"} <= set(columns):
                raise ConfigError(
                    f"{path} is not a people directory.", remedy="Its first line must name name, email and services."
                )
            people = cls()
            for line, data in enumerate(reader, start=2):
                ids = {
                    key: value.strip()
                    for key, value in data.items()
                    if key not in ("name", "email") and value and value.strip()
                }
                try:
                    people.add(Row(data["name"].strip() or None, data["email"].strip() or None, ids))
                except ConfigError as error:
                    raise ConfigError(f"{path}, line {line}: {error.message}", remedy=error.remedy) from None
        return people
