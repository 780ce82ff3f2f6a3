"""The few formulas the connector asks with, built so that no text of a user can become formula."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

SECOND = timedelta(seconds=1)
LAST_EDIT = "IF(LAST_MODIFIED_TIME(),LAST_MODIFIED_TIME(),CREATED_TIME())"
_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SPECIAL = re.compile(r"[\\'\n\r\t]")


def quoted(text: str) -> str:
    r"""Return text as a formula string.

    >>> print(quoted("Ann's"))
    'Ann\'s'
    """
    return "'" + _SPECIAL.sub(lambda found: _ESCAPES[found[0]], text) + "'"


def any_of(conditions: Iterable[str]) -> str:
    """Return a formula that is true when one of the conditions is."""
    return f"OR({','.join(conditions)})"


def ids_are(ids: Iterable[str]) -> str:
    """Return a formula for the records with these ids.

    >>> ids_are(["rec1", "rec2"])
    "OR(RECORD_ID()='rec1',RECORD_ID()='rec2')"
    """
    return any_of(f"RECORD_ID()={quoted(id_)}" for id_ in ids)


def field_is(field_id: str, values: Iterable[str]) -> str:
    """Return a formula for the records whose field, named by its id, holds one of these texts."""
    return any_of(f"{{{field_id}}}={quoted(value)}" for value in values)


def changed_since(moment: datetime) -> str:
    """Return a formula for the records created or edited at or after a moment.

    Edits are known to the second and ``IS_AFTER`` excludes its bound, so the bound lies one second earlier: a record
    may be seen once too often, never once too seldom. A row that nobody edited since it was created may have no time
    of modification; then its creation counts.
    """
    bound = moment.astimezone(UTC).replace(microsecond=0) - SECOND
    text = bound.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return f"IS_AFTER({LAST_EDIT},DATETIME_PARSE({quoted(text)}))"


def not_untouched(key: str, first: datetime, last: datetime) -> str:
    """Return a formula that leaves out rows with a key, created in this window and not edited since.

    Times are known to the second: an edit in the second of the creation is left out too.
    """
    bounds = [moment.astimezone(UTC).replace(microsecond=0) for moment in (first - SECOND, last + SECOND)]
    after, before = (quoted(bound.strftime("%Y-%m-%dT%H:%M:%S.000Z")) for bound in bounds)
    return (
        f"NOT(AND({{{key}}}!='',IS_AFTER(CREATED_TIME(),DATETIME_PARSE({after})),"
        f"IS_BEFORE(CREATED_TIME(),DATETIME_PARSE({before})),NOT(IS_AFTER({LAST_EDIT},CREATED_TIME()))))"
    )


def both(*formulas: str | None) -> str | None:
    """Return one formula that demands all of those given, or ``None`` when none is."""
    given = [f"({formula})" for formula in formulas if formula]
    if len(given) < 2:
        return given[0][1:-1] if given else None
    return f"AND({','.join(given)})"
