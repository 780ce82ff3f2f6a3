"""The columns of a source: made, changed and shown as the interface writes them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from productops.testing.sandbox.notion.formula import PROP, parse
from productops.testing.sandbox.notion.functions import FormulaError
from productops.testing.sandbox.notion.refusal import RefusedError, invalid, misfit
from productops.testing.sandbox.notion.text import COLORS, name_of
from productops.testing.sandbox.notion.world import Option, Property, Source, World, encoded

PLAIN_TYPES = frozenset(
    {
        "title",
        "rich_text",
        "date",
        "people",
        "files",
        "checkbox",
        "url",
        "email",
        "phone_number",
        "created_time",
        "created_by",
        "last_edited_time",
        "last_edited_by",
        "button",
        "place",
        "verification",
    }
)
CHOICES = frozenset({"select", "multi_select", "status"})
TYPES = PLAIN_TYPES | CHOICES | {"number", "formula", "relation", "rollup", "unique_id"}
COMPUTED = frozenset(
    ["formula", "rollup", "created_time", "created_by", "last_edited_time", "last_edited_by", "unique_id", "button"]
)
GROUPS = (("To-do", "gray"), ("In progress", "blue"), ("Complete", "green"))
USUAL_STATUS = (("Not started", "default", 0), ("In progress", "blue", 1), ("Done", "green", 2))
FUNCTIONS = frozenset(
    {
        "average",
        "checked",
        "count",
        "count_per_group",
        "count_values",
        "date_range",
        "earliest_date",
        "empty",
        "latest_date",
        "max",
        "median",
        "min",
        "not_empty",
        "percent_checked",
        "percent_empty",
        "percent_not_empty",
        "percent_per_group",
        "percent_unchecked",
        "range",
        "show_original",
        "show_unique",
        "sum",
        "unchecked",
        "unique",
    }
)


def kind_of(given: Any, place: str) -> str:
    """Return the type that a column is asked to have."""
    if not isinstance(given, dict):
        raise misfit(place, "an object", given)
    kind = given.get("type") or next((one for one in given if one in TYPES), None)
    if kind not in TYPES:
        raise misfit(f"{place}.type", "a property type", kind if kind is not None else ...)
    return str(kind)


class Columns:
    """The columns of one source, for whoever may change them; ``place`` is where a request names them."""

    def __init__(self, world: World, source: Source, place: str = "body.properties") -> None:
        self.world = world
        self.source = source
        self.place = place

    def change(self, given: Any) -> None:
        """Add, change, rename and remove columns as a request says."""
        if not isinstance(given, dict):
            raise misfit(self.place, "an object", given)
        # A relation changes another source, too; a refusal leaves all of them as they were.
        before = {one.id: copy.deepcopy(one.properties) for one in self.world.sources.values()}
        try:
            self._change(given)
        except RefusedError:
            for one in self.world.sources.values():
                one.properties = before[one.id]
            raise

    def _change(self, given: Mapping[str, Any]) -> None:
        for key, wanted in given.items():
            found = self.source.named(key)
            if wanted is None:
                self._remove(found, key)
            elif found is None:
                self.add(key, wanted)
            else:
                self._alter(found, wanted)

    def add(self, name: str, given: Any, property_id: str | None = None) -> Property:
        """Add a column."""
        place = f"{self.place}.{name}"
        kind = kind_of(given, place)
        if kind == "title" and "title" in self.source.properties:
            raise invalid("Cannot create new title property. Only one title property is allowed per data source.")
        made = Property("title" if kind == "title" else property_id or self.world.ids.short(), name, kind)
        made.description = given.get("description")
        self._configure(made, given.get(kind) or {}, f"{place}.{kind}")
        self.source.properties[made.id] = made
        return made

    def _remove(self, found: Property | None, key: str) -> None:
        if found is None:
            raise invalid(f"Could not find property with name or id: {key}")
        if found.type == "title":
            raise invalid("Cannot remove title property")
        del self.source.properties[found.id]
        if twin := found.more.get("twin"):
            target = self.world.sources.get(found.more["source"])
            if target is not None:
                target.properties.pop(twin, None)

    def _alter(self, found: Property, given: Any) -> None:
        if not isinstance(given, dict):
            raise misfit(f"{self.place}.{found.name}", "an object", given)
        if (name := given.get("name")) is not None and name != found.name:
            if not isinstance(name, str) or not name:
                raise misfit(f"{self.place}.{found.name}.name", "a string", name)
            if self.source.named(name) is not None:
                raise invalid(f"Property with name {name} already exists.")
            found.name = name
        if "description" in given:
            found.description = given["description"]
        kind = given.get("type") or next((one for one in given if one in TYPES), None)
        if kind is None:
            return
        kind = kind_of(given, f"{self.place}.{found.name}")
        if "title" in (kind, found.type) and kind != found.type:
            raise invalid("Cannot change the type of the title property")
        if kind != found.type:
            found.type, found.options, found.more = kind, [], {}
        self._configure(found, given.get(kind) or {}, f"{self.place}.{found.name}.{kind}")

    def _configure(self, made: Property, given: Any, place: str) -> None:
        if not isinstance(given, dict):
            raise misfit(place, "an object", given)
        if made.type in ("select", "multi_select"):
            self._options(made, given, place)
        elif made.type == "status":
            self._status(made, given, place)
        elif made.type == "number":
            made.more["format"] = given.get("format", made.more.get("format", "number"))
        elif made.type == "unique_id":
            made.more["prefix"] = given.get("prefix")
        elif made.type == "formula":
            made.more["expression"] = self._expression(given.get("expression", ...), place)
        elif made.type == "relation":
            self._relation(made, given, place)
        elif made.type == "rollup":
            self._rollup(made, given, place)

    def _options(self, made: Property, given: Mapping[str, Any], place: str) -> None:
        """Options that are left out go; those that stay keep id and colour, which nobody may change here."""
        if "options" not in given:
            return
        if not isinstance(given["options"], list):
            raise misfit(f"{place}.options", "an array", given["options"])
        kept: list[Option] = []
        for number, one in enumerate(given["options"]):
            where = f"{place}.options[{number}]"
            if not isinstance(one, dict) or not isinstance(one.get("name", ""), str):
                raise misfit(f"{where}.name", "a string", one)
            known = made.option(str(one.get("id", "")), by="id") or made.option(one.get("name", ""))
            if known is None:
                known = new_option(self.world, one.get("name", ""), one.get("color"), made.type)
            elif one.get("color") not in (None, known.color):
                raise invalid(f"Cannot update color of select with name: {known.name}.")
            kept.append(known)
        if len({one.name for one in kept}) < len(kept):
            raise invalid(f"Duplicate options in {made.type}: {made.name}")
        if len(kept) > 100:
            raise misfit(f"{place}.options.length", "≤ `100`", len(kept))
        made.options = kept

    def _status(self, made: Property, given: Mapping[str, Any], place: str) -> None:
        if made.options:
            if given:
                raise invalid("Status property options cannot be changed through the API.")
            return
        wanted = [(str(one.get("name")), one.get("color"), one.get("group", 0)) for one in given.get("options") or ()]
        groups = [
            {"id": self.world.ids.new(), "name": name, "color": color, "option_ids": []} for name, color in GROUPS
        ]
        for name, color, group in wanted or USUAL_STATUS:
            option = new_option(self.world, name, color, "status")
            made.options.append(option)
            at = next((n for n, (label, _) in enumerate(GROUPS) if label == group), group)
            groups[at if isinstance(at, int) else 0]["option_ids"].append(option.id)  # type: ignore[attr-defined]
        made.more["groups"] = groups

    def _expression(self, text: Any, place: str) -> str:
        if not isinstance(text, str):
            raise misfit(f"{place}.expression", "a string", text)

        def reference(match: Any) -> str:
            found = self.source.named(match[1])
            if found is None:
                raise invalid(f'Type error with formula: Undefined property "{match[1]}"')
            return f"{{{{notion:block_property:{encoded(found.id)}:{self.source.id}:{self.world.id}}}}}"

        kept = PROP.sub(reference, text)
        try:
            parse(kept)
        except FormulaError as error:
            raise invalid(f"Type error with formula: {error}") from None
        return kept

    def _relation(self, made: Property, given: Mapping[str, Any], place: str) -> None:
        target = self._target(given, place)
        dual = given.get("dual_property")
        double = given.get("type") == "dual_property" or dual is not None
        if not isinstance(dual, dict | None):
            raise misfit(f"{place}.dual_property", "an object", dual)
        if made.more.get("source") == target.id and made.more.get("twin") and double:
            return
        made.more = {"source": target.id, "twin": None}
        if not double:
            return
        name = (dual or {}).get(
            "synced_property_name"
        ) or f"Related to {name_of(self.world, self.source.id)} ({made.name})"
        twin = Property(self.world.ids.short(), name, "relation", more={"source": self.source.id, "twin": made.id})
        target.properties[twin.id] = twin
        made.more["twin"] = twin.id

    def _target(self, given: Mapping[str, Any], place: str) -> Source:
        wanted = given.get("data_source_id")
        if wanted is None and (database := self.world.database(str(given.get("database_id")))):
            if len(database.sources) > 1:
                raise invalid("Databases with multiple data sources are not supported in this API version.")
            wanted = database.sources[0]
        if wanted is None:
            raise misfit(f"{place}.data_source_id", "defined", ...)
        found = self.world.sources.get(dashed(str(wanted)))
        if found is None or not self.world.shared(self.world.nodes[found.database]):
            raise invalid(f"Could not find data source with ID: {wanted}.")
        return found

    def _rollup(self, made: Property, given: Mapping[str, Any], place: str) -> None:
        link = self.source.named(str(given.get("relation_property_id") or given.get("relation_property_name") or ""))
        if link is None or link.type != "relation":
            raise misfit(f"{place}.relation_property_name", "a relation", given.get("relation_property_name", ...))
        column = self.world.sources[link.more["source"]].named(
            str(given.get("rollup_property_id") or given.get("rollup_property_name") or "")
        )
        if column is None:
            raise misfit(f"{place}.rollup_property_name", "a property", given.get("rollup_property_name", ...))
        if str(given.get("function")) not in FUNCTIONS:
            raise misfit(f"{place}.function", "a rollup function", given.get("function", ...))
        made.more = {"link": link.id, "column": column.id, "function": given["function"]}


def dashed(found: str) -> str:
    """Return an id with its dashes."""
    plain = found.replace("-", "").lower()
    return f"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:]}" if len(plain) == 32 else found


def new_option(world: World, name: str, color: str | None, kind: str) -> Option:
    """Return a fresh option. Raises the refusal of a name that cannot be one."""
    if not name:
        raise invalid(f"Invalid {kind} option, a name is required.")
    if "," in name:
        raise invalid(f"Invalid {kind} option, commas not allowed: {name}")
    if color is not None and str(color) not in COLORS:
        raise invalid(f"Invalid color for option: {color}")
    made = Option(world.ids.new(), name)
    # Notion picks a colour by chance; here it follows from the id.
    made.color = color or COLORS[int(made.id[0], 16) % len(COLORS)]
    return made
