"""When two Markdown texts say the same."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


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
    return str(_parser().render(left)).rstrip() == str(_parser().render(right)).rstrip()
