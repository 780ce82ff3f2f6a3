"""What a sync needs to know before it can meet its two collections: references, mappings, required fields."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

from productops.sdk.codecs import spell
from productops.sdk.collection import Collection
from productops.sdk.mapping import Bound, Side, View
from productops.sdk.people import People
from productops.sync.memory import tables as t
from productops.sync.memory.state import State, dumps, loads
from productops.sync.plan import SIDES
from productops.sync.reading.drift import schema_print
from productops.sync.reading.pair import Pair, prefix
from productops.sync.reading.reader import since
from productops.sync.rules.merge import lanes
from productops.sync.rules.policies import check_lane
from productops.sync.settings import Settings

Ask: TypeAlias = Literal["all", "recent", "none"]
TOLD = "{} told of itself"  # when, and what


class SyncLinks:
    """Translates references through the links of this sync, or of another in the same state."""

    def __init__(self, state: State) -> None:
        self.state = state

    def _state(self, name: str | None) -> State:
        return self.state if name is None else self.state.beside(name)

    def link(self, sync: str | None, side: Side, remote_id: str) -> str | None:
        """Return the link that a record belongs to."""
        return self._state(sync).links_of(side, [remote_id]).get(remote_id)

    def end(self, sync: str | None, side: Side, link: str) -> str | None:
        """Return the record that a link has on this side."""
        end = self._state(sync).ends_of([link]).get(link, {}).get(side)
        return str(end.remote) if end is not None else None


def describe(view: View[Any]) -> dict[str, str]:
    """Return field → what it is mapped to, as text that changes when the mapping does."""
    return {name: f"{view.collection.container}|{spell(spec)}" for name, spec in view.mapping.fields.items()}


def needs(bound: Bound[Any]) -> list[str]:
    """Return why nothing can be created on a side: required fields that the mapping does not give."""
    mapped = {spot.field.id for spot in bound.spots.values() if spot.codec.writable}
    fields = bound.collection.schema().fields
    return [
        f"{bound.collection.name} needs {field.name!r} for every new record, and the mapping does not give it "
        f'(map it, or add constant(..., field="{field.name}"))'
        for field in fields
        if field.required and field.id not in mapped
    ]


def people_of(given: People | str | Path | None, state: State) -> People:
    """Return the directory of people that the user gave, or the one that the state keeps."""
    if isinstance(given, People):
        given.unmatched.clear()
        return given
    if given is not None:
        return People.from_csv(given) if Path(given).exists() else People()
    return state.load_people()


def keep_people(given: People | str | Path | None, state: State, people: People) -> None:
    """Keep the directory, which may have grown, where it came from."""
    if isinstance(given, str | Path):
        people.to_csv(given)
    else:
        state.save_people(people)


@dataclass(slots=True)
class Met:
    """The two sides, bound to their schemas, and what that showed."""

    pair: Pair
    drift: list[str]
    rebind: bool  # a mapping changed, so that everything must be read again
    asked: dict[Side, bool]  # whether a side was asked what its fields are and who asks, or that is remembered
    shown: list[Any]  # what the sides said

    @property
    def sure(self) -> bool:
        """Whether both sides were asked."""
        return all(self.asked.values())

    def must_ask(self) -> bool:
        """Tell whether more than a look at what changed is due, for which it must be known who looks at what."""
        state = self.pair.state
        if not self.sure and state.find(t.intents, "op", among=("state", ("sent", "unknown")), limit=1):
            return True
        return any(since(self.pair, side) is None for side in SIDES if not self.asked[side])


def meet(
    views: Mapping[Side, View[Any]],
    state: State,
    settings: Settings,
    people: People,
    now: Callable[[], datetime],
    *,
    ask: Ask,
) -> Met:
    """Resolve both mappings; notice what changed since the last run.

    Args:
        views: both sides.
        state: the sync's memory.
        settings: how the sync decides.
        people: the directory, which fills up.
        now: the sync's clock.
        ask: which sides are asked for their fields and people: ``all``, those of which nothing ``recent`` is
            remembered, or ``none`` that was met before.

    """
    asked = {side: _unknown(views[side].collection, state, side, settings, now(), ask) for side in SIDES}
    for side in SIDES:
        views[side].collection.schema(refresh=asked[side])
    config = {side: describe(views[side]) for side in SIDES}
    start = prefix(state.sync, [f"{side}:{views[side].collection.container}" for side in SIDES])
    state.start(start, dumps(config), now())
    drift: list[str] = []
    bound: dict[Side, Bound[Any]] = {}
    for side in SIDES:
        bound[side] = _bind(views[side], side, people, state, ask=asked[side], later=ask != "none")
        drift += bound[side].names.drift
        if asked[side] and (told := views[side].collection.remember()) is not None:
            state.set_fact(TOLD.format(side), dumps([now().timestamp(), told]))
    meta = state.meta()
    rebind = _changed_config(state, meta.config, config)
    for side in SIDES:
        state.save_names(side, {**bound[side].names.resolved, **bound[side].names.kinds})
    both = lanes(bound["left"], bound["right"], settings.direction, settings.policies)
    for lane in both.values():
        check_lane(lane, bound)
    pair = Pair(state.sync, state, bound, both, meta.prefix, settings, people, now)
    pair.problems = {side: needs(bound[side]) for side in SIDES}
    return Met(pair, drift, rebind, asked, _shown(views, people))


def _unknown(collection: Collection, state: State, side: Side, settings: Settings, now: datetime, ask: Ask) -> bool:
    """Tell whether a side is to be asked; remind it of what it told another process where that is recent."""
    if ask == "all":
        return True
    at, told = loads(known) if (known := state.fact(TOLD.format(side))) else (0.0, "")
    recent = 0 <= now.timestamp() - at < settings.check_every.total_seconds() and collection.recall(told)
    return ask == "recent" and not recent


def _shown(views: Mapping[Side, View[Any]], people: People) -> list[Any]:
    """Return all that a plan rests on beside the records: the fields, the accounts, the people."""
    found: list[Any] = [(row.name, row.email, dict(row.ids)) for row in people]
    for side in SIDES:
        collection = views[side].collection
        found += [schema_print(collection.schema()), collection.subject()]
    return found


def _bind(view: View[Any], side: Side, people: People, state: State, *, ask: bool, later: bool) -> Bound[Any]:
    collection = view.collection
    bound = view.bind(side=side, people=people, links=SyncLinks(state), remembered=state.names(side))
    holds_people = any(spot.field.kind in ("person", "people") for spot in bound.spots.values())
    if ask and collection.features.lists_people and holds_people:
        for user in collection.people():
            people.seen(collection.system, user)
    elif later and collection.features.lists_people and any(spot.field.mentions for spot in bound.spots.values()):
        people.ask(collection.system, collection.people)  # only when somebody is mentioned who is not known
    return bound


def _changed_config(state: State, known: str, config: dict[Side, dict[str, str]]) -> bool:
    """Forget what was agreed about fields whose mapping changed; everything is read again then."""
    before = json.loads(known)
    if before == config:
        return False
    names = {name for side in SIDES for name in {**before[side], **config[side]}}
    with state.transaction():
        for name in sorted(names):
            if any(before[side].get(name) != config[side].get(name) for side in SIDES):
                state.forget_field(name)
        state.drop(t.inbox)
        state.drop(t.tombstones)  # another scope may show less: what is missing is counted anew
        state.drop(t.cursors)
        state.set_config(dumps(config))
        state.bump()
    return True
