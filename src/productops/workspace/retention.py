"""Keeping no longer than agreed: what is too old, as a value to read first; then it is gone, with its history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined, from_json
from sqlalchemy import or_, select

from productops.errors import ConfigError
from productops.workspace import tables as t
from productops.workspace.differing import WHOLE
from productops.workspace.kinds import Kind
from productops.workspace.origin import moment
from productops.workspace.packing import compact, unpack

if TYPE_CHECKING:
    from productops.workspace.home import Workspace


@dataclass(frozen=True, slots=True)
class Keep:
    """How long entities of a class are kept, or one of their fields.

    `since` is the field that says from when the `days` count; without it, from when the entity came.
    """

    model: type[BaseModel]
    days: int
    field: str | None = None
    since: str | None = None


@dataclass(frozen=True, slots=True)
class Expired:
    """What is too old by some rules on a day: ids by rule; false when nothing is."""

    as_of: date
    found: tuple[tuple[Keep, tuple[str, ...]], ...]

    def __bool__(self) -> bool:
        return any(ids for _, ids in self.found)

    def __str__(self) -> str:
        lines = []
        for rule, ids in self.found:
            part = f", the field {rule.field}" if rule.field else ""
            lines += [f"{len(ids)} {rule.model.__name__}{part}: older than {rule.days} days"] if ids else []
        return "\n".join(lines) or "nothing is too old"


def expired(ws: Workspace, rules: Sequence[Keep], as_of: date) -> Expired:
    """Return what the rules do not keep any longer.

    Raises:
        ConfigError: a rule names a field that the class does not have, or that cannot be left empty.

    """
    return Expired(as_of, tuple((rule, tuple(_old(ws, rule, as_of))) for rule in rules))


def _old(ws: Workspace, rule: Keep, as_of: date) -> Iterator[str]:
    kind = ws._kinds.of(rule.model)
    for name in (rule.field, rule.since):
        if name is not None and name not in rule.model.model_fields:
            raise ConfigError(f"{rule.model.__name__} has no field {name!r}.", remedy="Check the retention rule.")
    empty = None if rule.field is None else _empty(rule.model, rule.field)
    limit = as_of - timedelta(days=rule.days)
    e = t.entities.c
    query = select(e.id, e.born, e.data).where(e.kind == kind.name, e.data.is_not(None)).order_by(e.id)
    for row in ws._store.paged(query, e.id):
        held = from_json(row.data)
        if rule.field is not None and held.get(rule.field) == empty:
            continue
        since = moment(row.born).date() if rule.since is None else _day(getattr(unpack(kind, row.data), rule.since))
        if since is not None and since < limit:
            yield row.id


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).date()
    return value if isinstance(value, date) else None


def _empty(model: type[BaseModel], name: str) -> Any:
    """Return what a field holds when it holds nothing, as JSON."""
    info = model.model_fields[name]
    default = PydanticUndefined if info.is_required() else info.get_default(call_default_factory=False)
    made = [] if default in (None, PydanticUndefined) and info.default_factory is list else default
    if made is PydanticUndefined:
        raise ConfigError(
            f"{model.__name__}.{name} cannot be left empty.", remedy="Keep it, or let the whole entity expire."
        )
    return from_json(compact(made))


def purge(ws: Workspace, found: Expired) -> int:
    """Remove what expired, with its history; return how many entities were touched.

    Of an entity that goes, its id and the number of its version stay, so that no older copy comes back unnoticed.
    """
    from productops.workspace.home import _now

    with ws._store.writing(_now) as writing:
        for rule, ids in found.found:
            kind = ws._kinds.of(rule.model)
            for key in ids:
                row = ws._store.known(kind.name, [key]).get(key)
                if row is None or not row.there:
                    continue
                text = None if rule.field is None else _without(row.data, rule.field, _empty(rule.model, rule.field))
                ws._store.change(
                    [{"kind": kind.name, "id": key, "version": row.version + 1, "at": writing.at, "data": text}]
                )
                _scrub(writing.connection, kind, key, rule)
    return len({(rule.model, key) for rule, ids in found.found for key in ids})


def _scrub(connection: Any, kind: Kind, key: str, rule: Keep) -> None:
    v, s = t.events.c, t.states.c
    events, states = (v.kind == kind.name) & (v.entity == key), (s.kind == kind.name) & (s.id == key)
    if rule.field is None:
        connection.execute(t.events.delete().where(events))
        connection.execute(t.states.delete().where(states))
        return
    below = or_(v.field == rule.field, v.field.startswith(f"{rule.field}/", autoescape=True))
    connection.execute(t.events.delete().where(events, below))
    empty = _empty(rule.model, rule.field)
    for row in connection.execute(select(t.events).where(events, v.field == WHOLE)).all():
        sides = {name: _without(getattr(row, name), rule.field, empty) for name in ("old", "new")}
        connection.execute(t.events.update().where(v.seq == row.seq).values(**sides))
    for row in connection.execute(select(t.states).where(states)).all():
        text = _without(row.data, rule.field, empty)
        connection.execute(t.states.update().where(states, s.version == row.version).values(data=text))


def _without(text: str | None, field: str, empty: Any) -> str | None:
    return None if text is None else compact({**from_json(text), field: empty})
