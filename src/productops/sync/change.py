"""What will happen to one pair of records, and what it was decided from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from productops.sdk.jsontext import dumps, loads
from productops.sdk.mapping import Side

SIDES: tuple[Side, Side] = ("left", "right")


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
    kind: Literal["create", "update", "delete", "restore"]
    fields: dict[str, Any] = field(default_factory=dict)
    before: dict[str, list[Any]] = field(default_factory=dict)  # field → [hash, value]
    claim: bool = False  # write the marker into a record that exists

    def told(self) -> dict[str, Any]:
        """Return the write in JSON form. What is as it is by default is left out."""
        data: dict[str, Any] = {"side": self.side, "kind": self.kind, "fields": self.fields}
        if self.before:
            data["before"] = self.before
        if self.claim:
            data["claim"] = True
        return data


@dataclass(slots=True)
class Change:
    """All that will happen to one pair of records.

    ``agreed`` becomes the pair's base when the change is done: field → side → [hash, value]. Values of a
    side that is written are replaced by what the service answers.
    """

    link: str
    kind: Literal["create", "update", "link", "delete", "agree", "restore"]
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
    losses: dict[str, dict[Side, list[str]]] = field(default_factory=dict)  # field → side → what it cannot show there
    undoes: str = ""  # the run whose writes this change takes back

    def to_json(self) -> str:
        """Return the change as one line of JSON. What is as it is by default is left out."""
        data: dict[str, Any] = {"link": self.link, "kind": self.kind}
        data |= {name: value for name in _TOLD if (value := getattr(self, name))}
        data["writes"] = [write.told() for write in self.writes]
        if not self.complete:
            data["complete"] = False
        return dumps(data)

    @classmethod
    def from_json(cls, text: str) -> Change:
        """Rebuild a change from :meth:`to_json`."""
        data = loads(text)
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
        what = "; ".join(sentence(write, names or {}) for write in self.writes)
        if self.kind == "link":
            what = "these two are the same" + (f"; {what}" if what else "")
        link = self.url()
        return (
            f"{self.name}  {what}"
            + (f" ({self.why})" if self.why else "")
            + (f"  {link}" if link not in self.name else "")
        )


_TOLD = tuple(name for name in Change.__slots__ if name not in ("link", "kind", "writes", "complete"))


def sentence(write: Write, names: Mapping[Side, str]) -> str:
    """Return what a write does, in a few words."""
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
