"""Relationships of a record: read whole, and changed by what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from productops.connectors.productboard.columns import Column
from productops.connectors.productboard.wire import Wire
from productops.sdk.values import RefusalError

Json = Any
LITERAL = "link"  # what the type of a note's link target is called when it is written, and perhaps when it is read


@dataclass(frozen=True, slots=True)
class Link:
    """One relationship, as a record shows it."""

    relation: str
    type: str
    id: str


@dataclass(frozen=True, slots=True)
class Step:
    """One request that changes a relationship."""

    method: str
    parts: tuple[str, ...]
    body: Mapping[str, Any] | None = None


class Relations:
    """The relationships of the things of one kind, ``"entities"`` or ``"notes"``."""

    def __init__(self, wire: Wire, where: str) -> None:
        self.wire: Wire = wire
        self.where: str = where
        self._types: dict[str, str] = {}

    def of(self, thing: Json) -> list[Link]:
        """Return all relationships of a thing; what is embedded may be only their first page."""
        shown = thing.get("relationships") or []
        items = shown if isinstance(shown, list) else shown.get("data") or []
        if isinstance(shown, dict) and (shown.get("links") or {}).get("next"):
            parts = (self.where, str(thing["id"]), "relationships")
            items = [one for page in self.wire.pages("GET", *parts, operation="read relationships") for one in page]
        return [self._link(one) for one in items if (one.get("target") or {}).get("id")]

    def _link(self, one: Json) -> Link:
        target = one["target"]
        id_, type_ = str(target["id"]), str(target.get("type") or LITERAL)
        return Link(str(one.get("type")), self._type(id_) if type_ == LITERAL else type_, id_)

    def _type(self, id_: str) -> str:
        if id_ not in self._types:
            answer = self.wire.call("GET", "entities", id_, operation="read what a note is linked to", record=id_)
            self._types[id_] = str(answer["data"].get("type"))
        return self._types[id_]

    # --- writing

    def given(self, wanted: Mapping[str, tuple[Column, Any]]) -> list[Json]:
        """Return the relationships of a new record, for the body of its create.

        Raises:
            RefusalError: two customers.

        """
        made = [
            {"type": column.relation, "target": self._target(column, id_)}
            for column, value in wanted.values()
            if column.relation != "customer"
            for id_ in _ids(value)
        ]
        column, id_ = _customer(wanted)
        return made + ([{"type": "customer", "target": self._target(column, id_)}] if column and id_ else [])

    def steps(self, id_: str, links: Sequence[Link], wanted: Mapping[str, tuple[Column, Any]]) -> list[Step]:
        """Return the requests that turn the relationships there are into those wanted.

        Raises:
            RefusalError: two customers.

        """
        base = (self.where, id_, "relationships")
        found = list(self._of_customer(base, links, wanted))
        for column, value in wanted.values():
            if column.relation != "customer":
                found += self._of(base, column, _held(column, links), _ids(value))
        return found

    def _of(self, base: tuple[str, ...], column: Column, before: list[str], after: list[str]) -> Iterator[Step]:
        if column.relation == "parent" and after:
            if before != after:
                yield Step("PUT", (*base, "parent"), {"target": {"id": after[0]}})
            return
        for id_ in after:
            if id_ not in before:
                yield Step("POST", base, {"type": column.relation, "target": self._target(column, id_)})
        for id_ in before:
            if id_ not in after:
                yield Step("DELETE", (*base, column.relation, id_))

    def _of_customer(
        self, base: tuple[str, ...], links: Sequence[Link], wanted: Mapping[str, tuple[Column, Any]]
    ) -> Iterator[Step]:
        now = next((link for link in links if link.relation == "customer"), None)
        column, id_ = _customer(wanted)
        if column is not None and id_:
            if now is None or now.id != id_:
                yield Step("PUT", (*base, "customer"), {"target": self._target(column, id_)})
        elif now is not None and any(one.relation == "customer" and one.to == now.type for one, _ in wanted.values()):
            yield Step("DELETE", (*base, "customer", now.id))

    def _target(self, column: Column, id_: str) -> Json:
        if column.relation == "customer":
            return {"type": column.to, "id": id_}
        return {"type": LITERAL, "id": id_} if self.where == "notes" else {"id": id_}


def shown(column: Column, links: Sequence[Link]) -> Any:
    """Return what a column of relationships shows: one id or several, None for none."""
    held = _held(column, links)
    return (held or None) if column.form == "links" else next(iter(held), None)


def _held(column: Column, links: Sequence[Link]) -> list[str]:
    return [one.id for one in links if one.relation == column.relation and column.to in (None, one.type)]


def _ids(value: Any) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list | tuple) else [] if value is None else [value])]


def _customer(wanted: Mapping[str, tuple[Column, Any]]) -> tuple[Column | None, str | None]:
    """Return the one customer that is wanted, whichever of the columns names it."""
    named = {str(value): column for column, value in wanted.values() if column.relation == "customer" and value}
    if len(named) > 1:
        raise RefusalError("a note has one customer, and these are different ones")
    return next(((column, id_) for id_, column in named.items()), (None, None))
