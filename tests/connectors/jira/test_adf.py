"""Markdown and ADF: valid documents, nothing of the text lost, and the same again on the way back."""

import csv
import json
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema.validators import validator_for

from productops.connectors.jira.adf import identity, lossy, rich_text, same_text
from productops.connectors.jira.adf.hidden import normal
from productops.connectors.jira.adf.read import to_markdown
from productops.connectors.jira.adf.write import to_adf
from shared import shared

SAMPLES = [
    "plain",
    "a *b* **c** ~~d~~ `e`",
    "***both***",
    "# One\n\n###### Six",
    "- a\n- b",
    "- a\n  - b\n    - c\n- d",
    "1. a\n2. b",
    "7. a\n8. b",
    "- a\n\n  second paragraph\n- b",
    "1. a\n   - b\n2. c",
    "> a\n> b\n>\n> - c",
    "> outer\n>\n> > inner",
    "```py\nx = 1\n\ny\n```",
    "    indented",
    "---",
    "[a](https://example.com)",
    '[a](https://example.com/x "Title")',
    "<https://example.com/a_b>",
    "https://example.com/a_b_c",
    "![alt](https://example.com/i.png)",
    "| a | b |\n| --- | --- |\n| 1 | *2* |",
    "| a |\n|:-:|\n| x \\| y |",
    "- [ ] a\n- [x] b\n  - [ ] c",
    "- [ ] a\n- b",
    "- \\[ ] no task",
    "a\nb",
    "a  \nb",
    "a\\\nb",
    "a <tag> b & c",
    "<div>x</div>",
    "{code}x[1]{code} *not _closed",
    "snake_case_name",
    "2 * 3 * 4",
    "1\\. not a list",
    "\\# not a heading",
    "- # heading in a list",
    "- > quote in a list",
    "- ---",
    "- | a |\n  | --- |\n  | b |",
    "> # heading\n>\n> | a |\n> | --- |\n> | b |",
    "> - [ ] task in a quote",
    "`` a`b ``",
    "**bold *and em***",
    "**a:** b",
    "[*a* `b`](https://example.com)",
    "[](https://example.com)",
    "- ",
    "-\n  b",
    "😀 :smile:",
    "&lt;b&gt; &amp;",
    "a | b",
    "~~x~~ ~y~",
    "+ a\n+ b\n\n* c\n* d",
    "1. a\n\n<!-- -->\n\n1. b",
    "text\n- list",
    "text\n2. no list",
    "#",
    "> ",
    "a\u00a0b",
    "\x00\x01bad\ufffe\ud800",
    "[a](javascript:alert(1))",
    "- a\n\n\n- b\n\nc",
    "1) a\n2) b",
    "<a@example.com>",
    "*a*b",
    "a*b*c",
    "== a ==",
    "a\n===",
    "![]()",
    "[![]()](https://example.com)",
    "**a \\*b\\* c** d",
    "*a \\[b\\](c)*",
]


@lru_cache(maxsize=1)
def schema() -> Any:
    found = json.loads(shared("specs/adf.schema.json").read_text())
    return validator_for(found)(found)


def complaints(document: Any) -> list[str]:
    return [error.message[:200] for error in schema().iter_errors(document)]


def texts(node: Any) -> str:
    return str(node.get("text", "")) + "".join(map(texts, node.get("content") or []))


@pytest.mark.parametrize("sample", SAMPLES)
def test_what_is_written_is_valid_and_reads_back_the_same(sample: str) -> None:
    document = to_adf(sample)
    assert complaints(document) == []
    assert lossy(document) == ()
    again = to_adf(to_markdown(document))
    assert normal(again) == normal(document)
    assert to_markdown(again) == to_markdown(document)


@pytest.mark.parametrize(
    "sample",
    [
        "a <tag> b & c",
        "{code}x[1]{code} *not _closed",
        "snake_case_name",
        "2 * 3 * 4",
        "a | b",
        "<div>x</div>",
        "a\nb\nc",
    ],
)
def test_stray_characters_survive_and_stay_unescaped(sample: str) -> None:
    assert texts(to_adf(sample)).replace("\n", "") == sample.replace("\n", "")
    assert to_markdown(to_adf(sample)) == sample


def test_a_line_break_stays_one() -> None:
    content = to_adf("a\nb")["content"][0]["content"]
    assert [node["type"] for node in content] == ["text", "hardBreak", "text"]


MARKDOWN = st.text(st.sampled_from("ab *_`[]()<>#-+1.\n\\|~!&\u00e9😀"), max_size=60)


@settings(max_examples=150, deadline=None)
@given(MARKDOWN)
def test_any_text_becomes_a_valid_document(markdown: str) -> None:
    assert complaints(to_adf(markdown)) == []


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80))
def test_any_unicode_becomes_a_valid_document(markdown: str) -> None:
    document = to_adf(markdown)
    assert complaints(document) == []
    json.dumps(document).encode()


