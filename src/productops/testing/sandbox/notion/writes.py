"""Values of properties as they are sent: checked, and made into what is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from productops.testing.sandbox.notion import text
from productops.testing.sandbox.notion.refusal import RefusedError, invalid, misfit, too_long
from productops.testing.sandbox.notion.schema import COMPUTED, dashed, new_option
from productops.testing.sandbox.notion.times import DateError, kept_date
from productops.testing.sandbox.notion.world import Option, Page, Property, Source, World

MOST = 100
LENGTHS = {"url": 2000, "email": 200, "phone_number": 200}
PLACE_KEYS = ("lat", "lon", "name", "address", "aws_place_id", "google_place_id")
Take = Callable[[Property, Any, str], Any]
Missing = Callable[[str, str], RefusedError]  # (what, id) -> the 404 in the caller's name


class Writer:
    """Takes the values of one page. ``missing`` words the refusal of a page that is not shared."""

    def __init__(
        self, world: World, page: Page, source: Source | None, missing: Missing, *, hand: bool = False
    ) -> None:
        self.world = world
        self.page = page
        self.source = source
        self.missing = missing
        self.hand = hand  # a person may do what the interface may not
        self.options: list[tuple[Property, Option]] = []  # made on the way
        self.backlinks: list[tuple[Property, list[str], list[str]]] = []

    def take(self, given: Any, place: str = "body.properties") -> dict[str, Any]:
        """Return the page's values with those of a request put in; nothing is changed yet."""
        if not isinstance(given, dict):
            raise misfit(place, "defined" if given is ... else "an object", given)
        values = dict(self.page.values)
        try:
            self._take(given, values, place)
        except RefusedError:
            for found, option in self.options:
                found.options.remove(option)
            raise
        return values

    def _take(self, given: dict[str, Any], values: dict[str, Any], place: str) -> None:
        for key, raw in given.items():
            found = self._property(key)
            value = self._value(found, raw, f"{place}.{key}")
            if found.type == "relation":
                self.backlinks.append((found, values.get(found.id) or [], value))
            values[found.id] = value

    def link_back(self) -> None:
        """Carry what was taken over to the other side of two-way relations."""
        for found, before, after in self.backlinks:
            twin = str(found.more.get("twin") or "")
            for other in [*before, *after] if twin else ():
                page = self.world.page(other)
                if page is None or (other in before) == (other in after):
                    continue
                links = [one for one in page.values.get(twin) or [] if one != self.page.id]
                page.values = {**page.values, twin: links + ([self.page.id] if other in after else [])}
                if page.looks:
                    page.note(max(self.page.edited, page.looks[-1].since))

    def _property(self, key: str) -> Property:
        if self.source is None:
            if key != "title":
                raise invalid(f"{key} is not a property that exists.")
            return Property("title", "title", "title")
        found = self.source.named(key)
        if found is None:
            raise invalid(f"{key} is not a property that exists.")
        return found

    def _value(self, found: Property, raw: Any, place: str) -> Any:
        if found.type in COMPUTED:
            raise invalid(f"{found.name} is a {found.type} property, which cannot be written.")
        if isinstance(raw, list):  # recorded: the list alone is taken, too
            raw = {found.type: raw}
        if not isinstance(raw, dict) or found.type not in raw or raw.get("type", found.type) != found.type:
            raise invalid(f"{found.name} is expected to be {found.type}.")
        value, place = raw[found.type], f"{place}.{found.type}"
        if found.type in ("title", "rich_text"):
            return text.normalised(value, place)
        take: dict[str, Take] = {
            "number": _number,
            "checkbox": _checkbox,
            "select": self._option,
            "status": self._option,
            "multi_select": self._options,
            "date": _date,
            "people": self._people,
            "files": self._files,
            "relation": self._relation,
            "place": _place,
            "verification": self._verification,
        }
        chosen: Take = take.get(found.type, _line)
        return chosen(found, value, place)

    def _option(self, found: Property, value: Any, place: str) -> str | None:
        if value is None:
            return None
        if not isinstance(value, dict) or not ("id" in value or "name" in value):
            raise misfit(f"{place}.name", "defined", ... if isinstance(value, dict) else value)
        known = found.option(str(value["id"]), by="id") if value.get("id") else found.option(str(value["name"]))
        if known is None and value.get("id") and value.get("name"):
            known = found.option(str(value["name"]))
        if known is not None:
            return known.id
        if found.type == "status":
            raise invalid(
                f'Invalid status option. Status option "{value.get("name", value.get("id"))}" does not exist".'
            )
        if not value.get("name"):
            raise invalid(f"{found.name} has no option with id {value.get('id')}.")
        if text.length(str(value["name"])) > 100:
            raise too_long(f"{place}.name", 100, text.length(str(value["name"])))
        made = new_option(self.world, str(value["name"]), value.get("color"), found.type)
        found.options.append(made)
        self.options.append((found, made))
        return made.id

    def _options(self, found: Property, value: Any, place: str) -> list[str]:
        listed = _listed(value, place)
        found_ids = [self._option(found, one, f"{place}[{number}]") for number, one in enumerate(listed)]
        return list(dict.fromkeys(one for one in found_ids if one is not None))

    def _people(self, found: Property, value: Any, place: str) -> list[str]:
        people = []
        for number, one in enumerate(_listed(value, place)):
            if not isinstance(one, dict) or not isinstance(one.get("id"), str):
                raise misfit(f"{place}[{number}].id", "defined", ...)
            if dashed(one["id"]) not in self.world.users:
                raise invalid(f"Could not find user with ID: {one['id']}.")
            people.append(dashed(one["id"]))
        return list(dict.fromkeys(people))

    def _relation(self, found: Property, value: Any, place: str) -> list[str]:
        pages = []
        for number, one in enumerate(_listed(value, place)):
            if not isinstance(one, dict) or not isinstance(one.get("id"), str):
                raise misfit(f"{place}[{number}].id", "defined", ...)
            page = self.world.page(dashed(one["id"]))
            if page is None or not (self.hand or self.world.shared(page)):
                raise self.missing("page", dashed(one["id"]))
            if page.parent != ("data_source_id", found.more["source"]):
                raise invalid(f"Page with ID {page.id} is not in the data source that {found.name} relates to.")
            pages.append(page.id)
        return list(dict.fromkeys(pages))

    def _files(self, found: Property, value: Any, place: str) -> list[dict[str, Any]]:
        return [
            taken_file(self.world, one, f"{place}[{number}]", named=True)
            for number, one in enumerate(_listed(value, place))
        ]

    def _verification(self, found: Property, value: Any, place: str) -> dict[str, Any]:
        if not isinstance(value, dict) or value.get("state") not in ("verified", "unverified"):
            raise misfit(f"{place}.state", '`"verified"` or `"unverified"`', value)
        date = value.get("date")
        verified = value["state"] == "verified"
        return {
            "state": value["state"],
            "by": self.page.editor if verified else None,
            "date": date if verified else None,
        }


