"""Everything a sync would do, as a value: print it, save it, send it to a colleague, apply it.

A plan is read before it is believed, so it opens with one sentence, names records by title and link
and says what needs a decision. Its changes live in a spool (memory first, a temporary file when they
grow), so a plan of a hundred thousand records does not fill the memory.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from productops.errors import ConfigError
from productops.looks import as_html
from productops.sdk.mapping import Side
from productops.sync.change import SIDES, Change, Write, brief, other
from productops.sync.conflict import Conflict
from productops.sync.spool import Spool

SHOWN = 20  # lines of each kind that a printed plan shows


FORMAT = 1
VERBS = {"create": "create", "change": "update", "restore": "restore", "delete": "delete"}
TITLES = {
    "create": "New records",
    "update": "Changes",
    "link": "Links",
    "restore": "Brought back",
    "delete": "Deletions",
}


@dataclass(slots=True)
class Plan:
    """Everything a sync would do. ``apply`` does exactly this, or refuses.

    Falsy when it holds no write and no link to record; open conflicts do not count.
    """

    sync: str
    id: str
    lineage: str
    serial: int
    config: str
    created: float
    names: dict[Side, str] = field(default_factory=dict)  # what the two sides are called
    counts: dict[str, int] = field(default_factory=dict)
    blocked: list[str] = field(default_factory=list)  # why apply refuses without a confirmation
    problems: list[str] = field(default_factory=list)  # records and fields that stay behind, and why
    notes: list[str] = field(default_factory=list)  # findings that need no action
    drift: list[str] = field(default_factory=list)  # what changed in the two schemas
    unmatched: list[str] = field(default_factory=list)  # people without an account on the other side
    conflicts: list[Conflict] = field(default_factory=list)
    new: list[str] = field(default_factory=list)  # the findings above that no applied plan told before
    waiting: int = 0  # writes whose outcome is not known yet
    recovered: int = 0  # writes whose answer was lost and that were found now
    gap_edits: int = 0  # fields that such a write overwrote before anybody had read them; kept among the conflicts
    losses: dict[str, dict[str, int]] = field(default_factory=dict)  # "field in side" → what it cannot show → records
    hidden: int = 0  # problems beyond those kept in the list
    seal: str = ""  # proves that nobody edited what would be done; see seal_with
    changes: Spool = field(default_factory=Spool)

    def add(self, change: Change) -> None:
        """Add a change and count what it does."""
        self.changes.append(change)
        if change.kind in ("link", "agree"):
            self._count(change.kind)
        for write in change.writes:
            self._count(f"{write.kind}_{write.side}")
            for name in change.losses.keys() & write.fields.keys() if change.losses else ():
                self._lose(f"{name} in {self.names.get(write.side, write.side)}", change.losses[name], write.side)

    def _lose(self, where: str, unshown: Mapping[Side, Sequence[str]], side: Side) -> None:
        for what in unshown.get(side, ()):
            known = self.losses.setdefault(where, {})
            known[what] = known.get(what, 0) + 1

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    def seal_with(self, key: str) -> str:
        """Return the plan's seal under a key that only the sync's state knows: over everything that is carried out."""
        decisive = [getattr(self, name) for name in _SEALED]
        text = json.dumps([*decisive, self.changes.digest()], ensure_ascii=False, sort_keys=True)
        return hmac.digest(key.encode(), text.encode("utf-8", "surrogatepass"), "sha256").hex()

    def problem(self, text: str) -> None:
        """Add a problem; a long list keeps its first thousand and counts the rest."""
        if len(self.problems) < 1_000:
            self.problems.append(text)
        else:
            self.hidden += 1

    @property
    def writes(self) -> int:
        """How many records will be written, on both sides together."""
        return sum(count for what, count in self.counts.items() if what not in ("link", "agree"))

    def __bool__(self) -> bool:
        return bool(self.writes or self.counts.get("link"))

    def summary(self) -> str:
        """Return the plan in one sentence."""
        parts = []
        for side in SIDES:
            doing = [
                f"{verb} {count:,}" for verb, kind in VERBS.items() if (count := self.counts.get(f"{kind}_{side}", 0))
            ]
            if doing:
                parts.append(f"{_join(doing)} in {self.names.get(side, side)}")
        if links := self.counts.get("link"):
            parts.append(f"link {links:,} pairs that already exist")
        text = _join(parts)
        text = text[:1].upper() + text[1:] if text else "Nothing to do"
        tail = []
        if self.conflicts:
            verb = "needs" if len(self.conflicts) == 1 else "need"
            tail.append(f"{len(self.conflicts):,} {_plural('conflict', len(self.conflicts))} {verb} a decision")
        if count := len(self.problems) + self.hidden:
            tail.append(f"{count:,} {_plural('problem', count)} to read")
        if self.waiting:
            tail.append(f"{self.waiting:,} earlier {_plural('write', self.waiting)} not settled yet")
        return text + (": " + _join(tail) if tail else "") + "."

    def __repr__(self) -> str:
        return f"<Plan {self.sync}: {self.summary()}>"

    def __str__(self) -> str:
        lines = [self.summary()]
        if self.blocked:
            lines += ["", "Nothing will be written:", *(f"  ! {reason}" for reason in self.blocked)]
        shown: dict[str, list[str]] = {}
        for change in self.changes:
            if change.kind != "agree" and len(shown.setdefault(change.kind, [])) < SHOWN:
                shown[change.kind].append("  " + change.line(self.names))
        for kind, found in shown.items():
            lines += [
                "",
                TITLES[kind],
                *found,
            ]
            total = sum(count for what, count in self.counts.items() if what.startswith(kind))
            if kind in ("create", "delete", "link") and total > len(found):
                lines.append(f"  … and {total - len(found):,} more")
        for title, items in self._sections():
            lines += ["", title, *(f"  {item}" for item in items[:SHOWN])]
            if len(items) > SHOWN:
                lines.append(f"  … and {len(items) - SHOWN:,} more")
        return "\n".join(lines)

    def _sections(self) -> Iterator[tuple[str, list[str]]]:
        sections = {
            "Needs a decision": [str(conflict) for conflict in self.conflicts],
            "Problems": self.problems,
            "What changed in the fields": self.drift,
            "People without an account on the other side": self.unmatched,
            "What the other side cannot show": [
                f"{where}: " + ", ".join(f"{what} ({count:,})" for what, count in sorted(found.items()))
                for where, found in sorted(self.losses.items())
            ],
            "Notes": self.notes,
        }
        yield from ((title, items) for title, items in sections.items() if items)

    def _repr_html_(self) -> str | None:
        return as_html(self, "plan")

    def to_json(self, path: str | Path | None = None) -> str:
        """Return the plan as JSON, and write it to ``path`` when one is given."""
        head = {name: getattr(self, name) for name in _HEAD}
        head["conflicts"] = [asdict(conflict) for conflict in self.conflicts]
        head["summary"] = self.summary()
        body = ",\n".join(change.to_json() for change in self.changes)
        text = (
            json.dumps({"format": FORMAT, **head}, ensure_ascii=False, indent=1)[:-2]
            + f',\n "changes": [\n{body}\n]}}\n'
        )
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text

    @classmethod
    def from_json(cls, source: str | Path) -> Plan:
        """Load a plan from JSON text or a file.

        Raises:
            ConfigError: this is not a plan, or one of a newer version.

        """
        text = (
            Path(source).read_text(encoding="utf-8") if isinstance(source, Path) or "\n" not in str(source) else source
        )
        try:
            data = json.loads(text)
            if data.pop("format") != FORMAT:
                raise ConfigError("The plan was written by another version.", remedy="Make a new plan.")
            changes = data.pop("changes")
            data.pop("summary")
            plan = cls(**{**data, "conflicts": [Conflict(**item) for item in data["conflicts"]]})
            counts, plan.counts, plan.losses = plan.counts, {}, {}
            for change in changes:
                plan.add(Change(**{**change, "writes": [Write(**write) for write in change["writes"]]}))
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, ConfigError):
                raise
            raise ConfigError(
                "This is not a plan.", remedy="Give the text or the file that to_json() wrote."
            ) from error
        if counts != plan.counts:
            raise ConfigError(
                "The plan's changes do not add up to its counts: it was edited.", remedy="Make a new plan."
            )
        return plan


_HEAD = (
    "sync", "id", "lineage", "serial", "config", "created", "names", "counts", "blocked", "problems", "notes", "drift",
    "unmatched", "new", "waiting", "recovered", "gap_edits", "losses", "hidden", "seal",
)  # fmt: skip
_SEALED = ("sync", "id", "lineage", "serial", "config", "created", "counts", "blocked")


def _join(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _plural(noun: str, count: int) -> str:
    return noun if count == 1 else noun + "s"


__all__ = ["SIDES", "Change", "Conflict", "Plan", "Spool", "Write", "brief", "other"]
