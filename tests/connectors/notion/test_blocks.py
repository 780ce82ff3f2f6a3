"""Markdown and blocks: what comes back, what stays, and how much is touched by an edit."""

import json
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.notion.wording import shown_run, words
from productops.connectors.notion.blocks_patch import Rewrite, key
from productops.connectors.notion.blocks_read import children, content, to_text
from productops.connectors.notion.blocks_write import to_blocks
from productops.connectors.notion.inline import from_markdown, to_markdown
from productops.sdk.richtext import Placeholder, same_markdown
from shared import shared

SAMPLES = {
    "paragraphs": "One.\n\nTwo *with* **marks**, ~~gone~~ and `code`.",
    "lines": "one line\nand another",
    "headings": "# One\n\n## Two\n\n### Three",
    "bullets": "- a\n- b\n  - c\n    - d\n- e",
    "numbers": "1. a\n2. b\n   1. c\n3. d",
    "tasks": "- [ ] to do\n- [x] done",
    "mixed lists": "- a\n  1. b\n  2. c\n- d",
    "item with a paragraph": "- a\n\n  more of a\n- b",
    "code": "```python\nprint('**not bold**')\n\nx = 1\n```",
    "code in a list": "- a\n\n  ```\n  x\n  ```",
    "quote": "> said\n>\n> - by\n> - whom",
    "rule": "above\n\n---\n\nbelow",
    "table": "| a | b |\n| --- | --- |\n| *c* | d \\| e |",
    "links": "[text](https://example.com/a_b) and <https://example.com> and [x](https://example.com/a%28b%29)",
    "image": "![A meadow](https://example.com/meadow.jpg)",
    "equation": "```math\nE = mc^2\n```",
    "escapes": "1\\. not a list\n\n\\# not a heading\n\n\\* not a bullet \\*nor this\\* and \\`that\\`",
    "html": "a <b>tag</b> & an &amp; entity",
    "snake": "snake_case_name and 2*3*4 and a\\_b\\_",
    "nested emphasis": "**bold *and italic* text**",
    "bold code": "**`code`** and [*link*](https://example.com)",
    "unicode": "naïve 😀 日本語 𝒳",
    "several lists": "- a\n\n1. b\n\n- c",
    "everything": "# Title\n\nWith **bold**.\n\n- a\n- b\n\n> quote\n\n```\ncode\n```\n\n| h |\n| --- |\n| c |\n\nEnd.",
}


@pytest.mark.parametrize("markdown", SAMPLES.values(), ids=SAMPLES)
def test_markdown_comes_back(markdown):
    blocks = to_blocks(markdown)
    shown = to_text(blocks)
    assert same_markdown(shown, markdown), shown
    assert [key(each) for each in to_blocks(shown)] == [key(each) for each in blocks]


def test_what_notion_has_no_block_for_becomes_the_nearest():
    assert to_text(to_blocks("###### deep")) == "### deep"
    assert to_text(to_blocks("[here](/relative)")) == "here (/relative)"
    assert to_text(to_blocks("```klingon\nx\n```")) == "```\nx\n```"


# --- recorded blocks


def recorded_blocks():
    samples = json.loads(shared("payloads/notion/_samples_by_type.json").read_text(encoding="utf-8"))["blocks"]
    return {kind: each["sample"] for kind, each in samples.items() if kind != "table_row"}  # it stands in tables


def recorded_pages():
    """Every list of children in the recorded traffic."""
    for path in sorted(shared("payloads/notion").glob("*.json")):
        for exchange in json.loads(path.read_text(encoding="utf-8")).get("interactions", ()):
            body = exchange["response"].get("body")
            if exchange["request"]["method"] == "GET" and isinstance(body, dict) and body.get("type") == "block":
                yield path.name, body["results"]


def test_every_recorded_block_is_shown_and_stays_when_nobody_edits_it():
    blocks = list(recorded_blocks().values())
    assert len(blocks) > 30
    for block in blocks:
        assert not touched([block], to_text([block])), block["type"]
    assert not touched(blocks, to_text(blocks))


