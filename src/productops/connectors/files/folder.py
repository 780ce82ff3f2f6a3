"""A folder of Markdown files as a collection: one file a record, its front matter the fields, its text the body."""

from __future__ import annotations

import copy
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from productops.connectors.files import cells, disk
from productops.connectors.files.cells import Column
from productops.connectors.files.columns import Asked
from productops.connectors.files.format import Format, decoded
from productops.connectors.files.frontmatter import BODY, BrokenFrontMatterError, Page
from productops.errors import ConfigError, GoneError, ProductOpsError, RejectedError, StaleError
from productops.sdk.collection import Check, Collection, Features, Field, Kind, Outcome, Schema, Settle, fold
from productops.sdk.record import Draft, Option, Patch, Record, Unreadable, fingerprint

if TYPE_CHECKING:
    from productops.sdk.mapping import Mapping as SdkMapping
    from productops.sdk.prepare import Missing

LONGEST_NAME = 60
TITLES = ("title", "name", "summary")


class FolderCollection(Collection):
    """The Markdown files of a folder. A record's id is the name of its file."""

    system = "files"
    features: Features = Features(
        get=True, create=True, update=True, find=True, delete="hard", get_batch=10_000, create_batch=100,
        update_batch=100, delete_batch=100, marker="field", upsert=True, echo=True, people_by_email=True,
    )  # fmt: skip

    def __init__(self, path: Path, place: str, form: Format, *, key: str, types: Mapping[str, Kind] | None) -> None:
        self.path = path
        self.name: str = f"{path.name or '.'}/"
        self.container: str = f"files:{place}/"
        self.form: Format = replace(form, guard=False)
        self.key = key
        self.types: dict[str, Asked] = {fold(name): Asked(name, kind) for name, kind in (types or {}).items()}

    def fitted(self, mapping: SdkMapping[Any]) -> FolderCollection:
        """Return the folder with its fields of the kinds that the mapping asks for; ``types`` given stay."""
        it = copy.copy(self)
        it.types = dict(self.types)
        for name, codec in mapping.fields.items():
            if codec.field is not None:
                kind, options, _ = codec.wants(mapping.adapters[name].shape)
                it.types.setdefault(fold(codec.field), Asked(codec.field, kind, tuple(options)))
        return it

    # --- reading

    def _pages(self) -> dict[str, tuple[Page, disk.Stamp]]:
        if not self.path.is_dir():
            raise ConfigError(f"{self.path} is no folder.", system=self.system, remedy="Check the path, or make it.")
        files = sorted(each for each in self.path.glob("*.md") if each.is_file() and not each.name.startswith("."))
        return {each.name: self._page(each) for each in files}

    def _page(self, path: Path) -> tuple[Page, disk.Stamp]:
        data, version = disk.content(path)
        text, _, _ = decoded(data, path, "utf-8-sig")
        try:
            return Page.parse(text), version
        except BrokenFrontMatterError as error:
            raise RejectedError(
                f"{self.name}{path.name}: {error}.", system=self.system, record=path.name,
                remedy="The file begins with --- and fields such as title: Dark mode, and a line --- behind them.",
            ) from None  # fmt: skip

    def _columns(self, pages: Mapping[str, tuple[Page, Any]]) -> dict[str, Column]:
        names = dict.fromkeys(name for page, _ in pages.values() for name in page.fields)
        known = {fold(name) for name in (*names, BODY)}
        names |= dict.fromkeys(asked.name for folded, asked in self.types.items() if folded not in known)
        columns = {name: self._column(name, pages) for name in names if name != self.key}
        return {**columns, BODY: Column(BODY, "markdown")}

    def _column(self, name: str, pages: Mapping[str, tuple[Page, Any]]) -> Column:
        asked = self.types.get(fold(name), Asked(name))
        if asked.kind not in ("choice", "choices"):
            return Column(name, asked.kind)
        found = (str(page.fields[name]) for page, _ in pages.values() if page.fields.get(name))
        known: dict[str, str] = {}
        for option in [*asked.options, *(found if asked.kind == "choice" else ())]:
            known.setdefault(option.casefold(), option)
        return Column(name, asked.kind, tuple(Option(each, each) for each in known.values()))

    def schema(self, *, refresh: bool = False) -> Schema:
        """Return the fields of all front matters, and ``body``."""
        columns = self._columns(self._pages()).values()
        return Schema(tuple(Field(each.name, each.name, each.kind, each.options) for each in columns), self.name)

    def scan(self, since: datetime | None = None, fields: Sequence[str] | None = None) -> Iterator[Record]:
        """Yield the files by name.

        Raises:
            RejectedError: a front matter is broken; the file is named.

        """
        pages = self._pages()
        columns = self._columns(pages)
        for name, (page, _) in pages.items():
            yield self._record(name, page, columns, fields)

    def get(self, ids: Sequence[str], fields: Sequence[str] | None = None) -> Mapping[str, Record]:
        """Return the files of these names."""
        pages = self._pages()
        columns = self._columns(pages)
        return {id_: self._record(id_, pages[id_][0], columns, fields) for id_ in ids if id_ in pages}

    def find(self, markers: Sequence[str], since: datetime) -> Mapping[str, list[Record]]:
        """Return the files that carry these keys."""
        found: dict[str, list[Record]] = {marker: [] for marker in markers}
        for record in self.scan():
            if record.marker in found:
                found[record.marker].append(record)
        return found

    def _record(self, id_: str, page: Page, columns: Mapping[str, Column], fields: Sequence[str] | None) -> Record:
        shown = columns if fields is None else [name for name in fields if name in columns]
        values = {
            name: (page.body.replace("\r\n", "\n").strip() or None)
            if name == BODY
            else cells.read(page.fields.get(name), columns[name], self.form, f"{self.name}{id_}, {name}")
            for name in shown
        }
        return Record(id_, values, key=id_, marker=str(page.fields.get(self.key) or "") or None)

    # --- writing

    def create(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Make a file for each, named after its title; a key already there answers with that file, unchanged."""
        return [self._one(lambda draft=draft: self._create(draft)) for draft in drafts]  # type: ignore[misc]

    def _create(self, draft: Draft) -> Outcome:
        pages = self._pages()
        columns = self._columns(pages)
        if draft.marker:
            for id_, (page, _) in pages.items():
                if page.fields.get(self.key) == draft.marker:
                    return replace(self._record(id_, page, columns, None), existed=True)
        self._refuse(draft.fields, columns)
        page = Page("", "", "\n", {})
        for name, value in draft.fields.items():
            if value not in (None, "", []):
                _set(page, name, value)
        if draft.marker:
            page.set(self.key, draft.marker)
        title = next(
            (str(draft.fields[name]) for name in columns if fold(name) in TITLES and draft.fields.get(name)), ""
        )
        return self._record(self._new_file(slug(title), page), page, columns, None)

    def _new_file(self, start: str, page: Page) -> str:
        number = 1
        while True:
            name = f"{start}.md" if number == 1 else f"{start}-{number}.md"
            if disk.make(self.path / name, page.text().encode()):
                return name
            number += 1

    def update(self, patches: Sequence[Patch]) -> list[Outcome]:
        """Change the named fields; every other line of the file stays as it is spelled."""
        return [self._one(lambda patch=patch: self._update(patch)) for patch in patches]  # type: ignore[misc]

    def _update(self, patch: Patch) -> Outcome:
        pages = self._pages()
        if patch.id not in pages:
            return GoneError("The file is gone.", system=self.system, record=patch.id)
        columns = self._columns(pages)
        self._refuse(patch.fields, columns)
        path = self.path / patch.id
        with disk.alone(path):
            page, version = self._page(path)
            before = page.text()
            shown = self._record(patch.id, page, columns, None).fields
            for name, value in patch.fields.items():
                if fingerprint(shown.get(name)) != fingerprint(value):
                    _set(page, name, value)
            if patch.marker:
                page.set(self.key, patch.marker)
            if page.text() != before:
                disk.replace(path, page.text().encode(), version)
        return self._record(patch.id, page, columns, None)

    def _refuse(self, values: Mapping[str, Any], columns: Mapping[str, Column]) -> None:
        wrong = {name: "is no field" for name in values if name not in columns}
        wrong |= {name: "could not be read" for name, value in values.items() if isinstance(value, Unreadable)}
        wrong |= {
            name: "holds characters that YAML cannot"
            for name, value in values.items()
            if isinstance(value, str) and re.search("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]", value)
        }
        if wrong:
            told = "; ".join(f"{name!r} {why}" for name, why in wrong.items())
            raise RejectedError(f"{self.name} refused the file: {told}.", system=self.system, fields=wrong)

    def delete(self, ids: Sequence[str]) -> list[ProductOpsError | None]:
        """Delete files, for good."""
        done: list[ProductOpsError | None] = []
        for id_ in ids:
            there = id_ in self._pages()
            if there:
                (self.path / id_).unlink()
            done.append(None if there else GoneError("The file is gone.", system=self.system, record=id_))
        return done

    def _one(self, act: Callable[[], Outcome]) -> Outcome:
        try:
            return act()
        except (RejectedError, StaleError) as error:
            return error

    def extend(self, missing: Missing) -> None:
        """Know of a field, or of options; a front matter names what it holds and nothing else."""
        known = self.types.get(fold(missing.name), Asked(missing.name, missing.kind))
        self.types[fold(missing.name)] = replace(known, options=(*known.options, *missing.options))

    def check(self) -> Check:
        """Tell whether every file can be read."""
        return Check(True, self.name, (f"{len(self._pages()):,} files",))

    def settle(self) -> Settle:
        """Nothing is late in a folder."""
        return Settle(timedelta(0), timedelta(0))


def _set(page: Page, name: str, value: Any) -> None:
    """Write a plain value: the text ends with its line, days stay days of YAML, times are ISO text."""
    if name == BODY:
        page.set(name, f"{str(cells.bare(value)).rstrip()}\n" if value else "")
    else:
        page.set(name, value if type(value) is date else cells.bare(value))


def slug(title: str) -> str:
    """Return a title as the name of a file.

    >>> slug("Café: dark mode!")
    'cafe-dark-mode'
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:LONGEST_NAME].strip("-") or "untitled"
