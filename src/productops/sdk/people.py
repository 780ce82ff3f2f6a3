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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from productops.errors import AccessError, ConfigError
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
    """Return text without case, composed or wide forms and stray spaces; accents count, Rene is not René."""
    plain = unicodedata.normalize("NFKC", " ".join((text or "").split())).casefold()
    return unicodedata.normalize("NFKC", plain)


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    # Only for this line ending does the writer quote cells that hold a lone carriage return.
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue().removesuffix("\r\n") + "\n"


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
        self._lists: dict[str, Callable[[], Iterable[User]]] = {}  # where to look for who is not known yet
        self._by_id: dict[tuple[str, str], Row] = {}
        self._known: dict[tuple[str, str], tuple[str | None, ...]] = {}  # names and e-mails as last shown
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

    def ask(self, system: str, users: Callable[[], Iterable[User]]) -> None:
        """Remember how a service lists its people; it is asked once, when somebody is looked for in vain."""
        self._lists[system] = users

    def _complete(self) -> bool:
        """Ask the services that were not asked yet; return whether there were any."""
        asked, self._lists = self._lists, {}
        for system, users in asked.items():
            try:
                for user in users():
                    self.seen(system, user)
            except AccessError:
                continue  # who may not see the people does without
        return bool(asked)

    def seen(self, system: str, user: User) -> Row:
        """Return the row of a user that a service showed; draft the row when it is new, complete it when it is not.

        A name joins a user to a row only where exactly one row has it, that row has no account in the
        service yet, and their e-mails do not disagree.
        """
        row = self._by_id.get((system, user.id))
        if row is not None and self._known.get((system, user.id)) == (row.name, row.email, user.name, user.email):
            return row  # nothing new about somebody who comes up in thousands of records
        row = row or self._match(system, user)
        if row is None:
            row = Row()
            self.rows.append(row)
        row.ids.setdefault(system, user.id)
        row.name = row.name or user.name or None
        if not row.email and user.email and _fold(user.email) not in self._by_email:
            # A second account with the e-mail of another row stays apart: which one to write is for people to say.
            row.email = user.email
        self._index(row)
        self._known[system, user.id] = row.name, row.email, user.name, user.email
        return row

    def _match(self, system: str, user: User) -> Row | None:
        row = self._by_email.get(_fold(user.email)) if user.email else None
        if row is None:
            row = self._only_by_name(user.name, user.email)
        return row if row is not None and system not in row.ids else None

    def _only_by_name(self, name: str | None, email: str | None) -> Row | None:
        rows = self._by_name.get(_fold(name), []) if name else []
        if len(rows) != 1 or (email and rows[0].email and _fold(email) != _fold(rows[0].email)):
            return None
        return rows[0]

    def find(self, value: str | Mapping[str, Any]) -> Row | None:
        """Return the row for a model's person: an e-mail, a name, or both in a mapping.

        A name counts only where exactly one row has it and the e-mails, where both are known, agree.
        """
        if isinstance(value, Mapping):
            email, name = value.get("email"), value.get("name")
            return (self._by_email.get(_fold(email)) if email else None) or self._only_by_name(name, email)
        return self._by_email.get(_fold(value)) or self._only_by_name(value, None)

    def user(self, system: str, value: str | Mapping[str, Any], *, by_email: bool = False) -> User:
        """Return the service's user for a person.

        Raises:
            HeldValueError: the directory has no id for them there; they are counted as unmatched.

        """
        row = self.find(value)
        if (row is None or system not in row.ids) and self._complete():
            row = self.find(value)
        if row and (id_ := row.ids.get(system)):
            return User(id_, row.name, row.email)
        given = {"email": value, "name": value} if isinstance(value, str) else value
        email = row.email if row else given.get("email")
        if by_email and email and "@" in email:
            return User("", row.name if row else None, email)
        who = str(row or given.get("email") or given.get("name") or "somebody")
        self.unmatched[system, who] = self.unmatched.get((system, who), 0) + 1
        raise HeldValueError(f"{who} has no {system} account in the people directory")

    def to_csv(self, path: str | Path | None = None) -> str:
        """Return the directory as CSV text, and write it to ``path`` when one is given."""
        systems = sorted({system for row in self.rows for system in row.ids})
        rows = sorted(self.rows, key=lambda row: (_fold(row.name), _fold(row.email)))
        text = _line(["name", "email", *systems]) + "".join(
            _line([row.name or "", row.email or "", *(row.ids.get(system, "") for system in systems)]) for row in rows
        )
        if path is not None:
            # Written aside and moved, so that a crash cannot halve what people corrected.
            aside = Path(path).with_name(f".{Path(path).name}.new")
            aside.write_text(text, encoding="utf-8", newline="")
            aside.replace(path)
        return text

    @classmethod
    def from_csv(cls, path: str | Path) -> People:
        """Load a directory that a person corrected: columns name, email, and one per service.

        Commas, semicolons and tabs separate columns, as spreadsheet programs write them.

        Raises:
            ConfigError: the file is not UTF-8, lacks the first two columns, has a line with too many
                columns, or two rows share an id or e-mail.

        """
        try:
            text = Path(path).read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ConfigError(f"{path} is not UTF-8 text.", remedy='Save it as "CSV UTF-8".') from None
        first = text.partition("\n")[0]
        delimiter = max(",;\t", key=first.count)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        columns = [
            _fold(column) if _fold(column) in ("name", "email") else column.strip() for column in next(reader, [])
        ]
        if not {"name", "email"} <= set(columns):
            raise ConfigError(
                f"{path} is not a people directory.", remedy="Its first line must name name, email and services."
            )
        people = cls()
        line = reader.line_num + 1
        for cells in reader:
            try:
                people._read(columns, cells)
            except ConfigError as error:
                raise ConfigError(f"{path}, line {line}: {error.message}", remedy=error.remedy) from None
            line = reader.line_num + 1
        return people

    def _read(self, columns: Sequence[str], cells: Sequence[str]) -> None:
        if any(cell.strip() for cell in cells[len(columns) :]):
            raise ConfigError("The line has more columns than the first.", remedy="Put values with commas in quotes.")
        data = {column: cell.strip() for column, cell in zip(columns, cells, strict=False) if column and cell.strip()}
        if data:
            self.add(Row(data.pop("name", None), data.pop("email", None), data))
