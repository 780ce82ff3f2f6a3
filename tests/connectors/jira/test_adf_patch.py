"""An edit of one block leaves every other block byte-equal, whatever the document holds."""

import csv
import json
import re
from copy import deepcopy
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema.validators import validator_for

from productops.connectors.jira.adf.hidden import placeholder
from productops.connectors.jira.adf.patch import patch
from productops.connectors.jira.adf.read import to_markdown
from productops.connectors.jira.adf.write import to_adf
from productops.errors import RejectedError
from productops.sdk.richtext import placeholders, same_markdown, split
from shared import shared

Node = dict[str, Any]


def text(words: str, *marks: Node) -> Node:
    return {"type": "text", "text": words, **({"marks": list(marks)} if marks else {})}


def p(*content: Node | str, **attrs: Any) -> Node:
    nodes = [text(one) if isinstance(one, str) else one for one in content]
    return {"type": "paragraph", **({"attrs": attrs} if attrs else {}), "content": nodes}


def media(name: str) -> Node:
    inner = {"type": "media", "attrs": {"type": "file", "id": f"id-{name}", "collection": "c", "alt": name}}
    return {"type": "mediaSingle", "attrs": {"layout": "center", "width": 50}, "content": [inner]}


def item(*content: Node) -> Node:
    return {"type": "listItem", "attrs": {"localId": "li"}, "content": list(content)}


def cell(words: str, kind: str = "tableCell", **attrs: Any) -> Node:
    return {"type": kind, **({"attrs": attrs} if attrs else {}), "content": [p(words)]}


RED = {"type": "textColor", "attrs": {"color": "#ff0000"}}
UNDER = {"type": "underline"}
ADA = {"type": "mention", "attrs": {"id": "5b10", "text": "@Ada Example", "localId": "m1"}}
STATUS = {"type": "status", "attrs": {"text": "IN REVIEW", "color": "blue", "localId": "s1"}}
DATE = {"type": "date", "attrs": {"timestamp": "1767225600000"}}
CARD = {"type": "inlineCard", "attrs": {"url": "https://example.com/x"}}
CUSTOM = {"type": "emoji", "attrs": {"shortName": ":parrot:", "id": "e1"}}
PICTURE = {"type": "mediaInline", "attrs": {"id": "m2", "collection": "c", "alt": "small.png"}}
BLOCKS: dict[str, Node] = {
    "plain": p("Nothing special here."),
    "local id": p("Known by ", text("bold", {"type": "strong"}), " words.", localId="p1"),
    "colours": p("A ", text("red warning", RED), " and ", text("underlined", UNDER), " words."),
    "mention": p("Ask ", deepcopy(ADA), " about it, she knows."),
    "inline": p("It is ", STATUS, " since ", DATE, ", see ", CARD, " ", CUSTOM, "."),
    "picture": p("The small ", PICTURE, " one."),
    "heading": {"type": "heading", "attrs": {"level": 5, "localId": "h"}, "content": [text("Deep down", RED)]},
    "panel": {"type": "panel", "attrs": {"panelType": "warning"}, "content": [p("Mind the gap."), p("Really.")]},
    "expand": {"type": "expand", "attrs": {"title": "More"}, "content": [p("Hidden text."), media("in.png")]},
    "quote": {"type": "blockquote", "content": [p("Said somebody.")]},
    "media": media("a.png"),
    "group": {"type": "mediaGroup", "content": [media("b.pdf")["content"][0]]},
    "extension": {
        "type": "extension",
        "attrs": {"extensionType": "com.example", "extensionKey": "chart", "text": "A chart", "parameters": {"a": 1}},
    },
    "bullets": {
        "type": "bulletList",
        "attrs": {"localId": "bl"},
        "content": [
            item(p("first")),
            item(p("second ", deepcopy(ADA)), {"type": "bulletList", "content": [item(p("inner"))]}),
            item(p("third"), media("l.png")),
        ],
    },
    "numbers": {"type": "orderedList", "attrs": {"order": 4}, "content": [item(p("four")), item(p("five"))]},
    "tasks": {
        "type": "taskList",
        "attrs": {"localId": "t"},
        "content": [
            {"type": "taskItem", "attrs": {"localId": "t1", "state": "TODO"}, "content": [text("to do "), ADA]},
            {"type": "taskItem", "attrs": {"localId": "t2", "state": "DONE"}, "content": [text("is done")]},
        ],
    },
    "decisions": {
        "type": "decisionList",
        "attrs": {"localId": "d"},
        "content": [{"type": "decisionItem", "attrs": {"localId": "d1", "state": "DECIDED"}, "content": [text("go")]}],
    },
    "code": {
        "type": "codeBlock",
        "attrs": {"language": "python", "localId": "c"},
        "content": [text("width = 1\n\nheight")],
    },
    "rule": {"type": "rule"},
    "card": {"type": "blockCard", "attrs": {"url": "https://example.com/card"}},
    "table": {
        "type": "table",
        "attrs": {"layout": "wide", "isNumberColumnEnabled": True, "localId": "tb"},
        "content": [
            {"type": "tableRow", "content": [cell("Name", "tableHeader"), cell("Size", "tableHeader", colwidth=[99])]},
            {"type": "tableRow", "content": [cell("one", background="#eee"), cell("two")]},
            {"type": "tableRow", "content": [cell("wide", colspan=2)]},
        ],
    },
    "sync block": {"type": "syncBlock", "attrs": {"resourceId": "r", "localId": "l"}},
    "aligned": {**p("To the right."), "marks": [{"type": "alignment", "attrs": {"align": "end"}}]},
}
EDITS = [
    "Something else.",
    "**Bold** and `code`.",
    "- a\n- b",
    "## A heading",
    "```\ncode\n```",
    "> quoted",
    "1. one\n2. two",
]