def taken_file(world: World, given: Any, place: str, *, named: bool = False) -> dict[str, Any]:
    """Return a file as it is kept: one elsewhere, or one that was uploaded."""
    if not isinstance(given, dict):
        raise misfit(place, "an object", given)
    kind = given.get("type") or next((one for one in ("external", "file_upload", "file") if one in given), "external")
    inner = given.get(kind)
    if not isinstance(inner, dict):
        raise misfit(f"{place}.{kind}", "defined", ...)
    if kind == "external":
        if not isinstance(inner.get("url"), str) or not inner["url"]:
            raise misfit(f"{place}.external.url", "a string", inner.get("url", ...))
        kept: dict[str, Any] = {"type": kind, "url": text.checked_url(inner["url"], f"{place}.external.url")}
    elif kind == "file_upload":
        upload = world.uploads.get(dashed(str(inner.get("id"))))
        if upload is None or upload.status != "uploaded":
            raise invalid(f"Could not find uploaded file with ID: {inner.get('id')}.")
        kept = {"type": "file", "upload": upload.id, "name": upload.name}
    else:
        address = str(inner.get("url", "")).split("/")
        upload = next((one for one in world.uploads.values() if one.id in address), None)
        if upload is None:
            raise invalid(f"{place}: a file of Notion's own can only be kept, not made.")
        kept = {"type": "file", "upload": upload.id, "name": upload.name}
    if given.get("name"):
        kept["name"] = given["name"]
    if named and "name" not in kept:
        raise misfit(f"{place}.name", "defined", ...)
    return kept


def _listed(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise misfit(place, "an array", value)
    if len(value) > MOST:
        raise too_long(place, MOST, len(value))
    return value


def _number(_: Property, value: Any, place: str) -> Any:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise misfit(place, "a number or `null`", value)
    return value


def _checkbox(_: Property, value: Any, place: str) -> bool:
    if not isinstance(value, bool):
        raise misfit(place, "a boolean", value)
    return value


def _date(_: Property, value: Any, place: str) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise misfit(place, "an object or `null`", value)
    try:
        return kept_date(value)
    except DateError as error:
        raise misfit(f"{place}.{error.key}", "a valid ISO 8601 date string", error.value) from None


def _place(_: Property, value: Any, place: str) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or not all(isinstance(value.get(one), int | float) for one in ("lat", "lon")):
        raise misfit(f"{place}.lat", "a number", ...)
    return {key: value.get(key) for key in PLACE_KEYS}


def _line(found: Property, value: Any, place: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise misfit(place, "a string or `null`", value)
    if not value:
        raise misfit(f"{place}.length", "≥ `1`", 0)
    if text.length(value) > LENGTHS[found.type]:
        raise too_long(place, LENGTHS[found.type], text.length(value))
    return value
