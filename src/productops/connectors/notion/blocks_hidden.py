"""What a page holds that Markdown cannot say, by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from productops.connectors.notion.blocks_read import Block, children, content, opaque

NAMES = {
    "callout": "callouts", "toggle": "toggles", "column_list": "columns", "column": "columns",
    "synced_block": "synced blocks", "bookmark": "bookmarks", "embed": "embeds", "file": "files", "pdf": "files",
    "video": "files", "audio": "files", "image": "pictures", "child_page": "sub-pages", "child_database": "databases",
    "link_to_page": "links to pages", "link_preview": "previews of links", "table_of_contents": "tables of contents",
    "breadcrumb": "breadcrumbs", "unsupported": "blocks that the interface does not tell", "template": "templates",
}  # fmt: skip
MENTIONS = {"date": "dates", "page": "links to pages", "database": "links to databases"}


def hidden(blocks: Sequence[Block]) -> tuple[str, ...]:
    """Return the names of what Markdown cannot say of some blocks, sorted."""
    return tuple(sorted(set(_of(blocks))))


def _of(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        held = content(block)
        if block["type"] == "callout" or opaque(block):
            yield NAMES.get(block["type"], block["type"].replace("_", " "))
        if opaque(block):
            continue
        if held.get("color", "default") != "default":
            yield "colours"
        for runs in (held.get("rich_text") or [], *(held.get("cells") or [])):
            for one in runs:
                yield from _run(one)
        yield from _of(children(block))


def _run(one: dict[str, Any]) -> Iterator[str]:
    marks = one.get("annotations") or {}
    if marks.get("underline"):
        yield "underlining"
    if marks.get("color", "default") != "default":
        yield "colours"
    if one.get("type") == "equation":
        yield "equations in a text"
    if one.get("type") == "mention":
        kind = (one.get("mention") or {}).get("type", "")
        if kind != "user":
            yield MENTIONS.get(kind, "mentions of other things")
