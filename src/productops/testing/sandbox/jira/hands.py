"""What a person does in the browser while programs talk to the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from productops.testing.sandbox.jira import issue_json, issues, writing
from productops.testing.sandbox.jira.call import Call
from productops.testing.sandbox.jira.state import Comment, Issue, Site, User
from productops.testing.sandbox.wire import Request


class Hands:
    """Direct access to a site, as if by hand: no screens, no limits, no workflow, but the same history.

    Every write takes ``at``, an aware time, and optionally ``by``, a person named by e-mail, name or
    account id; the first user of the site is meant when it is left out. ``LookupError`` means that there
    is no such thing, ``RefusedError`` that Jira would not take the value.
    """

    site: Site
    base_url: str | None

    def issues(self, project: str | None = None) -> list[Issue]:
        """Return the issues as they are now, by id; ``project`` is a key."""
        wanted = None if project is None else self._project(project)
        return [one for _, one in sorted(self.site.issues.items()) if wanted in {None, one.project}]

    def issue(self, key: str) -> Issue:
        """Return one issue by id or by any key it ever had. Raises ``LookupError``."""
        found = self.site.find(key)
        if found is None:
            raise LookupError(f"there is no issue {key}")
        return found

    def show(self, key: str, at: datetime, *, by: str | None = None, version: str = "3") -> dict[str, Any]:
        """Return one issue in full as the API shows it."""
        call = self._call(at, by, version)
        return issue_json.issue(call, self.issue(key), issue_json.chosen(call, None, "*all"))

    def add(
        self,
        project: str,
        type: str,  # noqa: A002 - what Jira calls it
        summary: str,
        fields: Mapping[str, Any] | None = None,
        *,
        at: datetime,
        by: str | None = None,
    ) -> Issue:
        """Create an issue; ``fields`` takes API values by field id or display name."""
        call = self._call(at, by)
        named = {self.field(name): value for name, value in (fields or {}).items()}
        wanted = {"project": {"id": self._project(project)}, "issuetype": {"name": type}, "summary": summary}
        return issues.make(call, {"fields": {**wanted, **named}}, screen=False)

    def edit(self, key: str, fields: Mapping[str, Any], *, at: datetime, by: str | None = None) -> Issue:
        """Change fields; values as the API takes them, names or ids of fields."""
        named = {self.field(name): value for name, value in fields.items()}
        return issues.change(self._call(at, by), self.issue(key), {"fields": named}, set(self.site.fields))

    def transition(self, key: str, status: str, *, at: datetime, by: str | None = None) -> Issue:
        """Put an issue in a status, whatever the workflow says."""
        issue = self.issue(key)
        call = self._call(at, by)
        return writing.enter(call, issue, writing.Draft(dict(issue.fields)), self._status(status))

    def say(self, key: str, body: Any, *, at: datetime, by: str | None = None) -> Comment:
        """Add a comment; the body is ADF or a string."""
        call, issue = self._call(at, by), self.issue(key)
        new = writing.comment(call, issue, body)
        self.site.put(replace(issue, comments=(*issue.comments, new), updated=at), at)
        return new

    def remove(self, key: str, *, at: datetime) -> None:
        """Delete an issue with everything under it."""
        issue = self.issue(key)
        for child in list(self.site.children.get(issue.id, ())):
            if self.site.types[self.site.issues[child].type].subtask:
                self.site.drop(self.site.issues[child], at)
        self.site.drop(issue, at)

    def move(self, key: str, project: str, *, at: datetime, by: str | None = None) -> Issue:
        """Move an issue to another project: a new key, the old one still leads to it."""
        issue, call = self.issue(key), self._call(at, by)
        target = self.site.projects[self._project(project)]
        kind = issue.type if issue.type in target.schemes else next(iter(target.schemes))
        workflow = target.schemes[kind].workflow
        status = issue.status if issue.status in workflow.statuses else workflow.initial
        target.last_number += 1
        new_key = f"{target.key}-{target.last_number}"
        gone = {"versions", "fixVersions", "components"}
        kept = {name: value for name, value in issue.fields.items() if name not in gone}
        item = {"field": "Key", "fieldtype": "jira", "from": None, "fromString": issue.key, "to": None}
        self.site.note(issue, call.me.account_id, at, [{**item, "toString": new_key}])
        changed = {"key": new_key, "project": target.id, "type": kind, "status": status}
        return writing.commit(call, issue, writing.Draft(kept), **changed)

    def rename_field(self, name: str, new: str) -> None:
        """Give a custom field another display name; its id stays."""
        old = self.site.fields[self.field(name)]
        clauses = tuple(new if one == old.name else one for one in old.clauses)
        self.site.fields[old.id] = replace(old, name=new, clauses=clauses)

    def remove_field(self, name: str) -> None:
        """Delete a custom field, its values and its places on screens."""
        gone = self.field(name)
        del self.site.fields[gone]
        for project in self.site.projects.values():
            for kind, scheme in project.schemes.items():
                create = tuple(one for one in scheme.create if one != gone)
                edit = tuple(one for one in scheme.edit if one != gone)
                required = scheme.required - {gone}
                project.schemes[kind] = replace(scheme, create=create, edit=edit, required=required)

    def rename_status(self, name: str, new: str) -> None:
        """Give a status another name; its id stays."""
        identity = self._status(name)
        self.site.statuses[identity] = replace(self.site.statuses[identity], name=new)

    def rename_option(self, field: str, value: str, new: str) -> None:
        """Give a choice of a select field another text; its id stays."""
        found = self.site.fields[self.field(field)]
        if value not in {one.value for one in found.options}:
            raise LookupError(f"{field} has no option {value}")
        options = tuple(replace(one, value=new) if one.value == value else one for one in found.options)
        self.site.fields[found.id] = replace(found, options=options)

    def deactivate(self, user: str) -> None:
        """Close an account: it stays where it is named, but can't sign in or be assigned."""
        found = self.user(user)
        self.site.users[found.account_id] = replace(found, active=False)

    def user(self, wanted: str) -> User:
        """Return a person by account id, e-mail, name or user name. Raises ``LookupError``."""
        for one in self.site.users.values():
            if wanted in {one.account_id, one.email, one.name, one.username}:
                return one
        raise LookupError(f"there is no user {wanted}")

    def field(self, wanted: str) -> str:
        """Return the id of a field named by id or display name; the first when names are shared."""
        if wanted in self.site.fields:
            return wanted
        for one in self.site.fields.values():
            if one.name == wanted:
                return one.id
        raise LookupError(f"there is no field {wanted}")

    def _project(self, key: str) -> str:
        found = self.site.project(key)
        if found is None:
            raise LookupError(f"there is no project {key}")
        return found.id

    def _status(self, wanted: str) -> str:
        for one in self.site.statuses.values():
            if wanted in {one.id, one.name}:
                return one.id
        raise LookupError(f"there is no status {wanted}")

    def _call(self, at: datetime, by: str | None, version: str | None = None) -> Call:
        caller = next(iter(self.site.users.values())) if by is None else self.user(by)
        if not self.site.cloud:
            version = "2"
        base = self.base_url or "https://jira.example.com"
        return Call(self.site, Request("GET", "/"), caller, at, version or "3", base, self)
