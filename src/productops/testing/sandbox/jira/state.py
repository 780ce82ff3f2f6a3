"""What the imitated Jira site holds: people, schemes and issues, and the lagging search index.

Issues are values: a write puts a new ``Issue`` in the place of the old one. So the search index can go
on showing an old one for as long as it lags, at no cost.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from productops.testing.sandbox.jira.fields import Field


@dataclass(frozen=True, slots=True)
class User:
    """A person. ``account_id`` is the Cloud identity, ``username`` the Data Center one."""

    account_id: str
    username: str
    name: str
    email: str
    token: str
    zone: str = "UTC"
    active: bool = True
    email_hidden: bool = False
    admin: bool = False
    assignable: bool = True


@dataclass(frozen=True, slots=True)
class Status:
    """A workflow status; ``category`` is new, indeterminate or done."""

    id: str
    name: str
    category: str


@dataclass(frozen=True, slots=True)
class Named:
    """A priority or a resolution."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class IssueType:
    """A kind of issue. ``level`` is 1 for epics, 0 for standard issues and -1 for sub-tasks."""

    id: str
    name: str
    level: int = 0

    @property
    def subtask(self) -> bool:
        """Whether issues of this type live under a parent."""
        return self.level < 0


@dataclass(frozen=True, slots=True)
class Transition:
    """An arrow of a workflow. An empty ``sources`` makes it global."""

    id: str
    name: str
    sources: frozenset[str]
    target: str
    screen: tuple[str, ...] = ()
    required: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Workflow:
    """Statuses and the arrows between them; a new issue starts in ``initial``."""

    statuses: tuple[str, ...]
    initial: str
    transitions: tuple[Transition, ...]


@dataclass(frozen=True, slots=True)
class TypeScheme:
    """What one issue type means in one project: its screens, required fields and workflow."""

    create: tuple[str, ...]
    edit: tuple[str, ...]
    required: frozenset[str]
    workflow: Workflow


@dataclass(frozen=True, slots=True)
class Version:
    """A release of a project."""

    id: str
    project: str
    name: str
    released: bool = False
    archived: bool = False
    release_date: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a project."""

    id: str
    project: str
    name: str


@dataclass(slots=True)
class Project:
    """A project. ``members`` limits who may see it; None lets every signed-in user in."""

    id: str
    key: str
    name: str
    lead: str
    schemes: dict[str, TypeScheme]
    public: bool = False
    members: frozenset[str] | None = None
    priorities: tuple[str, ...] = ()
    versions: dict[str, Version] = field(default_factory=dict)
    components: dict[str, Component] = field(default_factory=dict)
    last_number: int = 0


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment; the body is ADF or a string, as it was sent."""

    id: str
    author: str
    body: Any
    created: datetime
    updated: datetime


