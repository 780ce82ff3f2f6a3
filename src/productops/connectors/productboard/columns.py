"""The columns of a collection: fields as configurations name them, their parts, and relationships."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from productops.connectors.productboard.composites import HEALTHS, PARTS
from productops.connectors.productboard.dialect import Dialect, Form
from productops.sdk.collection import Field, Kind
from productops.sdk.record import Option

Json = Any
TEXT_MOST = 255
NO_PARENT = frozenset({"product", "company", "initiative", "releaseGroup"})
CUSTOMERS = frozenset({"user", "company"})
FIXED = "Productboard does not let programs change it"
COMPUTED = "Productboard computes it"
SCORE, CREATED = "score", "createdAt"


@dataclass(frozen=True, slots=True)
class Column:
    """One field of a record and where it comes from.

    ``home`` is the field of the interface and ``part`` what of its value; ``relation`` is the type of a relationship
    instead, to things of the types ``to`` (any, where that is None).
    """

    field: Field
    home: str = ""
    form: Form = "text"
    part: str = ""
    relation: str = ""
    to: str | None = None


def told(data: Json, dialect: Dialect, options: Callable[[Json], Iterator[Option]]) -> Iterator[Column]:
    """Yield the columns of one field of a configuration."""
    id_, name = str(data["id"]), str(data.get("name") or data["id"])
    form = dialect.kinds.get(str(data.get("schema")), "other")
    lifecycle = data.get("lifecycle") or {}
    fixed = not lifecycle.get("update", True) or not lifecycle.get("patch", True)
    why = FIXED if fixed else "its form is not known" if form == "other" else None
    if form == "progress":
        for part, called in PARTS.items():
            yield Column(Field(f"{id_}.{part}", f"{name} {called}", "number", read_only=why), id_, form, part)
        return
    kind, choices = _seen(form), tuple(options(data)) if form in ("choice", "choices") else ()
    field = Field(
        id_,
        name,
        kind,
        HEALTHS if form == "health" else choices,
        read_only=why,
        required=bool((data.get("constraints") or {}).get("required")),
        max_length=TEXT_MOST if form == "text" else None,
    )
    yield Column(field, id_, form)


def _seen(form: Form) -> Kind:
    composites: Mapping[str, Kind] = {"timeframe": "text", "health": "choice", "work": "number", "progress": "number"}
    return composites.get(form) or form  # type: ignore[return-value] # the rest are kinds


def related(where: str, type_: str, dialect: Dialect) -> Iterator[Column]:
    """Yield the relationships of a type as columns."""
    if where == "notes":
        yield Column(Field("customer", "Customer", "text"), relation="customer", to="user", form="text")
        yield Column(Field("customer.user", "User", "link"), relation="customer", to="user", form="link")
        yield Column(Field("customer.company", "Company", "link"), relation="customer", to="company", form="link")
    elif type_ not in NO_PARENT:
        yield Column(
            Field("parent", "Company" if type_ == "user" else "Parent", "link"), relation="parent", form="link"
        )
    if type_ in CUSTOMERS:
        return
    for kind, name in dialect.linked.items():
        yield Column(Field(f"link.{kind}", name, "links"), relation="link", to=kind, form="links")
    if where != "notes":
        for relation, name in (("isBlockedBy", "Blocked by"), ("isBlocking", "Blocking")):
            yield Column(Field(relation, name, "links"), relation=relation, form="links")


def created() -> Column:
    """Return when a record was made, which stands beside its fields."""
    return Column(Field(CREATED, "Created", "datetime", read_only="Productboard sets it"), CREATED, "datetime")


def score() -> Column:
    """Return the customer score, which takes a request for each record."""
    return Column(Field(SCORE, "Customer score", "number", read_only=COMPUTED), SCORE, "number")
