"""Formatted text as Jira keeps it (ADF): what identifies it, and what Markdown cannot say of it.

>>> rich_text({"version": 1, "type": "doc", "content": [{"type": "rule"}]}).markdown
'---'
"""

from __future__ import annotations

import hashlib
import json

from productops.connectors.jira.adf.hidden import normal
from productops.connectors.jira.adf.read import to_markdown
from productops.connectors.jira.adf.write import Node, to_adf
from productops.sdk.record import RichText
from productops.sdk.richtext import same_markdown

# What Markdown cannot express, by node or mark, as a plan names it.
LOSSY = {
    "blockCard": "link cards", "bodiedExtension": "extensions", "bodiedSyncBlock": "synced blocks",
    "date": "dates", "decisionList": "decisions", "embedCard": "embeds", "expand": "expands", "extension": "extensions",
    "inlineCard": "link cards", "inlineExtension": "extensions", "layoutSection": "columns", "media": "media",
    "mediaGroup": "media", "mediaInline": "media", "mediaSingle": "media",
    "multiBodiedExtension": "extensions", "nestedExpand": "expands", "panel": "panels", "placeholder": "placeholders",
    "status": "status lozenges", "syncBlock": "synced blocks",
}  # fmt: skip
LOSSY_MARKS = {
    "alignment": "alignment", "annotation": "inline comments", "backgroundColor": "background colours",
    "border": "borders", "fontSize": "font sizes", "indentation": "indentation",
    "subsup": "sub- and superscript", "textColor": "text colours", "underline": "underline",
}  # fmt: skip
# What Markdown can say and a document cannot hold at that place.
_NESTED = {
    f"{name} in {where}": f"{said} in lists and quotes ({shown})"
    for name, said, shown in (
        ("heading", "headings", "shown as bold"),
        ("table", "tables", "shown as code"),
        ("quote", "quotes", "shown without their mark"),
        ("rule", "rules", "shown as dashes"),
    )
    for where in ("list", "quote")
}
UNSHOWN = {"image": "images (shown as links)", "alignment": "alignment of columns", **_NESTED}
PLAIN = {
    "doc", "paragraph", "heading", "bulletList", "orderedList", "listItem", "codeBlock", "blockquote", "rule", "text",
    "hardBreak", "taskList", "taskItem", "table", "tableRow", "tableHeader", "tableCell", "emoji", "mention",
    "caption", "decisionItem", "layoutColumn", "blockTaskItem", "extensionFrame",  # parts of what is named itself
}  # fmt: skip
PLAIN_MARKS = {"strong", "em", "strike", "code", "link", "breakout", "dataConsumer", "fragment"}


def rich_text(document: Node) -> RichText:
    """Return formatted text for an ADF document; Markdown is made when it is asked for."""
    return RichText(lambda: identity(document), lambda: to_markdown(document), kept=lossy(document))


def identity(document: Node) -> str:
    """Return 16 characters that are equal for documents which look the same to a reader."""
    form = json.dumps(normal(document), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(form.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def same_text(markdown: str, shown: RichText) -> bool:
    """Tell whether Jira would show ``shown`` after it was sent this Markdown."""
    if same_markdown(markdown, shown.markdown):
        return True
    sent = to_adf(markdown)
    return identity(sent) == shown.fingerprint or same_markdown(to_markdown(sent), shown.markdown)


def lossy(document: Node) -> tuple[str, ...]:
    """Return the names of what Markdown cannot express, sorted."""
    found: set[str] = set()
    _collect(document, found)
    return tuple(sorted(found))


def _collect(node: Node, found: set[str]) -> None:
    kind, attrs = str(node.get("type")), node.get("attrs") or {}
    if kind == "emoji" and not _is_unicode(attrs):
        found.add("emoji")
    elif kind not in PLAIN:
        found.add(LOSSY.get(kind, kind))
    found |= {
        LOSSY_MARKS.get(one["type"], one["type"]) for one in node.get("marks") or [] if one["type"] not in PLAIN_MARKS
    }
    if kind == "table":
        found |= _table_losses(node)
    for child in node.get("content") or []:
        _collect(child, found)


def _table_losses(table: Node) -> set[str]:
    found = {"numbered tables"} if (table.get("attrs") or {}).get("isNumberColumnEnabled") else set()
    rows = [row.get("content") or [] for row in table.get("content") or []]
    for at, row in enumerate(rows):
        if any((cell["type"] == "tableHeader") != (at == 0) for cell in row):
            found.add("table headers")
        for cell in row:
            attrs, content = cell.get("attrs") or {}, cell.get("content") or []
            if attrs.get("colspan", 1) != 1 or attrs.get("rowspan", 1) != 1:
                found.add("table spans")
            if attrs.get("background"):
                found.add("table colours")
            inner = [one for block in content for one in block.get("content") or []]
            if len(content) > 1 or any(block["type"] != "paragraph" for block in content):
                found.add("table cells with several blocks")
            elif any(one["type"] == "hardBreak" for one in inner):
                found.add("table cells with several lines")
    return found


def _is_unicode(attrs: Node) -> bool:
    shown = str(attrs.get("text") or "")
    return bool(shown) and not shown.isascii()
