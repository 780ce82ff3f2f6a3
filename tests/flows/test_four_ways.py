"""Thirty-six documents on a way through four services and back: what is lost was told, and an edit comes home alone."""

import json
import re
from collections import Counter
from itertools import pairwise

import pytest
from pydantic import BaseModel

from connectors.jira.test_adf_patch import BLOCKS, complaints, doc, p, text
from flows.notion_world import NotionWorld
from productops import Mapping, Sync, markdown
from productops.connectors.airtable.cells import UNSHOWN as AIRTABLE
from productops.connectors.jira.adf import UNSHOWN as JIRA
from productops.connectors.jira.adf.read import to_markdown
from productops.connectors.jira.adf.write import to_adf
from productops.connectors.notion.blocks_read import UNSHOWN as NOTION
from productops.connectors.productboard import Productboard
from productops.connectors.productboard.text import UNSHOWN as PRODUCTBOARD
from productops.sdk.richtext import constructs, mentions, same_markdown, split, unshown
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.plugs import HttpxPlug
from productops.testing.sandbox.productboard import STANDARD_TOKEN
from productops.testing.sandbox.productboard import Productboard as Service
from shared import shared


class Paper(BaseModel):
    title: str
    text: str | None = None


OWN = {
    "letters": "A plain letter.\n\nWith a second paragraph, *stressed* and **bold** and `code`.",
    "lists": "- one\n- two\n  - inner\n- three\n\n1. first\n2. second",
    "numbers": "5. five\n6. six",
    "tasks": "- [ ] open\n- [x] done",
    "deep": "# One\n\n## Two\n\n### Three\n\n##### Five",
    "code": "```python\nx = 1 < 2\n\ny = '*'\n```",
    "table": "| a | b |\n| --- | --- |\n| 1 | *2* |",
    "quote": "> Said somebody.\n>\n> - twice",
    "links": "See [here](https://example.com/a_b?c=1&d=2) and <https://example.com/x>.",
    "signs": "1 < 2 > 0 & 5 * 3, snake_case, [no link], `a|b` and 100% \\# sure.",
    "lines": "one line\nand another",
    "rule": "above\n\n---\n\nbelow",
}
RICH = {
    "panel": [BLOCKS["panel"], BLOCKS["media"], p("Between."), BLOCKS["extension"]],
    "colours": [BLOCKS["colours"], BLOCKS["inline"], BLOCKS["picture"]],
    "boxes": [BLOCKS["expand"], BLOCKS["table"], BLOCKS["decisions"]],
    "cards": [BLOCKS["card"], BLOCKS["aligned"], BLOCKS["tasks"], BLOCKS["sync block"]],
}
END = "The last words."


def papers():
    """Twenty recorded documents, and sixteen of our own."""
    found = {}
    for path in sorted(shared("payloads/jira/adf").glob("*.json")):
        raw = json.loads(path.read_text())
        found[path.stem] = raw if raw.get("type") == "doc" else doc(raw)
    found |= {name: to_adf(words) for name, words in OWN.items()}
    found |= {name: doc(*content) for name, content in RICH.items()}
    for one in found.values():
        one["version"] = 1
        while one["content"] and one["content"][-1] == {"type": "paragraph"}:
            one["content"].pop()
        one["content"].append(p(END))
    return found


class Ring(NotionWorld):
    """Two Jira projects, the first and the last of five places, with Notion, Airtable and Productboard between them."""

    def __init__(self, home):
        super().__init__(home)
        seed = {"members": [{"name": "Mira Quill", "email": "mira@example.com"}]}
        self.board = Service.from_json(seed, clock=self.clock, limits=None)
        self.at["productboard"] = Endpoint(self.board, clock=self.clock, log_size=20_000)
        account = Productboard(
            STANDARD_TOKEN, url="http://localhost", transport=HttpxPlug(self.at["productboard"]), clock=self.clock
        )
        issues = Mapping(Paper, title="summary", text=markdown("description"))
        rows = Mapping(Paper, title="Name", text=markdown("Notes"))
        features = Mapping(Paper, title="Name", text=markdown("Description"))
        pages = Mapping(Paper, title="Name", text=markdown("Body"))
        views = [
            issues.on(self.jira.issues(project="PROD", type="Story")),
            pages.on(self.source()),
            rows.on(self.table()),
            features.on(account.features(parent=self.board.named("Product").id)),
            issues.on(self.jira.issues(project="OPS", type="Story")),
        ]
        self.syncs = [
            Sync(f"s{at}", left=left, right=right, state=home / "ring.db", clock=self.clock.now, shared=True)
            for at, (left, right) in enumerate(pairwise(views))
        ]

    def around(self, syncs):
        """Run syncs one after the other; return what their plans said would be lost, by title."""
        lost = {}
        for sync in syncs:
            self.later()
            plan = sync.plan()
            for change in plan.changes:
                for sides in change.losses.values():
                    lost.setdefault(change.title, set()).update(*sides.values())
            report = sync.apply(plan)
            assert report.problems == [], report.problems
        return lost

    def documents(self, project):
        found = [one for one in self.site.issues() if one.key.startswith(project)]
        return {one.fields["summary"]: one for one in found}


def words(markdown_):
    return Counter(re.findall(r"[^\W\d]+", markdown_))


