"""Changes on their way, and the writes that one commit of intents holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from productops.sdk.collection import Outcome
from productops.sdk.mapping import Seen, Side
from productops.sync.change import Change, Write


@dataclass(slots=True)
class Task:
    """One change on its way: what has been written, and what each side shows now."""

    change: Change
    text: str = ""  # the change's JSON in the plan, until the first intent: what is sent afterwards may alter it
    echoes: dict[Side, Seen] = field(default_factory=dict)
    failed: bool = False
    unsure: bool = False
    halves: list[str] = field(default_factory=list)  # the intents of its writes that came before the last one
    fresh: bool = False  # its pair was linked just now, so that nothing was agreed about it before
    finished: bool = False  # what is agreed now is in the state

    @property
    def held_up(self) -> bool:
        """Whether the rest of the change has to wait for another run."""
        return self.failed or self.unsure

    def json(self) -> str:
        """Return the change as JSON, for an intent."""
        text, self.text = self.text or self.change.to_json(), ""
        return text


Item = tuple[Task, Write, Any]
"""A task, the write of it that is at hand, and what is sent for it."""


@dataclass(slots=True)
class Sending:
    """Writes whose intents are committed, in the order in which they leave, and what came of those that did."""

    side: Side
    kind: str
    items: Sequence[Item]
    ops: Sequence[str]
    since: datetime  # from when on they may have left; as the intents say
    outcomes: list[Outcome | None] = field(default_factory=list)

    def answered(self, outcomes: Sequence[Outcome | None]) -> None:
        """Take what came of the next ones."""
        if len(outcomes) > len(self.items) - len(self.outcomes):
            raise ValueError("more outcomes than writes")
        self.outcomes += outcomes
