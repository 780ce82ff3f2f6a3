"""What was looked at and what came of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

NAMES = ("errors", "errors_mapped", "values", "writable", "lossless", "requests_checked", "requests_invalid",
         "answers_checked", "answers_invalid")  # fmt: skip


@dataclass
class Tally:
    """Counts: ``payloads``, ``in_scope`` and ``decoded`` are files; errors, values and what is written are pieces."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[dict[str, str]] = field(default_factory=list)
    out_of_scope: list[dict[str, str]] = field(default_factory=list)
    kept: Counter[str] = field(default_factory=Counter)  # why what was read is not written back
    file: str = ""
    broken: bool = False  # something of this file did not decode

    def add(self, name: str, count: int = 1) -> None:
        self.counts[name] += count

    def fail(self, reason: str, *, undecoded: bool = False) -> None:
        """Note a failure of the file that is being looked at."""
        self.broken = self.broken or undecoded
        self.failures.append({"file": self.file, "reason": reason[:400]})

    def keep(self, reason: str) -> None:
        """Note a value that is read and, for this reason, never written."""
        self.kept[reason] += 1

    def written(self, same: bool, reason: str) -> None:
        """Note a value that can be written, and whether it came out as it was recorded."""
        self.add("writable")
        if same:
            self.add("lossless")
        else:
            self.fail(reason)

    def to_dict(self) -> dict[str, Any]:
        files = {name: self.counts[name] for name in ("payloads", "in_scope", "decoded")}
        return {
            **files,
            **{name: self.counts[name] for name in NAMES},
            "read_only": dict(sorted(self.kept.items())),
            "out_of_scope": self.out_of_scope,
            "failures": self.failures,
        }
