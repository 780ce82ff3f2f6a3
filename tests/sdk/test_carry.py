"""An edit on one side touches, on the other, only what was edited."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from productops.sdk.richtext import Placeholder, align, carry, placeholders, same_markdown, split

HERE = """### Why

Since *all* ask.

1. one
2. two
3. three

> said

```
x
```

| a | b |
| --- | --- |
| 1 | 2 |"""
THERE = """##### Why

Since _all_ ask.

5. one
6. two
   - only there
7. three

> said [it](https://example.com 'T')

⟦image: x · 0000000a⟧

~~~py
x
~~~

| a | b |
|:--|:-:|
| *1* | 2 |"""


@pytest.mark.parametrize(
    ("old", "new", "was", "wanted"),
    [
        ("Why", "Why not", "##### Why", "##### Why not"),
        ("### Why", "# Why", "##### Why", "# Why"),
        ("Since *all*", "As *all*", "Since _all_", "As *all*"),
        ("2. two", "2. too", "6. two\n   - only there", "6. too\n   - only there"),
        ("2. two\n", "2. two\n3. new\n", "   - only there\n7. three", "   - only there\n7. new\n8. three"),
        ("2. two\n3.", "2.", "6. two\n   - only there\n7. three", "6. three"),
        ("```\nx", "```\ny", "~~~py\nx\n~~~", "```py\ny\n```"),
        ("| 1 | 2 |", "| 1 | 3 |", "| *1* | 2 |", "| *1* | 3 |"),
        ("| 1 | 2 |", "| 0 | 0 |\n| 1 | 2 |", "| *1* | 2 |", "| 0 | 0 |\n| *1* | 2 |"),
        ("Since *all* ask.\n\n", "", "Since _all_ ask.\n\n", ""),
        ("### Why", "New first.\n\n### Why", "##### Why", "New first.\n\n##### Why"),
    ],
)
def test_one_edit_changes_one_place(old: str, new: str, was: str, wanted: str) -> None:
    assert HERE.count(old) == 1
    assert THERE.count(was) == 1
    assert carry(HERE, HERE.replace(old, new), THERE) == THERE.replace(was, wanted)


def test_blocks_that_are_moved_go_with_their_own_spelling() -> None:
    blocks = HERE.split("\n\n")
    moved = "\n\n".join([*blocks[1:], blocks[0]])
    assert carry(HERE, moved, THERE).endswith("##### Why")


def test_texts_that_have_nothing_in_common_are_handed_over_whole() -> None:
    assert carry("a\n\nb\n\nc", "a\n\nb\n\nd", "# x\n\n- y\n\n---\n\nz\n\n```\nq\n```\n\n> w\n\nv") == "a\n\nb\n\nd"
    assert carry(None, "new", None) == "new"
    assert carry("old", None, "old") == ""


LINES = st.sampled_from(
    ["one", "two words", "# head", "- a\n- b", "- a\n- b\n- c", "1. x\n2. y", "> q\n>\n> r", "```\nc\n\nd\n```", "---",
     "| a | b |\n| --- | --- |\n| 1 | 2 |", "⟦image: x · 0000000a⟧", "last *one*"]
)  # fmt: skip
TEXTS = st.lists(LINES, min_size=1, max_size=6).map("\n\n".join)


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS)
def test_between_equal_spellings_the_edit_arrives_whole(before: str, after: str) -> None:
    assert same_markdown(carry(before, after, before), after)
    assert carry(before, before, after) == after


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("ab \n#->`|1.[]:*"), max_size=60))
def test_blocks_joined_are_the_text(text: str) -> None:
    found = split(text)
    joined = "".join(one.gap + one.text for one in found)
    lines = [line.rstrip() for line in text.split("\n")]
    first, last = (next((at for at, line in way if line), 0) for way in (enumerate(lines), enumerate(lines[::-1])))
    assert [line.rstrip() for line in joined.split("\n")] == (lines[first : len(lines) - last] if found else [""])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 9), max_size=8), st.lists(st.integers(0, 9), max_size=8))
def test_nothing_is_paired_twice(old: list[int], new: list[int]) -> None:
    found = [at for at in align(old, new, lambda i, j: 0.5) if at is not None]
    assert len(found) == len(set(found))


def test_what_is_moved_is_found_and_the_rest_is_paired_in_order() -> None:
    assert align("abc", "cab") == [2, 0, 1]
    assert align(["x", "a", "y"], ["x", "b", "y"], lambda i, j: 1.0) == [0, 1, 2]
    assert align(["x", "a", "y"], ["x", "b", "y"]) == [0, None, 2]


@given(st.text(max_size=80), st.text(st.sampled_from("abc"), min_size=1, max_size=9))
def test_a_placeholder_reads_back_and_holds_no_markdown(label: str, kind: str) -> None:
    made = Placeholder.of(kind, label, "00ff00ff")
    assert Placeholder.only(str(made)) == made
    assert list(placeholders(f"a {made} b")) == [made]
    assume(made.label)
    assert same_markdown(str(made), str(made).replace("*", ""))
