"""An issue as Jira Cloud shows it: 25 fields, about 3 kB without its description."""

from __future__ import annotations

from typing import Any

from benchmarks.stub.texts import document

SITE = "https://jira.example.com/rest/api/3"
PEOPLE = 12
TYPES = (("10001", "Story"), ("10002", "Bug"), ("10003", "Task"))
STATUSES = (("10000", "To Do"), ("3", "In Progress"), ("10002", "In Review"), ("10003", "QA"), ("10004", "Done"))
PRIORITIES = (("1", "Highest"), ("2", "High"), ("3", "Medium"), ("4", "Low"))
VERSIONS = (("10100", "2026.1"), ("10101", "2026.2"), ("10102", "2026.3"))
COMPONENTS = (("10200", "Checkout"), ("10201", "Search"), ("10202", "Accounts"), ("10203", "Reporting"))
RESOLUTIONS = (("10300", "Done"), ("10301", "Won't Do"))
TEAMS = (("10400", "Booking"), ("10401", "Partners"), ("10402", "Platform"))
SEVERITIES = (("10500", "Minor"), ("10501", "Major"), ("10502", "Critical"))
MARKETS = (("10600", "DACH"), ("10601", "Nordics"), ("10602", "Iberia"))
LABELS = ("customer", "tech-debt", "q3", "beta")


def _schema(kind: str, name: str, custom: str = "", items: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {"type": kind, "custom": f"com.atlassian.jira.plugin.system.customfieldtypes:{custom}"}
    if not custom:
        found = {"type": kind, "system": name}
    return {**found, "items": items} if items else found


# Field id → the name people read, and what Jira says of its type.
FIELDS: dict[str, tuple[str, dict[str, Any]]] = {
    "summary": ("Summary", _schema("string", "summary")),
    "description": ("Description", _schema("string", "description")),
    "issuetype": ("Issue Type", _schema("issuetype", "issuetype")),
    "status": ("Status", _schema("status", "status")),
    "priority": ("Priority", _schema("priority", "priority")),
    "resolution": ("Resolution", _schema("resolution", "resolution")),
    "assignee": ("Assignee", _schema("user", "assignee")),
    "reporter": ("Reporter", _schema("user", "reporter")),
    "creator": ("Creator", _schema("user", "creator")),
    "created": ("Created", _schema("datetime", "created")),
    "updated": ("Updated", _schema("datetime", "updated")),
    "duedate": ("Due date", _schema("date", "duedate")),
    "resolutiondate": ("Resolved", _schema("datetime", "resolutiondate")),
    "labels": ("Labels", _schema("array", "labels", items="string")),
    "components": ("Components", _schema("array", "components", items="component")),
    "fixVersions": ("Fix versions", _schema("array", "fixVersions", items="version")),
    "versions": ("Affects versions", _schema("array", "versions", items="version")),
    "timeoriginalestimate": ("Original estimate", _schema("number", "timeoriginalestimate")),
    "customfield_10015": ("Start date", _schema("date", "", "datepicker")),
    "customfield_10016": ("Story points", _schema("number", "", "float")),
    "customfield_10030": ("Severity", _schema("option", "", "select")),
    "customfield_10031": ("Team", _schema("option", "", "radiobuttons")),
    "customfield_10032": ("Markets", _schema("array", "", "multiselect", "option")),
    "customfield_10033": ("Ticket", _schema("string", "", "url")),
    "customfield_10034": ("Customer", _schema("string", "", "textfield")),
}
PROJECT_OWN = ("versions", "components")
CHOICES = {
    "priority": PRIORITIES, "resolution": RESOLUTIONS, "components": COMPONENTS, "fixVersions": VERSIONS,
    "versions": VERSIONS, "customfield_10030": SEVERITIES, "customfield_10031": TEAMS, "customfield_10032": MARKETS,
}  # fmt: skip


def person(number: int) -> dict[str, Any]:
    """Return an invented account."""
    return {
        "self": f"{SITE}/user?accountId=5b{number:022d}",
        "accountId": f"5b{number:022d}",
        "emailAddress": f"person{number}@example.com",
        "avatarUrls": {
            size: f"https://avatars.example.com/{number}/{size}" for size in ("48x48", "24x24", "16x16", "32x32")
        },
        "displayName": f"Person {number}",
        "active": True,
        "timeZone": "Europe/Berlin",
        "accountType": "atlassian",
    }


def named(path: str, choice: tuple[str, str], **more: Any) -> dict[str, Any]:
    """Return a thing with an id and a name."""
    return {"self": f"{SITE}/{path}/{choice[0]}", "id": choice[0], "name": choice[1], **more}


def option(choice: tuple[str, str]) -> dict[str, Any]:
    """Return an option of a field that people made."""
    return {"self": f"{SITE}/customFieldOption/{choice[0]}", "value": choice[1], "id": choice[0]}


def status(number: int) -> dict[str, Any]:
    """Return a status with its category."""
    category = {"self": f"{SITE}/statuscategory/2", "id": 2, "key": "new", "colorName": "blue-gray", "name": "To Do"}
    icon = "https://jira.example.com/images/icons/status.png"
    return named("status", STATUSES[number % 5], description="", iconUrl=icon, statusCategory=category)


def issue_type(number: int) -> dict[str, Any]:
    """Return a type of issue."""
    return named("issuetype", TYPES[number % 3], description="", iconUrl=f"{SITE}/icon/{number % 3}", subtask=False)


def fields(at: int, title: str, text: str) -> dict[str, Any]:
    """Return all 25 fields of an issue."""
    minute, day = at % 60, at % 28 + 1
    done = at % 5 == 4
    return {
        "summary": title,
        "description": document(text),
        "issuetype": issue_type(0),
        "status": status(at),
        "priority": named("priority", PRIORITIES[at % 4], iconUrl=f"{SITE}/icon/priority{at % 4}"),
        "resolution": named("resolution", RESOLUTIONS[at % 2], description="") if done else None,
        "assignee": person(at % PEOPLE) if at % 3 else None,
        "reporter": person(at % 7),
        "creator": person(at % 7),
        "created": f"2025-03-{day:02d}T09:{minute:02d}:00.000+0100",
        "updated": f"2025-06-{day:02d}T09:{minute:02d}:00.000+0200",
        "duedate": f"2026-{at % 12 + 1:02d}-15" if at % 2 else None,
        "resolutiondate": f"2025-06-{day:02d}T08:{minute:02d}:00.000+0200" if done else None,
        "labels": [LABELS[at % 4], LABELS[(at + 1) % 4]] if at % 3 else [],
        "components": [named("component", COMPONENTS[at % 4])],
        "fixVersions": [named("version", VERSIONS[at % 3], archived=False, released=False)] if at % 2 else [],
        "versions": [named("version", VERSIONS[at % 3], archived=False, released=True)] if at % 4 == 0 else [],
        "timeoriginalestimate": 3600 * (at % 40) or None,
        "customfield_10015": f"2026-{at % 12 + 1:02d}-01" if at % 2 else None,
        "customfield_10016": float(at % 13) if at % 3 else None,
        "customfield_10030": option(SEVERITIES[at % 3]) if at % 2 else None,
        "customfield_10031": option(TEAMS[at % 3]),
        "customfield_10032": [option(MARKETS[at % 3])] if at % 2 else None,
        "customfield_10033": f"https://desk.example.com/tickets/{at}",
        "customfield_10034": f"Customer {at % 400}",
    }
