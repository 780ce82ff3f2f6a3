"""Why a model takes a value not, in words for people: pydantic's own speak of input and of instances."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

SHOWN = 80  # characters of a value
# What a type of error begins with, and what the value is then. The first that fits counts.
SAYINGS = (
    ("string_type", "{got} is no text"),
    ("date_from_datetime_inexact", "{got} has a time of day, and only a day goes here"),
    ("datetime_", "{got} is no time"),
    ("date_", "{got} is no date"),
    ("int_from_float", "{got} is no whole number"),
    ("int_", "{got} is no whole number"),
    ("float_", "{got} is no number"),
    ("decimal_type", "{got} is no number"),
    ("decimal_parsing", "{got} is no number"),
    ("bool_", "{got} is neither yes nor no"),
    ("enum", "{got} is none of {expected}"),
    ("literal_error", "{got} is none of {expected}"),
    ("model_", "{got} is one value, and several parts go here"),
    ("dict_type", "{got} is one value, and several parts go here"),
    ("list_type", "{got} is no list"),
    ("missing", "it is required, and nothing gives it"),
)
LISTED = frozenset(("enum", "literal_error"))
OWN = ("value_error", "assertion_error")  # what the author of a model says
# What is wrong with the kind of a value and not with this one: no other of its kind would do.
KINDS = frozenset(
    ("string_type", "date_type", "datetime_type", "int_type", "float_type", "decimal_type", "bool_type", "dict_type")
) | {"model_type", "model_attributes_type", "list_type"}


def told(error: ValidationError, most: int = 3) -> list[str]:
    """Return why, one line for each thing that is wrong.

    >>> from pydantic import TypeAdapter
    >>> try:
    ...     TypeAdapter(int).validate_python("many")
    ... except ValidationError as error:
    ...     told(error)
    ["'many' is no whole number"]
    """
    return [line(item) for item in error.errors(include_url=False)[:most]]


def line(item: ErrorDetails, *, shown: bool = True) -> str:
    """Return one thing that is wrong; ``shown`` with the value, where the words do not say it by themselves."""
    got = repr(str(item["input"])[:SHOWN])
    context: dict[str, Any] = item.get("ctx", {})
    after = f" (got {got})" if shown else ""
    if item["type"] in OWN:
        return f"{context.get('error', item['msg'])}{after}"
    for begins, words in SAYINGS:
        if item["type"].startswith(begins):
            return words.format(got=got, expected=context.get("expected", ""))
    return item["msg"].replace("Input should", "it should", 1) + after
