"""What connectors do alike with plain values: refusing one, and comparing what was sent with what shows."""

from __future__ import annotations

from typing import Any

from productops.sdk.collection import Field
from productops.sdk.record import Option, RichText, User


class RefusalError(ValueError):
    """Why a value does not go into a field, before any request is sent."""


def listed(value: Any) -> list[Any]:
    """Return several values as a list, and one as a list of one.

    >>> listed("a"), listed(("a", "b"))
    (['a'], ['a', 'b'])
    """
    return list(value) if isinstance(value, list | tuple | set | frozenset) else [value]


def words(value: Any) -> str:
    """Return a text without its form, and nothing as an empty text."""
    return value.markdown if isinstance(value, RichText) else "" if value is None else str(value)


def text_or_none(value: Any) -> str | None:
    """Return a text that says something; anything else is none.

    >>> text_or_none("Ada"), text_or_none(""), text_or_none(["Ada"])
    ('Ada', None, None)
    """
    return value if isinstance(value, str) and value else None


def option_ids(field: Field, value: Any) -> set[str]:
    """Return the ids of options; one that is given by its name alone is looked up first."""
    found = (one if isinstance(one, Option) else field.option(str(one)) or Option(str(one)) for one in listed(value))
    return {one.id for one in found}


def same_people(sent: list[Any], shown: list[Any]) -> bool:
    """Tell whether these are the same people, by id; somebody sent by e-mail alone is recognised by it.

    >>> same_people([User("", email="Ada@example.com")], [User("7", email="ada@example.com")])
    True
    """
    left = list(shown)
    for person in sent:
        match = next((other for other in left if _same_person(person, other)), None)
        if match is None:
            return False
        left.remove(match)
    return not left


def _same_person(one: Any, other: Any) -> bool:
    if not isinstance(one, User) or not isinstance(other, User):
        return bool(one == other)
    if one.id and other.id:
        return one.id == other.id
    return bool(one.email and other.email and one.email.casefold() == other.email.casefold())
