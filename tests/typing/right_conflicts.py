"""Conflicts are listed and settled."""

from productops import Conflict, Sync


def settle(sync: Sync) -> list[Conflict]:
    """Let the left side win, except where a field asks for a value."""
    settled = []
    for conflict in sync.conflicts():
        if conflict.field == "title":
            settled.append(sync.resolve(conflict, "value", value=conflict.name.strip()))
        else:
            settled.append(sync.resolve(conflict.id, "left"))
    return settled
