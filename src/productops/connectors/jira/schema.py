"""What a project's issues consist of: fields, options, required ones, statuses by type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from productops.connectors.jira.api import SYSTEM, Api
from productops.connectors.jira.fields import COMPUTED, RICH, Shape, Spec, shape_of
from productops.errors import ConfigError
from productops.sdk.collection import Field, Schema
from productops.sdk.jsontext import dumps, loads
from productops.sdk.record import Option

KEY = "issuekey"
# Jira sets these itself whatever the screens say.
ITS_OWN = frozenset({
    "created", "updated", "resolutiondate", "statuscategorychangedate", "lastViewed", "votes", "watches", "workratio",
    "timespent", "timeestimate", "aggregatetimespent", "aggregatetimeestimate", "aggregatetimeoriginalestimate",
    "aggregateprogress", "progress", "creator", "project",
})  # fmt: skip
# We always set these ourselves.
OURS = frozenset({"project", "issuetype"})
SKIPPED = frozenset({"thumbnail", "timetracking"})
PERMISSIONS = {  # that a two-way sync uses, and what each is for
    "BROWSE_PROJECTS": "see the issues",
    "CREATE_ISSUES": "create issues",
    "EDIT_ISSUES": "edit issues",
    "TRANSITION_ISSUES": "change statuses",
    "ASSIGN_ISSUES": "assign issues",
    "DELETE_ISSUES": "delete issues",
}


@dataclass(frozen=True, slots=True)
class IssueType:
    """One type of issue in the project. ``required`` are the fields a create must name, with their names."""

    id: str
    name: str
    subtask: bool
    screen: Mapping[str, Mapping[str, Any]]
    required: Mapping[str, str]
    statuses: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """All that is known of the collection's issues."""

    project_id: str
    project_key: str
    types: tuple[IssueType, ...]  # those of the collection
    limited: bool  # the collection names its types
    specs: Mapping[str, Spec]
    schema: Schema

    def type(self, id_: str) -> IssueType | None:
        """Return a type by id."""
        return next((one for one in self.types if one.id == id_), None)


KEPT = frozenset({
    "id", "key", "fieldId", "name", "value", "schema", "scope", "required", "hasDefaultValue", "allowedValues",
    "children", "issueTypes", "subtask", "versions", "components", "statuses", "type", "items", "system", "custom",
    "customId", "project", "accountId", "timeZone",
})  # fmt: skip


def _kept(answer: Any) -> Any:
    """Return of an answer what a layout is made of: no addresses, no pictures, nobody who leads a project."""
    if isinstance(answer, dict):
        return {name: _kept(value) for name, value in answer.items() if name in KEPT}
    return [_kept(each) for each in answer] if isinstance(answer, list) else answer


@dataclass(frozen=True, slots=True)
class Told:
    """What Jira answered when it was asked for all this."""

    me: Mapping[str, Any]
    project: Mapping[str, Any]
    fields: Sequence[Mapping[str, Any]]
    statuses: Sequence[Mapping[str, Any]]
    screens: Mapping[str, Sequence[Mapping[str, Any]]]  # type id → rows

    def layout(self, types: Sequence[str], *, cloud: bool) -> Layout:
        """Return what it means.

        Raises:
            ConfigError: a type does not exist; the error names those that do.

        """
        key, id_ = str(self.project["key"]), str(self.project["id"])
        chosen = _choose(self.project, types)
        kinds = tuple(_type(one, self.screens[str(one["id"])], self.statuses) for one in chosen)
        specs = {spec.field.id: spec for spec in _specs(cloud, id_, key, self.fields, kinds, self.project)}
        schema = Schema(tuple(spec.field for spec in specs.values()), f"Jira project {key}")
        return Layout(id_, key, kinds, bool(types), specs, schema)

    def to_json(self, container: str) -> str:
        """Return all of it as text, with what it was asked about."""
        screens = {id_: [_kept(row) for row in rows] for id_, rows in self.screens.items()}
        told = {name: _kept(getattr(self, name)) for name in ("me", "project", "fields", "statuses")}
        return dumps({"of": container, **told, "screens": screens})

    @classmethod
    def from_json(cls, text: str, container: str) -> Told | None:
        """Return what :meth:`to_json` was given, or ``None`` where it was about something else."""
        try:
            data = loads(text)
            return cls(**data) if data.pop("of") == container else None
        except (ValueError, TypeError, KeyError, AttributeError):
            return None


def ask(api: Api, project: str, types: Sequence[str]) -> Told:
    """Ask Jira for the account (once), the project, the fields, the statuses and each type's screen.

    Raises:
        ConfigError: the project or a type does not exist; the error names those that do.
        AuthError: the token is not accepted.

    """
    me = api.me()
    found = api.project(project)
    key, id_ = str(found["key"]), str(found["id"])
    declared = api.call("GET", "field", operation="list the fields")
    statuses = api.call("GET", f"project/{quote(key)}/statuses", operation=f"list the statuses of {key}")
    screens = {str(one["id"]): _screen(api, id_, one) for one in _choose(found, types)}
    return Told(me, found, declared, statuses, screens)


