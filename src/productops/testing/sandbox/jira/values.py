"""The values of fields: checked on the way in, kept as ids, shown with today's names on the way out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from productops.testing.sandbox.jira import adf, render
from productops.testing.sandbox.jira.call import Call, zone
from productops.testing.sandbox.jira.errors import FieldError, RefusedError
from productops.testing.sandbox.jira.fields import Field, Option
from productops.testing.sandbox.jira.state import Project, Site, User

SUMMARY_LIMIT = 255
TEXT_LIMIT = 32_767
LABEL_LIMIT = 255
TOO_LONG = "The entered text is too long. It exceeds the allowed limit of {:,} characters."
BAD_STRING = "Operation value must be a string"
BAD_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"


def store(call: Call, field: Field, raw: Any, project: Project) -> Any:
    """Return the stored form of a value sent for a field. Raises ``FieldError`` with Jira's text."""
    if raw is None:
        if field.kind == "summary":
            raise FieldError("You must specify a summary of the issue.")
        return None
    writer = _WRITERS.get(field.kind)
    if writer is None:
        raise FieldError(f"Field '{field.id}' cannot be set. It is not on the appropriate screen, or unknown.")
    return writer(call, field, raw, project)


def _string(raw: Any, limit: int | None = None) -> str:
    if not isinstance(raw, str):
        raise FieldError(BAD_STRING)
    if limit is not None and len(raw) > limit:
        raise FieldError(TOO_LONG.format(limit))
    return raw


def _summary(call: Call, field: Field, raw: Any, project: Project) -> str:
    text = _string(raw)
    if not text.strip():
        raise FieldError("You must specify a summary of the issue.")
    if len(text) > SUMMARY_LIMIT:
        raise FieldError(f"Summary can't exceed {SUMMARY_LIMIT} characters.")
    if "\n" in text or "\r" in text:
        raise FieldError("The summary is invalid because it contains newline characters.")
    return text.strip()


def _line(call: Call, field: Field, raw: Any, project: Project) -> str | None:
    return _string(raw, SUMMARY_LIMIT) or None


def _address(call: Call, field: Field, raw: Any, project: Project) -> str | None:
    text = _string(raw, TEXT_LIMIT)
    if text and "://" not in text:
        raise FieldError("The URL must be well-formed.")
    return text or None


def rich_text(call: Call, raw: Any) -> Any:
    """Return rich text to keep as it was sent: a document in version 3, a string in version 2."""
    if call.version == "2":
        return _string(raw, TEXT_LIMIT) or None
    if not adf.is_document(raw):
        raise FieldError(BAD_DOCUMENT)
    if not adf.valid(raw):
        raise RefusedError(400, "INVALID_INPUT")
    if len(adf.to_wiki(raw)) > TEXT_LIMIT:
        raise FieldError(TOO_LONG.format(TEXT_LIMIT))
    return raw if raw["content"] else None


def _rich(call: Call, field: Field, raw: Any, project: Project) -> Any:
    return rich_text(call, raw)


def _number(call: Call, field: Field, raw: Any, project: Project) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
        raise FieldError("Operation value must be a number")
    return float(raw)


def _date(call: Call, field: Field, raw: Any, project: Project) -> str | None:
    if raw == "":
        return None
    try:
        return date.fromisoformat(_string(raw)[:10]).isoformat()
    except ValueError:
        raise FieldError(f"Error parsing date string: {raw}") from None


def _datetime(call: Call, field: Field, raw: Any, project: Project) -> datetime | None:
    if raw == "":
        return None
    try:
        found = datetime.fromisoformat(_string(raw))
    except ValueError:
        raise FieldError(f"Error parsing time: {raw}") from None
    if found.tzinfo is None:
        raise FieldError(f"Error parsing time: {raw}")
    return found.astimezone(UTC)


def _option(call: Call, field: Field, raw: Any, project: Project) -> str:
    return _choose(field.options, raw).id


def _choose(options: Iterable[Option], raw: Any) -> Option:
    if not isinstance(raw, dict):
        raise FieldError("Specify a valid 'id' or 'name' for " + (str(raw) if raw else "the option"))
    identity, value = raw.get("id"), raw.get("value")
    for option in options:
        if (identity is not None and str(identity) == option.id) or (identity is None and value == option.value):
            return option
    if identity is not None:
        raise FieldError(f"Option id '{identity}' is not valid")
    raise FieldError(f"Option value '{value}' is not valid")


