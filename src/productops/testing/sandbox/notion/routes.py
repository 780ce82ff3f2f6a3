"""Which function answers which path."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from productops.testing.sandbox.notion import (
    blocks,
    comments,
    markdown,
    pages,
    people,
    search,
    sources,
    uploads,
)

Function = Callable[..., dict[str, Any]]
ROUTES: tuple[tuple[str, str, Function], ...] = (
    ("GET", "users", people.listing),
    ("GET", "users/me", people.me),
    ("GET", "users/{}", people.retrieve),
    ("POST", "pages", pages.create),
    ("GET", "pages/{}", pages.retrieve),
    ("PATCH", "pages/{}", pages.update),
    ("POST", "pages/{}/move", pages.move),
    ("GET", "pages/{}/properties/{}", pages.item),
    ("GET", "pages/{}/markdown", markdown.retrieve),
    ("PATCH", "pages/{}/markdown", markdown.update),
    ("GET", "blocks/{}", blocks.retrieve),
    ("PATCH", "blocks/{}", blocks.update),
    ("DELETE", "blocks/{}", blocks.delete),
    ("GET", "blocks/{}/children", blocks.children),
    ("PATCH", "blocks/{}/children", blocks.append),
    ("POST", "databases", sources.create_database),
    ("GET", "databases/{}", sources.retrieve_database),
    ("PATCH", "databases/{}", sources.update_database),
    ("POST", "data_sources", sources.create),
    ("GET", "data_sources/{}", sources.retrieve),
    ("PATCH", "data_sources/{}", sources.update),
    ("POST", "data_sources/{}/query", lambda call, source: call.service.queries.answer(call, source)),
    ("GET", "data_sources/{}/templates", sources.templates),
    ("GET", "comments", comments.listing),
    ("POST", "comments", comments.create),
    ("GET", "comments/{}", comments.retrieve),
    ("PATCH", "comments/{}", comments.update),
    ("DELETE", "comments/{}", comments.delete),
    ("POST", "search", search.search),
    ("POST", "file_uploads", uploads.create),
    ("GET", "file_uploads", uploads.listing),
    ("GET", "file_uploads/{}", uploads.retrieve),
    ("POST", "file_uploads/{}/send", uploads.send),
)
WORDS = frozenset(part for _, pattern, _ in ROUTES for part in pattern.split("/")) - {"{}"}
LISTS = frozenset(
    {
        ("GET", "users"),
        ("GET", "blocks/{}/children"),
        ("GET", "pages/{}/properties/{}"),
        ("GET", "comments"),
        ("POST", "data_sources/{}/query"),
        ("POST", "search"),
    }
)


def find(method: str, path: str) -> tuple[str, Function, list[str]] | None:
    """Return the pattern, the function and the placeholders of a request, or None."""
    parts = path.removeprefix("/v1/").split("/")
    for verb, pattern, function in ROUTES:
        names = pattern.split("/")
        if verb != method or len(names) != len(parts):
            continue
        if all(name == part or (name == "{}" and part) for name, part in zip(names, parts, strict=True)):
            return pattern, function, [unquote(part) for name, part in zip(names, parts, strict=True) if name == "{}"]
    return None


def named(path: str) -> str:
    """Return a path with ids replaced by ``*``."""
    parts = path.split("/")
    kept = [part if part in WORDS or number < 2 else "*" for number, part in enumerate(parts)]
    if parts[4:5] == ["properties"] and len(parts) > 5:
        kept[5] = "*"
    return "/".join(kept)
