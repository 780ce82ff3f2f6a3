"""The fields of a site: the system's own, and the kinds of custom field a seed may ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

TYPES = "com.atlassian.jira.plugin.system.customfieldtypes:"


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of a select field; a cascading one has children."""

    id: str
    value: str
    children: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """A field. ``kind`` decides how values are checked, stored and shown."""

    id: str
    name: str
    kind: str
    schema: dict[str, Any] | None
    clauses: tuple[str, ...] = ()
    flags: tuple[bool, bool, bool] = (True, True, True)  # orderable, navigable, searchable
    options: tuple[Option, ...] = ()

    @property
    def custom(self) -> bool:
        """Whether this is a custom field."""
        return self.id.startswith("customfield_")

    @property
    def settable(self) -> bool:
        """Whether a screen may hold the field."""
        return self.kind not in READ_ONLY and self.id not in {"creator", "created", "updated", "resolutiondate"}


READ_ONLY = frozenset({"computed", "status", "links", "attachments", "comments", "issues", "moment"})

CUSTOM: dict[str, tuple[str, str, str | None, str]] = {
    # what a seed calls it: (kind, schema type, schema items, custom type)
    "text": ("text", "string", None, TYPES + "textfield"),
    "textarea": ("rich", "string", None, TYPES + "textarea"),
    "url": ("url", "string", None, TYPES + "url"),
    "number": ("number", "number", None, TYPES + "float"),
    "date": ("date", "date", None, TYPES + "datepicker"),
    "datetime": ("datetime", "datetime", None, TYPES + "datetime"),
    "select": ("option", "option", None, TYPES + "select"),
    "radiobuttons": ("option", "option", None, TYPES + "radiobuttons"),
    "multiselect": ("options", "array", "option", TYPES + "multiselect"),
    "checkboxes": ("options", "array", "option", TYPES + "multicheckboxes"),
    "cascading": ("cascade", "option-with-child", None, TYPES + "cascadingselect"),
    "user": ("user", "user", None, TYPES + "userpicker"),
    "users": ("users", "array", "user", TYPES + "multiuserpicker"),
    "labels": ("labels", "array", "string", TYPES + "labels"),
    "versions": ("versions", "array", "version", TYPES + "multiversion"),
    "any": ("any", "any", None, "com.example.app:opaque"),
}


def custom_field(number: int, name: str, kind: str, options: tuple[Option, ...] = ()) -> Field:
    """Build a custom field of a kind named in ``CUSTOM``."""
    inner, type_, items, custom = CUSTOM[kind]
    schema: dict[str, Any] = {"type": type_, "custom": custom, "customId": number}
    if items:
        schema["items"] = items
    return Field(f"customfield_{number}", name, inner, schema, (f"cf[{number}]", name), options=options)


def _system(
    name: str, title: str, kind: str, type_: str | None, clauses: str = "", flags: str = "onS", items: str | None = None
) -> Field:
    schema: dict[str, Any] | None = None
    if type_:
        schema = {"type": type_, **({"items": items} if items else {}), "system": name}
    return Field(name, title, kind, schema, tuple(clauses.split()), ("o" in flags, "n" in flags, "S" in flags))


SYSTEM: tuple[Field, ...] = (
    _system("summary", "Summary", "summary", "string", "summary"),
    _system("description", "Description", "rich", "string", "description"),
    _system("environment", "Environment", "rich", "string", "environment"),
    _system("issuetype", "Issue Type", "issuetype", "issuetype", "issuetype type"),
    _system("project", "Project", "project", "project", "project", "nS"),
    _system("parent", "Parent", "parent", "issuelink", "parent", "nS"),
    _system("status", "Status", "status", "status", "status", "nS"),
    _system("statusCategory", "Status Category", "computed", "statusCategory", "statusCategory", "nS"),
    _system("priority", "Priority", "priority", "priority", "priority"),
    _system("resolution", "Resolution", "resolution", "resolution", "resolution"),
    _system("assignee", "Assignee", "user", "user", "assignee"),
    _system("reporter", "Reporter", "user", "user", "reporter"),
    _system("creator", "Creator", "user", "user", "creator", "nS"),
    _system("labels", "Labels", "labels", "array", "labels", items="string"),
    _system("components", "Components", "components", "array", "component", items="component"),
    _system("fixVersions", "Fix versions", "versions", "array", "fixVersion", items="version"),
    _system("versions", "Affects versions", "versions", "array", "affectedVersion", items="version"),
    _system("duedate", "Due date", "date", "date", "due duedate"),
    _system("created", "Created", "moment", "datetime", "created createdDate", "nS"),
    _system("updated", "Updated", "moment", "datetime", "updated updatedDate", "nS"),
    _system("resolutiondate", "Resolved", "moment", "datetime", "resolutiondate resolved", "nS"),
    _system(
        "statuscategorychangedate", "Status Category Changed", "moment", "datetime", "statusCategoryChangedDate", "nS"
    ),
    _system("issuelinks", "Linked Issues", "links", "array", "issueLink", items="issuelinks"),
    _system("subtasks", "Sub-tasks", "issues", "array", "subtasks", "n", items="issuelinks"),
    _system("attachment", "Attachment", "attachments", "array", "attachments", "oS", items="attachment"),
    _system("comment", "Comment", "comments", "comments-page", "comment", "oS"),
    _system("issuekey", "Key", "computed", None, "id issue issuekey key", "n"),
    _system("votes", "Votes", "computed", "votes", "votes", "n"),
    _system("watches", "Watchers", "computed", "watches", "watchers", "n"),
    _system("workratio", "Work Ratio", "computed", "number", "workratio", "nS"),
)

# A site always carries some custom fields nobody asked for; they are null on most issues.
USUAL: tuple[tuple[int, str, str], ...] = (
    (10000, "Development", "any"),
    (10001, "Team", "any"),
    (10014, "Epic Link", "any"),
    (10015, "Start date", "date"),
    (10016, "Story point estimate", "number"),
    (10019, "Rank", "any"),
    (10020, "Sprint", "any"),
    (10021, "Flagged", "checkboxes"),
)