def _list(raw: Any) -> list[Any]:
    if not isinstance(raw, list):
        raise FieldError("data was not an array")
    return raw


def _options(call: Call, field: Field, raw: Any, project: Project) -> tuple[str, ...] | None:
    chosen = {_choose(field.options, one).id for one in _list(raw)}
    return tuple(one.id for one in field.options if one.id in chosen) or None


def _cascade(call: Call, field: Field, raw: Any, project: Project) -> tuple[str, ...]:
    parent = _choose(field.options, raw)
    child = raw.get("child")
    return (parent.id,) if child is None else (parent.id, _choose(parent.children, child).id)


def find_user(site: Site, raw: Any) -> User | None:
    """Return the person a written value names: by account id on Cloud, by name on Data Center."""
    if not isinstance(raw, dict):
        raise FieldError("expected Object")
    if site.cloud:
        return site.users.get(str(raw.get("accountId") or raw.get("id")))
    wanted = raw.get("name") or raw.get("key")
    return next((one for one in site.users.values() if wanted in (one.username, one.account_id)), None)


def _user(call: Call, field: Field, raw: Any, project: Project) -> str | None:
    if isinstance(raw, dict) and str(raw.get("id") or raw.get("accountId") or raw.get("name")) == "-1":
        return project.lead if field.id == "assignee" else None
    if isinstance(raw, dict) and raw and all(value is None for value in raw.values()):
        return None
    found = find_user(call.site, raw)
    shown = (raw.get("accountId") or raw.get("id")) if call.site.cloud else raw.get("name")
    if field.id == "assignee":
        if found is None or not found.active or not found.assignable or not call.site.may_see(project, found):
            raise FieldError(f"User '{shown}' cannot be assigned issues.")
    elif found is None:
        raise FieldError(f"User '{shown}' was not found in the system.")
    elif field.id == "reporter" and not found.active:
        raise FieldError("The reporter specified is not a user.")
    return found.account_id


def _users(call: Call, field: Field, raw: Any, project: Project) -> tuple[str, ...] | None:
    return tuple(dict.fromkeys(str(_user(call, field, one, project)) for one in _list(raw))) or None


def _labels(call: Call, field: Field, raw: Any, project: Project) -> tuple[str, ...]:
    for one in _list(raw):
        text = _string(one)
        if not text or any(mark.isspace() for mark in text):
            raise FieldError(f"The label '{text}' contains spaces which is invalid.")
        if len(text) > LABEL_LIMIT:
            raise FieldError(f"The label '{text}' exceeds the maximum length of {LABEL_LIMIT} characters.")
    return tuple(dict.fromkeys(raw))


def _pick(raw: Any, offers: Iterable[Any], what: str, bad_id: str | None = None) -> str:
    """Return the id of what ``{"id"}`` or ``{"name"}`` names."""
    if not isinstance(raw, dict) or ("id" not in raw and "name" not in raw):
        raise FieldError(f"Could not find valid 'id' or 'name' in {what} object.")
    identity, name = raw.get("id"), raw.get("name")
    for one in offers:
        if (identity is not None and str(identity) == one.id) or (identity is None and name == one.name):
            return str(one.id)
    if identity is not None:
        raise FieldError(bad_id or f"{what.capitalize()} id '{identity}' is not valid")
    raise FieldError(f"{what.capitalize()} name '{name}' is not valid")


def _priority(call: Call, field: Field, raw: Any, project: Project) -> str:
    offers = [call.site.priorities[one] for one in project.priorities]
    return _pick(raw, offers, "priority", "The priority selected is invalid.")


def _resolution(call: Call, field: Field, raw: Any, project: Project) -> str:
    return _pick(raw, call.site.resolutions.values(), "resolution")


def _versions(call: Call, field: Field, raw: Any, project: Project) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_pick(one, project.versions.values(), "version") for one in _list(raw)))


def _components(call: Call, field: Field, raw: Any, project: Project) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_pick(one, project.components.values(), "component") for one in _list(raw)))


def _parent(call: Call, field: Field, raw: Any, project: Project) -> int | None:
    if isinstance(raw, dict) and raw.get("none") is True:
        return None
    wanted = str(raw.get("id") or raw.get("key") or "") if isinstance(raw, dict) else ""
    found = call.site.find(wanted) if wanted else None
    if found is None or not call.sees(found.project):
        raise FieldError("Could not find issue by id or key.")
    return found.id


