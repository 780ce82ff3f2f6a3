"""A field that both sides changed, differently, and what a person decided about it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from productops.sync.change import brief


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
