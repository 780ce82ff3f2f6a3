"""Hints make a sync look sooner and change nothing else: where polling ends, a sync with hints ends, too."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from pydantic import BaseModel

from productops.cli.jobs.book import JobBook
from productops.connectors.memory import Memory
from productops.errors import AuthError
from productops.sdk.hint import Hint
from productops.sdk.mapping import Mapping
from productops.sync.engine import Sync
from productops.sync.hints import KEPT, accept, waiting
from productops.sync.memory import tables as t

ROOT = Path(__file__).parents[2]
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Idea(BaseModel):
    title: str
    effort: float | None = None


class World:
    """Two collections in memory and a sync between them, on a clock that is moved by hand."""

    def __init__(self, path: Path) -> None:
        self.now = START
        service = Memory(now=lambda: self.now)
        fields = {"Name": "text", "Effort": "number"}
        self.left, self.right = (service.collection(name, fields=fields) for name in ("left", "right"))
        mapping = Mapping(Idea, title="Name", effort="Effort")
        grace = timedelta(minutes=1)
        self.sync = Sync(
            "ideas", left=mapping.on(self.left), right=mapping.on(self.right), state=path, clock=lambda: self.now,
            delete_grace=grace, full_every=timedelta(minutes=5),
        )  # fmt: skip

    def run(self) -> None:
        self.now += timedelta(minutes=10)
        self.sync.run()

    def shown(self) -> list[list[dict]]:
        return [
            sorted((r.fields for r in side.scan()), key=lambda one: (one["Name"], float(one["Effort"])))
            for side in (self.left, self.right)
        ]

    def links(self) -> int:
        return self.sync.state.count_links()


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path / "ideas.db")
    for number in range(6):
        made.left.add(Name=f"Idea {number}", Effort=number)
    made.run()
    yield made
    made.sync.state.engine.dispose()


def dirty(world: World) -> list[str]:
    return sorted(row.remote for row in world.sync.state.find(t.inbox, "remote", side="left", seen=None))


def test_a_hint_is_durable_when_it_was_taken(world, tmp_path):
    assert not waiting(world.sync)
    world.now += timedelta(seconds=1)
    assert accept(world.sync, "left", Hint("jira", ("left-2",), "d-1", world.now))
    assert waiting(world.sync)
    again = World(tmp_path / "ideas.db")  # another process
    assert dirty(again) == ["left-2"]
    world.run()
    assert dirty(world) == []
    assert not waiting(world.sync)


def test_a_replay_is_dropped(world):
    hint = Hint("jira", ("left-2",), "d-1", world.now)
    assert accept(world.sync, "left", hint)
    world.run()
    assert not accept(world.sync, "left", hint)
    assert dirty(world) == []
    world.now += KEPT + timedelta(days=1)
    assert not accept(world.sync, "left", hint)  # forgotten, but too old to be news
    unnamed = Hint("productboard", ("left-2",))
    assert accept(world.sync, "left", unnamed)
    assert accept(world.sync, "left", unnamed)  # nothing tells it from a second change


def test_what_is_not_linked_is_left_to_the_listing(world):
    assert accept(world.sync, "left", Hint("jira", ("left-99", "somewhere-else-1"), "d-1", world.now))
    assert dirty(world) == []
    world.run()
    assert world.links() == 6


def edits(world: World, seed: int) -> list[Hint]:
    """Edit, add and delete at random; return what honest webhooks would tell."""
    luck, told = random.Random(seed), []
    for number in range(25):
        world.now += timedelta(seconds=7)
        rows = [row for row in world.left.rows.values() if not row.trashed]
        match luck.choice(("edit", "edit", "edit", "add", "delete")):
            case "add":
                touched = world.left.add(Name=f"New {number}", Effort=number).id
            case "delete" if number == 12:  # one a turn: more would be stopped as an accident
                touched = luck.choice(rows).id
                world.left.delete([touched])
            case _:
                touched = luck.choice(rows).id
                world.left.edit(touched, Name=f"Edited {number}")
        told.append(Hint("jira", (touched,), f"d-{number}", world.now))
    return told


@pytest.mark.parametrize("seed", range(6))
def test_the_end_is_that_of_polling(tmp_path, seed):
    ends = []
    for way in ("poll", "hints"):
        world = World(tmp_path / f"{way}.db")
        for number in range(6):
            world.left.add(Name=f"Idea {number}", Effort=number)
        world.run()
        luck = random.Random(seed)
        for turn in range(3):
            told = edits(world, seed * 10 + turn)
            if way == "hints":
                told += [*told[::2], Hint("jira", ("left-404", f"left-{turn + 1}"), f"forged-{turn}")]
                luck.shuffle(told)  # out of order, repeated, and some invented
                for hint in told[: len(told) - 5]:  # and some are lost
                    accept(world.sync, "left", hint)
            world.run()
        for _ in range(3):
            world.run()
        assert not world.sync.plan()
        ends.append((world.shown(), world.links(), dirty(world), len(world.sync.conflicts())))
        world.sync.state.engine.dispose()
    assert ends[0] == ends[1]
    assert ends[0][0][0] == ends[0][0][1]


def test_the_application_of_the_page(world, monkeypatch):
    """The ASGI application in the documentation answers as it says."""
    page = (ROOT / "docs/how-to/webhooks.md").read_text(encoding="utf-8")
    code = page.split("```python\n")[1].split("```")[0]
    monkeypatch.setenv("JIRA_WEBHOOK_SECRET", "harbour-word")
    book = SimpleNamespace(sync={"roadmap": world.sync}.__getitem__)
    monkeypatch.setattr(JobBook, "read", classmethod(lambda _cls, _path: book))
    names: dict = {}
    exec(compile(code, "webhooks.md", "exec"), names)
    body = json.dumps({"issue": {"id": "left-3"}, "timestamp": world.now.timestamp() * 1000}).encode()
    right = "sha256=" + hmac.new(b"harbour-word", body, hashlib.sha256).hexdigest()

    async def send(signature: str, content: bytes = body) -> int:
        transport = httpx.ASGITransport(app=names["app"])
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            answer = await client.post("/jira", content=content, headers={"X-Hub-Signature": signature})
            return answer.status_code

    assert asyncio.run(send("sha256=" + "0" * 64)) == 401
    assert dirty(world) == []
    assert asyncio.run(send(right)) == 204
    assert dirty(world) == ["left-3"]
    assert asyncio.run(send(right)) == 204  # repeated: nothing new, and no reason to send it again
    nonsense = b"nonsense"
    assert (
        asyncio.run(send("sha256=" + hmac.new(b"harbour-word", nonsense, hashlib.sha256).hexdigest(), nonsense)) == 400
    )


def test_a_forged_delivery_touches_no_state(world):
    from productops.connectors.jira.hints import read_hint

    before = world.sync.state.rows(world.sync.state.pick(t.deliveries))
    with pytest.raises(AuthError):
        read_hint({"X-Hub-Signature": "sha256=no"}, b"{}", "word")
    assert world.sync.state.rows(world.sync.state.pick(t.deliveries)) == before
