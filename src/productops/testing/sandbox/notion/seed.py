r"""Seeds: a workspace written as JSON, for ``Notion.from_json``.

::

    {
      "workspace": "Acme",
      "users": [{"id": "…", "name": "Ada Lind", "email": "ada@example.com", "guest": false}],
      "tokens": {"ntn_sandbox": {"name": "Sync", "can": ["read", "update", "insert", "comments"], "users": "email"}},
      "pages": [{"id": "…", "title": "Handbook", "body": "# Welcome", "shared": true,
                 "pages": [], "databases": []}],
      "databases": [{"id": "…", "title": "Roadmap", "shared": true, "sources": [{
          "id": "…", "title": "Roadmap",
          "properties": {"Name": "title", "Stage": {"select": ["Inbox", "Building"]},
                         "State": {"status": {"To-do": ["Open"], "Complete": ["Done"]}},
                         "Theme": {"relation": "Themes", "both": "Ideas"},
                         "Weight": {"rollup": ["Theme", "Weight", "sum"]}, "Label": {"formula": "prop(\"Name\")"}},
          "rows": [{"Name": "Dark mode", "Stage": "Inbox", "Theme": ["Speed"],
                    "#": {"id": "…", "created": "2026-01-05T09:00:00Z", "body": "Text"}}]}]}]
    }

Everything may be left out. Without ``users`` there is one person, without ``tokens`` there is ``ntn_sandbox``,
which may do everything. ``users`` of a token is "email", "plain" (no e-mails) or "none". Databases stand on the
first page, which is made when there is none. A property is a type, or one with what it needs, or as the interface
writes it. Values are plain, or as the interface writes them; related rows may be named by title. What a row has
besides values is under "#".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from productops.testing.sandbox.notion import text
from productops.testing.sandbox.notion.call import UUID
from productops.testing.sandbox.notion.refusal import RefusedError
from productops.testing.sandbox.notion.schema import GROUPS, TYPES, Columns
from productops.testing.sandbox.notion.world import Database, Page, Source, Token, User, World

if TYPE_CHECKING:
    from productops.testing.sandbox.notion.service import Notion

STANDARD_TOKEN = "ntn_sandbox"  # noqa: S105 it opens a sandbox only
ABILITIES = ("read", "update", "insert", "comments")
KEYS = frozenset({"workspace", "users", "tokens", "pages", "databases"})


class SeedError(ValueError):
    """A seed that cannot be planted; the message says where it is wrong."""


def plant(data: Any, notion: Notion) -> None:
    """Put a seed into an empty workspace. Raises ``SeedError``."""
    Planter(_object(data, "seed", KEYS), notion).plant()


def _object(value: Any, place: str, keys: frozenset[str] | None = None) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise SeedError(f"{place}: an object is needed, not {value!r}")
    if keys is not None and (unknown := sorted(set(value) - keys)):
        raise SeedError(f"{place}: unknown key {unknown[0]!r}; there are {', '.join(sorted(keys))}")
    return dict(value)


class Planter:
    """Plants one seed."""

    def __init__(self, data: dict[str, Any], notion: Notion) -> None:
        self.data = data
        self.notion = notion
        self.world: World = notion.world
        self.now: datetime = notion.clock.now()
        self.rows: list[tuple[Source, Any, str]] = []
        self.columns: list[tuple[Source, str, Any, str]] = []

    def plant(self) -> None:
        """Plant everything: what is referred to comes first."""
        self.world.name = self.data.get("workspace", self.world.name)
        self._users()
        self._tokens()
        pages = self.data.get("pages") or []
        databases = self.data.get("databases") or []
        if databases and not pages:
            pages = [{"title": "Home"}]
        made = [self._page(one, f"pages[{number}]", ("workspace", "")) for number, one in enumerate(pages)]
        for number, one in enumerate(databases):
            self._database(one, f"databases[{number}]", ("page_id", made[0].id))
        self._finish_columns()
        self._finish_rows()

    def _id(self, given: Any, place: str) -> str:
        if given is None:
            return self.world.ids.new()
        if not isinstance(given, str) or not UUID.fullmatch(given):
            raise SeedError(f"{place}.id: {given!r} is no id such as 8f3b6a1e-1d2c-4e5f-8a9b-0c1d2e3f4a5b")
        return given

    def _users(self) -> None:
        given = self.data.get("users") or [{"name": "Ada Lind", "email": "ada@example.com"}]
        keys = frozenset({"id", "name", "email", "guest", "avatar", "bot"})
        for number, one in enumerate(given):
            place = f"users[{number}]"
            found = _object(one, place, keys)
            if not found.get("name"):
                raise SeedError(f"{place}: a name is needed")
            user = User(self._id(found.get("id"), place), found["name"], found.get("email", ""))
            user.guest, user.avatar, user.bot = bool(found.get("guest")), found.get("avatar"), bool(found.get("bot"))
            self.world.users[user.id] = user

    def _tokens(self) -> None:
        for secret, one in (self.data.get("tokens") or {STANDARD_TOKEN: {}}).items():
            place = f"tokens.{secret}"
            found = _object(one, place, frozenset({"id", "name", "can", "users"}))
            can = found.get("can", ABILITIES)
            if unknown := sorted(set(can) - set(ABILITIES)):
                raise SeedError(f"{place}.can: unknown {unknown[0]!r}; there are {', '.join(ABILITIES)}")
            reach = found.get("users", "email")
            if reach not in ("email", "plain", "none"):
                raise SeedError(f"{place}.users: 'email', 'plain' or 'none', not {reach!r}")
            bot = User(self._id(found.get("id"), place), found.get("name", "Sandbox"), bot=True)
            self.world.users[bot.id] = bot
            self.notion.tokens[secret] = Token(secret, bot.id, **{one: one in can for one in ABILITIES}, users=reach)

    @property
    def _author(self) -> str:
        return next(iter(self.world.users))

    def _page(self, given: Any, place: str, parent: tuple[str, str]) -> Page:
        found = _object(
            given, place, frozenset({"id", "title", "body", "blocks", "shared", "created", "pages", "databases"})
        )
        made = Page(self._id(found.get("id"), place), "page", parent, *self._times(found, place))
        made.values = {"title": text.plain(str(found.get("title", "")))}
        made.shared = found.get("shared")
        self.world.put(made)
        made.note(made.created)
        self._body(made, found, place)
        for number, one in enumerate(found.get("pages") or ()):
            self._page(one, f"{place}.pages[{number}]", ("page_id", made.id))
        for number, one in enumerate(found.get("databases") or ()):
            self._database(one, f"{place}.databases[{number}]", ("page_id", made.id))
        return made

    def _body(self, page: Page, given: Mapping[str, Any], place: str) -> None:
        body = given.get("blocks", given.get("body"))
        if body:
            try:
                self.notion.hands.write(page.id, body, at=page.created)
            except RefusedError as error:
                raise SeedError(f"{place}.body: {error}") from None

    def _times(self, given: Mapping[str, Any], place: str) -> tuple[datetime, str, datetime, str]:
        made = self.now
        if "created" in given:
            try:
                made = datetime.fromisoformat(given["created"])
            except (TypeError, ValueError):
                raise SeedError(f"{place}.created: {given['created']!r} is no time") from None
            if made.tzinfo is None:
                raise SeedError(f"{place}.created: {given['created']!r} needs an offset, such as Z")
        return made.astimezone(UTC), self._author, made.astimezone(UTC), self._author

    def _database(self, given: Any, place: str, parent: tuple[str, str]) -> None:
        keys = frozenset({"id", "title", "description", "shared", "inline", "sources", "created"})
        found = _object(given, place, keys)
        made = Database(self._id(found.get("id"), place), "database", parent, *self._times(found, place))
        made.title = text.plain(str(found.get("title", "New database")))
        made.description = text.plain(str(found.get("description", "")))
        made.shared, made.inline = found.get("shared"), bool(found.get("inline"))
        self.world.put(made)
        for number, one in enumerate(found.get("sources") or [{"properties": {"Name": "title"}}]):
            self._source(one, f"{place}.sources[{number}]", made)

    def _source(self, given: Any, place: str, database: Database) -> None:
        found = _object(given, place, frozenset({"id", "title", "description", "properties", "rows"}))
        made = Source(self._id(found.get("id"), place), database.id, *self._times({}, place))
        made.title = text.plain(str(found["title"])) if "title" in found else database.title
        made.description = text.plain(str(found.get("description", "")))
        self.world.sources[made.id] = made
        database.sources.append(made.id)
        columns = _object(found.get("properties") or {"Name": "title"}, f"{place}.properties")
        for name, wanted in columns.items():
            self.columns.append((made, name, wanted, f"{place}.properties.{name}"))
        self.rows += [(made, one, f"{place}.rows[{number}]") for number, one in enumerate(found.get("rows") or ())]

    def _finish_columns(self) -> None:
        """Make the columns: those that speak of others after them."""
        for wave in range(3):
            for source, name, wanted, place in self.columns:
                given = {wanted: {}} if isinstance(wanted, str) else _object(wanted, place)
                kind = given.get("type") or next((one for one in given if one in TYPES), None)
                if kind is None:
                    raise SeedError(f"{place}: unknown type {wanted!r}; there are {', '.join(sorted(TYPES))}")
                if {"relation": 1, "rollup": 2, "formula": 2}.get(str(kind), 0) != wave:
                    continue
                if source.named(name) is not None:  # the other side of a relation made it
                    continue
                self._column(source, name, {**given, kind: self._needs(str(kind), given, place)}, place)
        for source in self.world.sources.values():
            if "title" not in source.properties:
                raise SeedError(f"the source {text.name_of(self.world, source.id)!r} has no property of type title")

    def _column(self, source: Source, name: str, given: dict[str, Any], place: str) -> None:
        property_id = given.pop("id", None)
        try:
            Columns(self.world, source, place.rpartition(".")[0]).add(name, given, property_id)
        except RefusedError as error:
            raise SeedError(f"{place}: {error}") from None

    def _needs(self, kind: str, given: dict[str, Any], place: str) -> Any:
        value = given[kind]
        if kind in ("select", "multi_select") and isinstance(value, list):
            return {"options": [{"name": one} if isinstance(one, str) else one for one in value]}
        if kind == "status" and isinstance(value, list):
            return {"options": [{"name": one} for one in value]}
        if kind == "status" and isinstance(value, Mapping) and not {"options"} & set(value) and value:
            groups = [name for name, _ in GROUPS]
            if unknown := sorted(set(value) - set(groups)):
                raise SeedError(f"{place}: unknown group {unknown[0]!r}; there are {', '.join(groups)}")
            return {"options": [{"name": one, "group": group} for group in value for one in value[group]]}
        if kind == "formula" and isinstance(value, str):
            return {"expression": value}
        if kind == "rollup" and isinstance(value, list) and len(value) == 3:
            return dict(zip(("relation_property_name", "rollup_property_name", "function"), value, strict=True))
        if kind == "relation" and isinstance(value, str):
            source = self._named(value, place)
            twin = given.pop("both", None)
            return {"data_source_id": source.id, **({"dual_property": {"synced_property_name": twin}} if twin else {})}
        return value

    def _named(self, key: str, place: str) -> Source:
        for source in self.world.sources.values():
            if key in (source.id, text.name_of(self.world, source.id)):
                return source
        raise SeedError(f"{place}: there is no source {key!r}")

    def _finish_rows(self) -> None:
        """Make the rows, then fill them, because they may name each other."""
        made: list[tuple[Source, Page, dict[str, Any], str]] = []
        for source, given, place in self.rows:
            found = _object(given, place)
            head = _object(found.pop("#", {}), f"{place}.#", frozenset({"id", "created", "body", "blocks"}))
            parent = ("data_source_id", source.id)
            page = Page(self._id(head.get("id"), f"{place}.#"), "page", parent, *self._times(head, place))
            source.numbers += 1
            page.number = source.numbers
            self.world.put(page)
            title = next(one.name for one in source.properties.values() if one.type == "title")
            if isinstance(found.get(title), str):
                page.values = {"title": text.plain(found[title])}
            made.append((source, page, found, place))
            self._body(page, head, place)
        for source, page, values, place in made:
            try:
                self.notion.hands.fill(source, page, values)
            except (RefusedError, KeyError) as error:
                raise SeedError(f"{place}: {error.args[0] if isinstance(error, KeyError) else error}") from None
            page.note(page.created)
