"""Two views kept equal: the one class a user of syncs works with.

::

    sync = Sync("roadmap", left=issues.on(jira.issues(project="PROD")), right=rows.on(table), state="roadmap.db")
    plan = sync.plan()  # writes nothing remote
    sync.apply(plan)  # the only line that writes
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from productops.errors import ConfigError, GuardError, MappingError, StaleError, UnavailableError
from productops.sdk.mapping import Bound, Side, View
from productops.sdk.people import People
from productops.sync import findings
from productops.sync import tables as t
from productops.sync.answers import apply_answers, write_answers
from productops.sync.apply import Applier, Progress
from productops.sync.binding import SyncLinks, describe, needs
from productops.sync.decisions import Take, resolve
from productops.sync.deletions import note_missing, plan_deletions
from productops.sync.drift import note_drift
from productops.sync.guards import check_clock, lost_memory, mass_change
from productops.sync.history import Deleted, Explanation, deleted, explain, runs
from productops.sync.lease import LEASE, new_holder
from productops.sync.matching import plan_strangers
from productops.sync.merge import Direction, Policy, Prefer, lanes
from productops.sync.pair import OnDelete, Pair, Settings, prefix
from productops.sync.plan import SIDES, Conflict, Plan, other
from productops.sync.planner import Planner
from productops.sync.policies import check_lane, check_names
from productops.sync.reader import read
from productops.sync.recover import recover
from productops.sync.report import Report
from productops.sync.state import State, dumps, open_engine
from productops.sync.undo import plan_undo

TTL = timedelta(hours=24)
FRESH = 300.0  # seconds for which a schema that was just read serves
PATIENCE = 0.5  # seconds between two looks at a lease that somebody holds


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
        people: People | str | Path | None = None,
        on_progress: Progress | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.name = name
        self.views: dict[Side, View[Any]] = {"left": left, "right": right}
        self.settings = Settings(
            direction=direction,
            match=(match,) if isinstance(match, str) else tuple(match),
            on_conflict=on_conflict,
            on_delete=on_delete,
            delete_grace=delete_grace,
            full_every=full_every,
            overlap=overlap,
        )
        self.policies: dict[str, Policy] = dict(policies or {})
        self.mass_change = mass_change
        self.location = state
        self.on_progress = on_progress
        self._now = clock or (lambda: datetime.now(UTC))
        self._people = people
        self._bound_at = -FRESH
        self._check()

    def __repr__(self) -> str:
        return f"<Sync {self.name}: {self._label('left')} ↔ {self._label('right')}>"

    def _check(self) -> None:
        for value, allowed in (
            (self.settings.direction, ("both", "left_to_right", "right_to_left")),
            (self.settings.on_conflict, ("ask", "left", "right")),
            (self.settings.on_delete, ("archive", "delete", "ignore")),
        ):
            if value not in allowed:
                raise ConfigError(f"{value!r} is not one of {', '.join(allowed)}.", remedy="Write one of those.")
        left, right = self.views["left"].mapping, self.views["right"].mapping
        if left.model is not right.model:
            raise MappingError(
                f"The left side maps {left.model.__name__}, the right side {right.model.__name__}.",
                remedy="Map both sides to the same model.",
            )
        if not set(left.fields) & set(right.fields):
            raise MappingError("No field is mapped on both sides.", remedy="Map at least one model field on both.")
        check_names(self.policies, set(left.fields) & set(right.fields))
        if unknown := [name for name in self.settings.match if name not in left.fields or name not in right.fields]:
            raise MappingError(
                f"match= names {unknown[0]!r}, which is not mapped on both sides.",
                remedy="Map it, or match by another.",
            )

    def _label(self, side: Side) -> str:
        return self.views[side].collection.name

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
            self._check()
        return self._plan(prefer, full=True, adopting=True)

    def _plan(self, prefer: Prefer, *, full: bool, adopting: bool) -> Plan:
        pair, drift, rebind = self._bind(refresh=True)
        state = self.state
        if adopting and prefer != "ask":
            pair.lanes = {name: replace(lane, policy=None) for name, lane in pair.lanes.items()}
        drift += note_drift(pair)
        plan = self._blank(drift)
        recover(pair, plan, self._report(plan.id))
        # From here on: when another run writes while this one reads, what was read is no longer true.
        plan.serial = state.meta().serial
        listings = {side: read(pair, side, full=full or rebind) for side in SIDES}
        check_clock(pair)
        for side in SIDES:
            plan.notes += listings[side].notes
            note_missing(pair, listings[side], plan)
        fresh, lost = not state.has_links(), lost_memory(pair)
        with state.transaction():
            state.link_inbox()
            planner = Planner(pair, plan, prefer)
            planner.merge_links()
            offered = plan_strangers(planner, self._creating())
            planner.read_again()
            plan_deletions(pair, plan)
            mass_change(pair, plan, planner.moves, self.mass_change)
        if fresh and not adopting:
            if lost:
                plan.blocked.append(lost)
            else:
                self._first_meeting(plan, offered)
        self._close(pair, plan)
        return plan

    def _blank(self, drift: list[str]) -> Plan:
        meta = self.state.meta()
        return Plan(
            sync=self.name,
            id=f"plan-{uuid.uuid4().hex[:12]}",
            lineage=meta.lineage,
            serial=meta.serial,
            config=meta.config,
            created=self._now().timestamp(),
            names={side: self._label(side) for side in SIDES},
            drift=drift,
        )

    def _close(self, pair: Pair, plan: Plan) -> None:
        plan.unmatched = [
            f"{who} ({system}): {count:,} records" for (system, who), count in sorted(pair.people.unmatched.items())
        ]
        if isinstance(self._people, str | Path):
            pair.people.to_csv(self._people)
        else:
            self.state.save_people(pair.people)
        plan.new, _ = findings.split(self.state, findings.lines(plan))

    def _creating(self) -> list[Side]:
        """Return the sides whose new records get a twin."""
        features = {side: self.views[side].collection.features for side in SIDES}
        return [
            side
            for side in SIDES
            if features[other(side)].create
            and (self.settings.direction == "both" or self.settings.direction.endswith(other(side)))
        ]

    def _first_meeting(self, plan: Plan, offered: dict[Side, int]) -> None:
        """Two sides that hold data and were never linked are not poured into each other unasked."""
        strangers = all(offered.values())
        differing = plan.counts.get("link", 0) and (plan.conflicts or plan.counts.get("update_left", 0))
        if strangers or differing:
            only = ", ".join(f"{offered[side]:,} only in {plan.names[side]}" for side in SIDES)
            plan.blocked.append(
                f"both sides already hold records and nothing is linked yet ({only}, "
                f'{plan.counts.get("link", 0):,} matched). Use adopt(prefer="left"), adopt(prefer="right") or '
                'adopt(prefer="ask"), with match="title" to pair what is the same'
            )

    # --- binding

    def _bind(self, *, refresh: bool) -> tuple[Pair, list[str], bool]:
        """Resolve both mappings; notice what changed since the last run.

        A plan asks the services for their fields and people; applying it right after trusts the answer.
        """
        refresh = refresh or time.monotonic() - self._bound_at > FRESH
        self._bound_at = time.monotonic()
        state = self.state
        people = self._load_people()
        links = SyncLinks(state)
        start = prefix(self.name, [f"{side}:{self.views[side].collection.container}" for side in SIDES])
        config = {side: describe(self.views[side]) for side in SIDES}
        state.start(start, dumps(config), self._now())
        drift: list[str] = []
        bound: dict[Side, Bound[Any]] = {}
        for side in SIDES:
            collection = self.views[side].collection
            collection.schema(refresh=refresh)
            bound[side] = self.views[side].bind(side=side, people=people, links=links, remembered=state.names(side))
            drift += bound[side].names.drift
            if (
                refresh
                and collection.features.lists_people
                and any(spot.field.kind in ("person", "people") for spot in bound[side].spots.values())
            ):
                for user in collection.people():
                    people.seen(collection.system, user)
        meta = state.meta()
        rebind = self._changed_config(meta, config)
        for side in SIDES:
            state.save_names(side, {**bound[side].names.resolved, **bound[side].names.kinds})
        both = lanes(bound["left"], bound["right"], self.settings.direction, self.policies)
        for lane in both.values():
            check_lane(lane, bound)
        pair = Pair(self.name, state, bound, both, meta.prefix, self.settings, people, self._now)
        pair.problems = {side: needs(bound[side]) for side in SIDES}
        return pair, drift, rebind

    def _load_people(self) -> People:
        if isinstance(self._people, People):
            self._people.unmatched.clear()
            return self._people
        if self._people is not None:
            return People.from_csv(self._people) if Path(self._people).exists() else People()
        return self.state.load_people()

    def _changed_config(self, meta: Any, config: dict[Side, dict[str, str]]) -> bool:
        """Forget what was agreed about fields whose mapping changed; everything is read again then."""
        before = json.loads(meta.config)
        if before == config:
            return False
        names = {name for side in SIDES for name in {**before[side], **config[side]}}
        with self.state.transaction():
            for name in sorted(names):
                if any(before[side].get(name) != config[side].get(name) for side in SIDES):
                    self.state.forget_field(name)
            self.state.drop(t.inbox)
            self.state.drop(t.cursors)
            self.state.set_config(dumps(config))
            self.state.bump()
        return True

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
            UnavailableError: another run of this sync is at work.

        """
        pair, _, rebind = self._bind(refresh=False)
        self._check_plan(plan, rebind)
        if plan.blocked and confirm != plan.id:
            raise GuardError("; ".join(plan.blocked), system="productops", remedy="Nothing was written.")
        report = self._report(plan.id)
        report.conflicts = len(plan.conflicts)
        holder = new_holder()
        fence = self._lease(holder, wait)
        try:
            self._check_plan(plan, rebind)  # a run that was waited for makes it stale
            try:
                Applier(pair, plan, report, holder, fence, self.on_progress).run()
            finally:
                self._store(plan, report)
        finally:
            self.state.free_lease(holder)
        return report

    def _lease(self, holder: str, wait: float) -> int:
        """Take the lease, waiting for it up to so many seconds."""
        deadline = time.monotonic() + wait
        while (fence := self.state.take_lease(holder, self._now(), LEASE)) is None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise UnavailableError(
                    f"Another run of {self.name!r} is at work.",
                    system="productops",
                    remedy="Let it finish; the next run goes on from there.",
                )
            time.sleep(min(PATIENCE, left))
        return fence

    def _check_plan(self, plan: Plan, rebind: bool) -> None:
        meta = self.state.meta()
        remedy = "Make a new plan."
        if plan.sync != self.name or plan.lineage != meta.lineage:
            raise StaleError("The plan was made for another sync or another state.", system="productops", remedy=remedy)
        if rebind or plan.config != meta.config:
            raise StaleError("The mappings changed since the plan was made.", system="productops", remedy=remedy)
        if plan.serial != meta.serial:
            raise StaleError(
                "The plan was applied already, or another run came between.", system="productops", remedy=remedy
            )
        if self._now().timestamp() - plan.created > TTL.total_seconds():
            raise StaleError(f"The plan is older than {TTL}.", system="productops", remedy=remedy)

    def run(self, *, full: bool = False, wait: float = 0.0) -> Report:
        """Plan and apply, for cron. A plan that a guard stops raises; conflicts are left open and reported.

        Args:
            full: list everything again.
            wait: seconds to wait for another run to finish, before anything is planned.

        """
        deadline = time.monotonic() + wait
        if wait:
            holder = new_holder()
            self._lease(holder, wait)
            self.state.free_lease(holder)
        plan = self.plan(full=full)
        return self.apply(plan, wait=max(0.0, deadline - time.monotonic()))

    def _report(self, run: str) -> Report:
        return Report(self.name, run, self._now().timestamp())

    def _store(self, plan: Plan, report: Report) -> None:
        found = list(dict.fromkeys([*findings.lines(plan), *report.problems]))
        report.new_problems, report.known_problems = findings.split(self.state, found)
        findings.remember(self.state, found, self._now().timestamp())
        report.finished = self._now().timestamp()
        row = {"run": f"{report.run}-{uuid.uuid4().hex[:6]}", "started": report.started, "finished": report.finished}
        self.state.put(t.runs, ("run",), [{**row, "report": dumps(report.to_dict())}])

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
        names = {side: self._label(side) for side in SIDES}
        return write_answers(Path(path), self.name, names, self.conflicts())

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
        if any(field not in self.views[side].mapping.fields for side in SIDES):
            raise ConfigError(f"{field!r} is not mapped on both sides.", remedy="Name a field of the model that is.")
        return explain(self.state, {side: self._label(side) for side in SIDES}, record, field)

    def runs(self) -> list[Report]:
        """Return the reports of all runs, oldest first."""
        return runs(self.state)

    def deleted(self) -> list[Deleted]:
        """Return what runs deleted, newest first, with the last values of both sides."""
        return deleted(self.state)

    def undo(self, run: str | Plan | Report) -> Plan:
        """Return a plan that takes a run back: what it overwrote is restored, what it created is trashed.

        What was changed since, on either side, is left alone and told in ``problems``. The plan does nothing until
        it is given to :meth:`apply`.

        Raises:
            ConfigError: there is no such run.

        """
        pair, drift, _ = self._bind(refresh=True)
        check_clock(pair)
        plan = self._blank(drift)
        plan_undo(pair, plan, run.id if isinstance(run, Plan) else run.run if isinstance(run, Report) else run)
        self._close(pair, plan)
        return plan