@lru_cache(maxsize=1)
def schema() -> Any:
    found = json.loads(shared("specs/adf.schema.json").read_text())
    return validator_for(found)(found)


def complaints(document: Node) -> list[str]:
    return [error.message[:300] for error in schema().iter_errors(document)]


def doc(*content: Node) -> Node:
    return {"version": 1, "type": "doc", "content": deepcopy(list(content))}


def edited(document: Node, old: str, new: str) -> Node:
    """Patch a document with its own Markdown, one piece of it replaced."""
    markdown = to_markdown(document)
    assert markdown.count(old) == 1, markdown
    before = deepcopy(document)
    found = patch(document, markdown.replace(old, new))
    assert document == before, "the document that is there is not touched"
    assert complaints(found) == []
    return found


def test_the_pool_is_valid() -> None:
    assert complaints(doc(*BLOCKS.values())) == []


@pytest.mark.parametrize("name", BLOCKS)
def test_no_edit_changes_nothing(name: str) -> None:
    document = doc(BLOCKS[name], BLOCKS["plain"])
    assert patch(document, to_markdown(document) + "\n\n") is document


DOCUMENTS = st.lists(st.sampled_from(sorted(BLOCKS)), min_size=2, max_size=6, unique=True)


@settings(max_examples=120, deadline=None)
@given(DOCUMENTS, st.data())
def test_an_edit_of_one_block_leaves_all_others_as_they_are(names: list[str], data: st.DataObject) -> None:
    document = doc(*(BLOCKS[name] for name in names))
    found = split(to_markdown(document))
    assert len(found) == len(names)
    at = data.draw(st.integers(0, len(names) - 1))
    what = data.draw(st.sampled_from(["replace", "insert", "delete", "append"]))
    new = data.draw(st.sampled_from(EDITS))
    texts = [one.text for one in found]
    texts[at : at + 1] = {"replace": [new], "insert": [new, texts[at]], "delete": [], "append": [texts[at] + "x"]}[what]
    assume(what != "append" or found[at].kind in ("paragraph", "heading"))
    kinds = [one.kind for one in split("\n\n".join(texts))]
    assume(len(kinds) == len(texts))  # else neighbouring lists became one
    wanted = "\n\n".join(texts)
    result = patch(document, wanted)
    # The blocks of the pool are valid.
    assert complaints(doc(*(one for one in result["content"] if one not in document["content"]))) == []
    others = [one for place, one in enumerate(document["content"]) if place != at]
    kept = [one for one in result["content"] if one in others]
    assert kept == others
    if placeholder_of(document["content"][at]) is None:
        assert same_markdown(to_markdown(result), wanted)


