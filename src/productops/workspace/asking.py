"""SQL over a workspace, read only: one view for each class, named after it, and ``changes`` for the history."""

from __future__ import annotations

import re
from contextlib import nullcontext
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticSerializationError, from_json, to_json
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, StatementError

from productops.errors import ConfigError
from productops.sdk.table import Kind as Type
from productops.sdk.table import Table
from productops.workspace.flat import Column, columns
from productops.workspace.kinds import Kind
from productops.workspace.packing import compact

if TYPE_CHECKING:
    from productops.workspace.home import Workspace

CHANGES = """SELECT seq, at / 1000000.0 AS at, kind, entity AS id, version, field, old, new, "by", source, run, reason
FROM ws_events"""
PYTHON: dict[type, Type] = {bool: "bool", int: "int", float: "float"}


def sql(ws: Workspace, query: str, values: dict[str, Any]) -> Table:
    """Carry out one SELECT over the views and return its rows.

    Raises:
        ConfigError: the database does not understand it, or it is no SELECT.

    """
    body = query.strip().rstrip(";")
    postgres = ws._store.engine.dialect.name == "postgresql"
    words = set(re.findall(r"\w+", body.lower()))
    kinds = [ws._kinds.named(name) for name in ws._kinds.names() if name in words]
    views = [f'"{kind.name}" AS ({view(kind, postgres=postgres)})' for kind in kinds]
    views += [f"changes AS ({CHANGES})"] if "changes" in words else []
    head = f"WITH {', '.join(views)} " if views else ""
    # As a part of another query it can only be one that reads; with a value to bind it can only be one statement.
    plain = body if values else body.replace(":", "\\:")
    whole = f"{head}SELECT * FROM ({plain}\n) AS answer WHERE :productops_all = 1"  # noqa: S608  that is its purpose
    with ws._store.reading() as connection:
        try:
            # A query that fails must not take a batch around it along.
            with connection.begin_nested() if ws._store.writing_now else nullcontext():
                answer = connection.execute(text(whole), {**values, "productops_all": 1})
                names, rows = list(answer.keys()), [[_plain(value) for value in row] for row in answer]
        except (DBAPIError, StatementError) as error:
            said = str(error.orig or error).strip().partition("\n")[0]
            raise ConfigError(
                f"The database does not carry out this query: {said}.",
                remedy="Give one SELECT over the views of docs/data-dictionary.md; values go in as :name.",
            ) from error
    return Table({name: _type([row[at] for row in rows]) for at, name in enumerate(_unique(names))}, rows)


def view(kind: Kind, *, postgres: bool) -> str:
    """Return the SELECT that shows a class's entities as rows."""
    shown = ", ".join(
        f'{_filled(kind, column, postgres=postgres)} AS "{column.name}"' for column in columns(kind.model)
    )
    return f"SELECT {shown} FROM ws_entities WHERE kind = '{kind.name}' AND data IS NOT NULL"  # noqa: S608  names are checked


def _filled(kind: Kind, column: Column, *, postgres: bool) -> str:
    """A column, with the class's default where an entity was stored before the class had the field."""
    found = _expression(column, postgres=postgres)
    default = _default(kind, column, postgres=postgres)
    if default is None:
        return found
    name = column.path[0]
    kept = f"json_typeof(data::json -> '{name}')" if postgres else f"""json_type(data, '$."{name}"')"""
    return f"CASE WHEN {kept} IS NULL THEN {default} ELSE {found} END"


def _default(kind: Kind, column: Column, *, postgres: bool) -> str | None:
    """The default of a field as SQL; None where it is none, made anew each time, or inside of another value."""
    info = kind.model.model_fields[column.path[0]]
    empty = info.default_factory in (list, dict, tuple)
    if len(column.path) > 1 or info.is_required() or (info.default_factory is not None and not empty):
        return None
    try:
        value = from_json(to_json(info.get_default(call_default_factory=True)))
    except PydanticSerializationError:
        return None
    if value is None:
        return None
    if isinstance(value, bool) and postgres:
        return str(value).lower()
    if column.type in ("bool", "int", "float"):
        return repr(float(value) if column.type == "float" else int(value))
    text = value if isinstance(value, str) else compact(value)
    return "'" + text.replace("'", "''").replace(":", "\\:") + "'"


def _expression(column: Column, *, postgres: bool) -> str:
    if not postgres:
        path = ".".join(f'"{name}"' for name in column.path)
        found = f"json_extract(data, '$.{path}')"
        return f"CAST({found} AS REAL)" if column.type == "float" else found
    found = "(data::json #>> '{" + ",".join(column.path) + "}')"
    casts = {"float": "double precision", "int": "numeric", "bool": "boolean"}
    return f"{found}::{casts[column.type]}" if column.type in casts else found


def _plain(value: Any) -> Any:
    """A number as Python's own: PostgreSQL counts and sums in decimals."""
    if isinstance(value, Decimal):
        return int(value) if value.as_tuple().exponent == 0 else float(value)
    return value


def _unique(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
    if twice := [name for name, count in seen.items() if count > 1]:
        raise ConfigError(f"Two columns of the answer are called {twice[0]!r}.", remedy="Name them: SELECT a AS ....")
    return names


def _type(values: list[Any]) -> Type:
    kinds = {PYTHON.get(type(value), "text") for value in values if value is not None}
    if kinds == {"int", "float"}:
        return "float"
    return kinds.pop() if len(kinds) == 1 else "text"
