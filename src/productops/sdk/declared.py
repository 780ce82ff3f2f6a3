"""Mappings written as data: in a YAML or TOML file, or as a dictionary.

A field is its remote name, or a small table whose first key says how it is mapped:

>>> from pydantic import BaseModel
>>> class Idea(BaseModel):
...     title: str
...     text: str = ""
...     stage: str = "new"
>>> mapping = declared(Idea, {
...     "title": "Name",
...     "text": {"markdown": "Notes", "once": True},
...     "stage": {"choice": "Stage", "options": {"new": "Inbox", "done": ["Shipped", "Live"]}},
... })
>>> mapping
Mapping(Idea, title, text, stage)
>>> print(written(Idea, {"title": "Name", "text": {"markdown": "Notes", "once": True}}))
Mapping(
    Idea,
    title="Name",
    text=once(markdown("Notes")),
)
"""

from __future__ import annotations

import difflib
import json
import keyword
from collections.abc import Callable
from collections.abc import Mapping as MappingABC
from typing import Any, TypeVar

from pydantic import BaseModel

from productops.errors import MappingError
from productops.sdk.codecs import Codec, choice, constant, markdown, once, person, read_only, ref, write_only
from productops.sdk.codecs import codec as plain
from productops.sdk.mapping import Mapping

M = TypeVar("M", bound=BaseModel)
Kinds = MappingABC[str, Callable[[str], Codec]]
KINDS: Kinds = {"plain": plain, "markdown": markdown, "person": person}
WIDTH = 100  # of the lines of a written mapping
WRAPPERS = {"once": once, "read_only": read_only, "write_only": write_only}


def declared(model: type[M], fields: MappingABC[str, object], kinds: Kinds | None = None) -> Mapping[M]:
    """Return the mapping that the data describes.

    Args:
        model: any pydantic model.
        fields: model field → remote name, or a table with one of ``plain``, ``markdown``, ``person``, ``choice``
            (with ``options``), ``ref`` (perhaps with ``to``) or ``constant`` (perhaps with ``field``), and
            perhaps ``once``, ``read_only`` or ``write_only`` set to true.
        kinds: more ways to map a field, by name.

    Raises:
        MappingError: the data does not describe a mapping; the field is named.

    """
    specs: dict[str, str | Codec] = {
        name: _codec(name, spec, {**KINDS, **(kinds or {})}) for name, spec in fields.items()
    }
    return Mapping(model, **specs)


def _codec(name: str, spec: object, kinds: Kinds) -> Codec:
    if isinstance(spec, str) and spec:
        return plain(spec)
    if not isinstance(spec, MappingABC):
        raise MappingError(
            f"{name} is mapped to {spec!r}.", remedy=f'Write the remote field\'s name, or {{markdown: "{name}"}}.'
        )
    how = _how(name, spec, kinds)
    given = {key: value for key, value in spec.items() if key != how and key not in WRAPPERS}
    made = _made(name, how, spec[how], given, kinds)
    for wrapper, wrap in WRAPPERS.items():
        if spec.get(wrapper):
            made = wrap(made)
    return made


def _how(name: str, spec: MappingABC[str, Any], kinds: Kinds) -> str:
    """Return which way of mapping a table names; exactly one must be there."""
    known = [*kinds, "choice", "ref", "constant"]
    found = [key for key in spec if key in known]
    if len(found) == 1:
        return found[0]
    unknown = next((key for key in spec if key not in WRAPPERS and key not in ("options", "to", "field")), None)
    near = difflib.get_close_matches(unknown, known, n=1) if unknown and not found else []
    what = f"has {' and '.join(found)}" if found else f"does not say how{f': {unknown!r} is no way' if unknown else ''}"
    remedy = f"Did you mean {near[0]}?" if near else f"Give it one of {', '.join(known)}."
    raise MappingError(f"The mapping of {name} {what}.", remedy=remedy)


def _made(name: str, how: str, value: Any, given: dict[str, Any], kinds: Kinds) -> Codec:
    allowed = {"choice": {"options"}, "ref": {"to"}, "constant": {"field"}}.get(how, set())
    if wrong := sorted(set(given) - allowed):
        raise MappingError(f"The mapping of {name} has {wrong[0]!r}, which {how} does not take.")
    if how == "constant":
        return constant(value, given.get("field"))
    if not isinstance(value, str) or not value:
        raise MappingError(f"The mapping of {name} names no remote field.", remedy=f'Write {how}: "Its name".')
    if how == "ref":
        return ref(value, given.get("to"))
    if how != "choice":
        return kinds[how](value)
    options = given.get("options")
    if not isinstance(options, MappingABC):
        raise MappingError(f"The mapping of {name} is a choice without options.", remedy="Add options: {ours: Theirs}.")
    return choice(value, **{_text(key): _texts(option) for key, option in options.items()})


def _text(value: Any) -> str:
    """Return an option or a value as text; YAML reads a bare yes or true as a truth value."""
    return value if isinstance(value, str) else json.dumps(value)


def _texts(option: Any) -> str | list[str]:
    return [str(each) for each in option] if isinstance(option, list | tuple) else str(option)


def written(model: type[BaseModel], fields: MappingABC[str, object]) -> str:
    """Return the same mapping as Python that a person can copy and edit."""
    lines = [f"    {name}={_written(spec)}," for name, spec in fields.items()]
    return "\n".join([f"Mapping(\n    {model.__name__},", *lines, ")"])


def _written(spec: Any) -> str:
    if isinstance(spec, str):
        return _quoted(spec)
    how = next(key for key in spec if key not in WRAPPERS and key not in ("options", "to", "field"))
    parts = [_quoted(spec[how]), *_named(spec.get("options", {}))]
    parts += [f"{key}={_quoted(spec[key])}" for key in ("to", "field") if key in spec]
    text = parts[0] if how == "plain" else f"{how}({', '.join(parts)})"
    for wrapper in WRAPPERS:
        if spec.get(wrapper):
            text = f"{wrapper}({text})"
    if len(text) <= WIDTH or len(parts) == 1:
        return text
    start, end = text.index(parts[0]), text.rindex(parts[-1]) + len(parts[-1])
    lines = [""]
    for part in parts:
        if lines[-1] and len(lines[-1]) + len(part) > WIDTH:
            lines.append("")
        lines[-1] += f" {part}," if lines[-1] else f"{part},"
    return f"{text[:start]}\n        " + "\n        ".join(lines) + f"\n    {text[end:]}"


def _named(options: MappingABC[str, Any]) -> list[str]:
    """Return options as keyword arguments, or unpacked where one of them is no name."""
    if all(str(key).isidentifier() and not keyword.iskeyword(str(key)) for key in options):
        return [f"{key}={_quoted(option)}" for key, option in options.items()]
    return ["**{" + ", ".join(f"{_quoted(str(key))}: {_quoted(option)}" for key, option in options.items()) + "}"]


def _quoted(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_quoted(each) for each in value) + "]"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if isinstance(value, str) else repr(value)