def placeholder_of(node: Node) -> str | None:
    found = [str(one) for one in placeholders(to_markdown(doc(node)))]
    return found[0] if found else None


@settings(max_examples=40, deadline=None)
@given(st.permutations(sorted(set(BLOCKS) - {"quote", "bullets", "numbers", "tasks", "decisions", "expand", "panel"})))
def test_blocks_that_are_moved_stay_what_they_are(order: list[str]) -> None:
    document = doc(*(BLOCKS[name] for name in sorted(order)))
    texts = dict(zip(sorted(order), (one.text for one in split(to_markdown(document))), strict=True))
    result = patch(document, "\n\n".join(texts[name] for name in order))
    assert result["content"] == [BLOCKS[name] for name in order]


# --- inside one block


def replaced(node: Any, old: str, new: str) -> Any:
    """Return a document with a word replaced in its texts."""
    if isinstance(node, list):
        return [replaced(one, old, new) for one in node]
    found = {name: replaced(part, old, new) if name == "content" else part for name, part in node.items()}
    return {**found, "text": re.sub(rf"\b{old}\b", new, node["text"])} if node["type"] == "text" else found


def texts(node: Node) -> list[str]:
    return (
        [node["text"]] if node["type"] == "text" else [one for each in node.get("content") or [] for one in texts(each)]
    )


@pytest.mark.parametrize("name", sorted(BLOCKS))
def test_a_word_is_replaced_and_everything_around_it_stays_what_it_is(name: str) -> None:
    document = doc(p("Before it."), BLOCKS[name], p("Behind it."))
    markdown, tried = to_markdown(document), 0
    for word in sorted({word for each in texts(doc(BLOCKS[name])) for word in re.findall(r"[A-Za-z]{2,}", each)}):
        if len(re.findall(rf"\b{word}\b", markdown)) == 1:
            found = patch(document, re.sub(rf"\b{word}\b", "Otherwise", markdown))
            assert found == replaced(document, word, "Otherwise"), word
            tried += 1
    assert tried or not texts(doc(BLOCKS[name]))


def test_words_of_a_paragraph_change_around_a_mention_and_a_colour() -> None:
    document = doc(p("Ask ", ADA, " about ", text("the red thing", RED), " now."))
    found = edited(document, "red thing now", "green thing later")["content"][0]["content"]
    assert found == [text("Ask "), ADA, text(" about "), text("the green thing", RED), text(" later.")]


def test_a_mention_is_made_changed_and_kept() -> None:
    document = doc(p("Ask ", ADA, "."))
    assert to_markdown(document) == "Ask [@Ada Example](user:5b10)."
    other = edited(document, "user:5b10", "user:7c20")["content"][0]["content"]
    assert other[1] == {"type": "mention", "attrs": {"id": "7c20", "text": "@Ada Example"}}
    more = edited(document, "Ask", "Do ask [@Max O.](user:712020%3Aab-cd) and")["content"][0]["content"]
    assert more[1] == {"type": "mention", "attrs": {"id": "712020:ab-cd", "text": "@Max O."}}
    assert ADA in more
    assert to_adf("[@Ada](user:5b10)")["content"][0]["content"][0]["type"] == "mention"
    named = edited(document, "[@Ada Example](user:5b10).", "@Ada Example, please.")["content"][0]["content"]
    assert ADA in named, "a name alone says nothing against the mention"