def explained(block, lost):
    """Tell whether a block makes use of something of which the plans said that it is lost."""
    told = {one for names in (JIRA, NOTION, AIRTABLE, PRODUCTBOARD) for one in unshown(block, names)}
    return bool(told & lost)


@pytest.fixture(scope="module")
def ring(tmp_path_factory):
    return Ring(tmp_path_factory.mktemp("ring"))


@pytest.fixture(scope="module")
def travelled(ring):
    """The papers, what the plans said, and where each is now."""
    originals = papers()
    mira = ring.site.user("mira@example.com")
    for document in originals.values():
        document["content"] = json.loads(
            json.dumps(document["content"])
            .replace('"5b10"', f'"{mira.account_id}"')
            .replace("@Ada Example", "@Mira Quill")
        )
    for name, document in originals.items():
        ring.issue(name, {"description": document})
    lost = ring.around(ring.syncs)
    return originals, lost


def keys(ring, project):
    return {issue.fields["summary"]: issue.key for issue in ring.site.issues(project)}


def now(ring, project):
    return {name: ring.shown(key)["description"] for name, key in keys(ring, project).items()}


def test_there_are_thirty_six(travelled):
    assert len(travelled[0]) == 36


def test_every_paper_arrives_and_what_is_lost_was_told(ring, travelled):
    originals, lost = travelled
    arrived = now(ring, "OPS")
    assert set(arrived) == set(originals)
    unexplained = []
    for name, original in originals.items():
        assert complaints(arrived[name]) == [], name
        before, after = (mentions.named(to_markdown(one)) for one in (original, arrived[name]))
        missing = set(words(before) - words(after))
        assert missing <= {name.removeprefix("language ") for name in constructs(before)}, name
        pair = split(before), split(after)
        if len(pair[0]) != len(pair[1]):
            unexplained.append((name, "blocks", before, after))
            continue
        for one, other in zip(*pair, strict=True):
            if not same_markdown(one.text, other.text) and not explained(one.text, lost.get(name, set())):
                unexplained.append((name, one.text, other.text, lost.get(name)))
    assert unexplained == []


def test_the_papers_with_which_they_began_are_untouched_and_everything_is_at_rest(ring, travelled):
    originals, _ = travelled
    assert now(ring, "PROD") == originals
    ring.later(hours=1)
    for sync in ring.syncs:
        plan = sync.plan()
        assert not plan, str(plan)


def test_an_edit_at_the_end_of_the_way_comes_home_alone(ring, travelled):
    originals, _ = travelled
    ring.later(hours=1)
    for name, key in keys(ring, "OPS").items():
        document = ring.shown(key)["description"]
        ending = {**document, "content": [*document["content"][:-1], p(f"Other words of {name}.")]}
        assert document["content"][-1]["content"][0]["text"] == END
        ring.site.edit(key, {"description": ending}, at=ring.clock.now())
    ring.around(ring.syncs[::-1])
    for name, document in now(ring, "PROD").items():
        assert complaints(document) == [], name
        assert document["content"][:-1] == originals[name]["content"][:-1], name
        assert document["content"][-1] == p(f"Other words of {name}."), name
    ring.later(hours=1)
    for sync in ring.syncs:
        assert not sync.plan()


def test_a_mention_is_one_where_there_are_mentions_and_a_name_elsewhere(ring, travelled):
    mira = ring.site.user("mira@example.com").account_id
    there = json.dumps(ring.workspace.hands.blocks("cards"))
    assert next(one.id for one in ring.workspace.world.users.values() if one.email == "mira@example.com") in there
    (row,) = [row for row in ring.hand.records() if row["fields"]["Name"] == "cards"]
    assert "to do @Mira Quill" in row["fields"]["Notes"]
    assert "[@" not in row["fields"]["Notes"]
    assert mira not in row["fields"]["Notes"]
    assert "to do @Mira Quill" in ring.board.named("cards").fields["description"]
    assert "mentions (shown as names)" in travelled[1]["cards"]
    # Somebody edits the words around the name where it is nothing but a name.
    ring.hand.edit(
        row["id"], {"Notes": row["fields"]["Notes"].replace("to do @Mira Quill", "to be done by @Mira Quill")}
    )
    ring.around(ring.syncs[1::-1])
    tasks = now(ring, "PROD")["cards"]["content"][2]
    original = travelled[0]["cards"]["content"][2]
    assert tasks["content"][0]["content"][-1] == original["content"][0]["content"][-1]
    assert tasks["content"][0]["content"][-1]["attrs"]["id"] == mira
    assert tasks["content"][0]["content"][0] == text("to be done by ")
    assert tasks["content"][1] == original["content"][1]


def test_somebody_without_an_account_keeps_the_name_and_is_listed(ring, travelled):
    assert "@machu" in ring.workspace.hands.body("node_mention")
    assert "mentions of people without an account (shown as names)" in travelled[1]["node_mention"]
    key = keys(ring, "PROD")["node_mention"]
    document = ring.shown(key)["description"]
    document["content"][0]["content"].append(text(" said so"))
    ring.site.edit(key, {"description": document}, at=ring.clock.now())
    ring.later()
    plan = ring.syncs[0].plan()
    assert any("machu (notion)" in one for one in plan.unmatched), plan.unmatched
    assert "People without an account on the other side" in str(plan)
