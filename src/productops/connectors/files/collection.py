"""The rows of a file as a collection."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from productops.connectors.files import cells, disk
from productops.connectors.files.cells import Column
from productops.connectors.files.columns import Asked, columns_of, exact_number, settled
from productops.connectors.files.format import Format
from productops.connectors.files.sheet import Line, Sheet, Store
from productops.errors import ConfigError, GoneError, ProductOpsError, RejectedError, StaleError
from productops.sdk.collection import Check, Collection, Features, Field, Kind, Outcome, Schema, Settle, fold
from productops.sdk.record import Draft, Patch, Record, Unreadable, fingerprint

if TYPE_CHECKING:
    from productops.sdk.mapping import Mapping as SdkMapping
    from productops.sdk.prepare import Missing

READ_ONLY = Features(get=True, get_batch=10_000)
WHOLE = Features(
    get=True,
    create=True,
    update=True,
    find=True,
    delete="hard",
    get_batch=10_000,
    create_batch=1_000,
    update_batch=1_000,
    delete_batch=1_000,
    marker="id",
    upsert=True,
    echo=True,
    people_by_email=True,
)
Given = Mapping[str, Kind]
MADE = re.compile(r"[a-z2-7]{26}\Z")  # the key of a row that a sync made; any other is its owner's
TRIES = 5  # to write, when somebody saves the file at the very moment


class FileCollection(Collection):
    """The rows of one file. With ``key`` they are known by what that column holds, and can be written.

    A row's id is its key; without one it is the number of the row, and the file is only read. Fields are text unless
    ``types`` or a mapping asks for something else.
    """

    system = "files"

    def __init__(self, store: Store, name: str, container: str, *, key: str | None, types: Given | None = None) -> None:
        self.store = store
        self.name = name
        self.container = container
        self.key = key
        self.types: dict[str, Asked] = {fold(column): Asked(column, kind) for column, kind in (types or {}).items()}
        self.features: Features = WHOLE if key is not None and store.writable else READ_ONLY
        self._sheet: Sheet | None = None
        self._columns: dict[str, Column] = {}

    def fitted(self, mapping: SdkMapping[Any]) -> FileCollection:
        """Return the file with its columns of the kinds that the mapping asks for; ``types`` given stay."""
        it = copy.copy(self)
        it.types = dict(self.types)
        for name, codec in mapping.fields.items():
            if codec.field is not None:
                kind, options, _ = codec.wants(mapping.adapters[name].shape)
                if kind == "text" and exact_number(mapping.model.model_fields[name].annotation):
                    kind = "number"  # whose JSON is text, so that no digit is lost
                it.types.setdefault(fold(codec.field), Asked(codec.field, kind, tuple(options)))
        it._sheet = None
        return it

    @property
    def format(self) -> Format:
        """How the file is written, as far as it tells; ``notes`` says what was guessed."""
        return self._load().form

    # --- reading

    def _load(self, *, fresh: bool = False) -> Sheet:
        if self._sheet is None or fresh or disk.stamp(self.store.path) != self._sheet.version:
            sheet = self.store.load()
            if self.store.loose:
                known = {fold(name) for name in sheet.columns}
                sheet.columns += [asked.name for name, asked in self.types.items() if name not in known]
            if self.key is not None and self.key not in sheet.columns:
                raise ConfigError(
                    f"{self.name} has no column {self.key!r} for the key of a row.",
                    system=self.system,
                    remedy=f"Add that column, or name another. It has: {', '.join(sheet.columns) or 'none'}.",
                )
            sheet.form = settled(sheet, self.types, self.store.path)
            self._columns = columns_of(sheet, self.types)
            self._sheet = sheet
        return self._sheet

    def schema(self, *, refresh: bool = False) -> Schema:
        """Return the columns of the header."""
        sheet = self._load(fresh=refresh)
        why = None if self.features.update else "the file is only read"
        fields = [
            Field(
                name,
                name,
                column.kind,
                column.options,
                read_only=why or ("it is the key" if name == self.key else None),
            )
            for name, column in self._columns.items()
        ]
        return Schema(tuple(fields), self.name if sheet.columns else f"{self.name} (which is empty)")

    def scan(self, since: datetime | None = None, fields: Sequence[str] | None = None) -> Iterator[Record]:
        """Yield every row in the order of the file.

        Raises:
            RejectedError: a row has no key, or two have the same; the rows are named.

        """
        sheet = self._load()
        for id_, line in self._by_id(sheet).items():
            yield self._record(id_, line, sheet.form, fields)

    def get(self, ids: Sequence[str], fields: Sequence[str] | None = None) -> Mapping[str, Record]:
        """Return the rows with these keys."""
        sheet = self._load()
        lines = self._by_id(sheet)
        return {id_: self._record(id_, lines[id_], sheet.form, fields) for id_ in ids if id_ in lines}

    def find(self, markers: Sequence[str], since: datetime) -> Mapping[str, list[Record]]:
        """Return the rows of these keys; a file does not tell when a row was made."""
        found = self.get(markers)
        return {marker: [found[marker]] if marker in found else [] for marker in markers}

    def _by_id(self, sheet: Sheet) -> dict[str, Line]:
        if self.key is None:
            return {str(line.number): line for line in sheet.lines}
        lines: dict[str, Line] = {}
        for line in sheet.lines:
            id_ = _text(line.values.get(self.key))
            if not id_ or id_ in lines:
                what = f"has the {self.key} {id_!r} of row {lines[id_].number}" if id_ else f"has no {self.key}"
                raise RejectedError(
                    f"{self.name}, row {line.number}: it {what}.",
                    system=self.system,
                    record=self.name,
                    fields={self.key: "taken" if id_ else "empty"},
                    remedy="Give each row a key of its own; fill_keys() gives one to those that have none.",
                )
            lines[id_] = line
        return lines

    def _record(self, id_: str, line: Line, form: Format, fields: Sequence[str] | None) -> Record:
        shown = self._columns if fields is None else [name for name in fields if name in self._columns]
        values = {
            name: cells.read(
                line.values.get(name), self._columns[name], form, f"{self.name}, row {line.number}, {name}"
            )
            for name in shown
        }
        key = id_ if self.key is not None else f"row {line.number}"
        return Record(id_, values, key=key, marker=id_ if MADE.match(id_) else None)

    # --- writing

    def _change(self, edit: Callable[[Sheet, dict[str, Line]], list[Any]]) -> list[Any]:
        """Apply an edit to the newest version of the file and replace it, all at once."""
        with disk.alone(self.store.path):
            for attempt in range(TRIES):
                sheet = self._load(fresh=True)
                results = edit(sheet, self._by_id(sheet))
                if not any(line.text is None for line in sheet.lines) and None not in results:
                    return results
                self._sheet = None
                try:
                    self.store.save(sheet)
                except StaleError:
                    if attempt == TRIES - 1:
                        raise
                else:
                    return results
        raise AssertionError  # the loop returns or raises

    def create(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Add rows at the end; a key already there answers with that row, unchanged."""

        def edit(sheet: Sheet, lines: dict[str, Line]) -> list[Any]:
            return [self._create(sheet, lines, draft) for draft in drafts]

        return self._change(edit)

    def _create(self, sheet: Sheet, lines: dict[str, Line], draft: Draft) -> Outcome:
        assert self.key is not None  # noqa: S101  features.create says so
        id_ = draft.marker or _text(draft.fields.get(self.key)) or _next_key(lines)
        if id_ in lines:
            return replace(self._record(id_, lines[id_], sheet.form, None), existed=True)
        given = {name: value for name, value in draft.fields.items() if name != self.key}
        if error := self._refusal(given, sheet.form):
            return error
        number = sheet.lines[-1].number + 1 if sheet.lines else 2
        line = Line(number, {self.key: id_}, "")
        self._fill(line, sheet.form, given)
        line.text = None
        sheet.lines.append(line)
        lines[id_] = line
        return self._record(id_, line, sheet.form, None)

    def update(self, patches: Sequence[Patch]) -> list[Outcome]:
        """Change the named cells of rows; every other row stays as it is spelled."""

        def edit(sheet: Sheet, lines: dict[str, Line]) -> list[Any]:
            return [self._update(sheet, lines, patch) for patch in patches]

        return self._change(edit)

    def _update(self, sheet: Sheet, lines: dict[str, Line], patch: Patch) -> Outcome:
        line = lines.get(patch.id)
        if line is None:
            return GoneError("The row is gone.", system=self.system, record=patch.id)
        if error := self._refusal(patch.fields, sheet.form):
            return error
        self._fill(line, sheet.form, patch.fields)
        return self._record(patch.id, line, sheet.form, None)

    def _fill(self, line: Line, form: Format, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            column = self._columns[name]
            if fingerprint(cells.read(line.values.get(name), column, form, "")) != fingerprint(value):
                line.values[name] = self.store.spell(value, column, form)
                line.text = None  # cells that say the same already keep their own spelling

    def delete(self, ids: Sequence[str]) -> list[ProductOpsError | None]:
        """Take rows out of the file, for good."""

        def edit(sheet: Sheet, lines: dict[str, Line]) -> list[Any]:
            gone = {id(lines[one]) for one in ids if one in lines}
            sheet.lines = [line for line in sheet.lines if id(line) not in gone]
            return [
                None if one in lines else GoneError("The row is gone.", system=self.system, record=one) for one in ids
            ]

        return self._change(edit)

    def fill_keys(self) -> int:
        """Give a key to every row that has none, and return how many; the rows and their order stay.

        Raises:
            ConfigError: the file has no key column, or is only read.

        """
        if self.key is None or not self.features.update:
            raise ConfigError(f"{self.name} is only read.", system=self.system, remedy="Name its key column: key=.")
        with disk.alone(self.store.path):
            sheet = self._load(fresh=True)
            taken = {_text(line.values.get(self.key)): line for line in sheet.lines}
            bare = [line for line in sheet.lines if not _text(line.values.get(self.key))]
            for line in bare:
                line.values[self.key] = _next_key(taken)
                line.text = None
                taken[line.values[self.key]] = line
            if bare:
                self.store.save(sheet)
            self._sheet = None
        return len(bare)

    def _refusal(self, values: Mapping[str, Any], form: Format) -> RejectedError | None:
        wrong = {name: why for name, value in values.items() if (why := self._wrong(name, value, form))}
        if not wrong:
            return None
        told = "; ".join(f"{name!r} {why}" for name, why in wrong.items())
        return RejectedError(f"{self.name} refused the row: {told}.", system=self.system, fields=wrong)

    def _wrong(self, name: str, value: Any, form: Format) -> str | None:
        column = self._columns.get(name)
        if column is None:
            return "is no column"
        if name == self.key:
            return "is the key and stays"
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Unreadable):
                return "cannot take a value that could not be read"
        spelled = str(self.store.spell(value, column, form))
        if "\0" in spelled:
            return "cannot hold the character NUL"
        try:
            spelled.encode(form.encoding)
        except UnicodeEncodeError as error:
            return f"cannot hold {spelled[error.start]!r}, for the file is {form.encoding}; save it as UTF-8"
        return None

    def extend(self, missing: Missing) -> None:
        """Add a column at the end, or options, which a file need not know beforehand."""
        if not self.features.update:
            super().extend(missing)  # says that a person has to
        known = self.types.get(fold(missing.name), Asked(missing.name, missing.kind))
        self.types[fold(missing.name)] = replace(known, options=(*known.options, *missing.options))
        if missing.what == "field":
            with disk.alone(self.store.path):
                sheet = self._load(fresh=True)
                if missing.name not in sheet.columns:
                    sheet.columns.append(missing.name)
                    sheet.labels[missing.name] = missing.name
                    sheet.head = ""
                    self.store.save(sheet)
        self._sheet = None

    def check(self) -> Check:
        """Tell whether the file can be read, how it is written, and how many rows it has."""
        sheet = self._load(fresh=True)
        self._by_id(sheet)
        rows = "1 row" if len(sheet.lines) == 1 else f"{len(sheet.lines):,} rows"
        return Check(True, self.name, (rows, *str(sheet.form).split("\n")))

    def settle(self) -> Settle:
        """Nothing is late in a file."""
        return Settle(timedelta(0), timedelta(0))


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else str(cell).strip()


def _next_key(taken: Mapping[str, Any]) -> str:
    """Return the number after the highest one."""
    return str(max((int(key) for key in taken if key.isdecimal() and len(key) < 16), default=0) + 1)
