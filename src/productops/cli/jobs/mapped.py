"""Models and mappings of a file: written inline, under a name, in a file of their own, or the ready-made ones."""

from __future__ import annotations

import difflib
import importlib
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from productops.cli.jobs.accounts import MistakesError
from productops.cli.jobs.shape import JobFile, SidePart
from productops.cli.jobs.source import Mistake, Place, Source
from productops.errors import MappingError
from productops.mappings import shipped
from productops.sdk.declared import declared
from productops.sdk.mapping import Mapping

SUFFIXES = (".yaml", ".yml", ".toml")


def model_named(name: str, place: Place, folder: Path) -> type[BaseModel]:
    """Return one of the library's models by its name, or anybody's by ``module:Class``.

    A module is looked for in the folder of the file first.

    Raises:
        MistakesError: there is none.

    """
    home, _, inner = name.rpartition(":")
    if not home:
        homes = {each: module for module, names in shipped.HOMES.items() for each in names}
        if name not in homes:
            near = difflib.get_close_matches(name, homes, n=1)
            remedy = f"Did you mean {near[0]!r}?" if near else "Write module:Class for a model of your own."
            raise MistakesError(Mistake(place, f"there is no model {name!r}", remedy))
        home, inner = homes[name], name
    sys.path.insert(0, str(folder))
    try:
        found = getattr(importlib.import_module(home), inner, None)
    except ImportError as error:
        raise MistakesError(Mistake(place, f"{home} does not import: {error}", "See the module's name.")) from None
    finally:
        sys.path.remove(str(folder))
    if not (isinstance(found, type) and issubclass(found, BaseModel)):
        raise MistakesError(Mistake(place, f"{name} is no pydantic model", "Write module:Class."))
    return found


def mapping_of(
    source: Source, file: JobFile, model: type[BaseModel], side: SidePart, place: Place, service: str
) -> Mapping[Any]:
    """Return the mapping of a side.

    Raises:
        MistakesError: it does not describe a mapping; the field is named.
        ConfigError: the same of a file of its own, with that file's name and line.

    """
    given = side.mapping
    if isinstance(given, dict):
        return _built(model, given, (*place, "mapping"))
    if given in file.mappings:
        return _built(model, file.mappings[given], ("mappings", given))
    if given.endswith(SUFFIXES):
        return _from_file(source.path.parent / given, model)
    if given != "shipped":
        known = ", ".join([*file.mappings, "shipped"])
        why = f"there is no mapping {given!r}"
        raise MistakesError(Mistake((*place, "mapping"), why, f"There is: {known}. A file's name ends in .yaml."))
    try:
        return shipped.load(service, model)
    except MappingError as error:
        raise MistakesError(Mistake((*place, "mapping"), error.message, error.remedy or "")) from None


def _from_file(path: Path, model: type[BaseModel]) -> Mapping[Any]:
    source = Source.read(path)
    inner: Place = ()
    if isinstance(source.data.get(model.__name__), dict):
        inner = (model.__name__,)
    fields = source.data[model.__name__] if inner else source.data
    try:
        return _built(model, fields, inner)
    except MistakesError as error:
        raise source.error(error.mistakes) from None


def _built(model: type[BaseModel], fields: dict[str, Any], place: Place) -> Mapping[Any]:
    mistakes = []
    for name, spec in fields.items():  # one by one, so that each mistake has its line
        try:
            declared(model, {name: spec}, shipped.KINDS)
        except MappingError as error:
            mistakes.append(Mistake((*place, name), error.message, error.remedy or ""))
    if mistakes:
        raise MistakesError(*mistakes)
    try:
        return declared(model, fields, shipped.KINDS)
    except MappingError as error:
        raise MistakesError(Mistake(place, error.message, error.remedy or "")) from None
