"""What the other side cannot show is told in the plan, before anything is written."""

import json

import pytest

from productops.connectors import Memory
from productops.sdk import Mapping, RichText
from productops.sdk.codecs import markdown
from productops.sdk.richtext import constructs, unshown
from productops.sync.engine import Sync
from productops.sync.plan import Plan
from sync.desk import START, Idea

WORDS = {"table": "tables", "heading 5": "deep headings"}


@pytest.fixture
def sides(tmp_path, monkeypatch):
    account = Memory(now=lambda: START)
    left = account.collection("left", {"Name": "text", "Notes": "markdown"})
    right = account.collection("right", {"Name": "text", "Notes": "markdown"})
    asked = []

    def losses(self, field, value):
        asked.append((self.name, field.id, value))
        return unshown(value, WORDS) if self is right else ()

    monkeypatch.setattr(type(right), "losses", losses)
    mapping = Mapping(Idea, title="Name", text=markdown("Notes"))
    sync = Sync("losses", left=mapping.on(left), right=mapping.on(right), state=tmp_path / "s.db", clock=lambda: START)
    return left, right, sync, asked


TABLE = "| a |\n| --- |\n| b |"


def test_a_plan_tells_what_is_not_shown_and_how_often(sides):
    left, _, sync, asked = sides
    left.add(Name="One", Notes=TABLE)
    left.add(Name="Two", Notes=f"{TABLE}\n\n##### Deep")
    left.add(Name="Three", Notes="Plain.")
    left.add(Name="Four", Notes=RichText("f", lambda: "Seen.", kept=("panels",)))
    plan = sync.plan()
    assert plan.losses == {"text in right": {"deep headings": 1, "panels": 1, "tables": 2}}
    assert "What the other side cannot show\n  text in right: deep headings (1), panels (1), tables (2)" in str(plan)
    assert "panels (1)" in plan._repr_html_()
    assert len(asked) == 4, "once for each text that would be written"
    data = json.loads(plan.to_json())
    assert data["losses"] == plan.losses
    assert [one["losses"] for one in data["changes"] if one["title"] == "Two"] == [
        {"text": {"right": ["deep headings", "tables"]}}
    ]
    assert Plan.from_json(plan.to_json()).losses == plan.losses


def test_a_change_tells_it_too_and_rest_asks_nobody(sides):
    left, right, sync, asked = sides
    left.add(Name="One", Notes="Plain.")
    sync.run()
    asked.clear()
    assert not sync.plan().losses
    assert asked == []
    (row,) = right.scan()
    right.edit(row.id, Notes=TABLE)
    assert not sync.plan().losses, "the left shows everything"
    sync.run()
    (item,) = left.scan()
    left.edit(item.id, Notes=f"{TABLE}\n\n##### Deep")
    assert sync.plan().losses == {"text in right": {"deep headings": 1, "tables": 1}}


def test_a_placeholder_that_stands_for_nothing_there_is_told(sides):
    left, right, sync, _ = sides
    line = "⟦image: x · 0000000a⟧"
    left.add(Name="One", Notes=f"a\n\n{line}\n\nb")
    sync.run()
    (row,) = right.scan()
    right.edit(row.id, Notes=f"{line}\n\na\n\nb")
    assert not sync.plan().losses, "moved"
    right.edit(row.id, Notes=f"{line}\n\na\n\n{line}\n\nb")
    assert sync.plan().losses == {"text in left": {"placeholders (shown as text)": 1}}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Plain words, no more.", set()),
        ("# A", {"heading 1"}),
        ("7) a", {"list", "start"}),
        ("- [ ] a", {"list", "task"}),
        ("- # a\n- b\n\n  ***", {"list", "heading 1", "heading in list", "rule", "rule in list"}),
        ("> | a |\n> | :-: |\n> | b |", {"quote", "table", "table in quote", "alignment"}),
        ("```py\nx\n```", {"code", "language py"}),
        ("    x", {"code"}),
        ("a\nb", {"break"}),
        ('[a](https://example.com "t") ~~b~~ ![c](https://example.com)', {"title", "strike", "image"}),
        ("> > a", {"quote", "quote in quote"}),
    ],
)
def test_what_a_text_makes_use_of(text, found):
    assert constructs(text) == found
