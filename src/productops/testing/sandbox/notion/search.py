"""Search by title: behind the times, not complete and not exact.

Recorded: one word of several is enough, and sources that lie in the trash are found, too.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from productops.testing.sandbox.notion import shown, text
from productops.testing.sandbox.notion.call import Call
from productops.testing.sandbox.notion.pages import known
from productops.testing.sandbox.notion.refusal import misfit
from productops.testing.sandbox.notion.world import Page, Source

Answered = dict[str, Any]


def search(call: Call) -> Answered:
    """POST /search."""
    call.need(read=True)
    body = call.body()
    known(body, ("query", "sort", "filter", "start_cursor", "page_size"))
    words = str(body.get("query") or "").casefold().split()
    indexed = call.now - timedelta(seconds=call.service.search_lag + call.mood.lag)
    found = [one for one in _things(call, _wanted(body)) if _matches(call, one, words, indexed)]
    down = True
    if (sort := body.get("sort")) is not None:
        if not isinstance(sort, dict) or sort.get("timestamp", "last_edited_time") != "last_edited_time":
            raise misfit("body.sort.timestamp", '`"last_edited_time"`', sort)
        down = sort.get("direction", "descending") == "descending"
    found.sort(key=lambda one: one.edited, reverse=down)
    return call.listed("page_or_data_source", found, lambda one: one.id, lambda one: _shown(call, one))


def _wanted(body: dict[str, Any]) -> str | None:
    given = body.get("filter")
    if given is None:
        return None
    if not isinstance(given, dict) or given.get("value") not in ("page", "data_source"):
        value = given.get("value") if isinstance(given, dict) else given
        raise misfit("body.filter.value", '`"page"` or `"data_source"`', value)
    return str(given["value"])


def _things(call: Call, kind: str | None) -> list[Page | Source]:
    pages = [one for one in call.world.nodes.values() if isinstance(one, Page)] if kind != "data_source" else []
    return [*pages, *(call.world.sources.values() if kind != "page" else ())]


def _matches(call: Call, one: Page | Source, words: list[str], indexed: Any) -> bool:
    world = call.world
    node = one if isinstance(one, Page) else world.nodes[one.database]
    if one.id in call.service.unfound or not world.shared(node):
        return False
    if isinstance(one, Source):
        return one.created <= indexed and _said(words, text.words_of(one.title, world))
    look = one.look(indexed)
    if look is None or look.trashed or world.in_trash(one):
        return False
    return _said(words, text.words_of(look.values.get("title") or [], world))


def _said(words: list[str], title: str) -> bool:
    return not words or any(word in title.casefold() for word in words)


def _shown(call: Call, one: Page | Source) -> Answered:
    return shown.page(call, one) if isinstance(one, Page) else shown.source(call, one)
