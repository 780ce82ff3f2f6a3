"""Text that strangers wrote, made fit to be shown: nothing of it can run, reach the network or turn the page around."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

# Control characters, and the marks that turn whole lines around; right-to-left text needs none of them. Lone
# surrogates have no bytes in UTF-8.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
TAGS = frozenset({
    *("p", "br", "hr", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "del"),
    *("a", "table", "thead", "tbody", "tr", "th", "td", "sub", "sup"),
})  # fmt: skip
SCHEMES = frozenset({"http", "https", "mailto"})
SPOKEN = 300  # characters of a label that is read out


def shown(text: str) -> str:
    r"""Text without characters that nobody sees and that change how others are seen.

    >>> shown("fares\u202egnp.exe\x07")
    'faresgnp.exe'
    """
    return UNSEEN.sub("", text)


def one_line(text: str, longest: int = SPOKEN) -> str:
    r"""Text on one line, cut with an ellipsis where it is longer than `longest` characters.

    >>> one_line("a\n b", 10), one_line("abcdef", 4)
    ('a b', 'abc…')
    """
    flat = " ".join(shown(text).split())
    return flat if len(flat) <= longest else f"{flat[: longest - 1]}…"


def safe_html(html: str) -> Markup:
    """HTML from elsewhere with only harmless tags left: no script, style, image, frame, form or handler.

    >>> safe_html('<b onclick=x>Hi</b> <strong>you</strong><script>alert(1)</script>')
    Markup('Hi <strong>you</strong>')
    """
    import nh3

    clean = nh3.clean(
        shown(html),
        tags=set(TAGS),
        attributes={"a": {"href"}},
        url_schemes=set(SCHEMES),
        link_rel="noopener noreferrer nofollow",
        clean_content_tags={"script", "style"},
    )
    return Markup(clean)  # noqa: S704 - what nh3 let through is what may be shown


def rich(text: str) -> Markup:
    """Markdown as safe HTML; tags inside it are shown as text, headings start at the third level.

    >>> rich("**bold** <img src=x onerror=y>")
    Markup('<p><strong>bold</strong> &lt;img src=x onerror=y&gt;</p>')
    """
    return Markup(safe_html(parser().render(shown(text))).strip())  # noqa: S704 - sanitised one call before


@cache
def parser() -> MarkdownIt:
    """The Markdown parser: no raw HTML, no images, headings moved below those of the page."""
    from markdown_it import MarkdownIt

    made = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
    made.core.ruler.push("lower_headings", lower_headings)
    return made


def lower_headings(state: object) -> None:
    """Move headings of a text two levels down, for the page has its own."""
    for token in getattr(state, "tokens", ()):
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"


def safe_url(url: str | None) -> str | None:
    """The address if it is one a reader may follow, else None.

    >>> safe_url("https://example.com/1"), safe_url(" javascript:alert(1)")
    ('https://example.com/1', None)
    """
    text = UNSEEN.sub("", url or "").strip()
    scheme, colon, _ = text.partition(":")
    return text if colon and scheme.casefold() in SCHEMES and not re.search(r"\s", text) else None
