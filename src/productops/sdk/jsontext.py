"""Values as JSON text and back: what states and plans are written in.

pydantic's own serialiser and parser do it, several times faster than the standard library's. What they refuse (half a
surrogate pair, as broken exports hold) goes through the standard library. Numbers stay exact, whatever their length.

>>> loads(dumps({"title": "Größe", "votes": 2**70}))
{'title': 'Größe', 'votes': 1180591620717411303424}
"""

from __future__ import annotations

import json
from typing import Any

from pydantic_core import PydanticSerializationError, from_json, to_json

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
        return from_json(text)
    except ValueError:
        return json.loads(text)
