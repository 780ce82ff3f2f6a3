"""What a workspace shows: roadmaps and launches over time, tables, SQL, and all of it as a file."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from pydantic import BaseModel

from productops.model.assessment import Assessment
from productops.model.burnup import WINDOW_DAYS, BurnUp
from productops.model.canvas import Canvas
from productops.model.canvas_trend import Trend
from productops.model.readiness import Readiness
from productops.model.roadmap import Snapshot
from productops.model.roadmap_diff import RoadmapDiff
from productops.sdk.table import Backend, Table
from productops.workspace import asking, jsonl, looks
from productops.workspace.finding import Wanted
from productops.workspace.flat import rows_of, table
from productops.workspace.kinds import Kinds
from productops.workspace.store import Store

if TYPE_CHECKING:
    from productops.workspace.home import Workspace


class Sight:
    """The part of :class:`~productops.workspace.home.Workspace` that shows what is and was there."""

    _store: Store
    _kinds: Kinds

    @property
    def _all(self) -> Workspace:
        return cast("Workspace", self)

    # --- over time

    def snapshot(self, at: datetime, roadmap: str | None = None) -> Snapshot:
        """Return the roadmap as it was: every `RoadmapItem`, or the items within the `Roadmap` of an id.

        Raises:
            GoneError: there never was such a roadmap.

        """
        return looks.snapshot(self._all, at, roadmap)

    def roadmap_diff(
        self, before: datetime, after: datetime, *, roadmap: str | None = None, mode: Literal["net", "log"] = "net"
    ) -> RoadmapDiff:
        """Return what changed on the roadmap between two moments, with the reasons that were given.

        As in `productops.model.roadmap_diff.diff`, "net" compares the ends and "log" lists every step.
        """
        return looks.roadmap_diff(self._all, before, after, roadmap, mode)

    def canvas_of(self, assessment: Assessment) -> Canvas:
        """Return the canvas in the revision that an assessment belongs to.

        Raises:
            GoneError: the workspace never held that revision.

        """
        return looks.canvas_of(self._all, assessment)

    def canvas_trend(self, before: Assessment, after: Assessment) -> Trend:
        """Return how a team's levels changed, each assessment held against the canvas of its time."""
        return looks.canvas_trend(self._all, before, after)

    def readiness(self, launch: str, at: datetime | date, gate: str | None = None, **more: Any) -> Readiness:
        """Return how ready the launch of an id was at a moment, or at the end of a day (UTC), as was known then.

        Raises:
            GoneError: there was no such launch then.

        """
        return looks.readiness(self._all, launch, at, gate, **more)

    def burn_up(self, launch: str, until: date, *, since: date | None = None, window_days: int = WINDOW_DAYS) -> BurnUp:
        """Return a launch's scope and what was done at the end of each day (UTC), as was known on that day.

        Raises:
            GoneError: there was no such launch by then.

        """
        return looks.burn_up(self._all, launch, until, since=since, window_days=window_days)

    # --- as rows

    def table(self, model: type[BaseModel], *predicates: Any, **equals: Any) -> Table:
        """Return entities as a table, those that `find` finds; docs/data-dictionary.md lists the columns.

        Every library that takes Arrow data takes it: `polars.DataFrame(ws.table(Feedback))`.
        """
        wanted = Wanted(self._kinds.of(model), predicates, equals)
        if not predicates and not equals:
            return table(model, rows_of(wanted.kind, self._store.texts(wanted.kind.name)))
        return table(
            model,
            (item.model_dump(mode="json", round_trip=True) for item in self._all.find(model, *predicates, **equals)),
        )

    def frame(self, model: type[BaseModel], *predicates: Any, backend: Backend = "pandas", **equals: Any) -> Any:
        """Return entities as a frame of pandas, polars or pyarrow, with the same types when there are none.

        Raises:
            MissingExtraError: the backend is not installed.

        """
        return self.table(model, *predicates, **equals).to_frame(backend)

    def sql(self, query: str, **values: Any) -> Table:
        """Carry out one SELECT and return its rows; nothing can be written.

        There is a view for each class, `roadmap_item`, `feedback`, and `changes` for the history;
        docs/data-dictionary.md lists their columns. Values go in by name: `ws.sql("... WHERE id = :id", id="fb_1")`.

        Raises:
            ConfigError: the database does not understand it, or it is no SELECT.

        """
        return asking.sql(self._all, query, values)

    # --- as a file

    def export(self, path: str | Path) -> int:
        """Write everything there is and was to a file of JSON lines, and return how many lines it has.

        The file is there whole or not at all, and of one moment, also while others write.
        """
        return jsonl.write(self._store, Path(path))

    def restore(self, path: str | Path) -> int:
        """Read an export into this workspace, which must be empty; return how many entities there are now.

        Versions, history and times are those of the export. All is read in or nothing.

        Raises:
            ConfigError: the workspace holds something, or the file is no export.
            RejectedError: a line is not whole.

        """
        with self._all.batch():
            return jsonl.read(self._store, Path(path))

    def backup(self, path: str | Path) -> None:
        """Copy the SQLite file as it is now, while others go on; the copy opens like any workspace.

        Raises:
            ConfigError: the workspace is in PostgreSQL.

        """
        jsonl.backup(self._store, Path(path))
