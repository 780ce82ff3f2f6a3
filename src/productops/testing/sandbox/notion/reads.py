"""Values of properties as answers show them; the computed ones are computed here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from productops.testing.sandbox.notion import rollup, text
from productops.testing.sandbox.notion.formula import evaluate, parse
from productops.testing.sandbox.notion.functions import FormulaError
from productops.testing.sandbox.notion.world import Option, Page, Property, Source, World, encoded, minute

CUT = 25  # how many relations and people a page shows
FILE_LIFE = timedelta(hours=1)
DEEPEST = 8  # formulas over formulas over rollups
LISTED = frozenset({"title", "rich_text", "relation", "people"})  # what the property endpoint pages


class Reader:
    """Shows pages' values at one moment, to one token; ``user`` shows a user by id."""

    def __init__(self, world: World, now: datetime, user: Callable[[str], dict[str, Any]]) -> None:
        self.world = world
        self.now = now
        self.user = user

    def properties(self, page: Page, values: Mapping[str, Any], only: frozenset[str] | None = None) -> dict[str, Any]:
        """Return a page's ``properties``; ``only`` names the properties wanted by id."""
        source = self.world.source_of(page)
        if source is None:
            shown = {"id": "title", "type": "title", "title": self._texts(values.get("title"))}
            return {"title": shown}
        found = sorted(source.properties.values(), key=lambda one: one.id)
        return {
            one.name: self.property(page, one, values)
            for one in found
            if only is None or one.id in only or encoded(one.id) in only
        }

    def property(self, page: Page, found: Property, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return one property as the page shows it: long lists are cut."""
        value = self.value(page, found, values)
        shown = {"id": encoded(found.id), "type": found.type, found.type: value}
        if found.type == "people":
            shown["people"] = value[:CUT]
        if found.type == "relation":
            shown |= {"relation": value[:CUT], "has_more": len(value) > CUT}
        return shown

    def value(self, page: Page, found: Property, values: Mapping[str, Any], depth: int = 0) -> Any:
        """Return a whole value as answers show it."""
        raw = values.get(found.id)
        source = self.world.source_of(page)
        match found.type:
            case "title" | "rich_text":
                return self._texts(raw)
            case "select":
                return option_shown(found.option(raw, by="id")) if raw else None
            case "status":
                known = found.option(raw, by="id") if raw else None
                return option_shown(known or (found.options[0] if found.options else None))
            case "multi_select":
                known_ones = [found.option(one, by="id") for one in raw or ()]
                return [option_shown(one) for one in known_ones if one is not None]
            case "people":
                return [self.user(one) for one in raw or ()]
            case "relation":
                return [{"id": one} for one in self.related(raw)]
            case "checkbox":
                return bool(raw)
            case "files":
                return [self.file(one) for one in raw or ()]
            case "created_time":
                return minute(page.created)
            case "last_edited_time":
                return minute(page.edited)
            case "created_by":
                return self.user(page.creator)
            case "last_edited_by":
                return self.user(page.editor)
            case "unique_id":
                return {"prefix": found.more["prefix"], "number": page.number}
            case "button":
                return {}
            case "verification":
                return self._verification(raw)
            case "formula" if source is not None:
                return self._formula(page, source, found, values, depth)
            case "rollup" if source is not None:
                return self._rollup(page, source, found, values, depth)
        return raw

    def related(self, pages: Any) -> list[str]:
        """Return the pages of a relation that can be seen: shared, and not in the trash."""
        found = [(one, self.world.page(one)) for one in pages or ()]
        return [one for one, page in found if page and not page.trashed and self.world.shared(page)]

    def file(self, kept: Mapping[str, Any]) -> dict[str, Any]:
        """Return a kept file as answers show it; addresses of Notion's own files expire."""
        name = {"name": kept["name"]} if "name" in kept else {}
        if kept["type"] == "external":
            return {**name, "type": "external", "external": {"url": kept["url"]}}
        ends = self.now + FILE_LIFE
        url = (
            f"https://files.example.com/{kept['upload']}/{kept['name'].replace(' ', '%20')}?ends={ends.timestamp():.0f}"
        )
        return {**name, "type": "file", "file": {"url": url, "expiry_time": minute(ends)}}

    def _texts(self, items: Any) -> list[dict[str, Any]]:
        return text.shown(items or [], self.world, self.user)

    def _verification(self, raw: Any) -> dict[str, Any]:
        if not raw:
            return {"state": "unverified", "verified_by": None, "date": None}
        return {"state": raw["state"], "verified_by": self.user(raw["by"]) if raw["by"] else None, "date": raw["date"]}

    # --- computed

    def bare(self, page: Page, found: Property, values: Mapping[str, Any], depth: int = 0) -> Any:
        """Return a value as formulas see it: text, number, yes or no, date, list or None."""
        value = self.value(page, found, values, depth)
        match found.type:
            case "title" | "rich_text":
                return "".join(one["plain_text"] for one in value)
            case "select" | "status":
                return value["name"] if value else None
            case "multi_select":
                return [one["name"] for one in value]
            case "people" | "files":
                return [one.get("name") or one.get("id") for one in value]
            case "relation":
                return [one["id"] for one in value]
            case "created_by" | "last_edited_by":
                return value.get("name") or value["id"]
            case "created_time" | "last_edited_time":
                return {"start": value, "end": None, "time_zone": None}
            case "unique_id":
                return f"{value['prefix']}-{value['number']}" if value["prefix"] else float(value["number"])
            case "formula":
                return value[value["type"]]
            case "rollup":
                return value[value["type"]] if value["type"] != "array" else rollup.bare(value["array"])
            case "button" | "verification" | "place":
                return None
        return value

    def _formula(
        self, page: Page, source: Source, found: Property, values: Mapping[str, Any], depth: int
    ) -> dict[str, Any]:
        def lookup(key: str) -> Any:
            column = source.named(key)
            return None if column is None or depth > DEEPEST else self.bare(page, column, values, depth + 1)

        try:
            value = evaluate(parse(found.more["expression"]), lookup, self.now)
        except (FormulaError, TypeError, ValueError, ArithmeticError, LookupError):
            value = None
        if isinstance(value, bool):
            return {"type": "boolean", "boolean": value}
        if isinstance(value, int | float):
            return {"type": "number", "number": int(value) if value == int(value) else value}
        if isinstance(value, dict):
            return {"type": "date", "date": value}
        if isinstance(value, list):
            value = ",".join(str(one) for one in value)
        return {"type": "string", "string": value}

    def _rollup(
        self, page: Page, source: Source, found: Property, values: Mapping[str, Any], depth: int
    ) -> dict[str, Any]:
        function = found.more["function"]
        link = source.properties.get(found.more["link"])
        column = self.world.sources[link.more["source"]].properties.get(found.more["column"]) if link else None
        if link is None or column is None or depth > DEEPEST:
            return {"type": "array", "array": [], "function": function}
        pages = [one for one in map(self.world.page, self.related(values.get(link.id))) if one]
        items = [{"type": column.type, column.type: self.value(one, column, one.values, depth + 1)} for one in pages]
        plain = [self.bare(one, column, one.values, depth + 1) for one in pages]
        return {**rollup.computed(function, items, plain), "function": function}


def option_shown(found: Option | None) -> dict[str, Any] | None:
    """Return an option as a value shows it."""
    return None if found is None else {"id": found.id, "name": found.name, "color": found.color}