def test_every_recorded_page_stays_when_nobody_edits_it():
    pages = [(name, blocks) for name, blocks in recorded_pages() if blocks]
    assert len(pages) >= 8
    for name, blocks in pages:
        if blocks[0]["type"] != "table_row":  # those are no text by themselves
            assert not touched(blocks, to_text(blocks)), name


def touched(blocks, markdown):
    """Return the steps that would do something."""
    return [step for step in Rewrite.of(blocks, to_blocks(markdown)).steps if step.new is not None or step.gone]


# --- edits


def there(markdown):
    """Blocks as Notion shows them: with ids and everything that it fills in."""
    made = iter(range(1, 100_000))

    def shown(block):
        kind, held = block["type"], dict(content(block))
        for name in ("rich_text", "caption"):
            if name in held:
                held[name] = [shown_run(run) for run in held[name]]
        if "cells" in held:
            held["cells"] = [[shown_run(run) for run in cell] for cell in held["cells"]]
        if "children" in held:
            held["children"] = [shown(child) for child in held["children"]]
        return {"id": f"00000000-0000-4000-8000-{next(made):012x}", "type": kind, kind: held,
                "has_children": bool(held.get("children"))}  # fmt: skip

    return [shown(block) for block in to_blocks(markdown)]


def image(id_="00000000-0000-4000-8000-0000deadbeef"):
    held = {"type": "file", "file": {"url": "https://files.example.com/x?signed"}, "caption": words("A *fine* meadow")}
    return {"id": id_, "type": "image", "image": held, "has_children": False}


def test_only_the_edited_paragraph_is_touched():
    blocks = there("# A\n\none\n\ntwo\n\n- three\n- four")
    (step,) = touched(blocks, "# A\n\none\n\ntwo, edited\n\n- three\n- four")
    assert step.old is blocks[2]
    assert not step.gone


def test_a_new_and_a_deleted_paragraph_touch_nothing_else():
    blocks = there("one\n\ntwo\n\nthree")
    (step,) = touched(blocks, "one\n\nbetween\n\ntwo\n\nthree")
    assert step.old is None
    (step,) = touched(blocks, "one\n\nthree")
    assert step.gone
    assert step.old is blocks[1]


def test_what_markdown_cannot_show_is_one_stable_line_and_stays():
    blocks = [*there("one"), image(), *there("two")]
    shown = to_text(blocks)
    assert shown.split("\n\n")[1] == "⟦image: A fine meadow · deadbeef⟧"
    assert Placeholder.only(shown.split("\n\n")[1])
    before = deepcopy(blocks[1])
    for edited in (shown.replace("one", "1"), shown.replace("two", "2"), "one\n\ntwo", "", shown + "\n\nmore"):
        result = Rewrite.of(blocks, to_blocks(edited)).result()
        assert before in result, edited
    moved = Rewrite.of(blocks, to_blocks("⟦image: A fine meadow · deadbeef⟧\n\none\n\ntwo")).result()
    assert moved.count(before) == 1
    assert "⟦" not in json.dumps([each for each in moved if each["type"] == "paragraph"], ensure_ascii=False)


def test_a_line_that_stands_for_a_block_elsewhere_is_text_here():
    line = "⟦panel: Note · 0badcafe⟧"
    assert to_text(to_blocks(f"one\n\n{line}")) == f"one\n\n{line}"
    assert [step.old for step in touched(there("one"), f"one\n\n{line}")] == [None]


def test_empty_paragraphs_stay_where_they_are():
    blank = {"id": "blank", "type": "paragraph", "paragraph": {"rich_text": []}, "has_children": False}
    one, two = there("one\n\ntwo")
    result = Rewrite.of([one, blank, two], to_blocks("one\n\n2")).result()
    assert [each["id"] for each in result] == [one["id"], "blank", two["id"]]


def test_an_item_that_holds_an_image_is_not_deleted():
    blocks = there("- a\n- b")
    blocks[0]["bulleted_list_item"]["children"] = [image()]
    blocks[0]["has_children"] = True
    assert not any(step.gone for step in touched(blocks, "- b"))


