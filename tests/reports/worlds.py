"""Sources for the reports' tests: the invented company, the same with hostile text in every field, and a large one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError

from productops.demo import company
from productops.model.process import Adoption, AdoptionState
from productops.reports.site import pages
from productops.reports.source import Source

LONG = "w" * 1_000
HOSTILE = (
    f"<script>alert(1)</script>\"><img src=x onerror=alert(2)>'</style></svg></title>{{{{7*7}}}}"
    f"\u202egnp.exe\u2066 [x](javascript:alert(3)) ![y](http://example.com/y.png) {LONG}"
)
# Fields that hold what people write; the others hold ids, codes, dates and numbers.
PROSE = frozenset(
    [
        "title",
        "name",
        "description",
        "problem",
        "outcome",
        "public_description",
        "text",
        "summary",
        "reason",
        "risk",
        "condition",
        "follow_up",
        "comment",
        "na_reason",
        "notes",
        "why",
        "metric",
        "unit",
        "label",
        "role",
        "commitment",
        "purpose",
        "trigger",
        "hypothesis",
        "success_metric",
        "area",
        "na_reason",
        "quick_win",
        "goal",
        "pain",
        "suggestion",
        "question",
        "success_criteria",
        "assumptions",
        "dissent",
        "tier_label",
        "changelog",
        "segment",
        "region",
        "theme",
        "team",
        "plan",
        "success_metric",
        "chosen",
        "expected_outcome",
        "evidence",
    ]
)


@cache
def made(language: str = "en") -> dict[str, str]:
    """The company's pages, made once."""
    return pages(source(), language)


def source(**changes: Any) -> Source:
    return Source.of(company(), **changes)


def moving_source() -> Source:
    """The company, whose process of triage has three versions that its teams take up one after the other."""
    known = company()
    triage = known.processes[0]
    [first] = triage.versions
    later = [
        first.model_copy(update={"number": number, "effective_on": day})
        for number, day in (("1.1", date(2026, 6, 1)), ("2.0", date(2026, 9, 1)))
    ]
    moved = [
        Adoption(process_id=triage.id, team_id=team.id, state=AdoptionState.ADOPTED, since=day, version=number)
        for team, number, day in zip(
            known.teams, ("1.1", "2.0", "2.0"), (date(2026, 6, 8), date(2026, 9, 7), date(2026, 10, 5)), strict=True
        )
    ]
    processes = [triage.model_copy(update={"versions": (first, *later)}), *known.processes[1:]]
    return Source.of(known, processes=processes, adoptions=[*known.adoptions, *moved])


def hostile_source() -> Source:
    """The company, with the same poison wherever a person could have written something."""
    known = company()
    spoilt: dict[str, Any] = {"name": HOSTILE}
    for field in fields(Source):
        value = getattr(known, field.name, None)
        if isinstance(value, BaseModel) and field.name != "rates":
            spoilt[field.name] = poisoned(value)
        elif isinstance(value, list | tuple) and value and isinstance(value[0], BaseModel):
            spoilt[field.name] = [poisoned(each) for each in value]
    return Source.of(known, **spoilt)


def poisoned(thing: BaseModel) -> BaseModel:
    clean = thing.model_dump(mode="json")
    data = poison(clean)
    data.pop("canvas_fingerprint", None)
    for _ in range(9):
        try:
            return type(thing).model_validate(data)
        except ValidationError as error:  # a code and no prose after all: restore it
            for detail in error.errors():
                restore(data, clean, detail["loc"])
    raise AssertionError(f"{thing!r} cannot be poisoned")


def restore(data: Any, clean: Any, path: tuple[int | str, ...]) -> None:
    for step in path[:-1]:
        if not isinstance(data, dict | list) or (isinstance(data, dict) and step not in data):
            return
        data, clean = data[step], clean[step]
    if isinstance(data, list) or path[-1] in data:
        data[path[-1]] = clean[path[-1]]


def poison(value: Any, key: str = "") -> Any:
    if isinstance(value, Mapping):
        return {name: poison(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [poison(each, key) for each in value]
    if isinstance(value, str) and value and key in PROSE:
        return f"{value} {HOSTILE}"
    return value
