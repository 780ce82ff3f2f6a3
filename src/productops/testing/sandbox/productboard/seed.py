"""Seeds: a workspace written as JSON, for ``Productboard.from_json``.

::

    {
      "members": [{"name": "Ada Lind", "email": "ada@example.com", "role": "maker"}],
      "teams": [{"name": "Web"}],
      "tokens": {"pb-sandbox": {"scopes": ["entities:read"]}},
      "statuses": {"feature": ["Idea", "Doing", "Done"]},
      "fields": [{"type": "feature", "name": "Size", "schema": "SingleSelectFieldValue", "options": ["S", "L"]}],
      "entities": [{"type": "company", "name": "Acme"},
                   {"type": "feature", "name": "Dark mode", "parent": "Product", "links": ["Acme"]}],
      "features": [{"name": "Search"}],
      "notes": [{"name": "Call", "content": "It is slow", "customer": "ada@example.com", "links": ["Dark mode"]}]
    }

Everything may be left out. Without ``tokens`` there is ``pb-sandbox``, which may do everything; a token without
``scopes`` may too. There is a product called Product unless ``entities`` holds one; what needs a parent and names none
stands on the first that fits. ``features`` is short for entities of that type. Parents, links and customers are named
by name or e-mail, and stand before what names them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from productops.testing.sandbox.productboard import staff
from productops.testing.sandbox.productboard.refusal import RefusedError
from productops.testing.sandbox.productboard.world import ENTITIES, NOTES, SCOPES

if TYPE_CHECKING:
    from productops.testing.sandbox.productboard.service import Productboard

STANDARD_TOKEN = "pb-sandbox"  # noqa: S105 - it opens nothing but this imitation
KEYS = ("members", "teams", "tokens", "statuses", "fields", "entities", "features", "notes")


class SeedError(ValueError):
    """A seed that cannot be planted; the message says where it is wrong."""


def plant(data: Any, board: Productboard) -> None:
    """Put a seed into an empty workspace. Raises ``SeedError``."""
    if not isinstance(data, Mapping) or set(data) - set(KEYS):
        odd = min(set(data) - set(KEYS), default="") if isinstance(data, Mapping) else data
        raise SeedError(f"productboard: unknown key {odd!r}; there are {', '.join(KEYS)}")
    _people(data, board)
    for kind, names in data.get("statuses", {}).items():
        column = board.world.columns.get(kind, {}).get("status")
        if column is None:
            raise SeedError(f"statuses: {kind!r} has no status")
        column.options = {str(name): board.world.new_id() for name in names}
    for place, one in _each(data, "fields"):
        if one.get("type") not in board.world.columns or not {"name", "schema"} <= set(one):
            raise SeedError(f"{place}: a field has a type, a name and a schema")
        board.world.add_column(one["type"], one["name"], one["schema"], tuple(one.get("options", ())))
    entities = list(_each(data, "entities"))
    if not any(one.get("type") == "product" for _, one in entities):
        board.add("product", name="Product")
    features = [(place, {"type": "feature", **one}) for place, one in _each(data, "features")]
    notes = [(place, {"type": "textNote", **one}) for place, one in _each(data, "notes")]
    for place, one in (*entities, *features, *notes):
        _thing(place, dict(one), board)


def _people(data: Mapping[str, Any], board: Productboard) -> None:
    for place, one in _each(data, "members"):
        if not one.get("email"):
            raise SeedError(f"{place}: a member has an e-mail")
        id_ = board.world.new_id()
        board.world.members[id_] = {"id": id_, **one}
    for place, one in _each(data, "teams"):
        try:
            staff.add_team(board.world, dict(one))
        except RefusedError as refused:
            raise SeedError(f"{place}: {refused}") from None
    for secret, token in data.get("tokens", {}).items():
        scopes = frozenset(token.get("scopes", SCOPES))
        if unknown := scopes - SCOPES:
            raise SeedError(f"tokens.{secret}: unknown scope {min(unknown)!r}")
        board.tokens[secret] = scopes
    if data.get("tokens"):
        board.tokens = {secret: scopes for secret, scopes in board.tokens.items() if secret in data["tokens"]}


def _each(data: Mapping[str, Any], key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    held = data.get(key, [])
    if not isinstance(held, list):
        raise SeedError(f"{key}: a list is needed")
    for number, one in enumerate(held):
        if not isinstance(one, Mapping):
            raise SeedError(f"{key}[{number}]: an object is needed, not {one!r}")
        yield f"{key}[{number}]", one


def _thing(place: str, given: dict[str, Any], board: Productboard) -> None:
    kind = str(given.pop("type", ""))
    if kind not in (*ENTITIES, *NOTES):
        raise SeedError(f"{place}: unknown type {kind!r}; there are {', '.join((*ENTITIES, *NOTES))}")
    parent, links, customer = (given.pop(name, None) for name in ("parent", "links", "customer"))
    source = given.pop("source", None)
    names = {column.name: column.id for column in board.world.columns[kind].values()}
    try:
        made = board.add(kind, under=parent, **{names.get(name, name): value for name, value in given.items()})
        for other in links or []:
            board.link(made.id, "link", other)
        if customer:
            board.link(made.id, "customer", customer)
    except KeyError as error:
        raise SeedError(f"{place}: there is no {error.args[0]!r} before it") from None
    except RefusedError as refused:
        raise SeedError(f"{place}: {refused}") from None
    made.source = dict(source or {})