def test_a_mark_that_markdown_cannot_place_stays_where_it_is() -> None:
    document = doc(p("foo", text("(bar)", {"type": "strong"}), "baz. And more."))
    assert "**" not in to_markdown(document)
    found = edited(document, "more", "less")["content"][0]
    assert found == p("foo", text("(bar)", {"type": "strong"}), "baz. And less.")


def test_inline_things_that_moved_within_a_paragraph_are_still_they() -> None:
    document = doc(p("It is ", STATUS, " since ", DATE, "."))
    content = edited(document, "It is IN REVIEW since 2026-01-01.", "Since 2026-01-01 it is IN REVIEW")["content"][0][
        "content"
    ]
    assert STATUS in content
    assert DATE in content


def test_an_item_of_a_list_is_edited_and_the_others_stay() -> None:
    before = BLOCKS["bullets"]
    found = edited(doc(before), "first", "the very first")["content"][0]
    assert found["content"][1:] == before["content"][1:]
    assert found["attrs"] == before["attrs"]
    assert found["content"][0] == item(p("the very first"))


def test_a_cell_is_edited_and_the_table_keeps_its_looks() -> None:
    before = BLOCKS["table"]
    found = edited(doc(before), "two", "deux")["content"][0]
    assert found["attrs"] == before["attrs"]
    assert found["content"][0] == before["content"][0]
    assert found["content"][2] == before["content"][2]
    assert found["content"][1]["content"] == [before["content"][1]["content"][0], cell("deux")]


def test_a_row_is_added_to_a_table_with_merged_cells_and_no_text_is_lost() -> None:
    found = edited(doc(BLOCKS["table"]), "| wide |  |", "| new | row |\n| wide |  |")
    assert to_markdown(found).split("\n")[-2:] == ["| new | row |", "| wide |  |"]


def test_a_column_goes_and_the_others_keep_their_cells() -> None:
    before = doc(BLOCKS["table"])
    found = patch(before, "| Size |\n| --- |\n| two |\n|  |")
    assert complaints(found) == []
    assert [row["content"][0] for row in found["content"][0]["content"][:2]] == [
        cell("Size", "tableHeader"),
        cell("two"),
    ]


def test_a_task_is_ticked_and_keeps_its_id() -> None:
    found = edited(doc(BLOCKS["tasks"]), "[ ] to do", "[x] to do")["content"][0]["content"]
    assert found[0]["attrs"] == {"localId": "t1", "state": "DONE"}
    assert found[0]["content"] == BLOCKS["tasks"]["content"][0]["content"]
    assert found[1] == BLOCKS["tasks"]["content"][1]


def test_words_in_a_panel_and_the_title_of_an_expand() -> None:
    found = edited(doc(BLOCKS["panel"], BLOCKS["expand"]), "Really.", "Truly.")["content"]
    assert found[0]["attrs"] == {"panelType": "warning"}
    assert found[0]["content"] == [p("Mind the gap."), p("Truly.")]
    titled = edited(doc(BLOCKS["expand"]), "**More**", "**Less**")["content"][0]
    assert titled == {**BLOCKS["expand"], "attrs": {"title": "Less"}}


def test_columns_keep_their_text_apart() -> None:
    columns = [{"type": "layoutColumn", "attrs": {"width": 50}, "content": [p(words)]} for words in ("left", "right")]
    document = doc(p("before"), {"type": "layoutSection", "content": columns}, p("after"))
    found = edited(document, "right", "right side")["content"]
    assert found[1]["content"] == [columns[0], {**columns[1], "content": [p("right side")]}]
    assert found[0], found[2] == (document["content"][0], document["content"][2])
    longer = edited(document, "after", "new\n\nafter")["content"]
    assert longer[1] == document["content"][1]
    assert longer[2:] == [p("new"), p("after")]


# --- placeholders


