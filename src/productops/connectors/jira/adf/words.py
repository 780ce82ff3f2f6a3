"""The words of one block as Markdown: as plain as reads back the same.

A paragraph is written plainly first and read back; only where that reads differently is it escaped. A ``hardBreak``
is a line break, as in :mod:`~productops.connectors.jira.adf.write`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import quote

from productops.connectors.jira.adf.hidden import normal, placeholder
from productops.connectors.jira.adf.write import Node, join, to_nodes
from productops.sdk.richtext import mentions

SPECIAL = re.compile(r"[\\`*_\[\]<>&~#|!+=-]|^\s|\d[.)]|\s$|\n\s|\s\n", re.MULTILINE)
ESCAPE = re.compile(r"[\\`*_\[\]<>&~|]")
LINE_START = re.compile(r"^(\s*)([#+=-])|^(\s*\d+)([.)])", re.MULTILINE)


def inline(nodes: list[Node], *, one_line: bool = False) -> str:
    """Return inline nodes as Markdown: as plain as reads back the same, then escaped, then without emphasis."""
    shown = [leaf(node) for node in nodes]
    if one_line:
        shown = [{"type": "text", "text": " "} if node["type"] == "hardBreak" else node for node in shown]
    plain = spans(shown, lambda text: text).strip()
    if not SPECIAL.search(plain):
        return plain
    wanted = _readable(shown)
    careful = spans(shown, escape).strip()
    for text in (plain, careful):
        if _read(text) == wanted:
            return text
    bare = [{**node, "marks": [one for one in node.get("marks") or [] if one["type"] == "link"]} for node in shown]
    text = spans(bare, escape).strip()
    return text if _read(text) == _readable(bare) else careful


def _read(markdown: str) -> list[Node] | None:
    content = to_nodes(markdown, "doc")
    if len(content) != 1 or content[0]["type"] != "paragraph":
        return None
    return [normal(node) for node in content[0].get("content") or []]


def _readable(nodes: list[Node]) -> list[Node]:
    """Return what the nodes should read back as: white space at line ends is never kept."""
    found = [
        normal({**node, "marks": _written_marks(node)}) if node["type"] == "text" else {"type": "hardBreak"}
        for node in nodes
    ]
    found = join(found)
    for at, node in enumerate(found):
        if node["type"] != "text":
            continue
        text = node["text"]
        text = text.lstrip() if at == 0 or found[at - 1]["type"] == "hardBreak" else text
        text = text.rstrip() if at == len(found) - 1 or found[at + 1]["type"] == "hardBreak" else text
        found[at] = {**node, "text": text}
    return [normal(node) for node in join(found)]


def _written_marks(node: Node) -> list[Node]:
    marks = [one for one in node.get("marks") or [] if one["type"] in ("strong", "em", "strike", "code", "link")]
    return [one for one in marks if one["type"] in ("code", "link")] if {"type": "code"} in marks else marks


def leaf(node: Node) -> Node:
    """Return a text node (or a break) for any inline node."""
    attrs, marks = node.get("attrs") or {}, _written_marks(node)
    match node["type"]:
        case "text":
            # A line break inside a text is one as well.
            return {"type": "text", "text": str(node.get("text", "")).replace("\n", " "), "marks": marks}
        case "hardBreak":
            return {"type": "hardBreak"}
        case "mention":
            shown = "@" + str(attrs.get("text") or attrs.get("id") or "somebody").lstrip("@")
            if attrs.get("id"):
                marks = [{"type": "link", "attrs": {"href": f"user:{quote(str(attrs['id']), safe=mentions.SAFE)}"}}]
        case "emoji":
            shown = str(attrs.get("text") or attrs.get("shortName") or "")
        case "date":
            shown = day(attrs.get("timestamp"))
        case "status":
            shown = str(attrs.get("text") or "")
        case "inlineCard":
            url = str(attrs.get("url") or (attrs.get("data") or {}).get("url") or "")
            marks, shown = ([{"type": "link", "attrs": {"href": url}}] if url else []), url
        case "placeholder":
            shown = str(attrs.get("text") or "")
        case _:
            shown = ""
    if not shown:
        shown, marks = str(placeholder(node)), []
    return {"type": "text", "text": shown, "marks": marks}


def day(timestamp: object) -> str:
    """Return the date of a date node: milliseconds as text, at midnight UTC."""
    try:
        return datetime.fromtimestamp(int(str(timestamp)) / 1000, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return str(timestamp or "")


def escape(text: object) -> str:
    """Return text in which nothing is Markdown."""
    shown = ESCAPE.sub(r"\\\g<0>", str(text))
    return LINE_START.sub(lambda found: f"{found[1]}\\{found[2]}" if found[2] else f"{found[3]}\\{found[4]}", shown)


ORDER = ("link", "strong", "em", "strike", "code")
WRAP = {"strong": "**", "em": "*", "strike": "~~"}


def spans(nodes: list[Node], write: Callable[[str], str], depth: int = 0) -> str:
    """Return nodes with their marks, each mark around the longest run that shares it."""
    if depth == len(ORDER):
        return "".join("\n" if node["type"] == "hardBreak" else write(node["text"]) for node in nodes)
    kind, parts, at = ORDER[depth], [], 0
    while at < len(nodes):
        mark, end = mark_of(nodes[at], kind), at + 1
        while end < len(nodes) and _carries_on(nodes, at, end, kind):
            end += 1
        run = nodes[at:end]
        parts.append(wrap(run, mark, write, depth) if mark else spans(run, write, depth + 1))
        at = end
    return "".join(parts)


def _carries_on(nodes: list[Node], at: int, end: int, kind: str) -> bool:
    """Tell whether a run goes on; a line break belongs to a run that goes on behind it."""
    if nodes[end]["type"] == "hardBreak" and mark_of(nodes[at], kind):
        return end + 1 < len(nodes) and mark_of(nodes[end + 1], kind) == mark_of(nodes[at], kind) and kind != "code"
    return mark_of(nodes[end], kind) == mark_of(nodes[at], kind)


def mark_of(node: Node, kind: str) -> Node | None:
    """Return the node's mark of this kind."""
    return next((mark for mark in node.get("marks") or [] if mark["type"] == kind), None)


