"""Which function answers which path, for whom, and what a request to it counts as."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from productops.testing.sandbox.jira import extras, files, issues, links, meta, permissions, screens, search, workflow
from productops.testing.sandbox.jira.call import Function


@dataclass(frozen=True, slots=True)
class Route:
    """A path of the API. ``on`` is cloud, dc or empty for both; ``issue`` counts as a write to that issue."""

    method: str
    pattern: str
    answer: Function
    known: bool = False  # needs a caller
    issue: bool = False
    on: str = ""

    def match(self, parts: list[str]) -> list[str] | None:
        """Return the values of the placeholders, or None."""
        names = self.pattern.split("/")
        if len(names) != len(parts):
            return None
        found = []
        for name, part in zip(names, parts, strict=True):
            if name == "{}":
                found.append(unquote(part))
            elif name != part:
                return None
        return found


def _reads() -> list[Route]:
    simple: dict[str, Function] = {
        "serverInfo": meta.server_info,
        "mypermissions": permissions.mine,
        "configuration": meta.configuration,
        "field": meta.fields,
        "field/search": meta.field_search,
        "issuetype": meta.issue_types,
        "status": meta.statuses,
        "status/{}": meta.status,
        "statuscategory": meta.status_categories,
        "priority": meta.priorities,
        "priority/search": meta.priority_search,
        "resolution": meta.resolutions,
        "label": meta.labels,
        "project": meta.projects,
        "project/search": meta.project_search,
        "project/{}": meta.project,
        "project/{}/statuses": meta.project_statuses,
        "project/{}/versions": meta.versions,
        "project/{}/version": meta.version_page,
        "project/{}/components": meta.components,
        "user": meta.user,
        "user/search": meta.user_search,
        "users/search": meta.users,
        "users": meta.users,
        "user/bulk": meta.user_bulk,
        "user/assignable/search": meta.assignable,
        "issue/createmeta/{}/issuetypes": screens.create_types,
        "issue/createmeta/{}/issuetypes/{}": screens.create_fields,
        "issue/{}": issues.get,
        "issue/{}/editmeta": screens.edit_meta,
        "issue/{}/transitions": workflow.listing,
        "issue/{}/changelog": extras.changelog,
        "issue/{}/comment": extras.comments,
        "issue/{}/comment/{}": extras.comment,
        "issue/{}/properties": extras.properties,
        "issue/{}/properties/{}": extras.property_,
        "issue/{}/remotelink": links.remote_links,
        "issue/{}/remotelink/{}": links.remote_link,
        "issueLinkType": links.link_types,
        "issueLink/{}": links.issue_link,
        "attachment/{}": files.attachment,
        "attachment/content/{}": files.attachment_content,
    }
    return [Route("GET", pattern, answer) for pattern, answer in simple.items()]


ROUTES: tuple[Route, ...] = (
    Route("GET", "myself", meta.myself, known=True),
    Route("GET", "search/jql", search.jql, on="cloud"),
    Route("POST", "search/jql", search.jql, on="cloud"),
    Route("POST", "search/approximate-count", search.count, on="cloud"),
    Route("GET", "search", search.removed, on="cloud"),
    Route("POST", "search", search.removed, on="cloud"),
    Route("GET", "search", search.offset, on="dc"),
    Route("POST", "search", search.offset, on="dc"),
    Route("POST", "issue", issues.create, known=True),
    Route("POST", "issue/bulk", issues.create_bulk, known=True),
    Route("POST", "issue/bulkfetch", issues.fetch_bulk, on="cloud"),
    Route("PUT", "issue/archive", issues.archive, known=True, on="cloud"),
    Route("PUT", "issue/unarchive", issues.unarchive, known=True, on="cloud"),
    Route("POST", "changelog/bulkfetch", extras.changelogs, on="cloud"),
    Route("PUT", "issue/{}", issues.edit, known=True, issue=True),
    Route("DELETE", "issue/{}", issues.delete, known=True, issue=True),
    Route("PUT", "issue/{}/assignee", issues.assign, known=True, issue=True),
    Route("POST", "issue/{}/transitions", workflow.perform, known=True, issue=True),
    Route("POST", "issue/{}/comment", extras.add_comment, known=True, issue=True),
    Route("PUT", "issue/{}/comment/{}", extras.comment, known=True, issue=True),
    Route("DELETE", "issue/{}/comment/{}", extras.comment, known=True, issue=True),
    Route("PUT", "issue/{}/properties/{}", extras.property_, known=True, issue=True),
    Route("DELETE", "issue/{}/properties/{}", extras.property_, known=True, issue=True),
    Route("POST", "issue/{}/remotelink", links.put_remote_link, known=True, issue=True),
    Route("DELETE", "issue/{}/remotelink", links.drop_remote_link, known=True, issue=True),
    Route("DELETE", "issue/{}/remotelink/{}", links.drop_remote_link, known=True, issue=True),
    Route("POST", "issue/{}/attachments", files.attach, known=True, issue=True),
    Route("POST", "issueLink", links.link, known=True),
    Route("DELETE", "issueLink/{}", links.issue_link, known=True),
    Route("DELETE", "attachment/{}", files.attachment, known=True),
    *_reads(),
)
BY_LENGTH: dict[int, list[Route]] = {}
for _route in ROUTES:
    BY_LENGTH.setdefault(_route.pattern.count("/") + 1, []).append(_route)


def find(method: str, parts: list[str], kind: str) -> tuple[Route | None, list[str], bool]:
    """Return the route of a request, its placeholders, and whether the path exists for another method."""
    exists = False
    for route in BY_LENGTH.get(len(parts), ()):
        if route.on in {"", kind} and (values := route.match(parts)) is not None:
            if route.method == method:
                return route, values, True
            exists = True
    return None, [], exists