def _any(call: Call, field: Field, raw: Any, project: Project) -> Any:
    return raw


_WRITERS: dict[str, Callable[[Call, Field, Any, Project], Any]] = {
    "summary": _summary,
    "text": _line,
    "url": _address,
    "rich": _rich,
    "number": _number,
    "date": _date,
    "datetime": _datetime,
    "option": _option,
    "options": _options,
    "cascade": _cascade,
    "user": _user,
    "users": _users,
    "labels": _labels,
    "priority": _priority,
    "resolution": _resolution,
    "versions": _versions,
    "components": _components,
    "parent": _parent,
    "any": _any,
}


def show(call: Call, field: Field, value: Any) -> Any:
    """Return the JSON of a stored value. Empty is null, except for lists the system owns."""
    if value is None:
        return [] if field.id in {"labels", "components", "fixVersions", "versions"} else None
    reader = _READERS.get(field.kind)
    return value if reader is None else reader(call, field, value)


def _by_id(options: Iterable[Option]) -> Mapping[str, Option]:
    return {one.id: one for one in options}


def _show_options(call: Call, field: Field, value: tuple[str, ...]) -> Any:
    known = _by_id(field.options)
    return [render.option(call, known[one]) for one in value if one in known]


def _show_cascade(call: Call, field: Field, value: tuple[str, ...]) -> Any:
    parent = _by_id(field.options)[value[0]]
    shown = render.option(call, parent)
    if len(value) > 1:
        shown["child"] = render.option(call, _by_id(parent.children)[value[1]])
    return shown


def _show_parent(call: Call, field: Field, value: int) -> Any:
    found = call.site.issues.get(value)
    return None if found is None else render.linked(call, found)


def _show_versions(call: Call, field: Field, value: tuple[str, ...]) -> Any:
    known = {one.id: one for project in call.site.projects.values() for one in project.versions.values()}
    return [render.version(call, known[one]) for one in value if one in known]


def _show_components(call: Call, field: Field, value: tuple[str, ...]) -> Any:
    known = {one.id: one for project in call.site.projects.values() for one in project.components.values()}
    return [render.component(call, known[one]) for one in value if one in known]


_READERS: dict[str, Callable[[Call, Field, Any], Any]] = {
    "rich": lambda call, field, value: render.rich(call, value),
    "datetime": lambda call, field, value: call.stamp(value),
    "option": lambda call, field, value: render.option(call, _by_id(field.options)[value]),
    "options": _show_options,
    "cascade": _show_cascade,
    "user": lambda call, field, value: render.user(call, value),
    "users": lambda call, field, value: [render.user(call, one) for one in value],
    "labels": lambda call, field, value: list(value),
    "priority": lambda call, field, value: render.priority(call, value),
    "resolution": lambda call, field, value: render.resolution(call, value),
    "versions": _show_versions,
    "components": _show_components,
    "parent": _show_parent,
}


def history(call: Call, field: Field, value: Any) -> tuple[str | None, str | None]:
    """Return how the history shows a stored value: the id (if it has one) and the text."""
    if value is None or value == ():
        return None, None
    if field.kind == "rich":
        return None, adf.to_wiki(value)
    if field.kind in {"summary", "text", "url"}:
        return None, value
    if field.kind == "number":
        return None, f"{value:g}"
    if field.kind == "labels":
        return None, " ".join(value)
    if field.kind == "date":
        return value, f"{value} 00:00:00.0"
    if field.kind == "datetime":
        local = value.astimezone(zone(call.caller.zone if call.caller else "UTC"))
        return value.isoformat(), local.isoformat()
    return _chosen(call, field, value)


def _chosen(call: Call, field: Field, value: Any) -> tuple[str | None, str | None]:
    shown = show(call, field, value)
    rows = [one for one in (shown if isinstance(shown, list) else [shown]) if one is not None]
    names = []
    for row in rows:
        if isinstance(row, dict):
            names.append(str(row.get("name") or row.get("value") or row.get("displayName") or row.get("key")))
        else:
            names.append(str(row))
    identity = ", ".join(str(one) for one in value) if isinstance(value, tuple) else str(value)
    return identity, ", ".join(names)
