"""The mappings that come with the library, read from the files in ``data/``: one a service."""

from __future__ import annotations

import importlib
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel

from productops.errors import MappingError
from productops.mappings.codecs import bucket, contact
from productops.sdk.declared import declared, written
from productops.sdk.mapping import Mapping

M = TypeVar("M", bound=BaseModel)
KINDS = {"bucket": bucket, "contact": contact}
HOMES = {
    "productops.model.canvas_trend": ["ImprovementAction"],
    "productops.model.checklist": ["ChecklistItem"],
    "productops.model.decision_record": ["DecisionRecord"],
    "productops.model.feedback": ["Feedback", "Insight", "Problem"],
    "productops.model.initiative": ["Initiative"],
    "productops.model.launch": ["Launch"],
    "productops.model.people": ["Account", "Person", "Product", "Region", "Team"],
    "productops.model.process": ["Process"],
    "productops.model.roadmap": ["KeyResult", "Objective", "RoadmapItem", "Theme"],
    "productops.model.study": ["Participant", "Session", "Study"],
}


def services() -> list[str]:
    """Return the services there are mappings for, sorted."""
    folder = files("productops.mappings") / "data"
    return sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def models(service: str) -> list[type[BaseModel]]:
    """Return the classes that have a mapping for a service.

    Raises:
        MappingError: there are none for this service.

    """
    homes = {name: home for home, held in HOMES.items() for name in held}
    return [getattr(importlib.import_module(homes[name]), name) for name in _data(service)]


def load(service: str, model: type[M]) -> Mapping[M]:
    """Return the shipped mapping of a class for a service.

    Raises:
        MappingError: there is none.

    """
    return declared(model, _fields(service, model), KINDS)


def source(service: str, model: type[BaseModel]) -> str:
    """Return the shipped mapping as Python, to copy and edit.

    Raises:
        MappingError: there is none.

    """
    return written(model, _fields(service, model))


def _fields(service: str, model: type[BaseModel]) -> dict[str, object]:
    known = _data(service)
    if model.__name__ not in known:
        raise MappingError(
            f"There is no ready-made mapping of {model.__name__} for {service}.",
            remedy=f"There is: {', '.join(known)}.",
        )
    return known[model.__name__]


@cache
def _data(service: str) -> dict[str, dict[str, Any]]:
    if service not in services():
        raise MappingError(
            f"There are no ready-made mappings for {service!r}.", remedy=f"There are some for {', '.join(services())}."
        )
    text = (files("productops.mappings") / "data" / f"{service}.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))
