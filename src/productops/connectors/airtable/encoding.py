"""Values on their way into cells, and when a shown value is the one that was sent.

What Airtable would refuse is refused here, before sending: one bad cell fails a whole request of ten records.
Nothing is sent with ``typecast``, which makes new options out of misspelled ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from productops.connectors.airtable.cells import Column
from productops.errors import RejectedError
from productops.sdk.collection import Field
from productops.sdk.record import Option, RichText, Unreadable, User, fingerprint
from productops.sdk.richtext import same_markdown
from productops.sdk.values import RefusalError, listed, option_ids, same_people, words

MOST_NAMED = 20  # options an error lists


def encode_row(columns: Mapping[str, Column], values: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return the cells to send, keyed by field id.

    Raises:
        RejectedError: a field is unknown or computed, or a value has no form there. ``fields`` names all of them.

    """
    cells, refused = {}, {}
    for id_, value in values.items():
        known = columns.get(id_)
        if known is None:
            refused[id_] = "the table has no such field"
            continue
        try:
            cells[id_] = encode(known, value)
        except RefusalError as error:
            refused[known.field.name] = str(error)
    if refused:
        reasons = "; ".join(f"{name!r}: {reason}" for name, reason in refused.items())
        raise RejectedError(f"{where} cannot take these values. {reasons}", system="airtable", fields=refused)
    return cells


def encode(column: Column, value: Any) -> Any:
    """Return one cell as it is sent. Null and empty clear it.

    Raises:
        RefusalError: Airtable would not take it.

    """
    if column.field.read_only:
        raise RefusalError(f"it cannot be written: {column.field.read_only}")
    if isinstance(value, Unreadable):
        raise RefusalError(f"an unreadable value cannot be written ({value.reason})")
    if column.type == "checkbox":
        return _bool(value)
    if value is None or value == "" or value == [] or value == ():
        return None
    return ENCODERS[column.type](column.field, value)


def _text(field: Field, value: Any) -> str:
    if isinstance(value, RichText):
        value = value.markdown
    if isinstance(value, Option):
        value = value.name
    if not isinstance(value, str):
        raise RefusalError(f"it takes text, not {type(value).__name__}")
    if field.max_length and len(value) > field.max_length:
        raise RefusalError(f"it takes {field.max_length:,} characters, this has {len(value):,}")
    return value


def _bool(value: Any) -> bool:
    if value is not None and not isinstance(value, bool):
        raise RefusalError(f"it takes true or false, not {type(value).__name__}")
    return bool(value)


def _number(_field: Field, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise RefusalError(f"it takes a number, not {type(value).__name__}")
    if not math.isfinite(value):
        raise RefusalError(f"it takes no {value}")
    return value


def _rating(field: Field, value: Any) -> int:
    number = _number(field, value)
    if number < 1 or number != int(number):
        raise RefusalError("a rating is a whole number from 1; empty means not rated")
    return int(number)


def _date(_field: Field, value: Any) -> str:
    if not isinstance(value, date):
        raise RefusalError(f"it takes a date, not {type(value).__name__}")
    return (value.date() if isinstance(value, datetime) else value).isoformat()


def _datetime(_field: Field, value: Any) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, datetime):
        raise RefusalError(f"it takes a time, not {type(value).__name__}")
    if value.tzinfo is None:
        raise RefusalError("the time has no zone; Airtable would read it in the field's own")
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _option(field: Field, value: Any) -> str:
    wanted = value.id if isinstance(value, Option) else value
    if isinstance(wanted, str):
        found = field.option(wanted)
        if found is None and isinstance(value, Option) and value.id.startswith("name:"):
            found = field.option(value.name)
        if found is not None:
            return found.name
    shown = (value.name or value.id) if isinstance(value, Option) else value
    known = ", ".join(repr(option.name) for option in field.options[:MOST_NAMED]) or "none"
    more = ", …" if len(field.options) > MOST_NAMED else ""
    raise RefusalError(f"it has no option {shown!r}; it has {known}{more}")


def _options(field: Field, value: Any) -> list[str]:
    # In the order given, each once: Airtable keeps the order and shows it.
    return list(dict.fromkeys(_option(field, item) for item in listed(value)))


def _user(_field: Field, value: Any) -> dict[str, str]:
    if isinstance(value, User) and value.id:
        return {"id": value.id}
    email = value.email if isinstance(value, User) else None
    if not email:
        raise RefusalError("it takes a person with an id or an e-mail")
    return {"email": email}


def _users(field: Field, value: Any) -> list[Any]:
    people = [_user(field, item) for item in listed(value)]
    # Ids alone are the documented form; the objects are needed for somebody known by e-mail only.
    return [person["id"] for person in people] if all("id" in person for person in people) else people


def _links(_field: Field, value: Any) -> list[str]:
    ids = listed(value)
    if strange := [item for item in ids if not isinstance(item, str) or not item.startswith("rec")]:
        raise RefusalError(f"it takes ids of records, which begin with 'rec', not {strange[0]!r}")
    return ids


ENCODERS: Mapping[str, Callable[[Field, Any], Any]] = {
    **dict.fromkeys(("singleLineText", "email", "phoneNumber", "multilineText", "richText", "url"), _text),
    **dict.fromkeys(("number", "currency", "percent", "duration"), _number),
    "rating": _rating,
    "date": _date,
    "dateTime": _datetime,
    "singleSelect": _option,
    "multipleSelects": _options,
    "singleCollaborator": _user,
    "multipleCollaborators": _users,
    "multipleRecordLinks": _links,
}


def same(field: Field, sent: Any, shown: Any) -> bool:
    """Tell whether Airtable would show ``shown`` after it was sent ``sent``."""
    if field.kind == "bool":
        return bool(sent) == bool(shown)
    if field.kind == "markdown":
        return same_markdown(words(sent), words(shown))
    empty: tuple[Any, ...] = (None, "", [], ())
    if sent in empty or shown in empty:
        return (sent in empty) == (shown in empty)
    match field.kind:
        case "text" | "url":
            return _lines(words(sent)) == _lines(words(shown))
        case "number" if isinstance(sent, (int, float)) and isinstance(shown, (int, float)):
            return math.isclose(sent, shown, rel_tol=1e-12, abs_tol=1e-12)
        case "datetime" if isinstance(sent, date) and isinstance(shown, datetime) and shown.tzinfo:
            aware = not isinstance(sent, datetime) or sent.tzinfo is not None
            return aware and _datetime(field, sent) == _datetime(field, shown)
        case "choice" | "choices":
            return option_ids(field, sent) == option_ids(field, shown)
        case "person" | "people":
            return same_people(listed(sent), listed(shown))
    return fingerprint(sent) == fingerprint(shown)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip()
