"""A source as a person works in it: rows, columns and options.

Values are plain (names, e-mails, texts) or as the interface writes them. Every act may be dated (``at``, aware) and
signed (``by``, a name, e-mail or id); otherwise it happens now, on the workspace's clock, by its first user.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from productops.testing.sandbox.notion import plainly, shown, text
from productops.testing.sandbox.notion.refusal import RefusedError
from productops.testing.sandbox.notion.schema import Columns, new_option
from productops.testing.sandbox.notion.world import Option, Page, Property, Source

if TYPE_CHECKING:
    from productops.testing.sandbox.notion.service import Notion


class SourceHand:
    """A source as a person works in it. Raises ``KeyError`` for what is not there, ``ValueError`` for a bad value."""

    def __init__(self, notion: Notion, source: Source) -> None:
        self._notion = notion
        self._source = source

    @property
    def id(self) -> str:
        """The source's id."""
        return self._source.id

    @property
    def database(self) -> str:
        """The id of the database it is in."""
        return self._source.database

    def rows(self, *, trashed: bool = False) -> list[dict[str, Any]]:
        """Return the rows as a person reads them, the oldest first, each with its id under "#"."""
        with self._notion.lock:
            return [self.row(one) for one in self._source.rows if self._page(one).trashed == trashed]

    def row(self, key: str) -> dict[str, Any]:
        """Return one row, by id or title, as a person reads it."""
        with self._notion.lock:
            page = self._page(key)
            reader = self._notion.hands.call().reader()
            return {"#": page.id, **plainly.said(reader, self._source, page)}

    def show(self, key: str) -> dict[str, Any]:
        """Return one row as the interface would show it."""
        with self._notion.lock:
            return shown.page(self._notion.hands.call(), self._page(key))

    def add(
        self,
        values: Mapping[str, Any],
        *,
        body: str | Sequence[Mapping[str, Any]] = "",
        at: datetime | None = None,
        by: str | None = None,
    ) -> str:
        """Add a row; returns its id."""
        with self._notion.lock:
            hands = self._notion.hands
            call = hands.call(at, by)
            world, user = self._notion.world, call.token.bot
            parent = ("data_source_id", self._source.id)
            page = Page(world.ids.new(), "page", parent, call.now, user, call.now, user)
            self._refused(hands.fill, self._source, page, values)
            self._source.numbers += 1
            page.number = self._source.numbers
            world.put(page)
            page.note(call.now)
            if body:
                self._refused(hands.write, page.id, body, at=at, by=by)
            return page.id

    def edit(self, key: str, values: Mapping[str, Any], *, at: datetime | None = None, by: str | None = None) -> None:
        """Change values of a row, by id or title."""
        with self._notion.lock:
            page, hands = self._page(key), self._notion.hands
            self._refused(hands.fill, self._source, page, values)
            call = hands.call(at, by)
            self._notion.world.touch(page, call.now, call.token.bot)

    def trash(self, key: str, *, at: datetime | None = None, by: str | None = None) -> None:
        """Throw a row away."""
        self._notion.hands.trash(self._page(key).id, at=at, by=by)

    def restore(self, key: str, *, at: datetime | None = None, by: str | None = None) -> None:
        """Take a row back out of the trash."""
        self._notion.hands.restore(self._page(key).id, at=at, by=by)

    def move(self, key: str, source: str, *, at: datetime | None = None, by: str | None = None) -> None:
        """Move a row into another source; only its title goes with it."""
        with self._notion.lock:
            page, target = self._page(key), self._notion.hands.source(source)
            world, call = self._notion.world, self._notion.hands.call(at, by)
            world.take_out(page)
            page.parent = ("data_source_id", target.id)
            page.values = {name: value for name, value in page.values.items() if name == "title"}
            world.put(page)
            world.touch(page, call.now, call.token.bot)

    def rename(self, title: str) -> None:
        """Give the source another name."""
        self._source.title = text.plain(title)

    def property_id(self, name: str) -> str:
        """Return a property's id, not encoded."""
        return self._property(name).id

    def add_property(self, name: str, given: str | Mapping[str, Any]) -> str:
        """Add a property, given as a type or as the interface writes it; returns its id."""
        wanted = {given: {}} if isinstance(given, str) else dict(given)
        made: Property = self._refused(Columns(self._notion.world, self._source).add, name, wanted)
        self._notion.world.changes += 1
        return made.id

    def rename_property(self, name: str, new: str) -> None:
        """Rename a property; its id stays."""
        self._property(name).name = new
        self._notion.world.changes += 1

    def delete_property(self, name: str) -> None:
        """Delete a property and all its values."""
        self._refused(Columns(self._notion.world, self._source).change, {name: None})
        self._notion.world.changes += 1

    def options(self, name: str) -> list[str]:
        """Return the names of a choice's options."""
        return [one.name for one in self._property(name).options]

    def add_option(self, name: str, option: str, *, group: str = "To-do") -> str:
        """Add an option to a select, multi-select or status; returns its id. ``group`` is for a status."""
        found = self._property(name)
        made: Option = self._refused(new_option, self._notion.world, option, None, found.type)
        found.options.append(made)
        for one in found.more.get("groups", ()):
            if one["name"] == group:
                one["option_ids"].append(made.id)
        return made.id

    def rename_option(self, name: str, option: str, new: str) -> None:
        """Rename an option; its id stays."""
        self._option(name, option).name = new
        self._notion.world.changes += 1

    def delete_option(self, name: str, option: str) -> None:
        """Delete an option; rows that had it have none."""
        found = self._option(name, option)
        self._property(name).options.remove(found)
        self._notion.world.changes += 1

    def _page(self, key: str) -> Page:
        return self._notion.world.row(plainly.row(self._notion.world, self._source, key))

    def _property(self, name: str) -> Property:
        found = self._source.named(name)
        if found is None:
            raise KeyError(f"no property {name!r}; there are {[one.name for one in self._source.properties.values()]}")
        return found

    def _option(self, name: str, option: str) -> Option:
        found = self._property(name).option(option)
        if found is None:
            raise KeyError(f"no option {option!r} of {name!r}; there are {self.options(name)}")
        return found

    def _refused(self, act: Any, *given: Any, **more: Any) -> Any:
        try:
            return act(*given, **more)
        except RefusedError as error:
            raise ValueError(str(error)) from None
