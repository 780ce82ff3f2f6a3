"""Atlassian Document Format: a structural check as strict as Jira's, and a plain wiki rendering.

The check knows which node may stand where and which attributes a node cannot do without. It does not
know every attribute of every node: the judge for that is the official schema, used by the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

Node = Mapping[str, Any]

INLINE = frozenset(
    [
        "text",
        "hardBreak",
        "mention",
        "emoji",
        "date",
        "status",
        "inlineCard",
        "mediaInline",
        "placeholder",
        "inlineExtension",
    ]
)
_LISTS = {"bulletList", "orderedList", "taskList"}
_MEDIA = {"mediaSingle", "mediaGroup"}
_CARDS = {"blockCard", "embedCard"}
_BASIC = {"paragraph", "codeBlock", "extension"} | _LISTS | _MEDIA
_CELL = _BASIC | _CARDS | {"heading", "blockquote", "panel", "rule", "decisionList", "nestedExpand"}
_FRAMED = _BASIC | _CARDS | {"heading", "blockquote", "panel", "rule", "decisionList", "table"}
_COLUMN = _FRAMED | {"expand", "bodiedExtension"}
_TOP = _COLUMN | {"layoutSection", "syncBlock", "bodiedSyncBlock"}

CHILDREN: dict[str, frozenset[str]] = {
    name: frozenset(inside)
    for name, inside in {
        "doc": _TOP,
        "paragraph": INLINE,
        "heading": INLINE,
        "bulletList": {"listItem"},
        "orderedList": {"listItem"},
        "listItem": {"paragraph", "mediaSingle", "codeBlock", "extension"} | _LISTS,
        "codeBlock": {"text"},
        "blockquote": {"paragraph", "codeBlock", "bulletList", "orderedList", "extension"} | _MEDIA,
        "panel": {"heading", "rule", "decisionList", "blockCard"} | _BASIC,
        "rule": set(),
        "table": {"tableRow"},
        "tableRow": {"tableHeader", "tableCell"},
        "tableHeader": _CELL,
        "tableCell": _CELL,
        "taskList": {"taskItem", "taskList"},
        "taskItem": INLINE,
        "decisionList": {"decisionItem"},
        "decisionItem": INLINE,
        "expand": _FRAMED | {"nestedExpand"},
        "nestedExpand": _BASIC | {"heading", "blockquote", "panel", "rule", "decisionList"},
        "mediaSingle": {"media", "caption"},
        "mediaGroup": {"media"},
        "media": set(),
        "caption": INLINE,
        "blockCard": set(),
        "embedCard": set(),
        "layoutSection": {"layoutColumn"},
        "layoutColumn": _COLUMN,
        "extension": set(),
        "bodiedExtension": _FRAMED,
        "syncBlock": set(),
        "bodiedSyncBlock": _FRAMED,
        **{name: set() for name in INLINE},
    }.items()
}
NEEDS_CONTENT = frozenset(
    [
        "bulletList",
        "orderedList",
        "listItem",
        "blockquote",
        "panel",
        "table",
        "taskList",
        "decisionList",
        "mediaSingle",
        "mediaGroup",
    ]
) | {"expand", "nestedExpand", "layoutSection", "bodiedExtension"}
MARKS = frozenset(
    [
        "strong",
        "em",
        "code",
        "strike",
        "underline",
        "subsup",
        "textColor",
        "backgroundColor",
        "link",
        "annotation",
        "alignment",
        "indentation",
        "breakout",
        "border",
        "fontSize",
        "dataConsumer",
        "fragment",
    ]
)
PANELS = frozenset(["info", "note", "tip", "warning", "error", "success", "custom"])


def _text(value: object) -> bool:
    return isinstance(value, str)


def _one_of(names: Collection[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and value in names


def _level(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 6


REQUIRED: dict[str, dict[str, Callable[[object], bool]]] = {
    "heading": {"level": _level},
    "panel": {"panelType": _one_of(PANELS)},
    "taskList": {"localId": _text},
    "taskItem": {"localId": _text, "state": _one_of({"TODO", "DONE"})},
    "decisionList": {"localId": _text},
    "decisionItem": {"localId": _text, "state": _text},
    "mention": {"id": _text},
    "emoji": {"shortName": _text},
    "date": {"timestamp": lambda value: isinstance(value, str) and value != ""},
    "status": {"text": lambda value: isinstance(value, str) and value != "", "color": _text},
    "embedCard": {"url": _text, "layout": _text},
    "extension": {"extensionKey": _text, "extensionType": _text},
    "bodiedExtension": {"extensionKey": _text, "extensionType": _text},
    "inlineExtension": {"extensionKey": _text, "extensionType": _text},
    "layoutColumn": {"width": lambda value: isinstance(value, int | float)},
}


def is_document(value: object) -> bool:
    """Whether the value looks like a document at all; Jira has its own words for what does not."""
    return isinstance(value, dict) and value.get("type") == "doc" and "content" in value


def valid(document: Any) -> bool:
    """Whether Jira takes the document. A refusal is ``INVALID_INPUT`` and names no place."""
    if not is_document(document) or document.get("version") != 1 or not set(document) <= {"type", "version", "content"}:
        return False
    return _contents(document, "doc")


def _contents(node: Node, kind: str) -> bool:
    content = node.get("content", [])
    if not isinstance(content, list) or (kind in NEEDS_CONTENT and not content):
        return False
    allowed = CHILDREN[kind]
    if not allowed and "content" in node:
        return False
    return all(isinstance(one, dict) and str(one.get("type")) in allowed and _node(one, kind) for one in content)


def _node(node: Node, parent: str) -> bool:
    kind = node["type"]
    if not set(node) <= {"type", "attrs", "content", "marks", "text"}:
        return False
    attributes = node.get("attrs", {})
    if not isinstance(attributes, dict):
        return False
    for name, check in REQUIRED.get(kind, {}).items():
        if name not in attributes or not check(attributes[name]):
            return False
    if kind == "text":
        return _text_node(node, parent)
    if kind in {"media", "mediaInline"} and not _media(attributes):
        return False
    if kind in {"inlineCard", "blockCard"} and not {"url", "data", "datasource"} & set(attributes):
        return False
    return _marks(node) and _contents(node, kind)


def _text_node(node: Node, parent: str) -> bool:
    text = node.get("text")
    if not isinstance(text, str) or not text or "content" in node or "attrs" in node:
        return False
    return not (parent == "codeBlock" and node.get("marks")) and _marks(node)


def _media(attributes: Node) -> bool:
    if attributes.get("type") == "external":
        return isinstance(attributes.get("url"), str)
    return isinstance(attributes.get("id"), str) and isinstance(attributes.get("collection"), str)


def _marks(node: Node) -> bool:
    marks = node.get("marks", [])
    if not isinstance(marks, list) or not all(isinstance(one, dict) and str(one.get("type")) in MARKS for one in marks):
        return False
    names = {one["type"] for one in marks}
    if "code" in names and not names <= {"code", "link", "annotation"}:
        return False
    return all(_linked(one.get("attrs")) for one in marks if one["type"] == "link")


def _linked(attributes: object) -> bool:
    return isinstance(attributes, dict) and isinstance(attributes.get("href"), str)


def from_text(text: str) -> dict[str, Any]:
    """Return the document Jira makes of a plain string: a paragraph per block, a hard break per line."""
    paragraphs = []
    for block in text.split("\n\n"):
        content: list[dict[str, Any]] = []
        for number, line in enumerate(block.split("\n")):
            if number:
                content.append({"type": "hardBreak"})
            if line:
                content.append({"type": "text", "text": line})
        paragraphs.append({"type": "paragraph", "content": content})
    return {"type": "doc", "version": 1, "content": paragraphs}


def to_wiki(value: Any) -> str:
    """Return rich text as the wiki-like string that version 2 of the API shows."""
    if value is None or isinstance(value, str):
        return value or ""
    return "\n\n".join(_block(one, "") for one in value.get("content", [])).strip("\n")


def _children(node: Node) -> Sequence[Node]:
    found: Sequence[Node] = node.get("content", ())
    return found


def _inline(node: Node) -> str:
    return "".join(_piece(one) for one in _children(node))


_FENCES = {"strong": "*", "em": "_", "strike": "-", "underline": "+"}


def _piece(node: Node) -> str:
    kind, attributes = node["type"], node.get("attrs", {})
    if kind == "text":
        return _marked(node)
    if kind == "hardBreak":
        return "\n"
    if kind == "mention":
        return f"[~accountid:{attributes.get('id', '')}]"
    if kind == "inlineCard":
        return f"[{attributes.get('url', '')}]"
    return str(attributes.get("text") or attributes.get("shortName") or attributes.get("timestamp") or "")


def _marked(node: Node) -> str:
    text = str(node["text"])
    for mark in node.get("marks", ()):
        if mark["type"] in _FENCES:
            text = f"{_FENCES[mark['type']]}{text}{_FENCES[mark['type']]}"
        elif mark["type"] == "code":
            text = "{{" + text + "}}"
        elif mark["type"] == "link":
            text = f"[{text}|{mark['attrs']['href']}]"
    return text


def _block(node: Node, bullet: str) -> str:
    kind, attributes = node["type"], node.get("attrs", {})
    if kind == "heading":
        return f"h{attributes['level']}. {_inline(node)}"
    if kind in {"bulletList", "orderedList", "taskList", "decisionList"}:
        deeper = bullet + ("#" if kind == "orderedList" else "*")
        return "\n".join(_item(one, deeper) for one in _children(node))
    if kind == "codeBlock":
        language = f":{attributes['language']}" if attributes.get("language") else ""
        return f"{{code{language}}}\n{_inline(node)}\n{{code}}"
    if kind == "rule":
        return "----"
    if kind == "tableRow":
        return "".join(_cell(one) for one in _children(node)) + "|"
    if kind == "table":
        return "\n".join(_block(one, "") for one in _children(node))
    if kind in {"blockCard", "embedCard"}:
        return f"[{attributes.get('url', '')}]"
    if kind in {"paragraph", "caption"}:
        return _inline(node)
    inner = "\n".join(_block(one, "") for one in _children(node))
    fence = {"blockquote": "quote", "panel": "panel"}.get(kind)
    return f"{{{fence}}}\n{inner}\n{{{fence}}}" if fence else inner


def _item(node: Node, bullet: str) -> str:
    if node["type"] in {"taskItem", "decisionItem"}:
        return f"{bullet} {_inline(node)}"
    if node["type"] == "taskList":
        return _block(node, bullet)
    lines = []
    for number, one in enumerate(_children(node)):
        text = _block(one, bullet)
        lines.append(f"{bullet} {text}" if number == 0 and one["type"] == "paragraph" else text)
    return "\n".join(lines)


def _cell(node: Node) -> str:
    inner = "\n".join(_block(one, "") for one in _children(node))
    return ("||" if node["type"] == "tableHeader" else "|") + inner
