"""What the columns mean: a data dictionary out of the classes, as Markdown.

The meaning of a column comes from where the model says it: the sentences of the class's description that name the
field, the description of the class whose values it holds, and the values of an enumeration.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from productops.model.base import Entity
from productops.sdk.columns import only
from productops.workspace.flat import Column, columns
from productops.workspace.kinds import Kind, Kinds

COMMON = {
    "id": "What it is known by; ids of ours sort in the order in which they were made.",
    "external": "Where the same thing lives elsewhere: a list of systems and keys.",
    "created_at": "When it was made.",
    "updated_at": "When it was last changed, as far as its author said so; the history knows better.",
    "tags": "Words for sorting.",
    "custom": "Fields of your own.",
    "schema_version": "The form in which it was stored.",
}
TYPES = {column.name: "JSON" if column.json else column.type for column in columns(Entity)}
PERSON = {
    "name": "the name",
    "email": "the e-mail address",
    "external": "accounts elsewhere",
}


HEAD = """# Data dictionary

The views that `ws.sql` can ask and the columns of `ws.table` and `ws.frame`, out of the classes of the model. A value
such as a person or a time has a column for each of its fields; lists, dictionaries and entities within are JSON text.
Dates and times are ISO text in SQL and typed in frames; decimal numbers are floats in both.

"""
CHANGES = """## changes

Everything that happened, one row for each field that changed.

| column | type | meaning |
|---|---|---|
| `seq` | int | Counts all changes. |
| `at` | float | When, in seconds since 1970. |
| `kind` | text | The view of what changed. |
| `id` | text | What changed. |
| `version` | int | The version that the change made. |
| `field` | text | The field, or `*` for a whole record that came or went. |
| `old` | text | What it was before, as JSON; NULL when it was not there. |
| `new` | text | What it is since, as JSON. |
| `by` | text | Who changed it. |
| `source` | text | In which system. |
| `run` | text | In which run. |
| `reason` | text | Why, where somebody said so. |

"""


def page(kinds: Iterable[Kind] | None = None) -> str:
    """Return the page about every class of the model, and of your own where given."""
    found = Kinds() if kinds is None else kinds
    common = "\n".join(f"| `{name}` | {TYPES[name]} | {text} |" for name, text in COMMON.items())
    every = f"## In every view of an entity\n\n| column | type | meaning |\n|---|---|---|\n{common}\n\n"
    return f"{HEAD}{every}{CHANGES}{dictionary(found)}"


def dictionary(kinds: Iterable[Kind]) -> str:
    """Return the columns of every class, with types and meanings."""
    return "\n".join(line for kind in kinds for line in _section(kind))


def _section(kind: Kind) -> Iterator[str]:
    yield f"## {kind.name}"
    yield ""
    yield f"{_first(kind.model)} (`{kind.model.__name__}`)"
    yield ""
    yield "| column | type | meaning |"
    yield "|---|---|---|"
    for column in columns(kind.model):
        if issubclass(kind.model, Entity) and column.name in COMMON:
            continue
        type_ = "JSON" if column.json else column.type
        yield f"| `{column.name}` | {type_} | {meaning(kind.model, column).replace('|', '/')} |"
    yield ""


def meaning(model: type[BaseModel], column: Column) -> str:
    """Return what a column holds, in a sentence or two."""
    field = column.path[0]
    if len(column.path) == 1 and field in COMMON:
        return COMMON[field]
    told = [_within(model, column.path)] if len(column.path) > 1 else []
    told += [sentence for sentence in _sentences(model) if f"`{field}`" in sentence]
    told += [_of_class(column.annotation)] if not told else []
    told += [_choices(column.annotation)]
    return " ".join(each for each in told if each) or f"{_words(field)}."


def _within(model: type[BaseModel], path: tuple[str, ...]) -> str:
    """Say of what small value a column is a part."""
    held: Any = model
    for name in path[:-1]:
        held = only(held.model_fields[name].annotation)
    part = _words(path[-1]).lower()
    said = [sentence for sentence in _sentences(held) if f"`{path[-1]}`" in sentence]
    return " ".join([f"Of {_words('.'.join(path[:-1])).lower()}: {PERSON.get(path[-1], part)}.", *said])


def _sentences(model: type[BaseModel]) -> list[str]:
    text = " ".join((model.__doc__ or "").partition(">>>")[0].split())
    found = [each.strip() for each in re.split(r"(?<=[.;])\s+(?=[A-Z`])", text)]
    # What an assignment raises is of no use to who reads a table.
    return [f"{each[:-1]}." if each.endswith(";") else each for each in found if "raises" not in each]


def _first(model: type) -> str:
    return " ".join((model.__doc__ or model.__name__).strip().partition("\n\n")[0].split())


def _of_class(annotation: Any) -> str:
    """What the class of the values says of itself, or the id of what a column holds."""
    inner = next((only(each) for each in get_args(annotation)), annotation)
    for held, many in ((annotation, ""), (inner, "A list, each: ")):
        if isinstance(held, type) and get_origin(held) is None and issubclass(held, BaseModel | Enum):
            return f"{many}{_first(held)}"
    return ""


def _choices(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return f"One of {', '.join(map(str, get_args(annotation)))}."
    if isinstance(annotation, type) and get_origin(annotation) is None and issubclass(annotation, Enum):
        return f"One of {', '.join(str(each.value) for each in annotation)}."
    return ""


def _words(name: str) -> str:
    text = name.replace("_", " ").replace(".", ", ")
    text = re.sub(r" id$", ": the id", re.sub(r" ids$", ": their ids", text))
    return text[:1].upper() + text[1:]
