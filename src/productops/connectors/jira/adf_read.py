r"""Atlassian's document format (ADF) into Markdown.

The text that comes out leads back to the same document wherever Markdown can say it: a paragraph is written
plainly first and read back; only where that reads differently is it escaped. A ``hardBreak`` is a line break,
as in :mod:`~productops.connectors.jira.adf_write`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from productops.connectors.jira.adf_write import Node, join, to_adf

VOLATILE = {"localId", "uniqueId", "layout", "width", "displayMode", "colwidth", "accessLevel", "__confluenceMetadata"}
SPECIAL = re.compile(r"[\\`*_\[\]<>&~#|!+=-]|^\s|\d[.)]|\s$|\n\s|\s\n", re.MULTILINE)
ESCAPE = re.compile(r"[\\`*_\[\]<>&~|]")
LINE_START = re.compile(r"^(\s*)([#+=-])|^(\s*\d+)([.)])", re.MULTILINE)


def normal(node: Node) -> Node:
    """Return a node without what editors change on their own: local ids, layout, the order of marks, empty parts."""
    attrs = {
        key: value for key, value in (node.get("attrs") or {}).items() if key not in VOLATILE and value is not None
    }
    standard: dict[str, Node] = {
        "orderedList": {"order": 1},
        "tableCell": {"colspan": 1, "rowspan": 1},
        "hardBreak": {"text": "\n"},
    }
    standard |= {"tableHeader": standard["tableCell"], "table": {"isNumberColumnEnabled": False}}
    for key, value in standard.get(str(node.get("type")), {}).items():
        if attrs.get(key) == value:
            del attrs[key]
    found: Node = {key: value for key, value in node.items() if key not in ("attrs", "marks", "content", "version")}
    marks = [normal(mark) for mark in node.get("marks") or [] if mark.get("type") != "fragment"]
    content = [normal(one) for one in node.get("content") or [] if not (one.get("type") == "text" and not one["text"])]
    parts = (("attrs", attrs), ("marks", sorted(marks, key=lambda one: str(one["type"]))), ("content", content))
    return found | {name: part for name, part in parts if part}


def to_markdown(document: Node) -> str:
    r"""Return a document as Markdown, without white space at its end. Never raises for a strange document.

    >>> to_markdown(to_adf("* a\n* b"))
    '- a\n- b'
    """
    return blocks(document.get("content") or [])


def blocks(nodes: list[Node]) -> str:
    """Return blocks with an empty line between them; neighbouring lists get different bullets."""
    parts: list[str] = []
    previous, other = "", False
    for node in nodes:
        kind = "bulletList" if node["type"] == "taskList" else node["type"]
        other = kind == previous and kind in ("bulletList", "orderedList") and not other
        if shown := block(node, other=other):
            parts.append(shown)
            previous = kind
    return "\n\n".join(parts)


def block(node: Node, *, other: bool = False) -> str:
    """Return one block; ``other`` asks for the second kind of bullet."""
    content = node.get("content") or []
    match node["type"]:
        case "paragraph":
            return inline(content)
        case "heading":
            shown = inline(content, one_line=True)
            return f"{'#' * int((node.get('attrs') or {}).get('level', 1))} {shown}".rstrip()
        case "bulletList":
            return items(content, lambda _: "* " if other else "- ")
        case "orderedList":
            first, dot = (node.get("attrs") or {}).get("order") or 1, ")" if other else "."
            return items(content, lambda at: f"{int(first) + at}{dot} ")
        case "taskList":
            return tasks(content, "* " if other else "- ")
        case "blockquote" | "panel":
            return "\n".join(f"> {line}".rstrip() for line in blocks(content).split("\n"))
        case "codeBlock":
            return fence(
                "".join(str(one.get("text", "")) for one in content), (node.get("attrs") or {}).get("language")
            )
        case "rule":
            return "---"
        case "table":
            return table(content)
        case "media":
            return f"\N{PAPERCLIP} {(node.get('attrs') or {}).get('alt') or 'attachment'}"
        case "blockCard" | "embedCard":
            url = (node.get("attrs") or {}).get("url")
            return f"<{url}>" if url else ""
        case "expand" | "nestedExpand":
            title = (node.get("attrs") or {}).get("title")
            return "\n\n".join(part for part in (f"**{escape(title)}**" if title else "", blocks(content)) if part)
        case "decisionList":
            return items(content, lambda _: "- ")
    if content and all(one["type"] in INLINE for one in content):
        return inline(content)
    return blocks(content)


def items(nodes: list[Node], bullet: Callable[[int], str]) -> str:
    """Return the items of a list, close together where no item holds more than a text and a list."""
    shown, loose = [], False
    for at, node in enumerate(nodes):
        content = node.get("content") or []
        mark = bullet(at)
        if content and content[0]["type"] in INLINE:  # a decision
            content = [{"type": "paragraph", "content": content}]
        body = item(content)
        loose = loose or "\n\n" in body
        indent = " " * len(mark)
        shown.append((mark + body.replace("\n", "\n" + indent)).rstrip())
    # Lines that hold only the indent are no text.
    return re.sub(r"(?m)^ +$", "", ("\n\n" if loose else "\n").join(shown))


def item(content: list[Node]) -> str:
    """Return the blocks of one item; a simple list follows its text without an empty line."""
    body = blocks(content)
    if body.startswith("[") and content and content[0]["type"] == "paragraph" and re.match(r"\[[ xX]\]\s", body):
        body = "\\" + body  # otherwise it would read as a task
    tight = len(content) == 2 and content[0]["type"] == "paragraph" and content[1]["type"] in ("bulletList", "taskList")
    return body.replace("\n\n", "\n", 1) if tight and body.count("\n\n") == 1 else body


def tasks(nodes: list[Node], bullet: str) -> str:
    """Return a list of tasks."""
    lines = []
    for node in nodes:
        content = node.get("content") or []
        if node["type"] == "taskList":
            lines.append("  " + tasks(content, bullet).replace("\n", "\n  "))
            continue
        state = "x" if (node.get("attrs") or {}).get("state") == "DONE" else " "
        shown = inline(content) if node["type"] == "taskItem" else blocks(content)
        lines.append(
            f"{bullet}[{state}] ".rstrip(" ") + " " + shown.replace("\n", "\n  ") if shown else f"{bullet}[{state}]"
        )
    return "\n".join(lines)


def fence(code: str, language: object) -> str:
    """Return a code block whose fence is longer than any inside."""
    ticks = max((len(run) for run in re.findall(r"`{3,}", code)), default=2) + 1
    info = re.sub(r"[`\s]", "", str(language or ""))
    return f"{'`' * ticks}{info}\n{code}\n{'`' * ticks}"


def table(rows: list[Node]) -> str:
    """Return a table; its first row becomes the header, which Markdown insists on."""
    shown = []
    for row in rows:
        cells = []
        for cell in row.get("content") or []:
            parts = [inline(one.get("content") or [], one_line=True) if one["type"] == "paragraph" else block(one)
                     for one in cell.get("content") or []]  # fmt: skip
            cells.append(re.sub(r"\s*\n\s*", " ", " ".join(parts)).replace("|", "\\|").replace("\\\\|", "\\|"))
        shown.append("| " + " | ".join(cells) + " |")
    if not shown:
        return ""
    width = max(len(row.get("content") or []) for row in rows)
    return "\n".join([shown[0], "|" + " --- |" * width, *shown[1:]])


INLINE = {
    "text", "hardBreak", "mention", "emoji", "date", "status", "inlineCard", "mediaInline", "placeholder",
    "inlineExtension",
}  # fmt: skip


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
    content = to_adf(markdown)["content"]
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
        case "emoji":
            shown = str(attrs.get("text") or attrs.get("shortName") or "")
        case "date":
            shown = day(attrs.get("timestamp"))
        case "status":
            shown = str(attrs.get("text") or "")
        case "inlineCard":
            url = str(attrs.get("url") or (attrs.get("data") or {}).get("url") or "")
            marks, shown = ([{"type": "link", "attrs": {"href": url}}] if url else []), url
        case "mediaInline":
            shown = f"\N{PAPERCLIP} {attrs.get('alt') or 'attachment'}"
        case _:
            shown = str(attrs.get("text") or "")
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
