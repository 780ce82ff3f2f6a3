"""Bodies as Markdown, as far as paragraphs, headings, lists, quotes, code and dividers go."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from productops.testing.sandbox.notion import blocks, shown
from productops.testing.sandbox.notion.call import Call
from productops.testing.sandbox.notion.refusal import invalid, misfit
from productops.testing.sandbox.notion.text import LONGEST_TEXT
from productops.testing.sandbox.notion.world import Block, Node, Page

LINE = re.compile(
    r"(?P<heading>#{1,4}) +(?P<h>.*)|[-*] \[(?P<check>[ xX])\] +(?P<todo>.*)|[-*+] +(?P<bullet>.*)"
    r"|\d+[.)] +(?P<number>.*)|> ?(?P<quote>.*)|(?P<divider>---+|\*\*\*+)"
)
INLINE = re.compile(
    r"\*\*(?P<bold>.+?)\*\*|~~(?P<strikethrough>.+?)~~|\*(?P<italic>.+?)\*|`(?P<code>.+?)`|\[(?P<t>.+?)\]\((?P<u>\S+?)\)"
)
SIGNS = {"bold": "**", "italic": "*", "strikethrough": "~~", "code": "`"}
LISTS = {"bullet": "bulleted_list_item", "number": "numbered_list_item", "quote": "quote"}
Answered = dict[str, Any]


def read(text: str) -> list[dict[str, Any]]:
    """Return the blocks that a Markdown text asks for, as a request writes them."""
    made: list[dict[str, Any]] = []
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("```"):
            inside = []
            for code in lines:
                if code.startswith("```"):
                    break
                inside.append(code)
            made.append(_block("code", words("\n".join(inside)), language=line[3:].strip() or "plain text"))
        elif line.strip():
            made.append(_line(line.strip()))
    return made


def _line(line: str) -> dict[str, Any]:
    found = LINE.fullmatch(line)
    if found is None:
        return _block("paragraph", inline(line))
    if found["heading"]:
        return _block(f"heading_{len(found['heading'])}", inline(found["h"]))
    if found["check"]:
        return _block("to_do", inline(found["todo"]), checked=found["check"] != " ")
    if found["divider"]:
        return {"object": "block", "type": "divider", "divider": {}}
    name = next(one for one in LISTS if found[one] is not None)
    return _block(LISTS[name], inline(found[name]))


def _block(kind: str, rich_text: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"object": "block", "type": kind, kind: {"rich_text": rich_text, **more}}


def words(text: str, link: str | None = None, marks: Mapping[str, bool] | None = None) -> list[dict[str, Any]]:
    """Return a text as rich text of a request, cut where it would be too long."""
    step = LONGEST_TEXT // 2
    inner = {"link": {"url": link}} if link else {}
    return [
        {"type": "text", "text": {"content": text[at : at + step], **inner}, "annotations": dict(marks or {})}
        for at in range(0, len(text), step)
    ]


def inline(text: str) -> list[dict[str, Any]]:
    """Return one line of Markdown as rich text of a request."""
    made, at = [], 0
    for found in INLINE.finditer(text):
        made += words(text[at : found.start()])
        if found["u"]:
            made += words(found["t"], found["u"])
        else:
            mark = next(one for one in SIGNS if found[one])
            made += words(found[mark], marks={mark: True})
        at = found.end()
    return made + words(text[at:])


def written(call: Call, node: Node, indent: str = "") -> list[str]:
    """Return the lines of a body; what Markdown has no word for is a tag with the block's id."""
    lines: list[str] = []
    number = 0
    for child in node.children:
        block = call.world.nodes[child]
        if block.trashed:
            continue
        number = number + 1 if isinstance(block, Block) and block.type == "numbered_list_item" else 0
        lines += [indent + line for line in _written(call, block, number)]
        lines += written(call, block, indent + "\t")
    return lines


def _written(call: Call, block: Node, number: int) -> list[str]:
    found = shown.block(call, block)
    kind = found["type"]
    content = found[kind]
    text = _marked(content.get("rich_text") or [])
    if kind.startswith("heading_"):
        return [f"{'#' * int(kind[-1])} {text}"]
    if kind == "code":
        plain = "".join(one["plain_text"] for one in content["rich_text"])
        return [f"```{content['language']}", *plain.split("\n"), "```"]
    starts = {"bulleted_list_item": "- ", "quote": "> ", "paragraph": "", "numbered_list_item": f"{number}. "}
    if kind == "to_do":
        starts[kind] = "- [x] " if content["checked"] else "- [ ] "
    if kind in starts:
        return [starts[kind] + text]
    return ["---"] if kind == "divider" else [f'<unknown url="{shown.address(block.id)}" alt="{kind}"/>']


def _marked(items: Sequence[dict[str, Any]]) -> str:
    parts = []
    for one in items:
        part = one["plain_text"]
        for mark in ("code", "strikethrough", "italic", "bold"):
            if one["annotations"][mark]:
                part = f"{SIGNS[mark]}{part}{SIGNS[mark]}"
        parts.append(f"[{part}]({one['href']})" if one["type"] == "text" and one["href"] else part)
    return "".join(parts)


def retrieve(call: Call, page_id: str) -> Answered:
    """GET /pages/{id}/markdown."""
    call.need(read=True)
    return _whole(call, call.page(page_id))


def update(call: Call, page_id: str) -> Answered:
    """PATCH /pages/{id}/markdown: add to the end, or replace the whole."""
    call.need(update=True)
    page = call.page(page_id)
    body = call.body()
    kind = body.get("type")
    if kind not in ("insert_content", "replace_content"):
        raise invalid(f"The sandbox knows insert_content and replace_content, not {kind}.")
    given = body.get(kind)
    text = given.get("content", given.get("new_str")) if isinstance(given, dict) else None
    if not isinstance(text, str):
        raise misfit(f"body.{kind}.content", "a string", text)
    if call.world.in_trash(page):
        raise invalid(blocks.ARCHIVED)
    made = blocks.Planting(call).plan(read(text), "body.markdown")
    if kind == "replace_content":
        for child in page.children:
            call.world.nodes[child].trashed = True
    blocks.plant(call, page, made)
    blocks.edited(call, page)
    return _whole(call, page)


def _whole(call: Call, page: Page) -> Answered:
    text = "\n".join(written(call, page))
    return {"object": "page_markdown", "id": page.id, "markdown": text, "truncated": False, "unknown_block_ids": []}
