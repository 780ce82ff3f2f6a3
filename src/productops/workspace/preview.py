"""What bringing records in would change, as a value to read first."""

from __future__ import annotations

import html
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from productops.looks import as_html
from productops.workspace.values import Tell, called, given, plainly, typed

SHOWN = 20  # lines of each kind that a printed preview shows


@dataclass(frozen=True, slots=True)
class Revision:
    """What would change in an entity that is there: field → what it says now, and what it would say."""

    id: str
    version: int
    title: str
    fields: Mapping[str, tuple[Any, Any]]
    record: str = ""  # where it was read
    model: type[BaseModel] = BaseModel

    def told(self, tell: Tell = plainly) -> list[str]:
        """Each field with what it says and what it would say; `tell` puts a value into words."""
        return [
            f"{name}: {tell(typed(self.model, name, old))} → {tell(typed(self.model, name, new))}"
            for name, (old, new) in self.fields.items()
        ]

    def __str__(self) -> str:
        return f"{self.title or self.id} ({self.record})  {'; '.join(self.told())}"


def introduced(item: BaseModel, mapped: Collection[str], tell: Tell = plainly) -> str:
    """A new entity in one line: what it is called, and what else was read for it."""
    said = "; ".join(f"{name}: {tell(value)}" for name, value in given(item, mapped).items())
    return "  ".join(filter(None, (called(item) or str(getattr(item, "id", "")), said)))


@dataclass(slots=True)
class Preview:
    """What bringing in would change; falsy when it would write nothing.

    ``kept`` tells where an entity says something else because somebody here changed it, and the source did as well.
    ``problems`` are records and fields that stay outside, each with its place and what is wrong.
    """

    kind: str
    name: str
    source: str
    seen: int  # the number of the last event when this was looked at
    found: str = ""  # how the file is written, as far as that was found out
    mapped: tuple[str, ...] = ()  # fields that are read
    new: list[BaseModel] = field(default_factory=list)
    revisions: list[Revision] = field(default_factory=list)
    same: int = 0
    kept: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    run: str = field(default_factory=lambda: f"import-{uuid.uuid4().hex[:12]}")

    def __bool__(self) -> bool:
        return bool(self.new or self.revisions)

    def summary(self) -> str:
        """Return one sentence."""
        parts = [f"{len(self.new):,} new", f"{len(self.revisions):,} changed", f"{self.same:,} as they are"]
        told = [
            f"{len(items):,} {what}"
            for items, what in ((self.kept, "kept as changed here"), (self.problems, "to look at"))
            if items
        ]
        return f"{self.name}: {', '.join([*parts, *told])}."

    def __str__(self) -> str:
        lines = [self.summary(), *(f"  {line}" for line in self.found.splitlines())]
        for title, items in (
            ("New", self.new), ("Changed", self.revisions),
            ("Kept as changed here", self.kept), ("To look at", self.problems),
        ):  # fmt: skip
            shown = (introduced(item, self.mapped) if isinstance(item, BaseModel) else item for item in items[:SHOWN])
            lines += [f"{title}:", *(f"  {line}" for line in shown)] if items else []
            lines += [f"  … and {len(items) - SHOWN:,} more"] if len(items) > SHOWN else []
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return as_html(self, "preview") or f"<pre>{html.escape(str(self))}</pre>"

    def __repr__(self) -> str:
        return f"<Preview {self.summary()}>"
