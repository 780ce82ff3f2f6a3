"""Two views kept equal: the one class a user of syncs works with.

::

    sync = Sync("roadmap", left=issues.on(jira.issues(project="PROD")), right=rows.on(table), state="roadmap.db")
    plan = sync.plan()  # writes nothing remote
    sync.apply(plan)  # the only line that writes
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from productops.errors import AccessError, ConfigError, GoneError, GuardError, RejectedError, StaleError
from productops.sdk.mapping import Side, View
from productops.sdk.people import People
from productops.sync.book import findings
from productops.sync.book.answers import apply_answers, write_answers
from productops.sync.book.decisions import Take, resolve
from productops.sync.book.history import Deleted, Explanation, deleted, explain, runs
from productops.sync.book.outdated import refuse_outdated
from productops.sync.deciding.guards import check_clock
from productops.sync.deciding.planning import fill, look_again
from productops.sync.deciding.undo import plan_undo
from productops.sync.memory import tables as t
from productops.sync.memory.asked import left_alone
from productops.sync.memory.lease import leased
from productops.sync.memory.state import State, open_engine
from productops.sync.plan import SIDES, Conflict, Plan
from productops.sync.reading.binding import Ask, Met, keep_people, meet, people_of
from productops.sync.reading.pair import Pair
from productops.sync.report import Report
from productops.sync.rules.merge import Direction, Policy, Prefer
from productops.sync.settings import OnDelete, Settings, check_settings
from productops.sync.writing.apply import Applier, Progress
from productops.sync.writing.undelete import links_to_revive, plan_undelete

FRESH = 300.0  # seconds for which a plan may be applied without asking again what both sides are


class Sync:
    """Keeps two views of the same things equal, both ways, field by field.

    Args:
        name: names the sync in its state; one database holds many.
        left: one view, ``mapping.on(collection)``.
        right: the other view, of the same model.
        state: a file, or a database URL.
        direction: ``both``, ``left_to_right`` or ``right_to_left``.
        match: model fields by which records that exist on both sides find each other, one to one.
        on_conflict: who wins when both sides changed a field: ``ask`` keeps both values until you decide.
        on_delete: what happens to the twin of a deleted record: ``archive`` (only where people can restore
            it), ``delete``, or ``ignore``.
        delete_grace: how long a disappearance must last before it counts.
        full_every: how often everything is listed, which alone shows deletions.
        overlap: how far before the last reading the next one starts; by default twice the time for which
            the service may hide a change.
        policies: rules for single fields that both sides changed: ``ask``, ``left``, ``right``, ``union`` (sets),
            ``merge`` (text, block by block), ``newest`` (where both services tell when a record changed).
        mass_change: the share of the pairs on which one field may change on one side in one pass before the
            plan asks for a confirmation; fewer than 50 changes never do, and ``None`` never asks.
        check_every: how long it is remembered what a service said about its fields, its people and whose account asks,
            so that a pass in which nothing changed takes one request to each. Before a write it is asked, however
            recently it was. With ``timedelta(0)`` it is asked in every pass.
        shared: records that another sync made take part as well, so that three systems are chained through the
            one in the middle. Without it every record belongs to one sync, and tables can be shared out.
        people: the directory of people; by default one that the state drafts and keeps. A path is a
            CSV file that you may correct.

    Raises:
        ConfigError: the sides map different models, or no field is mapped on both.

    """

    def __init__(
        self,
        name: str,
        *,
        left: View[Any],
        right: View[Any],
        state: str | Path = "productops.db",
        direction: Direction = "both",
        match: str | Sequence[str] = (),
        on_conflict: Prefer = "ask",
        on_delete: OnDelete = "archive",
        delete_grace: timedelta = timedelta(hours=24),
        full_every: timedelta = timedelta(hours=24),
        overlap: timedelta | None = None,
        policies: Mapping[str, Policy] | None = None,
        mass_change: float | None = 0.30,
        check_every: timedelta = timedelta(hours=1),
        shared: bool = False,
        people: People | str | Path | None = None,
        on_progress: Progress | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.name = name
        self.views: dict[Side, View[Any]] = {"left": left, "right": right}
        self.settings: Settings = Settings(
            direction=direction,
            match=(match,) if isinstance(match, str) else tuple(match),
            on_conflict=on_conflict,
            on_delete=on_delete,
            delete_grace=delete_grace,
            full_every=full_every,
            overlap=overlap,
            policies=dict(policies or {}),
            mass_change=mass_change,
            check_every=check_every,
            shared=shared,
        )
        check_settings(self.settings, {side: self.views[side].mapping for side in SIDES})
        self.location = state
        self.on_progress = on_progress
        self._now = clock or (lambda: datetime.now(UTC))
        self._people = people
        self._bound_at = -FRESH

    def __repr__(self) -> str:
        return f"<Sync {self.name}: {self._label('left')} ↔ {self._label('right')}>"

    def _label(self, side: Side) -> str:
        return self.views[side].collection.name

    def _labels(self) -> dict[Side, str]:
        return {side: self._label(side) for side in SIDES}

    @cached_property
    def state(self) -> State:
        """The sync's memory, opened on first use."""
        return State(open_engine(self.location), self.name)

    # --- planning

    def plan(self, *, full: bool = False) -> Plan:
        """Return everything that would be done. Sends no write to either side.

        Args:
            full: list everything again instead of only what changed; only a full listing shows deletions.

        Raises:
            ConfigError: a field or option of the mappings does not exist.
            AuthError, AccessError: a service does not let us read.
            RetryableError: a service cannot be read now; nothing was changed.

        """
        with self._polite():
            return self._plan(self.settings.on_conflict, full=full, adopting=False)

    def adopt(self, prefer: Prefer = "ask", *, match: str | Sequence[str] | None = None) -> Plan:
        """Return a plan that settles two sides which both hold data already.

        Records are paired by marker, then by the fields of ``match`` (default: the sync's), one to one;
        the rest is created on the other side. Where a pair differs, ``prefer`` wins and the other value is
        kept among the closed conflicts; with ``ask`` every difference becomes a conflict.
        """
        if match is not None:
            fields = (match,) if isinstance(match, str) else tuple(match)
            self.settings = replace(self.settings, match=fields)
            check_settings(self.settings, {side: self.views[side].mapping for side in SIDES})
        with self._polite():
            return self._plan(prefer, full=True, adopting=True)

    def _plan(self, prefer: Prefer, *, full: bool, adopting: bool) -> Plan:
        met = None if full or adopting else self._recalled()
        if met is None or met.must_ask():
            met = self._meet("all")
        if met.sure:
            return self._filled(met, prefer, full=full, adopting=adopting)
        plan = self._tried(met, prefer)
        if plan is not None and not plan and not plan.new:
            return plan
        asked = self._meet("all")  # before anything is written, and before a person is bothered
        if plan is None or asked.shown != met.shown:
            look_again(asked.pair)
        return self._filled(asked, prefer, full=False, adopting=False)

    def _recalled(self) -> Met | None:
        """Bind both sides by what is remembered of them; ``None`` where the mappings do not fit that (any more)."""
        try:
            return self._meet("recent")
        except ConfigError:
            return None

    def _tried(self, met: Met, prefer: Prefer) -> Plan | None:
        """Return the plan, or ``None`` where what is remembered of a service does not fit any more."""
        try:
            return self._filled(met, prefer, full=False, adopting=False)
        except (AccessError, ConfigError, GoneError, RejectedError, StaleError):
            return None

    def _filled(self, met: Met, prefer: Prefer, *, full: bool, adopting: bool) -> Plan:
        if adopting and prefer != "ask":
            met.pair.lanes = {name: replace(lane, policy=None) for name, lane in met.pair.lanes.items()}
        plan = self._blank()
        fill(met, plan, prefer, full=full, adopting=adopting)
        self._close(met.pair, plan)
        return plan

    def _polite(self) -> AbstractContextManager[None]:
        """Leave a service alone that asked an earlier run to wait."""
        return left_alone(self.state, {self.views[side].collection.system for side in SIDES}, self._now)

    def _blank(self) -> Plan:
        meta = self.state.meta()
        return Plan(
            sync=self.name,
            id=f"plan-{uuid.uuid4().hex[:12]}",
            lineage=meta.lineage,
            serial=meta.serial,
            config=meta.config,
            created=self._now().timestamp(),
            names=self._labels(),
        )

    def _close(self, pair: Pair, plan: Plan) -> None:
        plan.unmatched = [
            f"{who} ({system}): {count:,} records" for (system, who), count in sorted(pair.people.unmatched.items())
        ]
        keep_people(self._people, self.state, pair.people)
        plan.new, _ = findings.split(self.state, findings.lines(plan))
        plan.seal = plan.seal_with(self.state.plan_key())

    # --- binding

    def _meet(self, ask: Ask) -> Met:
        """Bind both sides."""
        people = people_of(self._people, self.state)
        met = meet(self.views, self.state, self.settings, people, self._now, ask=ask)
        if met.sure:
            self._bound_at = time.monotonic()
        return met

    def rebind(self, side: Side | None = None) -> None:
        """Forget which field and option ids the mappings' names meant, so that they are looked up again.

        Needed when somebody deleted a field and made a new one of the same name.
        """
        for each in SIDES if side is None else (side,):
            self.state.drop(t.names, side=each)

    # --- applying

    def apply(self, plan: Plan, *, confirm: str | None = None, wait: float = 0.0) -> Report:
        """Do exactly what the plan says.

        Args:
            plan: from :meth:`plan` or :meth:`adopt`, also loaded from JSON.
            confirm: the plan's id, to carry out a plan that a guard stopped.
            wait: seconds to wait for another run to finish.

        Raises:
            GuardError: a limit stops the plan (see ``plan.blocked``); nothing was written.
            StaleError: the plan is out of date; nothing was written.
            ConfigError: the plan was edited; nothing was written.
            UnavailableError: another run of this sync is at work.

        """
        with self._polite():
            return self._apply(plan, confirm, wait)

    def _apply(self, plan: Plan, confirm: str | None, wait: float) -> Report:
        # A plan was made of what both services said; applying it right after trusts that.
        old = time.monotonic() - self._bound_at > FRESH
        pair = self._meet("all" if plan and old else "none").pair
        refuse_outdated(plan, self.state, self._now())
        if plan.blocked and confirm != plan.id:
            raise GuardError("; ".join(plan.blocked), system="productops", remedy="Nothing was written.")
        report = Report(self.name, plan.id, self._now().timestamp())
        report.conflicts, report.recovered, report.gap_edits = len(plan.conflicts), plan.recovered, plan.gap_edits
        with leased(self.state, self._now, pair.late, wait) as lease:
            refuse_outdated(plan, self.state, self._now())  # a run that was waited for makes it stale
            try:
                Applier(pair, plan, report, lease, self.on_progress).run()
            finally:
                findings.keep(self.state, plan, report, self._now().timestamp())
        return report

    def run(self, *, full: bool = False, wait: float = 0.0) -> Report:
        """Plan and apply, for cron. A plan that a guard stops raises; conflicts are left open and reported.

        Args:
            full: list everything again.
            wait: seconds to wait for another run to finish, before anything is planned.

        """
        deadline = time.monotonic() + wait
        if wait:
            with leased(self.state, self._now, 0.0, wait):
                pass  # planning begins when the other run is over
        plan = self.plan(full=full)
        return self.apply(plan, wait=max(0.0, deadline - time.monotonic()))

    # --- conflicts

    def conflicts(self, *, closed: bool = False) -> list[Conflict]:
        """Return what needs a decision; with ``closed`` also what was settled, with the values that lost."""
        states = ("open", "decided", "closed") if closed else ("open",)
        return self.state.conflicts(*states)

    def resolve(self, conflict: Conflict | str, take: Take, value: Any = None) -> Conflict:
        """Decide a conflict. The next plan carries it out, unless the field changes again before.

        Args:
            conflict: one of :meth:`conflicts`, or its id.
            take: ``left`` or ``right`` wins; ``value`` writes the given value to both; ``ignore`` leaves
                both as they are; ``again`` repeats a create whose outcome nobody can tell.
            value: the model's value in JSON form, for ``value``.

        Raises:
            ConfigError: there is no such open conflict, or the decision does not fit it.

        """
        id_ = conflict if isinstance(conflict, str) else conflict.id
        return resolve(self.state, self.views["left"].mapping, self._now(), id_, take, value)

    def inbox_file(self, path: str | Path) -> int:
        """Write the open conflicts to a file in which a person fills in the decisions; return how many there are."""
        return write_answers(Path(path), self.name, self._labels(), self.conflicts())

    def answer(self, path: str | Path) -> list[Conflict]:
        """Apply the decisions of a filled-in file; blocks left open stay open. Return what was decided.

        Raises:
            ConfigError: something in the file does not fit; all such lines are named and nothing was decided.

        """
        return apply_answers(self.state, self.views["left"].mapping, self._now(), Path(path))

    # --- what was done

    def explain(self, record: str, field: str) -> Explanation:
        """Tell who wrote a field of a record, when, and by which rule.

        Args:
            record: its id, key or address on either side, or the pair's link.
            field: the model's field.

        Raises:
            GoneError: no pair of this sync has such a record.
            ConfigError: several have, or the field is not mapped on both sides.

        """
        both = [name for name in self.views["left"].mapping.fields if name in self.views["right"].mapping.fields]
        if field not in both:
            raise ConfigError(f"{field!r} is not mapped on both sides.", remedy=f"Those that are: {', '.join(both)}.")
        return explain(self.state, self._labels(), record, field, self.views["left"].mapping.title)

    def runs(self) -> list[Report]:
        """Return the reports of all runs, oldest first."""
        return runs(self.state)

    def deleted(self) -> list[Deleted]:
        """Return what runs deleted, newest first, with the last values of both sides."""
        return deleted(self.state)

    def undelete(self, what: str | Deleted | Sequence[str | Deleted]) -> Plan:
        """Return a plan that brings deleted pairs back: out of the trash where the service can, else made anew.

        Args:
            what: one of :meth:`deleted`, several, the id of a run, or a record by its id, key or address.

        Raises:
            GoneError: this sync deleted nothing of that name, or it was brought back already.

        """
        with self._polite():
            met = self._meet("all")
            plan = self._blank()
            plan.drift += met.drift
            plan_undelete(met.pair, plan, links_to_revive(self.state, what))
            self._close(met.pair, plan)
        return plan

    def undo(self, run: str | Plan | Report) -> Plan:
        """Return a plan that takes a run back: what it overwrote is restored, what it created is trashed.

        What was changed since, on either side, is left alone and told in ``problems``. The plan does nothing until
        it is given to :meth:`apply`.

        Raises:
            ConfigError: there is no such run.

        """
        with self._polite():
            met = self._meet("all")
            pair, plan = met.pair, self._blank()
            plan.drift += met.drift
            check_clock(pair)
            plan_undo(pair, plan, run.id if isinstance(run, Plan) else run.run if isinstance(run, Report) else run)
            self._close(pair, plan)
        return plan
