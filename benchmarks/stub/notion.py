"""Just enough of Notion for the measured clients: one data source a place, of pages with thirteen properties.

The data source whose id is the number 10000 has 1,000 pages. Unlike the service it shows more than 10,000 rows of one
query, which the plain client could not read otherwise.
"""

from __future__ import annotations

from itertools import islice
from typing import Any
from urllib.parse import quote, unquote

import orjson

from benchmarks.stub.texts import paragraphs, texts

OPTIONS = {
    "Status": ("Inbox", "Building", "Shipped"),
    "Kind": ("Feature", "Fix", "Research"),
    "Tags": ("customer", "tech debt", "q3", "beta"),
}
# Property → id (as the service spells ids: encoded for an address) and type.
PROPERTIES = {
    "Name": ("title", "title"),
    "Summary": ("a%3AbC", "rich_text"),
    "Status": ("d%5BeF", "status"),
    "Kind": ("g%3FhI", "select"),
    "Tags": ("j%60kL", "multi_select"),
    "Owner": ("m%40nO", "people"),
    "Due": ("p%7CqR", "date"),
    "Points": ("stUV", "number"),
    "Blocked": ("wxYZ", "checkbox"),
    "Spec": ("abCD", "url"),
    "Asked by": ("efGH", "email"),
    "Phone": ("ijKL", "phone_number"),
    "Created": ("mnOP", "created_time"),
}


def uuid(number: int) -> str:
    """Return a number as an id."""
    text = f"{number:032d}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def plain_id(name: str) -> str:
    """Return the id of a property as a query names it."""
    return unquote(PROPERTIES[name][0])


def person(number: int) -> dict[str, Any]:
    """Return an invented account."""
    name, email = f"Person {number}", f"person{number}@example.com"
    return {"object": "user", "id": uuid(900 + number), "name": name, "avatar_url": None, "type": "person",
            "person": {"email": email}}  # fmt: skip


def _text(content: str) -> list[dict[str, Any]]:
    plain = dict.fromkeys(("bold", "italic", "strikethrough", "underline", "code"), False)
    return [{
        "type": "text", "text": {"content": content, "link": None}, "annotations": {**plain, "color": "default"},
        "plain_text": content, "href": None,
    }]  # fmt: skip


def _option(name: str, at: int) -> dict[str, Any]:
    number = at % len(OPTIONS[name])
    return {"id": uuid(100 + number), "name": OPTIONS[name][number], "color": "blue"}


def _values(at: int, title: str, text: str) -> dict[str, Any]:
    summary = " ".join(paragraphs(text))[:200].strip()
    due = {"start": f"2026-{at % 12 + 1:02d}-15", "end": None, "time_zone": None} if at % 2 else None
    return {
        "Name": _text(title), "Summary": _text(summary) if summary else [], "Status": _option("Status", at),
        "Kind": _option("Kind", at) if at % 4 else None,
        "Tags": [_option("Tags", at), _option("Tags", at + 1)] if at % 3 else [],
        "Owner": [person(at % 12)] if at % 3 else [], "Due": due, "Points": at % 13, "Blocked": at % 5 == 0,
        "Spec": f"https://wiki.example.com/specs/{at}", "Asked by": f"customer{at % 400}@example.com",
        "Phone": f"+49 30 {at:07d}", "Created": _created(at),
    }  # fmt: skip


def _created(at: int) -> str:
    hours, minute = divmod(at, 60)
    days, hour = divmod(hours, 24)
    return f"2025-{days // 28 % 12 + 1:02d}-{days % 28 + 1:02d}T{hour:02d}:{minute:02d}:00.000Z"


class Notion:
    """Answers Notion's requests from memory."""

    def __init__(self) -> None:
        self._pages: dict[tuple[int, frozenset[str]], list[bytes]] = {}

    def dumped(self, place: int, wanted: frozenset[str]) -> list[bytes]:
        """Return the pages of a place, serialised; made when they are first asked for."""
        if (place, wanted) not in self._pages:
            rows = enumerate(islice(texts(), place // 10))
            self._pages[place, wanted] = [_page(place, at, _values(at, *row), wanted) for at, row in rows]
        return self._pages[place, wanted]

    def handle(self, method: str, path: str, query: dict[str, list[str]], body: bytes) -> bytes:
        """Return the answer's body."""
        parts = path.removeprefix("/v1/").split("/")
        place = int(parts[1].replace("-", ""))
        if method == "GET":
            return orjson.dumps(_described(place))
        asked: dict[str, Any] = orjson.loads(body) if body else {}
        start, size = int(asked.get("start_cursor") or 0), int(asked.get("page_size") or 100)
        named = frozenset(quote(id_, safe="") for id_ in query.get("filter_properties", ()))
        rows = self.dumped(place, named or frozenset(id_ for id_, _type in PROPERTIES.values()))
        end = start + size
        more = end < len(rows)
        tail = {"next_cursor": str(end) if more else None, "has_more": more, "type": "page_or_data_source",
                "page_or_data_source": {}, "request_id": uuid(end)}  # fmt: skip
        return b'{"object":"list","results":[' + b",".join(rows[start:end]) + b"]," + orjson.dumps(tail)[1:]


def _page(place: int, at: int, values: dict[str, Any], wanted: frozenset[str]) -> bytes:
    properties = {
        name: {"id": id_, "type": type_, type_: values[name]}
        for name, (id_, type_) in PROPERTIES.items()
        if id_ in wanted
    }
    bot, id_ = {"object": "user", "id": uuid(1)}, uuid(10**12 + at)
    return orjson.dumps({
        "object": "page", "id": id_, "created_time": _created(at), "last_edited_time": _created(at),
        "created_by": bot, "last_edited_by": bot, "cover": None, "icon": None,
        "parent": {"type": "data_source_id", "data_source_id": uuid(place), "database_id": uuid(2)},
        "archived": False, "in_trash": False, "is_locked": False, "properties": properties,
        "url": f"https://www.notion.so/{id_.replace('-', '')}", "public_url": None,
    })  # fmt: skip


def _described(place: int) -> dict[str, Any]:
    properties = {}
    for name, (id_, type_) in PROPERTIES.items():
        options = [_option(name, at) for at in range(len(OPTIONS[name]))] if name in OPTIONS else None
        properties[name] = {"id": id_, "name": name, "type": type_, type_: {"options": options} if options else {}}
    return {"object": "data_source", "id": uuid(place), "title": _text("Roadmap"), "properties": properties,
            "parent": {"type": "database_id", "database_id": uuid(2)}}  # fmt: skip
