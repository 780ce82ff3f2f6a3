"""The kinds of blocks: what each may hold, what is kept of what is sent, and how it is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from productops.testing.sandbox.notion import text
from productops.testing.sandbox.notion.refusal import invalid, misfit, too_long
from productops.testing.sandbox.notion.schema import dashed
from productops.testing.sandbox.notion.world import Block, Node, World
from productops.testing.sandbox.notion.writes import taken_file

if TYPE_CHECKING:
    from productops.testing.sandbox.notion.call import Call

LANGUAGES = frozenset(
    """
    abap, abc, agda, arduino, ascii art, assembly, bash, basic, bnf, c, c#, c++, clojure, coffeescript, coq, css,
    dart, dhall, diff, docker, ebnf, elixir, elm, erlang, f#, flow, fortran, gherkin, glsl, go, graphql, groovy,
    haskell, hcl, html, idris, java, javascript, json, julia, kotlin, latex, less, lisp, livescript, llvm ir, lua,
    makefile, markdown, markup, matlab, mathematica, mermaid, nix, notion formula, objective-c, ocaml, pascal, perl,
    php, plain text, powershell, prolog, protobuf, purescript, python, r, racket, reason, ruby, rust, sass, scala,
    scheme, scss, shell, smalltalk, solidity, sql, swift, toml, typescript, vb.net, verilog, vhdl, visual basic,
    webassembly, xml, yaml, java/c/c++/c#
    """.replace("\n    ", " ")
    .strip()
    .split(", ")
)
MEDIA = frozenset({"image", "video", "file", "pdf", "audio"})
HEADINGS = frozenset({"heading_1", "heading_2", "heading_3", "heading_4"})
WORDED: dict[str, Any] = {"rich_text": [], "color": "default"}
# What each kind holds, with what stands there when nothing is sent; ... must be sent.
FIELDS: dict[str, dict[str, Any]] = {
    "paragraph": {**WORDED, "icon": None},
    **{kind: {**WORDED, "is_toggleable": False} for kind in sorted(HEADINGS)},
    **dict.fromkeys(("bulleted_list_item", "numbered_list_item", "quote", "toggle"), WORDED),
    "to_do": {**WORDED, "checked": False},
    "callout": {**WORDED, "icon": {"type": "emoji", "emoji": "💡"}},
    "template": {"rich_text": []},
    "code": {"rich_text": ..., "caption": [], "language": ...},
    "equation": {"expression": ...},
    "bookmark": {"url": ..., "caption": []},
    "embed": {"url": ..., "caption": []},
    **{kind: {"file": ..., "caption": []} for kind in sorted(MEDIA)},
    "divider": {},
    "breadcrumb": {},
    "tab": {},
    "column_list": {},
    "column": {"width_ratio": None},
    "table_of_contents": {"color": "default"},
    "table": {"table_width": ..., "has_column_header": False, "has_row_header": False},
    "table_row": {"cells": ...},
    "link_to_page": {"target": ...},
    "synced_block": {"synced_from": None},
}
ONLY_READ = frozenset({"child_page", "child_database", "unsupported", "link_preview", "meeting_notes"})
HOLDERS = frozenset(
    {
        "paragraph",
        "bulleted_list_item",
        "numbered_list_item",
        "to_do",
        "toggle",
        "quote",
        "callout",
        "template",
        "column_list",
        "column",
        "table",
        "tab",
        "synced_block",
    }
)
NEEDS_CHILDREN = {"table": ("table_row", 1), "column_list": ("column", 2), "column": ("", 1), "tab": ("paragraph", 1)}
TARGETS = ("page_id", "database_id", "comment_id")


def name(kind: str, version: str) -> str:
    """Return what a kind is called in a version."""
    return "transcription" if kind == "meeting_notes" and version < "2026-03-11" else kind


def may_hold(block: Node) -> bool:
    """Return whether blocks may be put inside."""
    if not isinstance(block, Block):
        return block.kind == "page"
    if block.type in HEADINGS:
        return bool(block.content.get("is_toggleable"))
    return block.type in HOLDERS and not block.content.get("synced_from")


def body_of(block: Node, world: World) -> Node:
    """Return what holds the children of a block: for a copy of a synced block that is the original."""
    if isinstance(block, Block) and (origin := block.content.get("synced_from")):
        return world.nodes.get(origin["block_id"], block)
    return block


def kept(kind: str, given: Any, place: str, world: World, before: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what is kept of a block's content; ``before`` is what it held, when it is changed.

    Raises the refusal Notion answers with.
    """
    if not isinstance(given, dict):
        raise misfit(place, "defined" if given is ... else "an object", given)
    fields = FIELDS[kind]
    given = {key: value for key, value in given.items() if key != "children"}
    if kind in MEDIA:
        given = _media(given, place, world)
    if kind == "link_to_page":
        given = {"target": _target(given, place)}
    for key in given:
        if key not in fields:
            raise misfit(f"{place}.{key}", "not present", given[key])
    content = dict(before or {})
    for key, usual in fields.items():
        if key not in given:
            if before is None and usual is ...:
                raise misfit(f"{place}.{key}", "defined", ...)
            content.setdefault(key, usual)
            continue
        content[key] = CHECKS[key](given[key], f"{place}.{key}")
    return content


