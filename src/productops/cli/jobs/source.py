"""A file of settings, and where in it each key stands, so that a mistake can be told by file, line and key."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from productops.errors import ConfigError

Place = tuple[str | int, ...]
SHOWN = 10  # mistakes that one error tells


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong in a file: where, what, and what to write instead."""

    place: Place
    what: str
    remedy: str = ""


@dataclass
class Source:
    """The text of a TOML or YAML file, read."""

    path: Path
    text: str
    data: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Source:
        """Read a file.

        Raises:
            ConfigError: there is none, or its text is not what its name says; the line is named.

        """
        try:
            text = path.read_text(encoding="utf-8-sig")  # some editors begin a file with a mark
        except UnicodeDecodeError:
            raise ConfigError(f"{path} is not UTF-8 text.", remedy="Save it as UTF-8.") from None
        except FileNotFoundError:
            folder = path.absolute().parent
            raise ConfigError(
                f"There is no {path.name} in {folder}.",
                remedy="Go to its folder, or give --file. What to write: docs/reference/jobs.md.",
            ) from None
        except OSError as error:
            raise ConfigError(
                f"{path} cannot be read: {error.strerror}.",
                remedy="Go to its folder, or give --file. What to write: docs/reference/jobs.md.",
            ) from None
        if path.suffix in (".yaml", ".yml"):
            return cls(path, text, _yaml(path, text))
        try:
            return cls(path, text, tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{path.name} is not TOML: {error}.", remedy="Correct that line.") from None

    @cached_property
    def lines(self) -> dict[Place, int]:
        """The line on which each key begins, counted from 1."""
        if self.path.suffix in (".yaml", ".yml"):
            return dict(_yaml_lines(yaml.compose(self.text, Loader=yaml.SafeLoader), ()))
        return _toml_lines(self.text)

    def line(self, place: Place) -> int:
        """Return the line of a key, or of the nearest thing around it that is there."""
        for end in range(len(place), 0, -1):
            if place[:end] in self.lines:
                return self.lines[place[:end]]
        return 1

    def told(self, mistake: Mistake) -> str:
        """Return one mistake with its place."""
        key = ".".join(str(part) for part in mistake.place)
        remedy = f". {mistake.remedy}" if mistake.remedy else ""
        return f"{self.path.name}, line {self.line(mistake.place)} [{key}]: {mistake.what.rstrip('.')}{remedy}"

    def error(self, mistakes: Sequence[Mistake]) -> ConfigError:
        """Return the error that tells these mistakes, in the order of the file."""
        found = sorted(mistakes, key=lambda one: self.line(one.place))
        told = list(dict.fromkeys(self.told(one) for one in found))
        more = [f"... and {len(told) - SHOWN} more"] if len(told) > SHOWN else []
        return ConfigError("\n".join(told[:SHOWN] + more), system="productops")


def _yaml(path: Path, text: str) -> dict[str, Any]:
    try:
        data = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path.name}, line {mark.line + 1}" if mark is not None else path.name
        raise ConfigError(f"{where}: {getattr(error, 'problem', None) or error}.", remedy="Correct it.") from None
    if not isinstance(data, dict):
        raise ConfigError(f"{path.name} holds no names with values.", remedy="Write one 'name: value' a line.")
    return data


def _yaml_lines(node: yaml.Node | None, place: Place) -> Iterator[tuple[Place, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, str(key.value))
            yield inner, key.start_mark.line + 1
            yield from _yaml_lines(value, inner)


def _toml_lines(text: str) -> dict[Place, int]:
    """Read the text's beginnings, one line longer each: a key stands on the line that brings it."""
    found: dict[Place, int] = {}
    lines = text.splitlines(keepends=True)
    start = 1
    for end in range(1, len(lines) + 1):
        try:
            data = tomllib.loads("".join(lines[:end]))
        except tomllib.TOMLDecodeError:
            continue  # in the middle of a value of several lines
        while start < end and not lines[start - 1].strip(" \t\r\n"):
            start += 1
        for place in _places(data, ()):
            found.setdefault(place, start)
        start = end + 1
    return found


def _places(data: Any, place: Place) -> Iterator[Place]:
    items: Sequence[tuple[str | int, Any]] = ()
    if isinstance(data, dict):
        items = list(data.items())
    elif isinstance(data, list):
        items = list(enumerate(data))
    for key, value in items:
        yield (*place, key)
        yield from _places(value, (*place, key))
