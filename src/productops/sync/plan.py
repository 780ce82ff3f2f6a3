"""Everything a sync would do, as a value: print it, save it, send it to a colleague, apply it.

A plan is read before it is believed, so it opens with one sentence, names records by title and link
and says what needs a decision. Its changes live in a spool (memory first, a temporary file when they
grow), so a plan of a hundred thousand records does not fill the memory.
"""

from __future__ import annotations

import dataclasses
import html
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from productops.errors import ConfigError
from productops.sdk.mapping import Side

_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))  # json.dumps() would make one each time
SIDES: tuple[Side, Side] = ("left", "right")
SHOWN = 20  # lines of each kind that a printed plan shows
FORMAT = 1


def other(side: Side) -> Side:
    """Return the opposite side."""
    return "right" if side == "left" else "left"


@dataclass(slots=True)
class Write:
    """What will be sent to one side: a create, an update of the named fields, a delete, or a claim.

    ``before`` holds, for each field, what the record showed when this was decided; a field that
    shows something else at the moment of writing is left alone.
    """

    side: Side
    kind: Literal["create", "update", "delete"]
    fields: dict[str, Any] = field(default_factory=dict)
    before: dict[str, list[Any]] = field(default_factory=dict)  # field → [hash, value]
    claim: bool = False  # write the marker into a record that exists


@dataclass(slots=True)
class Change:
    """All that will happen to one pair of records.

    ``agreed`` becomes the pair's base when the change is done: field → side → [hash, value]. Values of a
    side that is written are replaced by what the service answers.
    """

    link: str
    kind: Literal["create", "update", "link", "delete", "agree"]
    title: str = ""
    ends: dict[Side, str] = field(default_factory=dict)
    labels: dict[Side, dict[str, Any]] = field(default_factory=dict)  # key and url
    writes: list[Write] = field(default_factory=list)
    agreed: dict[str, dict[Side, list[Any]]] = field(default_factory=dict)
    settles: list[str] = field(default_factory=list)  # conflicts that this change ends
    keeps: list[dict[str, Any]] = field(default_factory=list)  # values about to be overwritten, as settled conflicts
    stamps: dict[Side, float] = field(default_factory=dict)  # which view of each side this was decided from
    complete: bool = True  # no field stays behind
    why: str = ""
    rules: dict[str, str] = field(default_factory=dict)  # field → which rule chose, where a rule did
    undoes: str = ""  # the run whose writes this change takes back

    def to_json(self) -> str:
        """Return the change as one line of JSON."""
        data = {name: getattr(self, name) for name in Change.__slots__}  # asdict() would copy everything deeply
        data["writes"] = [{name: getattr(write, name) for name in Write.__slots__} for write in self.writes]
        return _encoder.encode(data)

    @classmethod
    def from_json(cls, text: str) -> Change:
        """Rebuild a change from :meth:`to_json`."""
        data = json.loads(text)
        return cls(**{**data, "writes": [Write(**write) for write in data["writes"]]})

    def key(self, side: Side) -> str:
        """Return what people call the record on a side; ids that nobody says are not printed."""
        return str(self.labels.get(side, {}).get("key") or "")

    def url(self) -> str:
        """Return where to look: the record that will be written, or else the one that was the reason."""
        sides = [write.side for write in self.writes if write.kind != "create"] + list(SIDES)
        return next((str(url) for side in sides if (url := self.labels.get(side, {}).get("url"))), "")

    @property
    def name(self) -> str:
        """What people call the pair: its title and keys, or a link where nothing has a key."""
        title = brief(self.title, 80) if self.title else "(untitled)"
        where = " / ".join(filter(None, (self.key(side) for side in SIDES))) or self.url()
        return f"{title} [{where}]" if where else title

    def line(self, names: Mapping[Side, str] | None = None) -> str:
        """Return the change as one line for people."""
        what = "; ".join(_sentence(write, names or {}) for write in self.writes)
        if self.kind == "link":
            what = "these two are the same" + (f"; {what}" if what else "")
        link = self.url()
        return (
            f"{self.name}  {what}"
            + (f" ({self.why})" if self.why else "")
            + (f"  {link}" if link not in self.name else "")
        )


def _sentence(write: Write, names: Mapping[Side, str]) -> str:
    where = names.get(write.side, write.side)
    if write.kind != "update":
        return f"{write.kind} in {where}"
    fields = [
        f"{name}: {brief(write.before.get(name, [None, None])[1])} → {brief(value)}"
        for name, value in write.fields.items()
    ]
    return f"in {where}: " + (", ".join(fields) or "write the sync key")


def brief(value: Any, width: int = 40) -> str:
    """Return a value short enough for one line."""
    if value is None:
        return "(empty)"
    if isinstance(value, dict):
        value = next((part for part in value.values() if part), "")
    if isinstance(value, list):
        value = ", ".join(brief(item, width) for item in value)
    text = " ".join(str(value).split())
    return text if len(text) <= width else text[: width - 1] + "…"


