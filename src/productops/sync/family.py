"""Syncs whose records refer to each other, run so that what is referred to is there first.

A launch and its checklist items, a roadmap and its objectives: each kind is a sync of its own, and a ``ref`` leads from
one to another by the name of its sync.

::

    family = Family(launches, items)  # in any order
    family.run()

A reference can only be written when the record it leads to has its twin. So what is referred to goes first. Where
syncs refer to each other in a circle, or a sync to itself, the records are made first and what waited is written in a
second pass. An interrupted run is completed by the next one.
"""

from __future__ import annotations

from collections.abc import Iterator

from productops.errors import ConfigError
from productops.sdk.codecs import Ref, Wrapped
from productops.sync.engine import Sync
from productops.sync.plan import SIDES
from productops.sync.report import Report


class Family:
    """Several syncs over one state whose records refer to each other.

    Raises:
        ConfigError: two have one name, they keep their states apart, or a ``ref`` leads to a sync that is not there.

    """

    def __init__(self, *syncs: Sync) -> None:
        self.syncs: dict[str, Sync] = {sync.name: sync for sync in syncs}
        if len(self.syncs) < len(syncs):
            raise ConfigError("Two syncs of the family have one name.", remedy="Give each a name of its own.")
        if len({str(sync.location) for sync in syncs}) > 1:
            raise ConfigError(
                "The syncs of a family find each other's records in their state.", remedy="Give all the same state=."
            )
        for sync in syncs:
            for name in sorted(_targets(sync) - set(self.syncs)):
                raise ConfigError(
                    f"{sync.name!r} refers to {name!r}, which is not in the family.",
                    remedy=f"Add that sync, or correct to=. The family has: {', '.join(self.syncs)}.",
                )
        self.order: list[str]
        self.order, self._again = ordered({name: _targets(sync) for name, sync in self.syncs.items()})

    def __repr__(self) -> str:
        return f"<Family of {', '.join(self.order)}>"

    def __iter__(self) -> Iterator[Sync]:
        """Yield the syncs, what is referred to first."""
        return (self.syncs[name] for name in self.order)

    def run(self, *, full: bool = False, wait: float = 0.0) -> list[Report]:
        """Run every sync, and those again whose references may have waited; return all reports in order.

        Args:
            full: list everything again.
            wait: seconds to wait for another run of each sync.

        Raises:
            ProductOpsError: as :meth:`Sync.run`; what was done until then stays, and the next run goes on.

        """
        reports = {sync.name: sync.run(full=full, wait=wait) for sync in self}
        found = list(reports.values())
        for name in self.order:
            made = (report.linked + sum(report.created[side] for side in SIDES) for report in reports.values())
            if name in self._again and any(made):
                found.append(self.syncs[name].run(wait=wait))
        return found


def _targets(sync: Sync) -> set[str]:
    """Return the names of the syncs that a sync's references lead to."""
    found = set()
    for view in sync.views.values():
        for spec in view.mapping.fields.values():
            inner = spec.inner if isinstance(spec, Wrapped) else spec
            if isinstance(inner, Ref):
                found.add(inner.to or sync.name)
    return found


def ordered(targets: dict[str, set[str]]) -> tuple[list[str], set[str]]:
    """Return the names with targets first, and those that refer to themselves or in a circle."""
    order: list[str] = []
    circular = {name for name in targets if name in _reach(name, targets)}
    left = dict(targets)
    while left:
        ready = [name for name, needed in left.items() if not needed & set(left) - {name}]
        # In a circle something has to go first: what the fewest of the others wait for goes last.
        chosen = ready[0] if ready else min(left, key=lambda name: len(left[name] & set(left)))
        order.append(chosen)
        del left[chosen]
    return order, circular


def _reach(name: str, targets: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    todo = set(targets[name])
    while todo:
        one = todo.pop()
        if one not in seen:
            seen.add(one)
            todo |= targets.get(one, set())
    return seen
