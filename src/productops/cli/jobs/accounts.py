"""Accounts and collections from the sections of a file: any installed connector, by the name it is registered under."""

from __future__ import annotations

import difflib
import inspect
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from productops.cli.jobs.references import is_reference, is_secret, looked_up, wrapped
from productops.cli.jobs.shape import Connection, SidePart
from productops.cli.jobs.source import Mistake, Place
from productops.errors import ConfigError, ProductOpsError
from productops.sdk.collection import Collection
from productops.sdk.connector import Connector
from productops.sdk.registry import connector, connectors

Settings = Mapping[str, Any]


class MistakesError(Exception):
    """Things that are wrong in the file; the reader adds file and line."""

    def __init__(self, *mistakes: Mistake) -> None:
        super().__init__(mistakes)
        self.mistakes = mistakes


def account_class(name: str, section: Connection) -> type[Connector]:
    """Return the class of a connection's connector.

    Raises:
        MistakesError: no installed package offers it.

    """
    kind = section.type or name
    place: Place = ("connections", name, "type") if section.type else ("connections", name)
    if kind not in connectors():
        near = difflib.get_close_matches(kind, connectors(), n=1)
        known = f"Did you mean {near[0]!r}?" if near else f"Installed are: {', '.join(sorted(connectors()))}."
        raise MistakesError(Mistake(place, f"there is no connector {kind!r}", f"{known} Write it as type."))
    try:
        return connector(kind)
    except ConfigError as error:
        raise MistakesError(Mistake(place, error.message, error.remedy or "")) from None


def check_connection(name: str, section: Connection) -> list[Mistake]:
    """Return what is wrong in a section, without looking up a secret or asking a service."""
    try:
        kind = account_class(name, section)
    except MistakesError as error:
        return list(error.mistakes)
    given = section.model_extra or {}
    mistakes = [
        Mistake(
            ("connections", name, key),
            "a secret is not written into a file",
            'Write where it is: "env:VARIABLE" or "keyring:SERVICE/USER".',
        )
        for key, value in given.items()
        if is_secret(key) and not is_reference(value)
    ]
    return mistakes + _unknown(("connections", name), kind, given)


def open_account(name: str, section: Connection, folder: Path) -> Connector:
    """Return the account of a section; a section without settings takes the connector's own variables.

    Paths count from ``folder``, that of the file, wherever the command runs.

    Raises:
        MistakesError: a variable or password is missing, or the connector refuses a setting.

    """
    kind = account_class(name, section)
    values = _looked_up(name, section.model_extra or {})
    for key, parameter in _paths(kind).items():
        if key in values or parameter.default is not parameter.empty:
            values[key] = folder / values.get(key, parameter.default)
    make: Callable[..., Any] = kind
    if not any(is_secret(key) for key in values):
        make = getattr(kind, "from_env", kind)
    try:
        made = make(**values)
    except ConfigError as error:
        raise MistakesError(Mistake(("connections", name), error.message, error.remedy or "")) from error
    except TypeError as error:
        remedy = "Give all of its settings together, the secret by reference, or none of them."
        raise MistakesError(Mistake(("connections", name), f"does not fit: {error}", remedy)) from None
    return typing.cast("Connector", made)


def _looked_up(name: str, given: Settings) -> dict[str, Any]:
    """Return a section's settings with all that stands elsewhere; everything that is missing is told at once."""
    values: dict[str, Any] = {}
    mistakes, cause = [], None
    for key, value in given.items():
        try:
            values[key] = (wrapped if is_secret(key) else looked_up)(value) if is_reference(value) else value
        except ProductOpsError as error:
            mistakes.append(Mistake(("connections", name, key), error.message, error.remedy or ""))
            cause = cause or error
    if mistakes:
        raise MistakesError(*mistakes) from cause
    return values


def _paths(kind: type[Connector]) -> dict[str, inspect.Parameter]:
    """Return the settings of a connector that are paths."""
    hints = _hints(kind.__init__)
    parameters = inspect.signature(kind).parameters
    return {
        key: parameters[key]
        for key, hint in hints.items()
        if key in parameters and (hint is Path or Path in typing.get_args(hint))
    }


def lists(kind: type[Connector]) -> dict[str, Callable[..., Any]]:
    """Return the methods of a connector that give a collection, by name."""
    found = {}
    for name, method in inspect.getmembers(kind, callable):
        returned = None if name.startswith("_") else _hints(method).get("return")
        if isinstance(returned, type) and issubclass(returned, Collection):
            found[name] = method
    return found


def check_side(place: Place, kind: type[Connector], side: SidePart) -> list[Mistake]:
    """Return what is wrong in a side's collection and its arguments."""
    known = lists(kind)
    if side.collection is None and len(known) != 1:
        return [Mistake(place, "collection is missing", f"Write one of {', '.join(known)}.")]
    name = side.collection or next(iter(known))
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        remedy = f"Did you mean {near[0]!r}?" if near else f"Write one of {', '.join(known)}."
        return [Mistake((*place, "collection"), f"{kind.__name__} has no {name!r}", remedy)]
    given = side.model_extra or {}
    mistakes = _unknown(place, known[name], given)
    hints = _hints(known[name])
    for key, value in given.items():
        if key in hints and not _fits(hints[key], value):
            mistakes.append(Mistake((*place, key), f"does not take {value!r}"))
    parameters = list(inspect.signature(known[name]).parameters.values())[1:]
    needed = [one.name for one in parameters if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD]
    return mistakes + [Mistake((*place, key), "is missing") for key in needed if key not in given]


def open_collection(account: Connector, side: SidePart) -> Collection:
    """Return the collection of a side, from its account."""
    name = side.collection or next(iter(lists(type(account))))
    found = getattr(account, name)(**(side.model_extra or {}))
    return typing.cast("Collection", found)


def _unknown(place: Place, call: Callable[..., Any], given: Settings) -> list[Mistake]:
    """Return the settings that a call does not take."""
    parameters = inspect.signature(call).parameters.values()
    if any(one.kind is one.VAR_KEYWORD for one in parameters):
        return []
    known = [one.name for one in parameters if one.name != "self" and one.kind is not one.VAR_POSITIONAL]
    mistakes = []
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            remedy = f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(known)}."
            mistakes.append(Mistake((*place, key), "is no setting here", remedy))
    return mistakes


def _hints(call: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(call)
    except Exception:  # noqa: BLE001 # a foreign method's annotations may not resolve; then nothing is known of it
        return {}


def _fits(hint: Any, value: Any) -> bool:
    try:
        TypeAdapter(hint, config=ConfigDict(arbitrary_types_allowed=True)).validate_python(value, strict=False)
    except ValidationError:
        return False
    except Exception:  # noqa: BLE001 # no way to check such a hint; the connector will
        return True
    return True
