"""What a run did, as a value for logs, schedulers and people."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from productops.sync.plan import SIDES

DONE = {"create": "created", "update": "updated", "delete": "deleted", "restore": "restored"}
KEPT = 1_000  # lines of each kind; further ones are only counted


@dataclass(slots=True)
class Report:
    """What one run did. ``to_dict()`` goes into JSON."""

    sync: str
    run: str
    started: float
    finished: float | None = None
    created: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SIDES, 0))
    updated: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SIDES, 0))
    deleted: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SIDES, 0))
    restored: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SIDES, 0))  # taken out of the trash
    linked: int = 0
    uncertain: int = 0  # writes whose answer was lost; they are looked up before anything is repeated
    recovered: int = 0  # such writes that were found
    gap_edits: int = 0  # edits between our last read and our write; kept in conflicts(closed=True)
    conflicts: int = 0  # open ones
    skipped: list[str] = field(default_factory=list)  # left alone because they moved after the plan
    problems: list[str] = field(default_factory=list)
    new_problems: list[str] = field(default_factory=list)  # findings of plan and run that were never told before
    known_problems: list[str] = field(default_factory=list)  # findings that an earlier run told already
    hidden: int = 0

    def count(self, kind: str, side: str) -> None:
        """Count one write that succeeded."""
        getattr(self, DONE[kind])[side] += 1

    def problem(self, text: str) -> None:
        """Add a line about a record that stayed behind."""
        self._add(self.problems, text)

    def skip(self, text: str) -> None:
        """Add a line about a record that moved."""
        self._add(self.skipped, text)

    def _add(self, lines: list[str], text: str) -> None:
        if len(lines) < KEPT:
            lines.append(text)
        else:
            self.hidden += 1

    @property
    def writes(self) -> int:
        """How many records were written."""
        return sum(sum(part.values()) for part in (self.created, self.updated, self.deleted, self.restored))

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON-able values."""
        return asdict(self)

    def __str__(self) -> str:
        parts = [
            f"{verb} {counts[side]:,} {side}"
            for verb, counts in (
                ("created", self.created),
                ("changed", self.updated),
                ("deleted", self.deleted),
                ("restored", self.restored),
            )
            for side in SIDES
            if counts[side]
        ]
        parts += [f"linked {self.linked:,}"] if self.linked else []
        lines = [f"{self.sync}: " + (", ".join(parts) or "nothing to do")]
        for label, count in (
            ("conflicts open", self.conflicts),
            ("writes not settled yet", self.uncertain),
            ("lost answers found", self.recovered),
            ("edits overwritten in the gap, kept in conflicts(closed=True)", self.gap_edits),
        ):
            if count:
                lines.append(f"  {label}: {count:,}")
        for title, items in (("moved since the plan", self.skipped), ("problems", self.problems)):
            lines += [f"  {title}: {len(items):,}", *(f"    {item}" for item in items[:20])] if items else []
        return "\n".join(lines)
