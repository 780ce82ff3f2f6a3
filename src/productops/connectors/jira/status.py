"""Changing the status of an issue: transitions, and the workflow as far as it was seen.

Jira offers no way to set a status: an issue walks transitions, and only those that start at its status are shown.
What was seen is remembered by type and status, so a thousand issues that go the same way cost one look. A status
that is not next door is reached along a path; unknown parts of the workflow are looked up at another issue that
is there already, never by moving somebody's issue to find out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from productops.connectors.jira.api import SYSTEM
from productops.errors import RejectedError

if TYPE_CHECKING:
    from productops.connectors.jira.collection import JiraIssues

MOST_HOPS = 5
Place = tuple[str, str]  # issue type, status


@dataclass(frozen=True, slots=True)
class Transition:
    """One arrow of a workflow. ``required`` are the fields its screen insists on, with their names."""

    id: str
    name: str
    target: str
    target_name: str
    done: bool
    required: Mapping[str, str]


class Workflow:
    """The transitions seen so far in one project."""

    def __init__(self, issues: JiraIssues) -> None:
        self.issues = issues
        self.seen: dict[Place, tuple[Transition, ...]] = {}
        self.unseen: set[Place] = set()  # looked for in vain: no issue is there

    def offers(self, issue: str, place: Place, *, fresh: bool = False) -> tuple[Transition, ...]:
        """Return the transitions an issue at this place has."""
        if fresh or place not in self.seen:
            path, operation = f"issue/{issue}/transitions", "read the transitions"
            params = {"expand": "transitions.fields"}
            found = self.issues.api.call("GET", path, params=params, operation=operation, record=issue)
            self.seen[place] = tuple(_transition(raw) for raw in found.get("transitions") or [])
            self.unseen.discard(place)
        return self.seen[place]

    def path(self, issue: str, place: Place, target: str) -> list[Transition]:
        """Return the transitions that lead to a status.

        Raises:
            RejectedError: no way is known; the error names where the issue is and what it is offered.

        """
        self.offers(issue, place)
        while True:
            found = self._shortest(place, target)
            if found is not None:
                return found
            if not self._explore(place):
                raise self._no_way(issue, place, target)

    def _shortest(self, start: Place, target: str) -> list[Transition] | None:
        kind, waiting, known = start[0], deque([(start[1], list[Transition]())]), {start[1]}
        while waiting:
            status, way = waiting.popleft()
            if status == target:
                return way
            if len(way) == MOST_HOPS:
                continue
            for one in self.seen.get((kind, status), ()):
                if one.target not in known:
                    known.add(one.target)
                    waiting.append((one.target, [*way, one]))
        return None

    def _explore(self, start: Place) -> bool:
        """Learn the transitions of one more status that can be reached, from an issue that is there."""
        kind, waiting, known = start[0], deque([start[1]]), {start[1]}
        while waiting:
            status = waiting.popleft()
            place = (kind, status)
            if place not in self.seen and place not in self.unseen:
                sample = self.issues.sample(kind, status)
                if sample is not None:
                    self.offers(sample, place)
                else:
                    self.unseen.add(place)
                return True
            for one in self.seen.get(place, ()):
                if one.target not in known:
                    known.add(one.target)
                    waiting.append(one.target)
        return False

    def _no_way(self, issue: str, place: Place, target: str) -> RejectedError:
        names = {one.id: one.name for one in self.issues.schema().field("status").options}
        offered = ", ".join(f"{one.target_name} ({one.name})" for one in self.seen[place]) or "nothing"
        why = f"no way is known from {names.get(place[1], place[1])} to {names.get(target, target)}"
        return RejectedError(
            f"The status cannot be set: {why}.",
            fields={"status": f"{why}; offered: {offered}"},
            system=SYSTEM,
            operation="change the status",
            record=issue,
            remedy=f"The workflow offers: {offered}. Map a status that can be reached, or add a transition.",
        )

    def check(self, issue: str, way: Sequence[Transition], sent: Mapping[str, Any]) -> None:
        """Refuse a way whose screens insist on fields that are not being written."""
        for one in way:
            missing = {id_: name for id_, name in one.required.items() if sent.get(id_) is None}
            if missing:
                names = ", ".join(missing.values())
                raise RejectedError(
                    f"The status cannot be set: the transition {one.name!r} to {one.target_name} asks for {names}.",
                    fields={
                        **dict.fromkeys(missing, f"required by the transition {one.name!r}"),
                        "status": f"the transition {one.name!r} asks for {names}",
                    },
                    system=SYSTEM,
                    operation="change the status",
                    record=issue,
                    remedy=f"Map {names}, or take it off the transition's screen.",
                )

    def walk(self, issue: str, place: Place, way: Sequence[Transition], sent: Mapping[str, Any]) -> None:
        """Take the transitions one by one; one that is no longer offered is looked up once more.

        Raises:
            ProductOpsError: a transition failed; the issue stands where it got to.

        """
        kind, status = place
        for one in way:
            step, here = one, (kind, status)
            try:
                self._take(issue, step, sent)
            except RejectedError:
                fresh = self.offers(issue, here, fresh=True)
                again = next((new for new in fresh if new.target == one.target), None)
                if again is None or again == one:
                    raise
                self.check(issue, [again], sent)
                self._take(issue, again, sent)
            status = one.target

    def _take(self, issue: str, one: Transition, sent: Mapping[str, Any]) -> None:
        body: dict[str, Any] = {"transition": {"id": one.id}}
        if asked := {id_: sent[id_] for id_ in one.required if id_ in sent}:
            body["fields"] = asked
        path, operation = f"issue/{issue}/transitions", f"change the status to {one.target_name}"
        self.issues.api.call("POST", path, json=body, operation=operation, record=issue)

    def bring(self, issue: str, place: Place, target: str, sent: Mapping[str, Any]) -> None:
        """Bring an issue that was created just now to a status.

        Where no way is known and no other issue shows one, it goes on while there is only one way to go: nobody
        works with this issue yet, and a workflow that is a line is learned by walking it.
        """
        been = {place[1]}
        for _hop in range(MOST_HOPS):
            if place[1] == target:
                return
            try:
                way = self.path(issue, place, target)
            except RejectedError:
                way = self._only_way(issue, place, target, been)
                if not way:
                    raise
            self.check(issue, way, sent)
            self.walk(issue, place, way, sent)
            place = (place[0], way[-1].target)
            been.add(place[1])

    def _only_way(self, issue: str, place: Place, target: str, been: set[str]) -> list[Transition]:
        ahead = [one for one in self.offers(issue, place) if one.target not in been]
        done = any(one.done for ways in self.seen.values() for one in ways if one.target == target)
        going = ahead if done else [one for one in ahead if not one.done]
        return going if len({one.target for one in going}) == 1 else []


def _transition(raw: Mapping[str, Any]) -> Transition:
    to = raw.get("to") or {}
    required = {
        str(id_): str(meta.get("name") or id_)
        for id_, meta in (raw.get("fields") or {}).items()
        if meta.get("required") and not meta.get("hasDefaultValue")
    }
    done = (to.get("statusCategory") or {}).get("key") == "done"
    return Transition(
        str(raw["id"]), str(raw.get("name", "")), str(to.get("id", "")), str(to.get("name", "")), done, required
    )
