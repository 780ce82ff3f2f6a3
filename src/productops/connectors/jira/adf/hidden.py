"""What of a document Markdown does not show: what stands for it, and what makes two nodes look the same."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator

from productops.connectors.jira.adf.write import Node
from productops.sdk.richtext import Placeholder

VOLATILE = {"localId", "uniqueId", "layout", "width", "displayMode", "colwidth", "accessLevel", "__confluenceMetadata"}
INLINE = {
    "text", "hardBreak", "mention", "emoji", "date", "status", "inlineCard", "mediaInline", "placeholder",
    "inlineExtension",
}  # fmt: skip
TEXTS = {"paragraph", "heading", "codeBlock", "rule"}
HOLDERS = {
    "bulletList",
    "orderedList",
    "taskList",
    "decisionList",
    "blockquote",
    "panel",
    "table",
    "expand",
    "nestedExpand",
}
CARDS = {"blockCard", "embedCard"}
HIDDEN = {"media", "mediaSingle", "mediaGroup", "extension", "syncBlock"}
NAMES = {
    "media": "attachment", "mediaSingle": "attachment", "mediaGroup": "attachments", "mediaInline": "attachment",
    "syncBlock": "synced block", "inlineExtension": "extension", "blockCard": "link card", "embedCard": "embed",
    "inlineCard": "link card",
}  # fmt: skip


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


def worded(node: Node) -> bool:
    """Tell whether a block of a kind that is not known holds text as a paragraph does."""
    content = node.get("content") or []
    known = node["type"] in TEXTS | HOLDERS
    return not known and bool(content) and all(one["type"] in INLINE for one in content)


def opaque(node: Node) -> bool:
    """Tell whether a block shows as a placeholder."""
    kind = node["type"]
    if kind in CARDS:
        return not re.fullmatch(r"[a-zA-Z][a-zA-Z0-9+.-]*:[^\s<>]+", str((node.get("attrs") or {}).get("url") or ""))
    return kind in HIDDEN or (kind not in TEXTS | HOLDERS and not node.get("content"))


def leaves(node: Node) -> Iterator[Node]:
    """Yield the blocks that a block shows side by side with its neighbours: itself, or what columns and such hold."""
    if node["type"] in TEXTS | HOLDERS or opaque(node) or node["type"] in CARDS or worded(node):
        yield node
    else:
        for one in node.get("content") or []:
            yield from leaves(one)


def placeholder(node: Node) -> Placeholder:
    """Return what stands for a node; it changes only when the thing does, not when an editor touches its frame."""
    form = json.dumps(normal(node), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    id_ = hashlib.blake2b(form.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    kind = NAMES.get(node["type"], re.sub(r"(?<=[a-z])(?=[A-Z])", " ", node["type"]).lower())
    return Placeholder.of(re.sub(r"[^\w ]", " ", kind).strip() or "part", _told(node), id_)


def _told(node: Node) -> str:
    """Return a few words that tell people what a node is."""
    attrs = node.get("attrs") or {}
    name = str(attrs.get("url") or "").partition("?")[0].rpartition("/")[2]
    for found in (attrs.get("alt"), attrs.get("text"), attrs.get("title"), attrs.get("extensionKey"), name):
        if found and "/" not in str(found):
            return str(found)
    content = node.get("content") or []
    caption = "".join(str(one.get("text", "")) for one in content) if worded(node) else ""
    return caption or next((told for one in reversed(content) if (told := _told(one))), "")
