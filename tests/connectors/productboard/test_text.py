"""Markdown and the strict HTML."""

import pytest

from productops.connectors.productboard.text import rich, to_html, to_markdown
from productops.sdk.richtext import same_markdown
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
    assert rich("<p><u>a</u></p>").lossy == ("underlining",)
    assert rich("<p><b>a</b></p>").lossy == ()