def test_a_callout_is_edited_in_place():
    held = {"rich_text": words("Mind the gap"), "icon": {"type": "emoji", "emoji": "!"}, "color": "yellow"}
    callout = {"id": "c", "type": "callout", "callout": held, "has_children": False}
    assert to_text([callout]) == "> Mind the gap"
    (step,) = touched([callout], "> Mind the gaps")
    assert step.old is callout
    (merged,) = Rewrite.of([callout], to_blocks("> Mind the gaps")).result()
    assert merged["callout"]["icon"] == held["icon"]


def test_a_mention_outside_the_edit_stays():
    mention = {"type": "mention", "mention": {"type": "page", "page": {"id": "p"}}, "plain_text": "Plan",
               "href": "https://www.notion.so/p"}  # fmt: skip
    block = {"id": "b", "type": "paragraph", "has_children": False,
             "paragraph": {"rich_text": [*words("See "), mention, *words(" for more", color="red")]}}  # fmt: skip
    shown = to_text([block])
    assert shown == "See [Plan](https://www.notion.so/p) for more"
    (merged,) = Rewrite.of([block], to_blocks(shown.replace("See", "Read"))).result()
    kinds = [run["type"] for run in merged["paragraph"]["rich_text"]]
    assert kinds == ["text", "mention", "text"]
    assert merged["paragraph"]["rich_text"][2]["annotations"] == {"color": "red"}


def test_a_row_of_a_table_is_edited_alone():
    (table,) = there("| a | b |\n| --- | --- |\n| c | d |\n| e | f |")
    ((step,),) = [touched([table], "| a | b |\n| --- | --- |\n| c | D |\n| e | f |")]
    under = Rewrite.of(children(step.old), children(step.new)).steps
    assert [each.new is not None for each in under] == [False, True, False]


# --- whatever people write

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
SPICY = st.text("ab*_`[]()<>#-+=.!|~\\&1 \n⟦⟧·", min_size=1, max_size=16)
BLOCK = st.one_of(
    SPICY,
    TEXT,
    st.lists(st.one_of(SPICY, TEXT), min_size=1, max_size=3).map(
        lambda items: "\n".join(f"- {item}" for item in items)
    ),
    st.one_of(SPICY, TEXT).map(lambda text: f"> {text}"),
    st.sampled_from(list(SAMPLES.values())),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(BLOCK, max_size=6).map("\n\n".join))
def test_a_text_that_came_from_notion_and_goes_back_touches_nothing(markdown):
    blocks = there(markdown)
    shown = to_text(blocks)
    assert not touched(blocks, shown), shown
    assert to_text(there(shown)) == shown


RUN = st.builds(
    lambda text, marks, href: {
        "type": "text",
        "text": {"content": text, "link": {"url": "https://example.com"} if href else None},
        "annotations": dict.fromkeys(marks, True),
        "plain_text": text,
    },
    st.one_of(SPICY, TEXT),
    st.sets(st.sampled_from(["bold", "italic", "strikethrough", "code"])),
    st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(RUN, max_size=4))
def test_no_text_in_a_paragraph_is_lost_on_its_way_to_markdown_and_back(runs):
    def bare(of):
        return "".join("".join(run["text"]["content"] for run in of).split())

    shown = to_markdown(runs)
    assert bare(from_markdown(shown)) == bare(runs), shown
    block = {"id": "x", "type": "paragraph", "paragraph": {"rich_text": runs}, "has_children": False}
    assert not touched([block], to_text([block]))


def test_of_two_paragraphs_the_one_that_is_left_is_the_one_that_keeps_its_block():
    blocks = there("Nothing like the other one.\n\nThe words that stay here.")
    plan = Rewrite.of(blocks, to_blocks("The words that stay there."))
    assert [(step.old["id"], step.gone) for step in plan.steps if step.old] == [
        (blocks[0]["id"], True),
        (blocks[1]["id"], False),
    ]