@dataclass(slots=True)
class Conflict:
    """One field that both sides changed, differently. It stays until settled; both values are kept."""

    id: str
    link: str
    field: str
    kind: str
    title: str = ""
    base: Any = None
    left: Any = None
    right: Any = None
    labels: dict[Any, dict[str, Any]] = dataclasses.field(default_factory=dict)
    hashes: dict[Any, str] = dataclasses.field(default_factory=dict)
    names: dict[Any, str] = dataclasses.field(default_factory=dict)  # what the two sides are called
    state: str = "open"
    decision: dict[str, Any] | None = None

    @property
    def name(self) -> str:
        """What people call the pair."""
        keys = [str(label["key"]) for label in self.labels.values() if label.get("key")]
        urls = [str(label["url"]) for label in self.labels.values() if label.get("url")]
        where = " / ".join(keys) or (urls[0] if urls else "")
        return f"{brief(self.title, 80) if self.title else '(untitled)'}" + (f" [{where}]" if where else "")

    def __str__(self) -> str:
        if not self.field:
            return f"{self.id}  {self.name}: " + "; ".join(str(text) for text in (self.left, self.right) if text)
        says = [
            f"{side} ({self.names[side]}) says {brief(value)}" if side in self.names else f"{side} says {brief(value)}"
            for side, value in (("left", self.left), ("right", self.right))
        ]
        return f"{self.id}  {self.name} {self.field}: {', '.join(says)} (last agreed: {brief(self.base)})"


class Spool:
    """A list of changes that moves to a temporary file when it grows."""

    def __init__(self, limit: int = 2_000_000) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=limit, mode="w+", encoding="utf-8", newline="\n")  # noqa: SIM115  lives as long as the plan
        self._count = 0

    def append(self, change: Change) -> None:
        """Add a change at the end."""
        self._file.seek(0, 2)
        self._file.write(change.to_json() + "\n")
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Change]:
        return (Change.from_json(line) for line in self.lines())

    def lines(self) -> Iterator[str]:
        """Yield each change's JSON."""
        position = 0
        while True:
            self._file.seek(position)
            lines = [line for line in (self._file.readline() for _ in range(200)) if line]
            position = self._file.tell()
            if not lines:
                return
            yield from (line.rstrip("\n") for line in lines)

    def close(self) -> None:
        """Give the memory or the file back."""
        self._file.close()

    def __del__(self) -> None:
        self._file.close()


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
    hidden: int = 0  # problems beyond those kept in the list
    changes: Spool = field(default_factory=Spool)

    def add(self, change: Change) -> None:
        """Add a change and count what it does."""
        self.changes.append(change)
        if change.kind in ("link", "agree"):
            self._count(change.kind)
        for write in change.writes:
            self._count(f"{write.kind}_{write.side}")

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

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
                f"{verb} {count:,}"
                for verb, kind in (("create", "create"), ("change", "update"), ("delete", "delete"))
                if (count := self.counts.get(f"{kind}_{side}", 0))
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
                {"create": "New records", "update": "Changes", "link": "Links", "delete": "Deletions"}[kind],
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
            "Notes": self.notes,
        }
        yield from ((title, items) for title, items in sections.items() if items)

    def _repr_html_(self) -> str:
        rows = []
        for number, change in enumerate(change for change in self.changes if change.kind != "agree"):
            if number == SHOWN:
                break
            cells = "".join(f"<td>{_anchor(change, side)}</td>" for side in SIDES)
            what = html.escape("; ".join(_sentence(write, self.names) for write in change.writes) or change.kind)
            rows.append(f"<tr><td>{html.escape(change.title or '(untitled)')}</td>{cells}<td>{what}</td></tr>")
        heads = "".join(f"<th>{html.escape(self.names.get(side, side))}</th>" for side in SIDES)
        table = (
            f"<table><thead><tr><th>Title</th>{heads}<th>What</th></tr></thead><tbody>{''.join(rows)}</tbody></table>"
            if rows
            else ""
        )
        more = f"<p>Showing {SHOWN} of {len(self.changes):,}.</p>" if len(rows) == SHOWN < len(self.changes) else ""
        blocked = "".join(
            f"<p><strong>Nothing will be written:</strong> {html.escape(reason)}</p>" for reason in self.blocked
        )
        lists = ""
        for title, items in self._sections():
            shown = "".join(f"<li>{html.escape(item)}</li>" for item in items[:SHOWN])
            lists += f"<h4>{html.escape(title)}</h4><ul>{shown}</ul>"
        return f"<div><p><strong>{html.escape(self.summary())}</strong></p>{blocked}{table}{more}{lists}</div>"

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
            counts, plan.counts = plan.counts, {}
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
    "unmatched", "new", "waiting", "hidden",
)  # fmt: skip


def _anchor(change: Change, side: Side) -> str:
    url = change.labels.get(side, {}).get("url") or ""
    label = html.escape(change.key(side) or ("open" if url else ""))
    return f'<a href="{html.escape(url)}">{label}</a>' if url.startswith(("https://", "http://")) else label


def _join(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _plural(noun: str, count: int) -> str:
    return noun if count == 1 else noun + "s"
