"""What really happened, counted at the two servers: their records, their requests, their logs.

Nothing here asks the sync. So what the demo claims does not rest on the word of the code it shows off.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from productops.connectors.jira.search import MARKER
from productops.sdk.mapping import Side
from productops.sync.plan import Conflict, other
from productops.testing.sandbox import Exchange, Sandbox

MEANS = {"To Do": "idea", "In Progress": "doing", "In Review": "doing", "QA": "doing", "Done": "done"}
MEANS |= {"Inbox": "idea", "Building": "doing", "Shipped": "done"}
READS = re.compile(r".*(search|bulkfetch|listRecords|approximate-count).*")  # POST requests that only read


@dataclass(frozen=True, slots=True)
class Thing:
    """One record as its server holds it, in words that both sides share."""

    id: str
    marker: str | None
    title: str
    description: str  # only its letters: the two services mark up text differently
    owner: str | None  # an e-mail
    due: str | None
    status: str | None
    points: float | None

    @property
    def values(self) -> tuple[Any, ...]:
        """Everything people see."""
        return self.title, self.description, self.owner, self.due, self.status, self.points


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit by a person: what, where and when. ``remote`` is the field's name or id in requests."""

    side: Side
    id: str
    field: str
    value: Any
    at: datetime
    remote: str


@dataclass(slots=True)
class Tally:
    """Counts at the servers of one sandbox. Say with ``by_hand`` which records people made."""

    sandbox: Sandbox
    by_hand: dict[Side, set[str]] = field(default_factory=lambda: {"left": set(), "right": set()})
    edits: list[Edit] = field(default_factory=list)

    def things(self, side: Side) -> list[Thing]:
        """Return every record of a side."""
        return self._issues() if side == "left" else self._rows()

    def _issues(self) -> list[Thing]:
        jira = self.sandbox.jira.service
        points = jira.field("Story Points")
        found = []
        for issue in jira.issues():
            owner = jira.site.users.get(str(issue.fields.get("assignee")))
            found.append(
                Thing(
                    id=str(issue.id),
                    marker=(issue.properties.get(MARKER) or {}).get("m"),
                    title=issue.summary.strip(),
                    description=letters(issue.fields.get("description")),
                    owner=owner.email if owner else None,
                    due=issue.fields.get("duedate"),
                    status=MEANS.get(jira.site.statuses[issue.status].name),
                    points=issue.fields.get(points),
                )
            )
        return found

    def _rows(self) -> list[Thing]:
        found = []
        for row in self.sandbox.airtable.service.base("Product").table("Roadmap").records():
            cells = row["fields"]
            found.append(
                Thing(
                    id=row["id"],
                    marker=cells.get("Sync key"),
                    title=str(cells.get("Name", "")).strip(),
                    description=letters(cells.get("Notes")),
                    owner=(cells.get("Owner") or {}).get("email"),
                    due=cells.get("Target date"),
                    status=MEANS.get(cells.get("Stage")),
                    points=cells.get("Points"),
                )
            )
        return found

    def created(self, side: Side) -> int:
        """Return how many records a program created on a side."""
        return sum(thing.id not in self.by_hand[side] for thing in self.things(side))

    def duplicates(self) -> int:
        """Return the records beyond one per thing, by marker or by number, whichever shows more."""
        wanted = sum(len(made) for made in self.by_hand.values())
        total = 0
        for side in self.by_hand:
            things = self.things(side)
            twins = sum(count - 1 for count in Counter(one.marker for one in things if one.marker).values())
            total += max(twins, len(things) - wanted, 0)
        return total

    def differences(self) -> int:
        """Return how many records have no equal on the other side."""
        left, right = (Counter(thing.values for thing in self.things(side)) for side in self.by_hand)
        return max((left - right).total(), (right - left).total())

    def lost_updates(self, conflicts: Iterable[Conflict]) -> int:
        """Return the edits that are neither visible on both sides nor kept verbatim by a conflict."""
        things = {side: self.things(side) for side in self.by_hand}
        kept = {
            (one.field, letters(value) if one.field == "description" else value)
            for one in conflicts
            for value in (one.left, one.right)
            if not isinstance(value, dict)
        }
        lost = 0
        for edit in self.edits:
            mine = next((one for one in things[edit.side] if one.id == edit.id), None)
            sure = mine is not None and getattr(mine, edit.field) == edit.value
            twins = [one for one in things[other(edit.side)] if mine is not None and one.title == mine.title]
            sure = sure and any(getattr(one, edit.field) == edit.value for one in twins)
            lost += not sure and (edit.field, edit.value) not in kept
        return lost

    def gap_edits(self) -> int:
        """Return the edits that a program wrote over without having read the record after them."""
        return sum(self._overwritten(edit) for edit in self.edits)

    def _overwritten(self, edit: Edit) -> bool:
        log = (self.sandbox.jira if edit.side == "left" else self.sandbox.airtable).log
        for exchange in log:
            if exchange.at <= edit.at:
                continue
            if writes(exchange, edit):
                return True
            if exchange.answer is not None and f'"{edit.id}"'.encode() in exchange.answer.body:
                return False
        return False

    def writes(self) -> int:
        """Return how many requests so far asked a server to change something."""
        counts = self.sandbox.jira.counts + self.sandbox.airtable.counts
        return sum(count for (method, route), count in counts.items() if method != "GET" and not READS.fullmatch(route))

    def dropped(self) -> int:
        """Return how many answers were lost on purpose."""
        logs = (self.sandbox.jira.log, self.sandbox.airtable.log)
        return sum(exchange.fault is not None for log in logs for exchange in log)


def writes(exchange: Exchange, edit: Edit) -> bool:
    """Tell whether a request writes the field that somebody edited."""
    request = exchange.request
    if request.method not in ("PUT", "PATCH", "POST") or READS.fullmatch(request.path):
        return False
    if edit.side == "left":
        if f"/issue/{edit.id}" not in request.path:
            return False
        moves = request.path.endswith("/transitions")
        return moves if edit.field == "status" else edit.remote in request.json().get("fields", {})
    rows = request.json().get("records", [])
    return any(row.get("id") == edit.id and edit.remote in row.get("fields", {}) for row in rows)


def letters(value: Any) -> str:
    """Return the letters of a text, or of all texts inside a document."""
    if isinstance(value, dict):
        return letters(value.get("text", "")) + "".join(letters(node) for node in value.get("content", ()))
    return "".join(sign for sign in str(value or "") if sign.isalpha())
