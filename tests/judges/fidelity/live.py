"""Whole passes of the connectors against the imitated services; the official documents judge every exchange."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from jira_world import World, seed
from judges.fidelity.tally import Tally
from judges.openapi import JiraJudge
from judges.openapi_notion import NotionJudge
from productops.connectors.notion import Notion
from productops.sdk import Draft, Patch, Record
from productops.sdk.collection import Collection
from productops.testing.sandbox.endpoint import Endpoint, Exchange
from productops.testing.sandbox.notion import Notion as NotionService
from productops.testing.sandbox.plugs import HttpxPlug

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
TEXT = "# Why\n\nA *short* **text** with `code`.\n\n- one\n- two\n\n> said\n\n```py\nx = 1\n```\n\n1. a\n2. b"
PROPERTIES = {
    "Name": "title", "Notes": "rich_text", "Stage": {"select": ["Inbox", "Shipped"]}, "Owner": "people",
    "Due": "date", "Effort": "number", "Ready": "checkbox", "Link": "url", "Sync key": "rich_text",
}  # fmt: skip


def judge(tally: Tally) -> None:
    """Let the connectors work, and judge what they sent and what they were answered."""
    world = World(seed(), "Cloud")
    world.add("There before")
    issues = world.issues()
    _work(issues, {"summary": "New", "description": TEXT}, {"summary": "Newer", "description": TEXT + "\n\nmore"})
    _judge("jira", JiraJudge(), world.endpoint.log, tally)
    for version in ("2025-09-03", "2026-03-11"):
        _notion(version, tally)


def _notion(version: str, tally: Tally) -> None:
    world = World(seed(), "Cloud")  # for its clock
    source = {"title": "Roadmap", "properties": PROPERTIES, "rows": [{"Name": "There before"}]}
    service = NotionService.from_json({"databases": [{"title": "Roadmap", "sources": [source]}]}, clock=world.clock)
    endpoint = Endpoint(service, clock=world.clock)
    account = Notion(
        "ntn_sandbox", url="http://localhost", version=version, transport=HttpxPlug(endpoint), clock=world.clock,
        rate=None,
    )  # fmt: skip
    pages = account.data_source(service.source("Roadmap").id, key="Sync key")
    schema = pages.schema()
    name, due, effort, ready = (schema.field(one).id for one in ("Name", "Due", "Effort", "Ready"))
    first = {name: "New", due: START, effort: 3, ready: True, "body": TEXT}
    body = schema.field("Body").id
    first[body] = first.pop("body")
    _work(pages, first, {name: "Newer", due: None, effort: 4.5, ready: False, body: TEXT + "\n\nmore"})
    _judge("notion", NotionJudge(), endpoint.log, tally)


def _work(collection: Collection, first: dict[str, Any], then: dict[str, Any]) -> None:
    """Do once everything that a sync does."""
    collection.schema()
    list(collection.scan())
    made = collection.create([Draft(first, "marker-0001")])[0]
    if not isinstance(made, Record):
        raise made
    collection.get([made.id])
    collection.find(["marker-0001"], START)
    changed = collection.update([Patch(made.id, then)])[0]
    if not isinstance(changed, Record):
        raise changed
    list(collection.scan(START))
    list(collection.people())


def _judge(name: str, official: JiraJudge | NotionJudge, log: Iterable[Exchange], tally: Tally) -> None:
    tally.file = f"({name}, imitated)"
    for one in log:
        if one.answer is None:
            continue
        tally.add("requests_checked")
        tally.add("answers_checked")
        found = official.check(one.request, one.answer)
        asked = [text for text in found if ": answer" not in text and ": status" not in text]
        tally.add("requests_invalid", bool(asked))
        tally.add("answers_invalid", len(asked) < len(found))
        for text in found:
            tally.fail(text)