def _media(given: dict[str, Any], place: str, world: World) -> dict[str, Any]:
    kinds = ("external", "file_upload", "file")
    rest = {key: value for key, value in given.items() if key not in (*kinds, "type", "name")}
    if any(key in given for key in kinds):
        rest["file"] = taken_file(world, given, place)
    return rest


def _target(given: dict[str, Any], place: str) -> dict[str, Any]:
    kind = given.get("type") or next((one for one in TARGETS if one in given), None)
    if kind not in TARGETS or not isinstance(given.get(kind), str):
        raise misfit(f"{place}.page_id", "defined", ...)
    return {"type": kind, kind: dashed(given[kind])}


def _flag(value: Any, place: str) -> bool:
    if not isinstance(value, bool):
        raise misfit(place, "a boolean", value)
    return value


def _color(value: Any, place: str) -> str:
    if str(value) not in text.BLOCK_COLORS:
        raise misfit(place, "a known color", value)
    return str(value)


def _language(value: Any, place: str) -> str:
    if str(value) not in LANGUAGES:
        raise misfit(place, "a known language", value)
    return str(value)


def _expression(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise misfit(place, "a string", value)
    if text.length(value) > text.LONGEST_EQUATION:
        raise too_long(place, text.LONGEST_EQUATION, text.length(value))
    return value


def _url(value: Any, place: str) -> str:
    if not isinstance(value, str) or not value:
        raise misfit(place, "a string", value)
    return text.checked_url(value, place)


def _cells(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise misfit(place, "an array", value)
    return [text.normalised(one, f"{place}[{number}]") for number, one in enumerate(value)]


def _width(value: Any, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise misfit(place, "a number ≥ `1`", value)
    return value


def _synced(value: Any, place: str) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("block_id"), str):
        raise misfit(f"{place}.block_id", "defined", ...)
    return {"type": "block_id", "block_id": dashed(value["block_id"])}


def icon(value: Any, place: str) -> Any:
    """Return an icon as it is kept."""
    if value is None:
        return None
    kind = value.get("type") or next(iter(value), None) if isinstance(value, dict) else None
    if kind not in ("emoji", "external", "custom_emoji", "file_upload", "file", "icon") or kind not in value:
        raise misfit(place, "an icon", value)
    return {"type": kind, kind: value[kind]}


CHECKS: dict[str, Callable[[Any, str], Any]] = {
    "rich_text": text.normalised,
    "caption": text.normalised,
    "color": _color,
    "icon": icon,
    "is_toggleable": _flag,
    "checked": _flag,
    "has_column_header": _flag,
    "has_row_header": _flag,
    "language": _language,
    "expression": _expression,
    "url": _url,
    "file": lambda value, _: value,
    "target": lambda value, _: value,
    "width_ratio": lambda value, _: value,
    "table_width": _width,
    "cells": _cells,
    "synced_from": _synced,
}


def shown(block: Block, call: Call) -> dict[str, Any]:
    """Return a block's content as answers show it."""
    if block.type in ONLY_READ:
        return block.content
    content: dict[str, Any] = {}
    for key, value in block.content.items():
        if key in ("rich_text", "caption"):
            content[key] = text.shown(value, call.world, call.user)
        elif key == "cells":
            content[key] = [text.shown(one, call.world, call.user) for one in value]
        elif key == "file":
            content |= call.reader().file(value)
        elif key == "target":
            content |= value
        elif key != "width_ratio" or value is not None:
            content[key] = value
    if block.type in MEDIA - {"file"}:
        content.pop("name", None)
    elif block.type == "file" and "name" not in content:
        content["name"] = content.get("external", {}).get("url", "").rpartition("/")[2]
    return content


def table_fits(table: dict[str, Any], row: dict[str, Any], place: str) -> None:
    """Refuse a row that has more or fewer cells than its table is wide."""
    if len(row["cells"]) != table["table_width"]:
        raise invalid(f"{place}.cells: number of cells in table row must match the table width of the parent table.")
