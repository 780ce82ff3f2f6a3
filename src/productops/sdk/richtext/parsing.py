"""The one way to read Markdown, and when two texts say the same."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt


@lru_cache(maxsize=1)
def parser() -> MarkdownIt:
    """Return the one Markdown parser: CommonMark without HTML, with tables and strikethrough."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def same_markdown(one: str | None, other: str | None) -> bool:
    r"""Tell whether two Markdown texts render alike, so that ``*a*`` and ``_a_`` are no change.

    >>> same_markdown("*a*", "_a_"), same_markdown("* a\n* b", "- a\n- b\n"), same_markdown("a", "b")
    (True, True, False)
    """
    left, right = (one or "").rstrip(), (other or "").rstrip()
    if left == right:
        return True
    if not left or not right:
        return False
    return rendered(left) == rendered(right)


def rendered(markdown: str) -> str:
    """Return what a text shows, as HTML."""
    return str(parser().render(markdown)).rstrip()
