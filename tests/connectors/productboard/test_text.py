"""Markdown and the strict HTML."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from productops.connectors.productboard.patching import patched
from productops.connectors.productboard.text import rich, to_html, to_markdown
from productops.sdk.richtext import same_markdown, split
from productops.testing.sandbox.productboard.values import check_html

TEXTS = [
    "**Fast** & *small*, 1 < 2 > 0",
    "- a\n- b\n  - c\n\n1. x\n2. y",
    "- a\n\n  b\n- c",
    "```\na < b\n\n  c\n```",
    "> quoted\n\n---\n\n[here](https://example.com/?a=1&b=2)",
    "snake_case 2*3 ~~old~~ `co_de`",
    "# One\n\n## Two",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_comes_back_as_it_went(text):
    html = check_html(to_html(text))
    assert same_markdown(to_markdown(html), text)
    assert to_html(to_markdown(html)) == html


@pytest.mark.parametrize(
    "text",
    ["a\\\nb", "### Three", "| a | b |\n|---|---|\n| 1 | 2 |", "<script>x</script>", "![x](https://example.com/y.png)"],
)
def test_what_has_no_form_there_is_still_taken_and_comes_to_rest(text):
    html = check_html(to_html(text))
    assert to_html(to_markdown(html)) == html


def test_a_script_does_not_pass():
    assert "javascript" not in to_html("[x](javascript:alert(1))").partition("href")[2]


def test_what_markdown_cannot_say_is_named():
    assert (rich("<p><u>a</u></p>").kept, rich("<p><u>a</u></p>").lossy) == (("underlining",), ())
    assert rich("<p><img src='x'>a</p>").lossy == ("img",)
    assert (rich("<p><b>a</b></p>").kept, rich("<p><b>a</b></p>").lossy) == ((), ())


PIECES = [
    "<p>Plain words.</p>",
    '<p>With <u>underlined</u> words, and <a href="https://example.com/?a=1&amp;b=2">a link</a>.</p>',
    "<h1>Top</h1>",
    "<ul><li>bare</li><li><p>with <u>lines</u></p></li><li>more<ul><li>inner</li></ul></li></ul>",
    "<ol><li><p>one</p></li><li><p>two</p></li></ol>",
    "<blockquote><p>Said <u>so</u>.</p></blockquote>",
    "<pre><code>x &lt; 1\n\ny</code></pre>",
    "<hr>",
]
EDITS = ["Something else.", "- a\n- b", "## Heading", "> quoted", "```\ncode\n```"]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=5, unique=True), st.data())
def test_an_edit_of_one_element_leaves_all_others_as_they_are(pieces, data):
    html = "".join(pieces)
    blocks = [one.text for one in split(to_markdown(html))]
    assume(len(blocks) == len(pieces))
    assert patched(html, to_html(to_markdown(html))) == html, "no edit, no change"
    at = data.draw(st.integers(0, len(pieces) - 1))
    what = data.draw(st.sampled_from(["replace", "insert", "delete"]))
    new = data.draw(st.sampled_from(EDITS))
    blocks[at : at + 1] = {"replace": [new], "insert": [new, blocks[at]], "delete": []}[what]
    wanted = "\n\n".join(blocks)
    assume(len(split(wanted)) == len(blocks))
    found = check_html(patched(html, to_html(wanted)))
    assert same_markdown(to_markdown(found), to_markdown(to_html(wanted)))
    position = 0
    for place, piece in enumerate(pieces):
        if place != at:
            position = found.index(piece, position) + len(piece)


@pytest.mark.parametrize(
    ("html", "old", "new", "wanted"),
    [
        ("<p>a <u>b c</u> d</p>", "d", "e", "<p>a <u>b c</u> e</p>"),
        ("<p>a <u>b</u></p>", "a b", "b and b", "<p>b and b</p>"),
        ("<ul><li>one</li><li><u>two</u></li></ul>", "one", "1", "<ul><li>1</li><li><u>two</u></li></ul>"),
        (
            "<blockquote><p><u>a</u></p><p>b</p></blockquote>",
            "b",
            "c",
            "<blockquote><p><u>a</u></p><p>c</p></blockquote>",
        ),
        ("<p><strong>a</strong></p><p>b</p>", "\n\nb", "\n\nc", "<p><b>a</b></p><p>c</p>"),
        ("<p>a", "a", "b", "<p>b</p>"),
    ],
)
def test_inside_an_element_only_what_differs_is_replaced(html, old, new, wanted):
    markdown = to_markdown(html)
    assert markdown.count(old) == 1
    assert check_html(patched(html, to_html(markdown.replace(old, new)))) == wanted