INLINE = st.lists(
    st.tuples(
        st.text(st.sampled_from("ab *_`[]()<>#-+1.\\|~!&"), min_size=1, max_size=12),
        st.sets(st.sampled_from(["strong", "em", "strike"]), max_size=2),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=150, deadline=None)
@given(INLINE)
def test_no_text_of_a_paragraph_is_lost_in_markdown(parts: list[tuple[str, set[str]]]) -> None:
    content = [
        {"type": "text", "text": text, **({"marks": [{"type": mark} for mark in sorted(marks)]} if marks else {})}
        for text, marks in parts
    ]
    document = {"version": 1, "type": "doc", "content": [{"type": "paragraph", "content": content}]}
    again = to_adf(to_markdown(document))
    assert texts(again).split() == texts(document).split()
    assert all(node["type"] == "paragraph" for node in again["content"])


@pytest.mark.parametrize("name", ["clover", "jirasoftware", "mulestudio", "springxd", "usergrid"])
def test_real_descriptions_survive(name: str) -> None:
    csv.field_size_limit(10**9)
    with shared(f"data/jira-issues/{name}.csv").open(newline="") as file:
        rows = [row["description"] for row in csv.DictReader(file)][::12]
    unstable = 0
    for text in rows:
        document = to_adf(text)
        assert complaints(document) == []
        again = to_adf(to_markdown(document))
        assert texts(again).split() == texts(document).split()
        unstable += normal(again) != normal(document)
    assert unstable <= 0.01 * len(rows)  # stray asterisks that no Markdown can put where they were


def test_recorded_documents_read_without_error() -> None:
    for path in sorted(shared("payloads/jira/adf").glob("*.json")):
        found = rich_text(document_in(json.loads(path.read_text())))
        assert isinstance(found.markdown, str)
        assert len(found.fingerprint) == 16


def document_in(raw: Any) -> Any:
    return raw if raw.get("type") == "doc" else {"version": 1, "type": "doc", "content": [raw]}


@pytest.mark.parametrize(
    ("node", "name", "shown"),
    [
        (
            {
                "type": "panel",
                "attrs": {"panelType": "info"},
                "content": [{"type": "paragraph", "content": [{"type": "text", "text": "x"}]}],
            },
            "panels",
            "> x",
        ),
        (
            {"type": "paragraph", "content": [{"type": "date", "attrs": {"timestamp": "1767225600000"}}]},
            "dates",
            "2026-01-01",
        ),
        (
            {"type": "paragraph", "content": [{"type": "status", "attrs": {"text": "Open", "color": "red"}}]},
            "status lozenges",
            "Open",
        ),
        (
            {"type": "paragraph", "content": [{"type": "inlineCard", "attrs": {"url": "https://example.com"}}]},
            "link cards",
            "<https://example.com>",
        ),
        (
            {"type": "paragraph", "content": [{"type": "text", "text": "u", "marks": [{"type": "underline"}]}]},
            "underline",
            "u",
        ),
        (
            {
                "type": "paragraph",
                "content": [{"type": "text", "text": "2", "marks": [{"type": "subsup", "attrs": {"type": "sub"}}]}],
            },
            "sub- and superscript",
            "2",
        ),
        (
            {
                "type": "mediaSingle",
                "content": [{"type": "media", "attrs": {"type": "file", "id": "i", "collection": "c", "alt": "a.png"}}],
            },
            "media",
            "⟦attachment: a.png · c1bb479b⟧",
        ),
        (
            {
                "type": "expand",
                "attrs": {"title": "More"},
                "content": [{"type": "paragraph", "content": [{"type": "text", "text": "x"}]}],
            },
            "expands",
            "> **More**\n>\n> x",
        ),
        (
            {"type": "paragraph", "content": [{"type": "emoji", "attrs": {"shortName": ":custom:"}}]},
            "emoji",
            ":custom:",
        ),
        (
            {"type": "brandNew", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "x"}]}]},
            "brandNew",
            "x",
        ),
    ],
)
def test_what_markdown_cannot_say_is_named_and_still_readable(node: Any, name: str, shown: str) -> None:
    found = rich_text({"version": 1, "type": "doc", "content": [node]})
    assert found.kept == (name,)
    assert found.markdown == shown


def test_a_unicode_emoji_is_only_text() -> None:
    node = {"type": "emoji", "attrs": {"shortName": ":grinning:", "text": "😀"}}
    found = rich_text({"version": 1, "type": "doc", "content": [{"type": "paragraph", "content": [node]}]})
    assert (found.kept, found.markdown) == ((), "😀")


def test_table_parts_that_are_lost() -> None:
    cell = {"type": "tableCell", "attrs": {"colspan": 2}, "content": [{"type": "paragraph"}, {"type": "rule"}]}
    table = {"type": "table", "content": [{"type": "tableRow", "content": [cell]}]}
    names = rich_text({"version": 1, "type": "doc", "content": [table]}).kept
    assert names == ("table cells with several blocks", "table headers", "table spans")


def test_what_an_editor_changes_by_itself_is_no_change() -> None:
    plain = to_adf("1. a **b**\n\n| x |\n| --- |\n| y |")
    busy = json.loads(json.dumps(plain))
    busy["content"][0]["attrs"] = {"order": 1, "localId": "l1"}
    busy["content"][1]["attrs"] = {"layout": "default", "width": 760, "localId": "l2", "isNumberColumnEnabled": False}
    busy["content"][1]["content"][0]["content"][0]["attrs"] = {"colspan": 1, "rowspan": 1, "colwidth": [100]}
    assert identity(busy) == identity(plain)
    assert lossy(busy) == ()
    assert identity(to_adf("1. a **c**")) != identity(to_adf("1. a **b**"))


def test_our_own_text_is_recognised_in_jiras_form() -> None:
    assert same_text("* a\n* b", rich_text(to_adf("- a\n- b")))
    assert same_text("![i](https://example.com/i.png)", rich_text(to_adf("[i](https://example.com/i.png)")))
    assert not same_text("a", rich_text(to_adf("b")))


def test_a_fence_is_longer_than_any_inside() -> None:
    document = to_adf("`````\n```\nx\n```\n`````")
    assert normal(to_adf(to_markdown(document))) == normal(document)


def test_task_items_carry_ids_of_their_own() -> None:
    items = to_adf("- [ ] a\n- [x] b")["content"][0]["content"]
    assert [item["attrs"]["state"] for item in items] == ["TODO", "DONE"]
    assert len({item["attrs"]["localId"] for item in items}) == 2
