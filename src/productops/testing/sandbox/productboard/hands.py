"""What a person does in the window of the workspace."""

from __future__ import annotations

from typing import Any

from productops.testing.sandbox.clock import Clock
from productops.testing.sandbox.productboard import acts, relations
from productops.testing.sandbox.productboard.world import NEED_PARENT, NOTES, PARENTS, Thing, World


class Hands:
    """The workspace, for acting as a person in it. Things are named by their id, their name or their e-mail."""

    world: World
    clock: Clock

    def named(self, name: str) -> Thing:
        """Return a thing. Raises ``KeyError``."""
        if name in self.world.things:
            return self.world.things[name]
        for one in self.world.things.values():
            if name in (one.fields.get("name"), one.fields.get("email")):
                return one
        raise KeyError(name)

    def all(self, kind: str) -> list[Thing]:
        """Return the things of a type, the archived ones too."""
        return [one for one in self.world.things.values() if one.type == kind]

    def add(self, kind: str, /, *, under: str | None = None, **fields: Any) -> Thing:
        """Add a thing, below another; without ``under`` below the first one it can be below, where it needs to be."""
        parent = self.named(under).id if under else None
        if parent is None and kind in NEED_PARENT:
            parent = next((one.id for one in self.world.things.values() if one.type in PARENTS[kind]), None)
        links = [{"type": "parent", "target": {"id": parent}}] if parent else []
        data = {"type": kind, "fields": fields, "relationships": links}
        return acts.make(self.world, data, self.clock.now(), notes=kind in NOTES)

    def edit(self, name: str, /, **fields: Any) -> None:
        """Edit a thing."""
        acts.change(self.world, self.named(name), {"fields": fields}, self.clock.now(), by_hand=True)

    def link(self, name: str, kind: str, other: str) -> None:
        """Link two things. A ``kind`` such as ``parent`` or ``customer`` takes the place of the one before."""
        thing, found = self.named(name), self.named(other)
        shape = "link" if thing.is_note and kind == "link" else found.type
        data = {"type": kind, "target": {"id": found.id, "type": shape}}
        thing.keep(self.clock.now())
        relations.link(self.world, thing, data, self.clock.now(), replace=True)
        thing.updated = self.clock.now()

    def unlink(self, name: str, kind: str, other: str) -> None:
        """Take a link away."""
        thing = self.named(name)
        thing.keep(self.clock.now())
        relations.unlink(self.world, thing, kind, self.named(other).id, self.clock.now())
        thing.updated = self.clock.now()

    def highlight(self, note: str, feature: str) -> None:
        """Link a piece of a note's text to a feature. No program may change the note's content after that."""
        self.link(note, "link", feature)
        self.named(note).locked = True

    def remove(self, name: str) -> None:
        """Delete a thing and everything below it, for good."""
        relations.remove(self.world, self.named(name), self.clock.now())
