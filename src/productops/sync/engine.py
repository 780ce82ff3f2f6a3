"""Two views kept equal: the one class a user of syncs works with.

::

    sync = Sync("roadmap", left=issues.on(jira.issues(project="PROD")), right=rows.on(table), state="roadmap.db")
    plan = sync.plan()  # writes nothing remote
    sync.apply(plan)  # the only line that writes
"""

from __future__ import annotations

import json
import os
import socket
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import update

from productops.errors import ConfigError, GuardError, MappingError, StaleError, UnavailableError
from productops.sdk.codecs import Codec
from productops.sdk.mapping import Bound, Side, View
from productops.sdk.people import People
from productops.sync import tables as t
from productops.sync.apply import LEASE, Applier, Progress
from productops.sync.deletions import note_missing, plan_deletions
from productops.sync.matching import plan_strangers
from productops.sync.merge import Direction, Prefer, lanes
from productops.sync.pair import OnDelete, Pair, Settings, prefix
from productops.sync.plan import SIDES, Conflict, Plan, other
from productops.sync.planner import Planner
from productops.sync.reader import Listing, read
from productops.sync.recover import recover
from productops.sync.report import Report
from productops.sync.state import State, dumps, open_engine

TTL = timedelta(hours=24)
FRESH = 300.0  # seconds for which a schema that was just read serves
Take = Literal["left", "right", "value", "ignore", "again"]


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
            from dataclasses import replace

            self.settings = replace(self.settings, match=fields)
            self._check()
        return self._plan(prefer, full=True, adopting=True)

    def _plan(self, prefer: Prefer, *, full: bool, adopting: bool) -> Plan:
        pair, drift, rebind = self._bind(refresh=True)
        state = self.state
        meta = state.meta()
        plan = Plan(
            sync=self.name,
            id=f"plan-{uuid.uuid4().hex[:12]}",
            lineage=meta.lineage,
            serial=0,
            config=meta.config,
            created=self._now().timestamp(),
            names={side: self._label(side) for side in SIDES},
            drift=drift,
        )
        recover(pair, plan, self._report(plan.id))
        listings = self._read(pair, full=full or rebind)
        for side in SIDES:
            plan.notes += listings[side].notes
            note_missing(pair, listings[side], plan)
        fresh = not state.has_links()
        with state.transaction():
            planner = Planner(pair, plan, prefer)
            planner.merge_links()
            offered = plan_strangers(planner, self._creating())
            plan_deletions(pair, plan)
        if fresh and not adopting:
            self._first_meeting(plan, offered)
        self._close(pair, plan)
        return plan

    def _close(self, pair: Pair, plan: Plan) -> None:
        plan.unmatched = [
            f"{who} ({system}): {count:,} records" for (system, who), count in sorted(pair.people.unmatched.items())
        ]
        if isinstance(self._people, str | Path):
            pair.people.to_csv(self._people)
        else:
            self.state.save_people(pair.people)
        plan.serial = self.state.meta().serial

    def _read(self, pair: Pair, *, full: bool) -> dict[Side, Listing]:
        return {side: read(pair, side, full=full) for side in SIDES}

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
        links = _Links(self)
        start = prefix(self.name, [f"{side}:{self.views[side].collection.container}" for side in SIDES])
        config = {side: _describe(self.views[side]) for side in SIDES}
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
            state.save_names(side, bound[side].names.resolved)
        both = lanes(bound["left"], bound["right"], self.settings.direction)
        pair = Pair(self.name, state, bound, both, meta.prefix, self.settings, people, self._now)
        pair.problems = {side: _needs(bound[side]) for side in SIDES}
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

    def apply(self, plan: Plan, *, confirm: str | None = None) -> Report:
        """Do exactly what the plan says.

        Args:
            plan: from :meth:`plan` or :meth:`adopt`, also loaded from JSON.
            confirm: the plan's id, to carry out a plan that a guard stopped.

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
        holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        fence = self.state.take_lease(holder, self._now(), LEASE)
        if fence is None:
            raise UnavailableError(
                f"Another run of {self.name!r} is at work.",
                system="productops",
                remedy="Let it finish; the next run goes on from there.",
            )
        try:
            Applier(pair, plan, report, holder, fence, self.on_progress).run()
        finally:
            self.state.free_lease(holder)
            self._store(report)
        return report

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

    def run(self, *, full: bool = False) -> Report:
        """Plan and apply, for cron. A plan that a guard stops raises; conflicts are left open and reported."""
        return self.apply(self.plan(full=full))

    def _report(self, run: str) -> Report:
        return Report(self.name, run, self._now().timestamp())

    def _store(self, report: Report) -> None:
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
        if id_.startswith("u-"):
            return self._resolve_uncertain(id_, take)
        found = next((item for item in self.state.conflicts("open", "decided") if item.id == id_), None)
        if found is None:
            raise ConfigError(f"There is no open conflict {id_!r}.", remedy="See conflicts() for those that are open.")
        if take not in ("left", "right", "value", "ignore") or (not found.field and take != "ignore"):
            raise ConfigError(
                f"{take!r} does not settle a {found.kind!r} conflict.", remedy="Use left, right, value or ignore."
            )
        if take == "value":
            value = self._as_json(found.field, value)
        found.decision = {"take": take, "value": value}
        found.state = "decided" if found.field else "closed"
        self.state.save_conflict(found, self._now())
        return found

    def _as_json(self, field: str, value: Any) -> Any:
        adapter = self.views["left"].mapping.adapters[field]
        try:
            return adapter.load(value)
        except (ValueError, TypeError) as error:
            raise ConfigError(f"{value!r} is no value for {field}: {error}", remedy="Give the model's value.") from None

    def _resolve_uncertain(self, id_: str, take: Take) -> Conflict:
        row = next(
            (
                row
                for row in self.state.rows(self.state.pick(t.intents).where(t.intents.c.state == "uncertain"))
                if row.op[:8] == id_[2:]
            ),
            None,
        )
        if row is None or take not in ("again", "ignore"):
            raise ConfigError(
                f"{id_!r} cannot be settled by {take!r}.", remedy='Look in the service, then use "again" or "ignore".'
            )
        verdict = "failed" if take == "again" else "ignored"
        with self.state.transaction() as connection:
            connection.execute(
                update(t.intents).where(t.intents.c.sync == self.name, t.intents.c.op == row.op).values(state=verdict)
            )
            self.state.bump()
        return Conflict(id=id_, link=row.link, field="", kind="uncertain", state="closed", decision={"take": take})


class _Links:
    """Translates references through the links of this sync, or of another in the same state."""

    def __init__(self, sync: Sync) -> None:
        self.sync = sync

    def _state(self, name: str | None) -> State:
        return self.sync.state if name is None else State(self.sync.state.engine, name)

    def link(self, sync: str | None, side: Side, remote_id: str) -> str | None:
        """Return the link that a record belongs to."""
        return self._state(sync).links_of(side, [remote_id]).get(remote_id)

    def end(self, sync: str | None, side: Side, link: str) -> str | None:
        """Return the record that a link has on this side."""
        end = self._state(sync).ends_of([link]).get(link, {}).get(side)
        return str(end.remote) if end is not None else None


def _describe(view: View[Any]) -> dict[str, str]:
    """Return field → what it is mapped to, as text that changes when the mapping does."""
    return {name: f"{view.collection.container}|{_spell(spec)}" for name, spec in view.mapping.fields.items()}


def _spell(spec: Codec) -> str:
    parts = [type(spec).__name__]
    for name, value in sorted(vars(spec).items()):
        parts.append(f"{name}={_spell(value) if isinstance(value, Codec) else value!r}")
    return ",".join(parts)


def _needs(bound: Bound[Any]) -> list[str]:
    """Return why nothing can be created on a side: required fields that the mapping does not give."""
    mapped = {spot.field.id for spot in bound.spots.values() if spot.codec.writable}
    fields = bound.collection.schema().fields
    return [
        f"{bound.collection.name} needs {field.name!r} for every new record, and the mapping does not give it "
        f'(map it, or add constant(..., field="{field.name}"))'
        for field in fields
        if field.required and field.id not in mapped
    ]
