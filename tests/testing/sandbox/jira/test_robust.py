"""Whatever is sent, the service answers; it never falls over."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from productops.testing.sandbox.wire import Request
from sandbox_jira import SEED, World, basic

NAMES = [
    "project", "issuetype", "summary", "description", "priority", "assignee", "labels", "components", "fixVersions",
    "parent", "duedate", *(f"customfield_{number}" for number in range(10030, 10045)),
]  # fmt: skip
WORDS = [
    "id",
    "key",
    "name",
    "value",
    "accountId",
    "child",
    "add",
    "set",
    "remove",
    "content",
    "type",
    "doc",
    "PROD",
    "Story",
]
scalars = (
    st.none() | st.booleans() | st.integers(-5, 20000) | st.floats() | st.sampled_from(WORDS) | st.text(max_size=3)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3),
    max_leaves=8,
)
good = {"project": {"key": "PROD"}, "issuetype": {"name": "Story"}, "summary": "s"}
fields = st.dictionaries(st.sampled_from(NAMES), values, max_size=4)
bodies = values | st.fixed_dictionaries(
    {},
    optional={
        "fields": fields.map(lambda some: {**good, **some}) | fields | values,
        "update": st.dictionaries(st.sampled_from([*NAMES, "comment"]), values, max_size=2) | values,
        "properties": values,
        "transition": values,
        "issueUpdates": st.lists(values, max_size=2) | values,
        "issueIdsOrKeys": values,
        "fieldIds": values,
        "maxResults": values,
        "nextPageToken": values,
        "jql": st.text(max_size=8) | values,
        "expand": values,
        "reconcileIssues": values,
        "globalId": values,
        "object": values,
        "body": values,
        "type": values,
        "inwardIssue": values,
        "outwardIssue": values,
        "comment": values,
    },
)
PATHS = [
    ("POST", "issue"), ("POST", "issue/bulk"), ("PUT", "issue/PROD-1"), ("POST", "issue/PROD-1/transitions"),
    ("POST", "issue/PROD-1/comment"), ("PUT", "issue/PROD-1/properties/p"), ("POST", "issue/PROD-1/remotelink"),
    ("PUT", "issue/PROD-1/assignee"), ("POST", "issueLink"), ("POST", "search/jql"), ("POST", "issue/bulkfetch"),
    ("POST", "changelog/bulkfetch"), ("PUT", "issue/archive"), ("POST", "search/approximate-count"),
]  # fmt: skip
WORLD = World(SEED, rate=0)
WORLD.make()


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(PATHS), bodies, st.sampled_from("23"))
def test_any_body_is_answered(path, body, version):
    method, tail = path
    data = json.dumps(body).encode()
    answer = WORLD.jira.handle(
        Request(method, f"/rest/api/{version}/{tail}", (), basic("mira@example.com"), data), WORLD.now
    )
    assert answer.status in {200, 201, 204, 400, 404, 413}
    read = WORLD.jira.handle(
        Request("GET", f"/rest/api/{version}/issue/PROD-1", (), basic("mira@example.com")), WORLD.now
    )
    assert read.status == 200


PIECES = [
    "project",
    "=",
    "PROD",
    "and",
    "or",
    "not",
    "(",
    ")",
    "in",
    "key",
    "~",
    "'x'",
    '"',
    "is",
    "empty",
    "order",
    "by",
    "updated",
    ">=",
    "-1d",
    ",",
    "labels",
    "<",
    "1",
    "currentUser()",
    "cf[10030]",
    "!",
    "&&",
    "text",
    "parent",
    "99999999999999999999",
    "-999999999w",
    "issuetype",
    "Story",
]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(PIECES),
        max_size=8,
    ).map(" ".join)
    | st.text(max_size=10)
)
def test_any_query_is_answered(jql):
    assert WORLD.ask("POST", "search/jql", {"jql": jql})[0] in {200, 400}
