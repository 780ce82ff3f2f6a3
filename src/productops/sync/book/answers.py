"""Conflicts on paper: a YAML file that a person fills in, and reading it back.

One block for each open conflict, with both values and an empty ``take:``. Nothing is decided unless the whole
file makes sense; every line that does not is named together with its conflict.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from productops.errors import ConfigError
from productops.sdk.mapping import Mapping, Side
from productops.sdk.record import fingerprint
from productops.sync.book.decisions import Take, as_json, check, find, resolve
from productops.sync.memory.state import State
from productops.sync.plan import SIDES, Conflict

HEAD = """\
# Open conflicts of the sync {sync!r}: both sides changed a field, differently.
# Fill in each "take:" and give the file back: productops conflicts answer FILE, or sync.answer(path) in Python.
# Blocks without an answer stay open.
#   take: left      the value of {left} wins
#   take: right     the value of {right} wins
#   take: value     write the value to both that you put into one more line, "value: ..."
#   take: ignore    leave both as they are
# The "agreed" value is what both sides last had in common. Leave the other lines as they are.
"""
KEYS = ("id", "record", "where", "field", "left", "right", "agreed", "seen", "take", "value")


def write_answers(path: Path, sync: str, names: MappingABC[Side, str], conflicts: Sequence[Conflict]) -> int:
    """Write a file to fill in; return how many conflicts it holds.

    Raises:
        ConfigError: the file that is there already is another one, or holds decisions that were not taken yet.

    """
    _may_replace(path, {conflict.id: _version(conflict) for conflict in conflicts})
    parts = [HEAD.format(sync=sync, left=_oneline(names["left"]), right=_oneline(names["right"]))]
    for conflict in conflicts:
        urls = [str(label["url"]) for label in conflict.labels.values() if label.get("url")]
        block = {
            "id": conflict.id,
            "record": conflict.name,
            "where": urls or None,
            "field": conflict.field or conflict.kind,
            "left": conflict.left,
            "right": conflict.right,
            "agreed": conflict.base,
            "seen": _version(conflict),
        }
        block = {key: value for key, value in block.items() if value is not None or key in SIDES}
        text = yaml.safe_dump([block], allow_unicode=True, sort_keys=False, width=1_000)
        parts.append(text + "  take:\n")
    path.write_text("\n".join(parts), encoding="utf-8")
    return len(conflicts)


def _may_replace(path: Path, open_: MappingABC[str, str]) -> None:
    """Refuse to write over what is no file of conflicts, or over decisions about those that are still open."""
    if not path.exists():
        return
    if not path.read_bytes().startswith(HEAD[: HEAD.index("{")].encode()):
        raise ConfigError(f"{path} is there and is no file of conflicts.", remedy="Name another file.")
    for node in _blocks(path):
        try:
            values, _ = _read(node)
            waits = values.get("take") and values.get("seen") == open_.get(str(values.get("id")))
        except _WrongLineError:  # somebody wrote something there
            waits = True
        if waits:
            raise ConfigError(
                f"{path} holds decisions that were not taken yet.",
                remedy="Give it to answer() first, or name another file.",
            )


def _oneline(text: str) -> str:
    return " ".join(text.split())


def _version(conflict: Conflict) -> str:
    return fingerprint([f"{side} {conflict.hashes.get(side, '')}" for side in SIDES])


def apply_answers(state: State, mapping: Mapping[Any], now: datetime, path: Path) -> list[Conflict]:
    """Apply a filled-in file, all of it or nothing; return what was decided."""
    wrong: list[str] = []
    answers: list[tuple[str, Take, Any]] = []
    with state.transaction():
        for node in _blocks(path):
            try:
                if (answer := _answer(state, mapping, node, {other[0] for other in answers})) is not None:
                    answers.append(answer)
            except _WrongLineError as error:
                wrong.append(str(error))
        if wrong:
            raise ConfigError(
                f"{path.name}: " + "; ".join(wrong), remedy="Nothing was decided. Correct the file and give it again."
            )
        return [resolve(state, mapping, now, id_, take, value) for id_, take, value in answers]


class _WrongLineError(Exception):
    """One line of the file does not fit."""

    def __init__(self, line: int, conflict: str, why: str) -> None:
        super().__init__(f"line {line}{', conflict ' + conflict if conflict else ''}: {why}")


def _blocks(path: Path) -> list[yaml.Node]:
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark is not None else ""
        told = getattr(error, "problem", None) or str(error)
        raise ConfigError(f"{path.name}: {where}{told}.", remedy="Nothing was decided. Correct the line.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.", remedy="See inbox_file().") from None
    if root is None:
        return []
    if not isinstance(root, yaml.SequenceNode):
        raise ConfigError(f"{path.name} is not a list of conflicts.", remedy="Write a new one with inbox_file().")
    return list(root.value)


def _answer(state: State, mapping: Mapping[Any], node: yaml.Node, before: set[str]) -> tuple[str, Take, Any] | None:
    """Return conflict, decision and value of one block; ``None`` when it was left open."""
    values, lines = _read(node)
    line, id_ = node.start_mark.line + 1, str(values.get("id") or "")
    if not id_:
        raise _WrongLineError(line, "", "this block has no id")
    take, at = values.get("take"), lines.get("take", line)
    if take in (None, ""):
        if values.get("value") is not None:
            raise _WrongLineError(lines["value"], id_, 'a value needs "take: value"')
        return None
    if id_ in before:
        raise _WrongLineError(line, id_, "it was answered above already")
    try:
        conflict = find(state, id_)
        check(conflict, str(take))
    except ConfigError as error:
        raise _WrongLineError(at, id_, str(error).rstrip(".")) from None
    if values.get("seen") != _version(conflict):
        raise _WrongLineError(line, id_, "a side changed since the file was written; write a new one with inbox_file()")
    if (take == "value") != ("value" in values):
        told = 'there is no "value:" line' if take == "value" else f'a value is given, but "take:" says {take}'
        raise _WrongLineError(at, id_, told)
    if take == "value":
        try:
            return id_, "value", as_json(mapping, conflict.field, values["value"])
        except ConfigError as error:
            raise _WrongLineError(lines["value"], id_, str(error).rstrip(".")) from None
    return id_, take, None


def _read(node: yaml.Node) -> tuple[dict[str, Any], dict[str, int]]:
    """Return a block's values and the line of each."""
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        raise _WrongLineError(line, "", "this is not a block of lines with names")
    values: dict[str, Any] = {}
    lines: dict[str, int] = {}
    loader = yaml.SafeLoader("")
    try:
        for key, value in node.value:
            name, at = str(key.value), key.start_mark.line + 1
            if name in values:
                raise _WrongLineError(at, str(values.get("id") or ""), f"{name!r} is here twice")
            if name not in KEYS:
                raise _WrongLineError(at, str(values.get("id") or ""), f"{name!r} is not one of {', '.join(KEYS)}")
            values[name] = loader.construct_object(value, deep=True)
            lines[name] = at
    except yaml.YAMLError as error:
        raise _WrongLineError(line, str(values.get("id") or ""), f"cannot be read: {error}") from None
    finally:
        loader.dispose()
    return values, lines