def _screen(api: Api, project: str, type_: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    path = f"issue/createmeta/{project}/issuetypes/{type_['id']}"
    return api.pages(path, "fields", "values", "results", operation=f"read the create screen of {type_['name']}")


def _choose(project: Mapping[str, Any], names: Sequence[str]) -> list[Mapping[str, Any]]:
    offered = list(project.get("issueTypes") or [])
    if not names:
        return offered
    chosen = []
    for name in names:
        exact = [one for one in offered if name in (one["name"], str(one["id"]))]
        match = exact or [one for one in offered if str(one["name"]).casefold() == name.casefold()]
        if not match:
            known = ", ".join(str(one["name"]) for one in offered) or "none"
            raise ConfigError(
                f"The Jira project {project['key']} has no issue type {name!r}.",
                system=SYSTEM,
                remedy=f"It has: {known}.",
            )
        chosen.append(match[0])
    return chosen


def _type(
    raw: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], statuses: Sequence[Mapping[str, Any]]
) -> IssueType:
    id_ = str(raw["id"])
    screen = {str(row.get("fieldId") or row.get("key")): row for row in rows}
    required = {
        name: str(row.get("name") or name)
        for name, row in screen.items()
        if row.get("required") and not row.get("hasDefaultValue") and name not in OURS
    }
    mine = next((one for one in statuses if str(one["id"]) == id_), {})
    options = tuple(Option(str(one["id"]), str(one["name"])) for one in mine.get("statuses") or [])
    return IssueType(id_, str(raw["name"]), bool(raw.get("subtask")), screen, required, options)


def _specs(
    cloud: bool,
    project_id: str,
    project_key: str,
    declared: Iterable[Mapping[str, Any]],
    types: tuple[IssueType, ...],
    project: Mapping[str, Any],
) -> Iterable[Spec]:
    rows: dict[str, Mapping[str, Any]] = {}
    for row in declared:
        id_, scope = str(row["id"]), row.get("scope") or {}
        elsewhere = scope.get("type") == "PROJECT" and str((scope.get("project") or {}).get("id")) != project_id
        if id_ not in SKIPPED and not elsewhere:
            rows[id_] = row
    for one in types:
        for id_, row in one.screen.items():
            rows.setdefault(id_, row)
    rows.setdefault(KEY, {"name": "Key"})
    for id_, row in rows.items():
        shape = shape_of(id_, row.get("schema") or {}, cloud=cloud)
        options = _options(id_, types, project)
        field = Field(
            id=id_,
            name=str(row.get("name") or id_),
            kind="text" if id_ == KEY else shape.kind,
            options=options,
            read_only=_read_only(id_, shape, types, project_key),
            required=bool(types) and all(id_ in one.required for one in types),
            max_length=shape.max_length,
            mentions=shape is RICH,
            note=shape.note or "",
        )
        yield Spec(field, shape, cloud)


def _read_only(id_: str, shape: Shape, types: tuple[IssueType, ...], project: str) -> str | None:
    if id_ in ITS_OWN or id_ == KEY:
        return COMPUTED
    if shape.read_only or shape.write is None:
        return shape.read_only or COMPUTED
    if id_ == "status" or any(id_ in one.screen for one in types):
        return None
    names = ", ".join(one.name for one in types) or "any type"
    return f"it is not on the create screen of {project} for {names}"


def _options(id_: str, types: tuple[IssueType, ...], project: Mapping[str, Any]) -> tuple[Option, ...]:
    """Return the options of a field, of all types together, in the order in which Jira lists them."""
    found: dict[str, Option] = {}
    if id_ == "issuetype":
        return tuple(Option(one.id, one.name) for one in types)
    if id_ == "status":
        found = {option.id: option for one in types for option in one.statuses}
    for one in types:
        for raw in one.screen.get(id_, {}).get("allowedValues") or []:
            for option in _flatten(raw):
                found.setdefault(option.id, option)
    source = {"fixVersions": "versions", "versions": "versions", "components": "components"}.get(id_)
    if source and not found:
        found = {str(raw["id"]): Option(str(raw["id"]), str(raw["name"])) for raw in project.get(source) or []}
    return tuple(found.values())


def _flatten(raw: Any) -> Iterable[Option]:
    if not isinstance(raw, dict) or raw.get("id") is None:
        return
    name = str(raw.get("value") or raw.get("name") or raw["id"])
    yield Option(str(raw["id"]), name)
    for child in raw.get("children") or []:
        yield Option(f"{raw['id']}/{child['id']}", f"{name} > {child.get('value')}")