def wrap(run: list[Node], mark: Node, write: Callable[[str], str], depth: int) -> str:
    """Return a run inside its mark; white space at the edges stays outside."""
    if mark["type"] == "code":
        return code_span("".join(node.get("text", " ") for node in run))
    inner = spans(run, write, depth + 1)
    body = inner.strip()
    if not body:
        return inner
    before, after = inner[: len(inner) - len(inner.lstrip())], inner[len(inner.rstrip()) :]
    if mark["type"] == "link":
        attrs = mark.get("attrs") or {}
        return f"{before}{link(body, str(attrs.get('href') or ''), attrs.get('title'), run)}{after}"
    sign = WRAP[mark["type"]]
    return f"{before}{sign}{body}{sign}{after}"


def link(shown: str, href: str, title: object, run: list[Node]) -> str:
    """Return a link; an address that is its own text gets angle brackets only."""
    if not title and "".join(node.get("text", "") for node in run) == href and re.fullmatch(r"[a-z]+://[^\s<>]+", href):
        return f"<{href}>"
    target = f"<{href}>" if re.search(r"[()\s]", href) else href
    named = f' "{str(title).replace(chr(92), chr(92) * 2).replace(chr(34), chr(92) + chr(34))}"' if title else ""
    return f"[{shown}]({target}{named})"


def code_span(code: str) -> str:
    """Return inline code with as many backticks as it needs."""
    runs = {len(run) for run in re.findall(r"`+", code)}
    ticks = next(size for size in range(1, len(code) + 2) if size not in runs)
    pad = " " if code.startswith("`") or code.endswith("`") or (code.strip() and code != code.strip()) else ""
    return f"{'`' * ticks}{pad}{code}{pad}{'`' * ticks}"
