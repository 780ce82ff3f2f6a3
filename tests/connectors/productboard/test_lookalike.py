"""The look-alike of the page, against a service that is one."""

import json
import re
from dataclasses import fields, replace
from pathlib import Path

import pytest

from productops.connectors.productboard import Dialect
from productops.errors import ConfigError
from productops.sdk.record import Draft, Patch
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.plugs import HttpxPlug
from productops.testing.sandbox.wire import Answer

PAGE = (Path(__file__).parents[3] / "docs" / "connectors" / "productboard.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("## Services that speak alike")[2].partition("\n## ")[0]


@pytest.fixture
def ideabox():
    scope = {}
    exec(compile(re.search(r"```python\n(.*?)```", SECTION, re.DOTALL)[1], "productboard.md", "exec"), scope)
    return scope["Ideabox"]


class Alike:
    """Another service: other paths, another name for the cursor, another one for a schema."""

    def __init__(self, board):
        self.board = board

    def handle(self, request, now):
        if not request.path.startswith("/api/v2/"):
            return Answer(404)
        query = tuple(("pageCursor" if name == "after" else name, value) for name, value in request.query)
        answer = self.board.handle(replace(request, path=request.path.removeprefix("/api"), query=query), now)
        text = answer.body.decode().replace("pageCursor=", "after=").replace("StatusFieldValue", "StageValue")
        return replace(answer, body=text.encode())


def test_the_page_shows_a_whole_look_alike(world, ideabox, monkeypatch):
    for number in range(150):
        world.service.add("feature", name=f"Idea {number}")
    endpoint = Endpoint(Alike(world.service), clock=world.clock)
    monkeypatch.setenv("IDEABOX_TOKEN", "pb-sandbox")
    monkeypatch.setenv("IDEABOX_URL", "http://localhost")
    box = ideabox.from_env(transport=HttpxPlug(endpoint), clock=world.clock)
    features = box.features(parent=world.service.named("Product").id)
    assert len({one.id for one in features.scan()}) == 151  # over two pages
    doing = features.schema().field("Status").option("In progress")
    (made,) = features.create([Draft({"name": "New", "status": doing}, marker="m-1")])
    assert made.fields["status"] == doing
    (changed,) = features.update([Patch(made.id, {"tags": ["a"]})])
    assert features.find(["m-1"], world.clock.now()) == {"m-1": [changed]}
    assert {one.request.path.split("/")[1] for one in endpoint.log} == {"api"}
    assert all("pageCursor" not in dict(one.request.query) for one in endpoint.log)
    assert json.loads(endpoint.log[0].answer.body)["data"]


def test_it_is_told_by_its_own_name(ideabox, monkeypatch):
    monkeypatch.delenv("IDEABOX_TOKEN", raising=False)
    assert repr(ideabox("x")) == "<Ideabox ideabox.example.com>"
    with pytest.raises(ConfigError, match="Ideabox needs"):
        ideabox()
    with pytest.raises(ConfigError, match="IDEABOX_TOKEN"):
        ideabox.from_env()


def test_every_word_of_the_dialect_is_on_the_page():
    assert [field.name for field in fields(Dialect) if f"`{field.name}`" not in SECTION] == []
