"""From what a user writes to the id of a data source: an id, the address of a database, or a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from productops.connectors.notion.wire import SHARE, SYSTEM, Json, Wire
from productops.errors import AccessError, ConfigError, ProductOpsError, RejectedError

_ID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)


def as_id(text: str) -> str | None:
    """Return the id that a text is, or that an address ends with; ``None`` for a name.

    >>> as_id("https://www.notion.so/acme/Roadmap-0123456789abcdef0123456789abcdef?v=fedc")
    '01234567-89ab-cdef-0123-456789abcdef'
    """
    found: list[str]
    if text.startswith(("https://", "http://")):
        last = urlsplit(text).path.rstrip("/").rpartition("/")[2]
        found = _ID.findall(last[-36:]) or _ID.findall(last)
    else:
        found = [text] if _ID.fullmatch(text) else []
    if not found:
        return None
    plain = found[-1].replace("-", "").lower()
    return f"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:]}"


def find(wire: Wire, source: str) -> Json:
    """Return the data source that a user means, as Notion describes it.

    Raises:
        ConfigError: there is none, or several; the error names them.
        AccessError: it is not shared with the integration.

    """
    id_ = as_id(source.strip())
    if id_ is None:
        if source.startswith(("https://", "http://")):
            raise ConfigError(
                "This address does not end with the id of a database.",
                system=SYSTEM,
                remedy="In Notion open the database as a page and copy its link.",
            )
        return by_name(wire, source)
    # An address is that of a database; an id may be either, and only asking tells.
    first, second = (_database, _direct) if "/" in source else (_direct, _database)
    found = first(wire, id_)
    if found is None:
        found = second(wire, id_)
    if found is None:
        raise AccessError(
            f"Notion has no database or data source {id_}, or it is not shared with this integration.",
            system=SYSTEM,
            operation="read the data source",
            remedy=SHARE,
        )
    return found


def read(wire: Wire, id_: str) -> Json:
    """Return a data source by its id."""
    found: Json = wire.call("GET", f"data_sources/{id_}", operation="read the data source")
    return found


def _direct(wire: Wire, id_: str) -> Json | None:
    try:
        return read(wire, id_)
    except ProductOpsError as error:
        _raise_other(error)
        return None


def _database(wire: Wire, id_: str) -> Json | None:
    try:
        database = wire.call("GET", f"databases/{id_}", operation="read the database")
    except ProductOpsError as error:
        _raise_other(error)
        return None
    sources = database.get("data_sources") or []
    if len(sources) == 1:
        return read(wire, str(sources[0]["id"]))
    name = plain(database.get("title")) or id_
    raise ConfigError(
        f"The database {name!r} has {len(sources) or 'no'} data sources, and it is not known which one is meant.",
        system=SYSTEM,
        remedy=f"Write the id of one: {_listed(sources)}." if sources else "Share its original with the integration.",
    )


def _raise_other(error: ProductOpsError) -> None:
    """Raise what is no plain "not found"."""
    if not isinstance(error, (AccessError, RejectedError)) or error.status not in (400, 404):
        raise error


def by_name(wire: Wire, name: str) -> Json:
    """Return the one data source of that name among those that are shared."""
    body = {"query": name, "filter": {"property": "object", "value": "data_source"}}
    found = [
        one
        for page in wire.pages("POST", "search", operation="look for the data source", body=body)
        for one in page["results"]
        if one.get("object") == "data_source" and plain(one.get("title")).strip() == name.strip()
    ]
    if len(found) == 1:
        return read(wire, str(found[0]["id"]))
    if found:
        named = [{"id": one["id"], "name": plain(one.get("title"))} for one in found]
        raise ConfigError(
            f"{len(found)} data sources are called {name!r}.",
            system=SYSTEM,
            remedy=f"Write the id of one: {_listed(named)}.",
        )
    raise ConfigError(
        f"Notion's search finds no data source called {name!r} that is shared with this integration.",
        system=SYSTEM,
        remedy=f"Its search is late at times: give the database's link instead. {SHARE}",
    )


def plain(rich_text: object) -> str:
    """Return rich text without its formatting."""
    runs = rich_text if isinstance(rich_text, list) else []
    return "".join(str(run.get("plain_text", "")) for run in runs)


def _listed(sources: Sequence[Json]) -> str:
    return ", ".join(f"{one.get('name') or 'untitled'!r} ({one['id']})" for one in sources)
