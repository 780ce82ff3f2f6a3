"""What a workspace can hold: the model classes by the names under which they are stored."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from productops.errors import ConfigError
from productops.workspace.sureness import unsteady

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST_NAME = 60
MODEL = "productops.model."

# Kind → where its class is; a test keeps this equal to the model.
HOMES: Mapping[str, str] = {
    "account": "people:Account",
    "assessment": "assessment:Assessment",
    "business_case": "business_case:BusinessCase",
    "canvas": "canvas:Canvas",
    "checklist": "checklist:Checklist",
    "checklist_item": "checklist:ChecklistItem",
    "checklist_template": "checklist_template:ChecklistTemplate",
    "decision": "decision:Decision",
    "decision_record": "decision_record:DecisionRecord",
    "document_template": "templates.document:DocumentTemplate",
    "feedback": "feedback:Feedback",
    "improvement_action": "canvas_trend:ImprovementAction",
    "initiative": "initiative:Initiative",
    "insight": "feedback:Insight",
    "key_result": "roadmap:KeyResult",
    "launch": "launch:Launch",
    "loop_closure": "feedback:LoopClosure",
    "objective": "roadmap:Objective",
    "participant": "study:Participant",
    "person": "people:Person",
    "problem": "feedback:Problem",
    "process": "process:Process",
    "process_feedback": "process:ProcessFeedback",
    "process_template": "templates.starter:ProcessTemplate",
    "product": "people:Product",
    "pulse_survey": "pulse:PulseSurvey",
    "region": "people:Region",
    "roadmap": "roadmap:Roadmap",
    "roadmap_item": "roadmap:RoadmapItem",
    "run": "process:Run",
    "session": "study:Session",
    "sponsor": "initiative:Sponsor",
    "study": "study:Study",
    "task_category": "time_use:TaskCategory",
    "team": "people:Team",
    "theme": "roadmap:Theme",
    "time_sample": "time_use:TimeSample",
    # Values that have no id of their own are known by some of their fields: see KEYS.
    "adoption": "process:Adoption",
    "document": "conformance:Document",
    "exemption": "conformance:Exemption",
    "integration_phase": "initiative:IntegrationPhase",
    "kpi_reading": "launch_report:KpiReading",
    "rates": "money:Rates",
}
KEYS: Mapping[str, tuple[str, ...]] = {
    "adoption": ("process_id", "team_id", "since"),
    "exemption": ("requirement", "document_id", "team", "product", "region", "approved_on"),
    "integration_phase": ("order",),
    "kpi_reading": ("key", "on"),
    "rates": ("base",),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A class of entities: its name in the workspace, and the fields that tell one from another."""

    name: str
    model: type[BaseModel]
    key: tuple[str, ...] = ("id",)
    # Fields that a workspace may compare as text inside the stored JSON: nothing rewrites them on the way there.
    plain: frozenset[str] = field(default=frozenset(), compare=False)
    # Fields whose values may change on the way through JSON; None when any may.
    loose: frozenset[str] | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        return f"<Kind {self.name!r} of {self.model.__name__}>"


def kind_of(name: str, model: type[BaseModel], key: Sequence[str] = ("id",)) -> Kind:
    """Make a kind of a user's model.

    Raises:
        ConfigError: the name has other than lower-case letters, digits and underscores, or the model lacks a key field.

    """
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise ConfigError(
            f"{name!r} cannot name a kind of entity.",
            remedy=f"Use lower-case letters, digits and underscores, at most {LONGEST_NAME}.",
        )
    if missing := [each for each in key if each not in model.model_fields] or ([] if key else ["key"]):
        raise ConfigError(
            f"{model.__name__} has no field {missing[0]!r} to know its entities by.",
            remedy="Name the fields that do, for instance key=('number',).",
        )
    return Kind(name, model, tuple(key), _plain(model), unsteady(model))


def _plain(model: type[BaseModel]) -> frozenset[str]:
    decorated = model.__pydantic_decorators__
    if decorated.model_serializers:
        return frozenset()
    rewritten = {name for each in decorated.field_serializers.values() for name in each.info.fields}
    if "*" in rewritten:
        return frozenset()
    own = {
        name
        for name, info in model.model_fields.items()
        if name not in rewritten and not any("Serializer" in type(each).__name__ for each in info.metadata)
    }
    return frozenset(own)


class Kinds:
    """The kinds of one workspace: those of our model, and what its user registered."""

    def __init__(self) -> None:
        self._by_name: dict[str, Kind] = {}
        self._by_model: dict[type[BaseModel], Kind] = {}

    def register(self, kind: Kind) -> None:
        """Take up a user's kind; the same again is fine.

        Raises:
            ConfigError: the name or the class is taken by another.

        """
        known = self._by_name.get(kind.name)
        if known == kind:
            return
        if kind.name in HOMES or known is not None:
            raise ConfigError(f"The name {kind.name!r} is taken already.", remedy="Choose another name.")
        if kind.model in self._by_model or _home(kind.model):
            raise ConfigError(
                f"{kind.model.__name__} is kept as {self.of(kind.model).name!r} already.", remedy="Register it once."
            )
        self._keep(kind)

    def _keep(self, kind: Kind) -> Kind:
        self._by_name[kind.name] = self._by_model[kind.model] = kind
        return kind

    def of(self, model: type[Any]) -> Kind:
        """Return the kind of a class.

        Raises:
            ConfigError: the class is none of our model's, and was not registered.

        """
        if (known := self._by_model.get(model)) is not None:
            return known
        if (name := _home(model)) is not None:
            return self._keep(kind_of(name, model, KEYS.get(name, ("id",))))
        called = getattr(model, "__name__", repr(model))
        raise ConfigError(
            f"The workspace does not know {called}.", remedy=f'Say ws.register("{called.lower()}", {called}) first.'
        )

    def named(self, name: str) -> Kind:
        """Return the kind of a name.

        Raises:
            ConfigError: nothing is registered under the name.

        """
        if (known := self._by_name.get(name)) is not None:
            return known
        if name in HOMES:
            module, _, called = HOMES[name].partition(":")
            return self.of(getattr(importlib.import_module(MODEL + module), called))
        raise ConfigError(
            f"The workspace holds {name!r}, which was registered by somebody else.",
            remedy=f"Register its class: ws.register({name!r}, ...).",
        )

    def names(self) -> list[str]:
        """Return the name of every kind there is, in order."""
        return sorted({*HOMES, *self._by_name})

    def __iter__(self) -> Iterator[Kind]:
        """Yield every kind there is, by name."""
        yield from (self.named(name) for name in self.names())


def _home(model: type[Any]) -> str | None:
    """The name of one of our model's classes; a subclass of a user's is not one of them."""
    found = f"{model.__module__.removeprefix(MODEL)}:{model.__name__}" if model.__module__.startswith(MODEL) else ""
    return next((name for name, home in HOMES.items() if home == found), None)
