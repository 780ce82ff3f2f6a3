"""JSON that is really JSON, whole or as far as somebody looks at it.

Answers of services are mostly addresses, pictures and categories of categories. Making objects of them takes longer
than all the rest of reading, so a connector may name the parts that it looks at.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from keyword import iskeyword
from operator import attrgetter
from typing import Any, NoReturn, TypeAlias, TypedDict

import msgspec

Parse: TypeAlias = Callable[[bytes], Any]


def parse_json(body: bytes) -> Any:
    """Return a body as strict JSON. Raises ``ValueError`` also for NaN and for nesting too deep to read.

    Integers stay exact however long they are.

    >>> parse_json(b'{"id": 123456789012345678901234567890}')
    {'id': 123456789012345678901234567890}
    """
    try:
        return _decode(body)
    except _UNREADABLE:
        pass  # rarely it is still JSON: half a surrogate pair, another encoding than UTF-8, a number beyond all bounds
    try:
        return json.loads(body, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


class Parts(dict[str, Any]):
    """The parts of an object that somebody looks at, for :func:`parser_of`."""


class Shown(msgspec.Struct):
    """An object of which only the named parts were made; it is asked for them as a mapping is, or by :func:`parts`."""

    def get(self, name: str, default: Any = None) -> Any:
        """Return a part, or the default where none was sent."""
        found = getattr(self, _attribute(name), ABSENT)
        return default if found is ABSENT else found

    def __getitem__(self, name: str) -> Any:
        """Return a part.

        Raises:
            KeyError: none was sent.

        """
        if (found := self.get(name, ABSENT)) is ABSENT:
            raise KeyError(name)
        return found


ABSENT: Any = msgspec.UNSET  # what stands for a part that was not sent


def parts(names: Sequence[str]) -> Callable[[Shown], tuple[Any, ...]]:
    """Return what gives these parts of an object, ``ABSENT`` where none was sent.

    Raises, when called, AttributeError for what is no such object.
    """
    if len(names) == 1:
        only = attrgetter(_attribute(names[0]))
        return lambda shown: (only(shown),)
    return attrgetter(*map(_attribute, names)) if names else lambda _: ()


def parser_of(shown: Any) -> Parse:
    """Return what parses a body as :func:`parse_json` does, but leaves out of objects what is not named.

    ``shown`` is ``...`` for a value whole, a mapping for these keys of an object, :class:`Parts` for an object that is
    to be :class:`Shown`, which takes a third of the memory, and a list of one for several of these. Where something
    else is sent it is there whole; an answer of another shape altogether is made of dictionaries.

    >>> parse = parser_of({"issues": [{"id": ..., "status": Parts({"name": ...})}]})
    >>> (issue,) = parse(b'{"issues": [{"id": 7, "self": "/7", "status": {"id": 1, "name": "New"}}]}')["issues"]
    >>> issue["id"], issue["status"]["name"], issue.get("self")
    (7, 'New', None)
    """
    decode = msgspec.json.Decoder(_type(shown)).decode

    def parse(body: bytes) -> Any:
        try:
            found = decode(body)
            if not body.isascii():
                body.decode()  # what is left out must be text as well
        except _UNREADABLE:
            return parse_json(body)
        return found

    return parse


def _type(shown: Any) -> Any:
    if shown is ...:
        return Any
    if isinstance(shown, list):
        return list[_type(shown[0])] | dict[str, Any] | _SCALAR  # type: ignore[misc] # made of data
    types = {name: _type(part) for name, part in shown.items()}
    if not isinstance(shown, Parts):
        return _or_else(TypedDict("Keys", types, total=False))  # type: ignore[operator] # made of data
    renamed = {_attribute(name): name for name in shown}
    fields = [(attribute, types[name], ABSENT) for attribute, name in renamed.items()]
    # Not for the garbage collector to look at: JSON has no cycles.
    return _or_else(msgspec.defstruct("Parts", fields, bases=(Shown,), rename=renamed, gc=False))


def _or_else(kind: Any) -> Any:
    return kind | list[Any] | _SCALAR


@lru_cache(maxsize=4096)
def _attribute(name: str) -> str:
    """Return the attribute that holds a part; not every name can be one."""
    usable = name.isidentifier() and not iskeyword(name) and not hasattr(Shown, name)
    return name if usable else f"part_{name.encode().hex()}"


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_SCALAR: Any = str | int | float | bool | None
_decode: Parse = msgspec.json.Decoder().decode
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