def test_a_placeholder_that_is_taken_out_takes_its_block_with_it() -> None:
    document = doc(p("one"), BLOCKS["media"], p("two"))
    assert patch(document, "one\n\ntwo")["content"] == [p("one"), p("two")]


def test_a_text_that_is_replaced_as_a_whole_says_nothing_of_what_is_hidden() -> None:
    document = doc(p("one"), BLOCKS["media"], p("two"))
    assert patch(document, "Quite another thing.")["content"] == [p("Quite another thing."), BLOCKS["media"]]
    assert patch(document, "")["content"] == [BLOCKS["media"]]


def test_a_placeholder_told_twice_or_never_heard_of_is_text() -> None:
    document = doc(p("one"), BLOCKS["media"])
    line = str(placeholder(BLOCKS["media"]))
    twice = patch(document, f"{line}\n\none\n\n{line}")["content"]
    assert sum(one == BLOCKS["media"] for one in twice) == 1
    assert p(line) in twice
    strange = patch(document, to_markdown(document) + "\n\n⟦image: x · 00000000⟧")["content"]
    assert strange == [p("one"), BLOCKS["media"], p("⟦image: x · 00000000⟧")]


def test_a_placeholder_moves_into_a_list_and_is_refused_where_it_cannot_be() -> None:
    document = doc(p("one"), BLOCKS["media"], BLOCKS["group"])
    lines = [str(placeholder(BLOCKS[name])) for name in ("media", "group")]
    found = patch(document, f"one\n\n- item\n\n  {lines[0]}\n\n{lines[1]}")
    assert complaints(found) == []
    assert found["content"][1]["content"][0]["content"][1] == BLOCKS["media"]
    with pytest.raises(RejectedError, match="placeholder"):
        patch(document, f"one\n\n{lines[0]}\n\n- item\n\n  {lines[1]}")


def test_marks_that_could_not_be_shown_do_not_appear_on_words_that_stay() -> None:
    document = to_adf("~~#tag http://example.com/a_b plan _x_ née~~")
    assert "~~" not in to_markdown(document)
    assert to_markdown(patch(document, "## new [x]")) == "## new [x]"


@pytest.mark.parametrize("line", ["**Why**", "`why`"])
def test_a_heading_that_somebody_made_a_bold_line_is_a_paragraph(line: str) -> None:
    assert to_markdown(patch(to_adf("# Why\n\nBecause."), f"{line}\n\nBecause.")) == f"{line}\n\nBecause."


def test_an_inline_picture_moves_to_another_paragraph() -> None:
    document = doc(p("The small ", PICTURE, " one."), p("Other words."))
    line = str(placeholder(PICTURE))
    found = patch(document, f"The small one.\n\nOther {line} words.")["content"]
    assert found == [p("The small one."), p("Other ", PICTURE, " words.")]


@pytest.mark.parametrize("name", ["clover", "mulestudio", "springxd", "usergrid"])
def test_real_descriptions_take_an_edit_and_keep_the_rest(name: str) -> None:
    csv.field_size_limit(10**9)
    with shared(f"data/jira-issues/{name}.csv").open(newline="") as file:
        rows = [row["description"] for row in csv.DictReader(file)][::25]
    for document in map(to_adf, rows):
        found = patch(document, to_markdown(document) + "\n\nA new end.")
        assert found["content"] == [*document["content"], *to_adf("A new end.")["content"]]


def test_every_recorded_document_takes_an_edit_and_keeps_the_rest() -> None:
    seen = 0
    for path in sorted(shared("payloads/jira/adf").glob("*.json")):
        raw = json.loads(path.read_text())
        document = raw if raw.get("type") == "doc" else doc(raw)
        found = patch(document, to_markdown(document) + "\n\nA new end.")
        size = len(document["content"])
        assert found["content"][:size] == document["content"], path.name
        assert found["content"][size:] == to_adf("A new end.")["content"], path.name
        seen += 1
    assert seen >= 20
