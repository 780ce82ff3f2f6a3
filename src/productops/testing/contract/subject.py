"""What a law is tested on, and how one fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from productops.sdk.collection import Collection, Outcome
from productops.sdk.record import Draft, Record, RichText

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
WORDS = "Zażółć gęślą jaźń, 産品, עברית, \N{ROCKET}, e\N{COMBINING ACUTE ACCENT}"
NO_SUCH = "no such field"
BAD: dict[str, Any] = {NO_SUCH: 1}


def _wait() -> None:
    time.sleep(0)


@dataclass
class Subject:
    """A collection under test, which may already hold records.

    ``title`` and ``other`` are ids of two fields that can be written; ``title`` takes any short text and ``value`` is
    one that ``other`` takes. ``fixed`` is what else a new record needs. ``missing`` is an id that looks like one and
    is none. ``later`` lets the service's settle time pass. ``fault(where, kind)`` plants a fault of
    ``productops.testing.sandbox.faults`` in the next request of the kind ``"list"``, ``"create"`` or ``"update"``,
    or, with ``None`` in its place, leaves those laws out. ``secret`` must appear nowhere.
    """

    collection: Collection
    title: str
    other: str
    value: Any
    fixed: Mapping[str, Any] = field(default_factory=dict)
    missing: str = "no-such-record"
    many: int = 25  # more than one page, where the service has pages
    later: Callable[[], object] = _wait
    fault: Callable[[str, str], object] | None = None
    secret: str = "no secret at all"  # noqa: S105 # there is none

    def draft(self, title: str, marker: str | None = None, **more: Any) -> Draft:
        """Return a record to create."""
        return Draft({**self.fixed, self.title: title, **more}, marker)

    def make(self, *drafts: Draft) -> list[Record]:
        """Create records in batches and wait until everybody sees them."""
        found: list[Record] = []
        size = self.collection.features.create_batch
        for at in range(0, len(drafts), size):
            found += [made(one) for one in self.collection.create(drafts[at : at + size])]
        self.later()
        return found

    def read(self, id_: str) -> Record:
        """Return a record as it is stored."""
        found = self.collection.get([id_])
        law(id_ in found, "a record that exists is in the answer of get()", "Return every id that exists.")
        return found[id_]

    def ids(self) -> list[str]:
        """Return the ids of a whole listing."""
        return [record.id for record in self.collection.scan()]


def law(holds: bool, broken: str, remedy: str) -> None:
    """Fail with the law that is broken and what to do about it."""
    if not holds:
        pytest.fail(f"The law: {broken}. What to do: {remedy}", pytrace=False)


def made(outcome: Outcome) -> Record:
    """Return the record of an outcome; an error fails the test with its words."""
    law(isinstance(outcome, Record), f"a good record is stored (this one was not: {outcome})", "Look at the error.")
    return outcome  # type: ignore[return-value] # the law says so


def plain(value: Any) -> Any:
    """Return what identifies a value, texts by their Markdown."""
    return value.markdown.strip() if isinstance(value, RichText) else value


class Laws:
    """What all groups of laws need."""

    def needs(self, subject: Subject, *names: str) -> None:
        """Leave a law out that is about something the collection does not declare."""
        for name in names:
            if getattr(subject.collection.features, name) in (False, None, "none"):
                pytest.skip(f"{subject.collection.name} does not declare {name}")

    def plant(self, subject: Subject, where: str, kind: str) -> None:
        """Plant a fault, or leave the law out where there is no weather."""
        if subject.fault is None:
            pytest.skip("no faults can be planted here")
        subject.fault(where, kind)
