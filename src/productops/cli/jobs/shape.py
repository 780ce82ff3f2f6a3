"""What may stand in ``productops.toml``, as models: they check it, and they are the JSON Schema for editors."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from productops.cli.jobs.source import Mistake, Place, Source

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
FORM = r"\d+(\.\d+)?\s*[smhd]"
NEVER = "never"


def _duration(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(FORM, value.strip()):
        text = value.strip()
        return timedelta(**{UNITS[text[-1]]: float(text[:-1])})
    raise ValueError("is no duration: write a number and one of s, m, h, d, such as 24h")


def _share(value: Any) -> Any:
    if value == NEVER:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    raise ValueError('is no share: write a number from 0 to 1, or "never"')


Duration = Annotated[timedelta, BeforeValidator(_duration), WithJsonSchema({"type": "string", "pattern": f"^{FORM}$"})]
Share = Annotated[
    float | None,
    BeforeValidator(_share),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"const": NEVER}]}),
]
Policy = Literal["ask", "left", "right", "union", "merge", "newest"]


class Part(BaseModel):
    """A table of the file. Keys that nobody knows are mistakes."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True, frozen=True)


class Connection(BaseModel):
    """An account in a service. The other keys are the connector's own settings, such as ``url``.

    A secret is never written here, only where it is found: ``token = "env:JIRA_TOKEN"`` or
    ``token = "keyring:jira/ines@example.com"``.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow", strict=True, frozen=True)

    type: str | None = Field(
        None, description="Which connector: jira, airtable ... The connection's name when left out."
    )


class SidePart(BaseModel):
    """One side of a job. The other keys go to the collection: ``project`` and ``type`` for Jira, ``base`` ..."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow", strict=True, frozen=True, title="Side")

    connection: str = Field(description="The name of a section [connections.NAME].")
    collection: str | None = Field(None, description="What to list: issues, table, data_source, csv ...")
    mapping: str | dict[str, Any] = Field(
        "shipped",
        description="Model field to remote field, as a table here; or the name of a section [mappings.NAME], "
        'a file (.yaml, .toml), or "shipped" for the ready-made one.',
    )


class Job(Part):
    """Two places that are kept equal."""

    left: SidePart
    right: SidePart
    model: str = Field("RoadmapItem", description="One of the library's models, or your own as module:Class.")
    state: str | None = Field(None, description="A file, or a reference to a database URL: env:NAME.")
    direction: Literal["both", "left_to_right", "right_to_left"] = "both"
    match: str | list[str] = Field([], description="Model fields by which existing records find each other.")
    on_conflict: Literal["ask", "left", "right"] = "ask"
    on_delete: Literal["archive", "delete", "ignore"] = "archive"
    delete_grace: Duration = Field(timedelta(hours=24), validate_default=False)
    full_every: Duration = Field(timedelta(hours=24), validate_default=False)
    overlap: Duration | None = None
    policies: dict[str, Policy] = Field({}, description="Rules for single fields that both sides changed.")
    mass_change: Share = Field(0.30, description="The share of pairs on which one field may change unasked.")
    check_every: Duration = Field(timedelta(hours=1), validate_default=False)
    shared: bool = Field(False, description="Take records that another sync made as well.")
    people: str | None = Field(None, description="A CSV file: the directory of people.")


class JobFile(Part):
    """All that stands in ``productops.toml``."""

    jobs: dict[str, Job]
    connections: dict[str, Connection] = {}
    mappings: dict[str, dict[str, Any]] = Field({}, description="Mappings that several jobs use, by name.")
    state: str = Field("productops.db", description="Where jobs remember: a file, or env:NAME for a database URL.")
    people: str | None = Field(None, description="A CSV file: the directory of people, for all jobs.")
    language: Literal["en", "fr"] | None = Field(None, description="The language of messages and plans.")


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **JobFile.model_json_schema(),
        "title": "productops.toml",
    }


def checked(source: Source) -> JobFile:
    """Return the file's content, checked.

    Raises:
        ConfigError: something does not fit; every mistake is told with file, line and key.

    """
    try:
        return JobFile.model_validate(source.data)
    except ValidationError as error:
        raise source.error(list(_mistakes(error))) from None


def _mistakes(error: ValidationError) -> Iterator[Mistake]:
    for one in error.errors(include_url=False):
        place: Place = tuple(part for part in one["loc"] if part not in ("str", "list[str]", "dict[str,any]"))
        match one["type"]:
            case "extra_forbidden":
                yield Mistake(place, "is no key here", _near(place))
            case "missing":
                yield Mistake(place, "is missing", _written(str(place[-1]), one["input"]))
            case "literal_error":
                yield Mistake(place, f"is {one['input']!r} and not one of {one['ctx']['expected']}")
            case "value_error":
                yield Mistake(place, f"{one['input']!r} {one['ctx']['error']}")
            case _:
                yield Mistake(place, f"is {one['input']!r}: {one['msg'][:1].lower()}{one['msg'][1:]}")


def _written(wanted: str, given: Any) -> str:
    """Return what was probably meant to be the key that is missing."""
    near = difflib.get_close_matches(wanted, [str(key) for key in given] if isinstance(given, dict) else [], n=1)
    return f"Is {near[0]!r} meant to be {wanted!r}?" if near else ""


def _near(place: Place) -> str:
    owner: type[BaseModel] = JobFile if len(place) == 1 else Job
    known = list(owner.model_fields)
    near = difflib.get_close_matches(str(place[-1]), known, n=1)
    return f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(known)}."
