"""When two Markdown texts say the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from productops.sdk.richtext import same_markdown

TEXT = st.text(st.sampled_from("ab *_#-\n`[]()"), max_size=12)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("*a*", "_a_"),
        ("* a\n* b", "- a\n- b\n"),
        ("a\n===", "# a"),
        ("~~~\nx\n~~~", "```\nx\n```"),
        (None, ""),
        ("", " \n"),
        ("a  ", "a"),
        ("| a |\n|---|\n| b |", "|a|\n|:-:|\n|b|".replace(":-:", "---")),
    ],
)
def test_spelling_is_no_change(one: str | None, other: str | None) -> None:
    assert same_markdown(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a", "b"),
        ("a", None),
        ("a", "*a*"),
        ("# a", "## a"),
        ("a b", "ab"),
        ("a\n\nb", "a\nb"),
        ("~~a~~", "a"),
        ("1. a", "2. a"),
    ],
)
def test_what_reads_differently_is_a_change(one: str | None, other: str | None) -> None:
    assert not same_markdown(one, other)


@given(TEXT, TEXT)
def test_it_is_reflexive_and_symmetric(one: str, other: str) -> None:
    assert same_markdown(one, one)
    assert same_markdown(one, other) == same_markdown(other, one)
