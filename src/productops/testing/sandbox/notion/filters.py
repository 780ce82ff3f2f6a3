"""Filters of a query: checked first, then a function that says whether a page passes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from productops.testing.sandbox.notion.reads import Reader
from productops.testing.sandbox.notion.refusal import invalid, misfit
from productops.testing.sandbox.notion.schema import dashed
from productops.testing.sandbox.notion.text import words_of
from productops.testing.sandbox.notion.times import around, instant
from productops.testing.sandbox.notion.world import Page, Property, Source

Passes = Callable[[Page, Mapping[str, Any]], bool]
Test = Callable[[Any], bool]
EMPTY = ("is_empty", "is_not_empty")
TEXT_OPS = ("equals", "does_not_equal", "contains", "does_not_contain", "starts_with", "ends_with", *EMPTY)
MORE_OR_LESS = ("greater_than", "less_than", "greater_than_or_equal_to", "less_than_or_equal_to")
NUMBER_OPS = ("equals", "does_not_equal", *MORE_OR_LESS, *EMPTY)
RELATIVE = ("past_week", "past_month", "past_year", "this_week", "next_week", "next_month", "next_year")
DATE_OPS = ("equals", "before", "after", "on_or_before", "on_or_after", *EMPTY, *RELATIVE)
LIST_OPS = ("contains", "does_not_contain", *EMPTY)
ONE_OPS = ("equals", "does_not_equal", *EMPTY)
OPS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("title", "rich_text", "url", "email", "phone_number"), TEXT_OPS),
    **dict.fromkeys(("number", "unique_id"), NUMBER_OPS),
    **dict.fromkeys(("date", "created_time", "last_edited_time"), DATE_OPS),
    **dict.fromkeys(("multi_select", "relation", "people", "created_by", "last_edited_by"), LIST_OPS),
    **dict.fromkeys(("select", "status"), ONE_OPS),
    "checkbox": ("equals", "does_not_equal"),
    "files": EMPTY,
    "verification": ("status",),
}
FORMULA_KINDS = {"string": "rich_text", "number": "number", "checkbox": "checkbox", "date": "date"}
DEEPEST = 2  # compound filters inside one another


class Filters:
    """Builds the filter of one query over one source, as it stands at one moment."""

    def __init__(self, source: Source, reader: Reader, now: datetime) -> None:
        self.source = source
        self.reader = reader
        self.now = now

    def passes(self, given: Any, place: str = "body.filter", depth: int = 0) -> Passes:
        """Return the filter a request asks for. Raises the refusal of one that makes no sense."""
        if not isinstance(given, dict):
            raise misfit(place, "an object", given)
        for word in ("and", "or"):
            if word in given:
                return self._compound(word, given[word], f"{place}.{word}", depth)
        if "timestamp" in given:
            return self._timestamp(given, place)
        key = given.get("property", ...)
        if not isinstance(key, str):
            raise misfit(f"{place}.property", "a string" if key is not ... else "defined", key)
        found = self.source.named(key)
        if found is None:
            raise invalid(f"Could not find property with name or id: {key}")
        kind = next((one for one in given if one not in ("property", "type")), None)
        if kind is None:
            raise misfit(f"{place}.{found.type}", "defined", ...)
        if kind == "formula" and found.type == "formula":
            return self._formula(found, given[kind], f"{place}.formula")
        if kind == "rollup" and found.type == "rollup":
            return self._rollup(found, given[kind], f"{place}.rollup")
        if kind not in ("text", found.type) and {kind, found.type} != {"title", "rich_text"}:
            raise invalid(f"database property {found.type} does not match filter {kind}")
        test = self.test(found.type, given[kind], f"{place}.{kind}", found)
        return lambda page, values: test(self._plain(page, found, values))

    def _compound(self, word: str, parts: Any, place: str, depth: int) -> Passes:
        if depth >= DEEPEST:
            raise misfit(place, "not nested deeper than two levels", ...)
        if not isinstance(parts, list):
            raise misfit(place, "an array", parts)
        made = [self.passes(one, f"{place}[{number}]", depth + 1) for number, one in enumerate(parts)]
        if len(made) > 100:
            raise misfit(f"{place}.length", "≤ `100`", len(made))
        if word == "and":
            return lambda page, values: all(one(page, values) for one in made)
        return lambda page, values: any(one(page, values) for one in made)

    def _timestamp(self, given: Mapping[str, Any], place: str) -> Passes:
        name = given["timestamp"]
        if name not in ("created_time", "last_edited_time"):
            raise misfit(f"{place}.timestamp", '`"created_time"` or `"last_edited_time"`', name)
        if "property" in given:
            raise misfit(f"{place}.property", "not present", given["property"])
        test = self.test(name, given.get(name, ...), f"{place}.{name}")
        attribute = "created" if name == "created_time" else "edited"
        return lambda page, _: test(whole_minute(getattr(page, attribute)))

    def _formula(self, found: Property, given: Any, place: str) -> Passes:
        if not isinstance(given, dict) or (kind := next(iter(given), None)) not in FORMULA_KINDS:
            raise misfit(place, "a formula filter", given)
        test = self.test(FORMULA_KINDS[kind], given[kind], f"{place}.{kind}")
        key = "boolean" if kind == "checkbox" else kind

        def passes(page: Page, values: Mapping[str, Any]) -> bool:
            value = self.reader.value(page, found, values)
            return test(value[key]) if value["type"] == key else test(None)

        return passes

    def _rollup(self, found: Property, given: Any, place: str) -> Passes:
        if not isinstance(given, dict) or not given:
            raise misfit(place, "a rollup filter", given)
        word = next(iter(given))
        if word in ("number", "date"):
            test = self.test(word, given[word], f"{place}.{word}")
            return lambda page, values: test(self.reader.value(page, found, values).get(word))
        if word not in ("any", "every", "none"):
            raise misfit(f"{place}.{word}", "not present", given[word])
        inner = given[word]
        kind = next(iter(inner), None) if isinstance(inner, dict) else None
        if kind not in OPS:
            raise misfit(f"{place}.{word}", "a filter", inner)
        test = self.test(str(kind), inner[kind], f"{place}.{word}.{kind}")

        def passes(page: Page, values: Mapping[str, Any]) -> bool:
            array = self.reader.value(page, found, values).get("array") or []
            results = [test(_of_shown(item)) for item in array]
            return {"any": any(results), "every": all(results), "none": not any(results)}[word]

        return passes

    def _plain(self, page: Page, found: Property, values: Mapping[str, Any]) -> Any:
        raw = values.get(found.id)
        match found.type:
            case "title" | "rich_text":
                return "".join(
                    item["text"]["content"] if item["type"] == "text" else words_of([item], self.reader.world)
                    for item in raw or ()
                )
            case "relation":
                return self.reader.related(raw)
            case "created_time":
                return whole_minute(page.created)
            case "last_edited_time":
                return whole_minute(page.edited)
            case "created_by" | "last_edited_by":
                return [page.creator if found.type == "created_by" else page.editor]
            case "unique_id":
                return page.number
            case "status" if raw is None and found.options:
                return found.options[0].id
        return raw

    def test(self, kind: str, given: Any, place: str, found: Property | None = None) -> Test:
        """Return the test of one condition such as ``{"equals": 3}``."""
        if not isinstance(given, dict) or len(given) != 1:
            raise misfit(place, "an object with one condition", given)
        op, wanted = next(iter(given.items()))
        if op not in OPS[kind]:
            raise misfit(f"{place}.{op}", "not present", wanted)
        place = f"{place}.{op}"
        if op in EMPTY:
            if wanted is not True:
                raise misfit(place, "`true`", wanted)
            return (lambda value: value in (None, "", [])) if op == "is_empty" else (lambda v: v not in (None, "", []))
        if OPS[kind] is TEXT_OPS:
            return _text(op, wanted, place)
        if OPS[kind] is NUMBER_OPS:
            return _number(op, wanted, place)
        if OPS[kind] is DATE_OPS:
            return self._date(op, wanted, place, stamp=kind != "date")
        if kind == "checkbox":
            if not isinstance(wanted, bool):
                raise misfit(place, "a boolean", wanted)
            return lambda value: (bool(value) == wanted) == (op == "equals")
        if kind == "verification":
            return lambda value: (value or {"state": "none"})["state"] == wanted
        return self._choice(kind, op, wanted, place, found)

    def _choice(self, kind: str, op: str, wanted: Any, place: str, found: Property | None) -> Test:
        if not isinstance(wanted, str):
            raise misfit(place, "a string", wanted)
        target: str | None = dashed(wanted)
        if kind in ("select", "status", "multi_select") and found is not None:
            option = found.option(wanted) or found.option(wanted, by="id")
            if option is None and kind != "multi_select":
                raise invalid(f'{kind} option "{wanted}" not found for property "{found.name}".')
            target = option.id if option else None
        if kind in ("relation", "people", "created_by", "last_edited_by") and len(wanted.replace("-", "")) != 32:
            raise misfit(place, "a valid uuid", wanted)
        if op in ("equals", "does_not_equal"):
            return lambda value: (value == target) == (op == "equals")
        return lambda value: (target in (value or ())) == (op == "contains")

    def _date(self, op: str, wanted: Any, place: str, *, stamp: bool) -> Test:
        if op in RELATIVE:
            if wanted != {}:
                raise misfit(place, "an empty object", wanted)
            first, last = around(op, self.now)
            return lambda value: value is not None and first <= _moment(value).date() <= last
        try:
            if not isinstance(wanted, str):
                raise ValueError
            day, moment = len(wanted) == 10, instant(wanted)
        except ValueError:
            raise misfit(place, "a valid ISO 8601 date string", wanted) from None
        # Recorded: dates are compared by the minute. Stamps are compared to the millisecond, which the reference says.
        exact = moment if stamp else whole_minute(moment)
        end = exact + timedelta(days=1) if day else exact

        def passes(value: Any) -> bool:
            if value is None:
                return False
            found = _moment(value)
            same = exact <= found < end if day else found == exact
            if op == "equals":
                return same
            if op in ("before", "after"):
                return found < exact if op == "before" else found >= end if day else found > exact
            return found < exact or same if op == "on_or_before" else found >= exact

        return passes


def whole_minute(moment: datetime) -> datetime:
    """Return a moment as the service knows it: to the minute it lies in."""
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else instant(value["start"])


def _of_shown(item: Mapping[str, Any]) -> Any:
    value = item[item["type"]]
    if item["type"] in ("title", "rich_text"):
        return "".join(one["plain_text"] for one in value)
    if item["type"] in ("multi_select", "people", "relation"):
        return [one["id"] for one in value]
    return value["name"] if isinstance(value, dict) and "name" in value else value


def _text(op: str, wanted: Any, place: str) -> Test:
    if not isinstance(wanted, str):
        raise misfit(place, "a string", wanted)
    low = wanted.lower()  # letters' case does not matter
    tests: dict[str, Callable[[str], bool]] = {
        "equals": lambda value: value == low,
        "does_not_equal": lambda value: value != low,
        "contains": lambda value: low in value,
        "does_not_contain": lambda value: low not in value,
        "starts_with": lambda value: value.startswith(low),
        "ends_with": lambda value: value.endswith(low),
    }
    return lambda value: tests[op]((value or "").lower())


def _number(op: str, wanted: Any, place: str) -> Test:
    if isinstance(wanted, bool) or not isinstance(wanted, int | float):
        raise misfit(place, "a number", wanted)
    if op in ("equals", "does_not_equal"):
        return lambda value: (value == wanted) == (op == "equals")
    tests: dict[str, Callable[[float], bool]] = {
        "greater_than": lambda value: value > wanted,
        "less_than": lambda value: value < wanted,
        "greater_than_or_equal_to": lambda value: value >= wanted,
        "less_than_or_equal_to": lambda value: value <= wanted,
    }
    return lambda value: value is not None and tests[op](value)
