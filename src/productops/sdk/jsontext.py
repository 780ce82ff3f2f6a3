"""Values as JSON text and back: what states and plans are written in.

pydantic writes and msgspec reads, several times faster than the standard library does. What they refuse (half a
surrogate pair, as broken exports hold) goes through the standard library. Numbers stay exact, whatever their length.
msgspec would write faster still, but makes ``null`` of what is no number.

>>> loads(dumps({"title": "Größe", "votes": 2**70}))
{'title': 'Größe', 'votes': 1180591620717411303424}
"""

from __future__ import annotations

import json
from typing import Any

import msgspec
from pydantic_core import PydanticSerializationError, to_json

_decode = msgspec.json.Decoder().decode
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))  # json.dumps() would make one each time


def dumps(value: Any) -> str:
    """Return compact JSON text.

    Raises:
        TypeError: the value holds something that JSON does not know.

    """
    try:
        return to_json(value).decode()
    except PydanticSerializationError:
        return _encoder.encode(value)


def loads(text: str) -> Any:
    """Return the value of JSON text.

    Raises:
        ValueError: this is not JSON.

    """
    try:
        return _decode(text)
    except (ValueError, msgspec.DecodeError, RecursionError):
        pass
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
