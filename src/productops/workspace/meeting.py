"""What a workspace has to do with services: its entities as collections, its spokes, and imports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel
from sqlalchemy import func, select

from productops.sdk.mapping import View
from productops.sync.book.decisions import Take
from productops.sync.conflict import Conflict
from productops.workspace import tables as t
from productops.workspace.hub import HubCollection
from productops.workspace.importing import Arrivals, carry_out
from productops.workspace.kinds import Kinds
from productops.workspace.preview import Preview
from productops.workspace.spoke import Spoke, Way, Where, make_spoke
from productops.workspace.star import Star, StarPlan, StarReport
from productops.workspace.store import Store

if TYPE_CHECKING:
    from productops.workspace.home import Workspace


class Meeting:
    """The part of :class:`~productops.workspace.home.Workspace` that meets services."""

    _store: Store
    _kinds: Kinds

    def collection(self, model: type[BaseModel]) -> HubCollection:
        """Return the entities of a class as a collection, for syncs and mappings of your own.

        Raises:
            ConfigError: the class is not known, or its entities have no id of their own.

        """
        return HubCollection(self._whole, self._kinds.of(model))

    @property
    def _whole(self) -> Workspace:
        return cast("Workspace", self)

    @cached_property
    def _star(self) -> Star:
        return Star(self._news)

    def _news(self, kind: str) -> int:
        with self._store.reading() as connection:
            last = select(func.max(t.events.c.seq)).where(t.events.c.kind == kind)
            return int(connection.execute(last).scalar() or 0)

    def _leave(self) -> None:
        """Give back the connections of the spokes' memories."""
        for spoke in self._star.spokes.values():
            if "state" in vars(spoke.sync):
                spoke.sync.state.engine.dispose()

    @property
    def spokes(self) -> list[Spoke]:
        """The services that are connected, in the order in which they are visited."""
        return self._star.ordered()

    def connect(
        self,
        name: str,
        view: View[Any],
        *,
        direction: Way = "both",
        where: Where | None = None,
        hide: Iterable[str] = (),
        state: str | Path | None = None,
        **options: Any,
    ) -> Spoke:
        """Keep a service's collection equal with the entities of the view's class; nothing happens before a run.

        Args:
            name: what the service is called in the history; the same for all that you connect of it.
            view: ``mapping.on(collection)``.
            direction: ``both``; ``in``: only what comes from the service counts; ``out``: nothing of it does.
            where: which entities the service gets: a function of the entity, or field → value. One that no longer
                belongs to them stays there as it is, and rests until it belongs to them again.
            hide: fields that the service neither gets nor changes, although the mapping names them.
            state: where the syncs keep their memory; by default in the workspace's own database.
            options: as in :class:`~productops.sync.engine.Sync`: ``match``, ``on_conflict`` (``spoke`` or ``hub``),
                ``on_delete``, ``policies``, ``people`` …

        Raises:
            ConfigError: the name is taken or makes none, a setting does not exist, or the class is not known.
            MappingError: all fields are hidden.

        """
        kind = self._kinds.of(view.mapping.model)
        options["state"] = self._store.location if state is None else state
        spoke = make_spoke(self._whole, kind, name, view, direction=direction, where=where, hide=hide, options=options)
        self._star.add(spoke)
        return spoke

    def plan(self, *, full: bool = False) -> StarPlan:
        """Return what every spoke's sync would do now. Writes nothing, neither here nor there.

        Args:
            full: list everything again instead of only what changed; only a full listing shows deletions.

        Raises:
            ConfigError: a field or option of a mapping does not exist, or a link leads nowhere.
            AuthError, AccessError: a service does not let us read.
            RetryableError: a service cannot be read now.

        """
        return self._star.plan(full=full)

    def apply(self, plan: StarPlan, *, confirm: Sequence[str] = (), wait: float = 0.0) -> StarReport:
        """Do exactly what a plan says. What that brings in goes on to the other spokes with the next plan.

        Args:
            plan: from :meth:`plan`.
            confirm: the ids of plans that a guard stopped, to carry them out all the same.
            wait: seconds to wait for another run.

        Raises:
            ProductOpsError: a spoke could not be done; all the others were. Its notes name it.

        """
        return self._star.apply(plan, confirm=confirm, wait=wait)

    def run(self, *, full: bool = False, wait: float = 0.0) -> StarReport:
        """Plan and apply, for cron, until what came from one spoke is in all the others. Raises as :meth:`apply`."""
        return self._star.run(full=full, wait=wait)

    def conflicts(self, *, closed: bool = False) -> list[Conflict]:
        """Return what needs a decision; with ``closed`` also what was settled, with the values that lost."""
        return self._star.conflicts(closed=closed)

    def resolve(self, conflict: Conflict | str, take: Take | str, value: Any = None) -> Conflict:
        """Decide a conflict: ``spoke`` or ``hub`` wins, ``value`` writes the given value, ``ignore`` leaves both.

        Raises:
            ConfigError: there is no such open conflict, or the decision does not fit it.

        """
        return self._star.resolve(conflict, take, value)

    # --- bringing in

    def preview(
        self,
        view: View[Any],
        *,
        source: str | None = None,
        match: str | Sequence[str] | None = None,
        keep: str | Iterable[str] = (),
    ) -> Preview:
        """Return what bringing in the records of a view would change. Writes nothing.

        A record is known again by its source and its id there (``source_system`` or ``source``, and ``source_id``),
        by the fields of ``match``, or by a mapped ``id``. Only mapped fields change, and of those only the ones that
        nobody here changed since the source said something of them.

        Args:
            view: ``mapping.on(collection)``: a file, or a table of a service.
            source: what the history calls the place; notes without one of their own get it as ``source_system``.
            match: fields by which a record is known again.
            keep: fields that no import changes in what is there.

        Raises:
            ConfigError: nothing says by what a record is known again, or a field does not exist.
            RejectedError: the file is broken; row and remedy are named.

        """
        return Arrivals(self._whole, view, source=source, match=match, keep=keep).preview()

    def load(self, what: Preview | View[Any], *, by: str | None = None, **options: Any) -> Preview:
        """Do what a preview says, all or nothing; a view is looked at first, with the options of :meth:`preview`.

        Raises:
            StaleError: something of that class changed since the preview was made.

        """
        found = what if isinstance(what, Preview) else self.preview(what, **options)
        return carry_out(self._whole, found, by)