@dataclass(frozen=True, slots=True)
class RemoteLink:
    """A link to something outside."""

    id: int
    global_id: str | None
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attachment:
    """What is known of a file; the content is kept so that it can be read back."""

    id: str
    filename: str
    mime: str
    content: bytes
    author: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the history."""

    id: str
    author: str
    created: datetime
    items: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Link:
    """A link between two issues, by their ids."""

    id: str
    type: str
    inward: int
    outward: int


@dataclass(frozen=True, slots=True)
class LinkType:
    """A kind of link."""

    id: str
    name: str
    inward: str
    outward: str


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue as it was at one moment. ``fields`` holds ids and plain values by field id."""

    id: int
    key: str
    project: str
    type: str
    status: str
    creator: str
    created: datetime
    updated: datetime
    fields: Mapping[str, Any]
    status_changed: datetime
    resolved: datetime | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    comments: tuple[Comment, ...] = ()
    remote: tuple[RemoteLink, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    archived: bool = False

    @property
    def summary(self) -> str:
        """The title."""
        return str(self.fields.get("summary", ""))


class Index:
    """The search index: every issue as it was some seconds ago, grouped by project."""

    def __init__(self) -> None:
        self.documents: dict[int, Issue] = {}
        self.by_project: dict[str, set[int]] = {}
        self._waiting: list[tuple[datetime, int, int, Issue | None]] = []
        self._seen: dict[int, int] = {}
        self._count = 0

    def submit(self, identity: int, issue: Issue | None, now: datetime) -> None:
        """Note a write (None is a deletion); it becomes visible when the lag has passed."""
        self._count += 1
        heapq.heappush(self._waiting, (now, self._count, identity, issue))

    def catch_up(self, now: datetime, lag: float) -> None:
        """Show every write that is at least ``lag`` seconds old."""
        until = now - timedelta(seconds=lag)
        while self._waiting and self._waiting[0][0] <= until:
            _, count, identity, issue = heapq.heappop(self._waiting)
            if count > self._seen.get(identity, 0):
                self._seen[identity] = count
                self._show(identity, issue)

    def _show(self, identity: int, issue: Issue | None) -> None:
        old = self.documents.pop(identity, None)
        if old is not None:
            self.by_project[old.project].discard(identity)
        if issue is not None and not issue.archived:
            self.documents[identity] = issue
            self.by_project.setdefault(issue.project, set()).add(identity)


class Site:
    """Everything one Jira site knows."""

    def __init__(self, *, cloud: bool = True) -> None:
        self.cloud = cloud
        self.users: dict[str, User] = {}
        self.projects: dict[str, Project] = {}
        self.types: dict[str, IssueType] = {}
        self.statuses: dict[str, Status] = {}
        self.priorities: dict[str, Named] = {}
        self.resolutions: dict[str, Named] = {}
        self.fields: dict[str, Field] = {}
        self.link_types: dict[str, LinkType] = {}
        self.issues: dict[int, Issue] = {}
        self.keys: dict[str, int] = {}
        self.children: dict[int, set[int]] = {}
        self.links: dict[str, Link] = {}
        self.links_of: dict[int, set[str]] = {}
        self.changes: dict[int, list[Change]] = {}
        self.index: Index = Index()
        self._counters: dict[str, int] = {}

    def next_id(self, kind: str, first: int = 10000) -> int:
        """Return the next number of a kind."""
        self._counters[kind] = self._counters.get(kind, first - 1) + 1
        return self._counters[kind]

    def put(self, issue: Issue, now: datetime) -> Issue:
        """Store an issue in its new state and tell the search index."""
        self.issues[issue.id] = issue
        self.keys[issue.key] = issue.id
        self.index.submit(issue.id, issue, now)
        return issue

    def drop(self, issue: Issue, now: datetime) -> None:
        """Delete an issue with its links."""
        del self.issues[issue.id]
        parent = issue.fields.get("parent")
        if parent is not None:
            self.children.get(parent, set()).discard(issue.id)
        self.children.pop(issue.id, None)
        for link in list(self.links_of.pop(issue.id, ())):
            self.unlink(link)
        self.index.submit(issue.id, None, now)

    def unlink(self, link: str) -> None:
        """Remove a link between issues."""
        gone = self.links.pop(link)
        for end in (gone.inward, gone.outward):
            self.links_of.get(end, set()).discard(link)

    def find(self, key: str) -> Issue | None:
        """Return an issue by id or by any key it ever had, in any case."""
        identity = int(key) if key.isascii() and key.isdigit() else self.keys.get(key.upper())
        return None if identity is None else self.issues.get(identity)

    def project(self, key: str) -> Project | None:
        """Return a project by id or key."""
        if key in self.projects:
            return self.projects[key]
        return next((one for one in self.projects.values() if one.key == key.upper()), None)

    def may_see(self, project: Project, user: User | None) -> bool:
        """Whether the user (None is an anonymous caller) may browse the project."""
        if project.public:
            return True
        return user is not None and (project.members is None or user.account_id in project.members)

    def note(self, issue: Issue, author: str, now: datetime, items: Sequence[Mapping[str, Any]]) -> None:
        """Add an entry to the history of an issue."""
        if items:
            change = Change(str(self.next_id("change", 20000)), author, now, tuple(items))
            self.changes.setdefault(issue.id, []).append(change)
