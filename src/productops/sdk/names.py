"""Names that a mapping uses, and the ids they meant when it first met the collection."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field

from productops.sdk.collection import Field, Schema, fold
from productops.sdk.record import fingerprint


@dataclass(slots=True)
class Names:
    """Names that a mapping used and the ids they were resolved to, so that a rename changes nothing.

    ``remembered`` comes from an earlier run (empty at first); ``resolved`` is what this run found.
    ``drift`` holds one line for each rename and removal.
    """

    remembered: MappingABC[str, str] = field(default_factory=dict)
    resolved: dict[str, str] = field(default_factory=dict)
    drift: list[str] = field(default_factory=list)
    # What drift tells of, by id: a field, "field/option", "field//kind". Who compares schemas need not tell it again.
    told: set[str] = field(default_factory=set, compare=False)
    # What kind each field had when its mapping first met it; not part of what the names mean.
    kinds: dict[str, str] = field(default_factory=dict, compare=False)

    def find_field(self, schema: Schema, name: str) -> Field | None:
        """Return the field; ``None`` when a field known from before was removed.

        Raises:
            ConfigError: the name is unknown and always was.

        """
        known = self.remembered.get(name)
        if known is None:
            found = schema.field(name)
        else:
            self.resolved[name] = known
            match = next((item for item in schema.fields if item.id == known), None)
            if match is None:
                self.drift.append(f"{schema.where}: the field {name!r} was removed; its mapping is paused")
                self.told.add(known)
                return None
            found = match
            if fold(found.name) != fold(name) and found.id != name:
                self.drift.append(f"{schema.where}: the field {name!r} is now called {found.name!r}")
                self.told.add(found.id)
        self.resolved[name] = found.id
        return found

    def retyped(self, where: str, found: Field, spelled: str) -> str | None:
        """Return why a field must rest: it has another kind than when its mapping, spelled so, first met it."""
        slot = f"{found.id}//{fingerprint(spelled)}"
        kind = self.remembered.get(slot, found.kind)
        self.kinds[slot] = kind
        if kind == found.kind:
            return None
        self.drift.append(
            f"{where}: {found.name!r} was {kind} and is {found.kind} now; its mapping is paused. Map it anew, or call "
            "rebind() if the mapping still fits"
        )
        self.told.add(f"{found.id}//kind")
        return f"{found.name!r} was {kind} and is {found.kind} now"

    def find_option(self, where: str, field: Field, name: str) -> str | None:
        """Return the option's id, or ``None`` when the field has no such option (any more)."""
        slot = f"{field.id}/{name}"
        known = self.remembered.get(slot)
        option = field.option(known or name)
        if option is None:
            if known:
                self.resolved[slot] = known
                self.drift.append(
                    f"{where}: the option {name!r} was removed from {field.name!r}; its mapping is paused"
                )
                self.told.add(f"{field.id}/{known}")
            return None
        if known and option.name != name and option.id != name:
            self.drift.append(f"{where}: the option {name!r} of {field.name!r} is now called {option.name!r}")
            self.told.add(f"{field.id}/{option.id}")
        self.resolved[slot] = option.id
        return option.id
