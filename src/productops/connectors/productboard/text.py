"""Markdown and the strict HTML of Productboard's texts."""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape
from typing import Any

from productops.sdk.record import RichText, fingerprint

ALLOWED = frozenset(
    ("h1", "h2", "p", "b", "i", "u", "s", "code", "ul", "ol", "li", "pre", "blockquote", "hr", "a")
)  # fmt: skip
NAME_MOST = 80  # characters of a name that is the beginning of a text
_INLINE = re.compile(r"</?(?:b|i|u|s|code|a|strong|em|del)\b[^>]*>")
_BLOCK = re.compile(r"<[^>]+>")
LIMIT = 524_288  # characters of HTML
# What Markdown can say and these elements cannot.
UNSHOWN = {
    **dict.fromkeys((f"heading {level}" for level in range(3, 7)), "headings below level 2 (shown as level 2)"),
    "table": "tables (shown as they are typed)", "image": "images (shown as they are typed)",
    "task": "boxes of tasks (shown as they are typed)", "break": "line breaks (shown as spaces)",
    "start": "first numbers of lists", "title": "titles of links", "language": "languages of code",
}  # fmt: skip
_SAME = {"strong": "b", "em": "i", "h3": "h2", "h4": "h2", "h5": "h2", "h6": "h2", "del": "s"}
_TAG = re.compile(r"<(/?)(strong|em|h[3-6]|del)>")
_OPENING = re.compile(r"<([a-zA-Z][a-zA-Z0-9]*)")


@lru_cache(maxsize=1)
def _parser() -> Any:
    from markdown_it import MarkdownIt

    # Tables have no form there: left unparsed they stay as people typed them.
    return MarkdownIt("commonmark", {"html": False}).enable("strikethrough").disable("image")


def to_html(markdown: str) -> str:
    """Return HTML that holds nothing but what the service takes.

    >>> to_html("**Fast** & *small*")
    '<p><b>Fast</b> &amp; <i>small</i></p>'
    """
    import nh3

    rendered = _TAG.sub(lambda found: f"<{found[1]}{_SAME[found[2]]}>", _parser().render(markdown))
    rendered = re.sub(r"<br ?/?>\n?", "\n", rendered)
    clean = nh3.clean(rendered, tags=set(ALLOWED), attributes={"a": {"href"}}, link_rel=None)
    # Between blocks there may be no characters, not even the ends of lines.
    return re.sub(r">\n+(?=<(?:/?(?:h1|h2|p|ul|ol|li|pre|blockquote|hr)\b))", ">", clean).strip()


def to_markdown(html: str) -> str:
    r"""Return the Markdown of a text.

    >>> to_markdown("<h2>Why</h2><p>Since <b>all</b> ask.</p><ul><li>one</li></ul>")
    '## Why\n\nSince **all** ask.\n\n- one'
    """
    from markdownify import markdownify

    text = str(markdownify(html, heading_style="ATX", bullets="-", escape_misc=True))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def beginning(html: object) -> str:
    """Return the first words of a text, which name a note that has no name.

    >>> beginning("<h2>Slow</h2><p>It is <b>very</b>&nbsp;slow</p>")
    'Slow It is very slow'
    """
    plain = _BLOCK.sub(" ", _INLINE.sub("", html if isinstance(html, str) else ""))
    words = " ".join(unescape(plain).split())
    return words if len(words) <= NAME_MOST else f"{words[: NAME_MOST - 1].rstrip()}…"


def rich(html: str) -> RichText:
    """Return a text as it was read. Markdown cannot say underlining, and elements that are not known."""
    seen = {tag.lower() for tag in _OPENING.findall(html)}
    known = ALLOWED | {"strong", "em", "br", "del", "h3", "h4", "h5", "h6"}
    # Elements that it shows and does not take back would be lost by any write.
    kept = ("underlining",) if "u" in seen else ()
    return RichText(fingerprint(html), lambda: to_markdown(html), tuple(sorted(seen - known)), kept)
