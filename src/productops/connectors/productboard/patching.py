"""An edited text laid over the HTML that is there: elements that nobody touched stay as they are, to the character."""

from __future__ import annotations

import re
from collections.abc import Hashable

from productops.connectors.productboard.text import ALLOWED, to_html, to_markdown
from productops.sdk.richtext import align, likeness

TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)\b[^<>]*?(/?)>")
VOID = {"hr", "br", "img", "input", "col", "wbr"}
BLOCKS = {"h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "pre", "blockquote", "hr", "table", "div"}
HOLDERS = {"ul", "ol", "li", "blockquote"}
UNDERLINED = re.compile(r"<u>(.+?)</u>", re.DOTALL)
WORDS = re.compile(r"<[^<>]*>")
OWN = re.compile(r"""\bhref=("[^"]*"|'[^']*')""")


def patched(now: str, wanted: str) -> str:
    """Return the HTML to write: elements of ``now`` that say what is wanted already, others from ``wanted``.

    >>> patched("<p>a <u>b</u></p><p>old</p>", "<p>a b</p><p>new</p>")
    '<p>a <u>b</u></p><p>new</p>'
    """
    old, new = segments(now), segments(wanted)
    mine, theirs = looks(now), looks(wanted)
    origin = align(mine, theirs, lambda i, j: _alike(old[i], new[j]))
    return "".join(
        each if at is None else _kept(old[at], each) if mine[at] == theirs[place] else _merged(old[at], each)
        for place, (at, each) in enumerate(zip(origin, new, strict=True))
    )


def _kept(old: str, new: str) -> str:
    """Return an element as it is; where it holds what the service shows and does not take, as it takes it."""
    strange = any(tag[2].lower() not in ALLOWED or "=" in OWN.sub("", tag[0]) for tag in TAG.finditer(old))
    return _merged(old, new) if strange else old


def segments(html: str) -> list[str]:
    """Return the elements at the top, and the text between them; what does not add up is one piece.

    >>> segments("<p>a</p><hr><ul><li>b</li></ul>")
    ['<p>a</p>', '<hr>', '<ul><li>b</li></ul>']
    """
    found: list[str] = []
    depth = start = 0
    for tag in TAG.finditer(html):
        closing, name = tag[1] == "/", tag[2].lower()
        if name not in BLOCKS:
            continue
        if depth == 0 and not closing:
            found += [html[start : tag.start()]]
            start = tag.start()
        depth += 0 if name in VOID or tag[3] else -1 if closing else 1
        if depth == 0:
            found.append(html[start : tag.end()])
            start = tag.end()
        if depth < 0:
            return [html]
    return [html] if depth else [each for each in [*found, html[start:]] if each.strip()]


def _parts(segment: str) -> tuple[str, str, str, str]:
    """Return an element's name, its opening tag, what is in it, and its closing tag."""
    first = TAG.match(segment)
    if first is None or first[2].lower() not in BLOCKS:
        return "", "", segment, ""
    end = segment.rfind("</")
    end = end if end >= first.end() else len(segment)
    return first[2].lower(), segment[: first.end()], segment[first.end() : end], segment[end:]


def key(segment: str) -> Hashable:
    """Return what is equal for elements of which Markdown shows the same."""
    name, _, inner, _ = _parts(segment)
    if name in HOLDERS:
        return name, tuple(key(each) for each in segments(inner))
    if not name or name == "p":
        # What stands in an item without a paragraph of its own looks the same with one.
        return "p", to_html(to_markdown(f"<p>{inner}</p>"))
    return name, to_html(to_markdown(segment))


def looks(html: str) -> list[Hashable]:
    """Return what is equal for texts of which Markdown shows the same."""
    return [key(each) for each in segments(html)]


def _alike(old: str, new: str) -> float:
    names = _parts(old)[0] or "p", _parts(new)[0] or "p"
    lists = set(names) <= {"ul", "ol"}
    return likeness(WORDS.sub(" ", old), WORDS.sub(" ", new)) if names[0] == names[1] or lists else 0.0


def _merged(old: str, new: str) -> str:
    """Return an element with the text of another."""
    name, _, inner, _ = _parts(old)
    other, opening, wanted, closing = _parts(new)
    if name in HOLDERS and other in HOLDERS:
        return opening + patched(inner, wanted) + closing
    return underlined(old, new)


def underlined(old: str, new: str) -> str:
    """Underline in edited words what was underlined in them before, where it is still there just once."""
    for words in dict.fromkeys(UNDERLINED.findall(old)):
        bare = re.compile(rf"(?<![\w<]){re.escape(words)}(?![\w>])")
        if "<" not in words and len(bare.findall(new)) == 1:
            new = bare.sub(lambda found: f"<u>{found[0]}</u>", new)
    return new
