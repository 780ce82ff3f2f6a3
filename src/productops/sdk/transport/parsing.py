"""JSON that is really JSON, whole or as far as somebody looks at it.

Answers of services are mostly addresses, pictures and categories of categories. Making objects of them takes longer
than all the rest of reading, so a connector may name the parts that it looks at.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn, TypeAlias, TypedDict

import msgspec

Parse: TypeAlias = Callable[[bytes], Any]
Shown: TypeAlias = Any
"""``...`` for a value whole, a mapping for these keys of an object, a list of one for such values."""


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


def parser_of(shown: Shown) -> Parse:
    """Return what parses a body as :func:`parse_json` does, but leaves out of objects what is not named.

    Where something else is sent than an object or a list, it is there whole.

    >>> parse = parser_of({"issues": [{"id": ..., "status": {"name": ...}}]})
    >>> parse(b'{"total": 1, "issues": [{"id": 7, "self": "/7", "status": {"id": 1, "name": "New"}}]}')
    {'issues': [{'id': 7, 'status': {'name': 'New'}}]}
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


def _type(shown: Shown) -> Any:
    if shown is ...:
        return Any
    if isinstance(shown, list):
        return list[_type(shown[0])] | dict[str, Any] | _SCALAR  # type: ignore[misc] # made of data
    named = {name: _type(part) for name, part in shown.items()}
    return TypedDict("Named", named, total=False) | list[Any] | _SCALAR  # type: ignore[operator] # made of data


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_SCALAR: Any = str | int | float | bool | None
_decode: Parse = msgspec.json.Decoder().decode
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
