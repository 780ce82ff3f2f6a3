"""Acting as a person in Notion: what happens without any request.

Values are plain (names, e-mails, texts) or as the interface writes them. Every act may be dated (``at``, aware) and
signed (``by``, a name, e-mail or id); otherwise it happens now, on the workspace's clock, by its first user.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from productops.testing.sandbox.notion import blocks, markdown, plainly, shown, text
from productops.testing.sandbox.notion.call import Call, Mood
from productops.testing.sandbox.notion.schema import Columns, dashed
from productops.testing.sandbox.notion.source_hand import SourceHand
from productops.testing.sandbox.notion.world import VERSIONS, Comment, Database, Node, Page, Source, Token, World
from productops.testing.sandbox.notion.writes import Writer
from productops.testing.sandbox.wire import Request

if TYPE_CHECKING:
    from productops.testing.sandbox.notion.service import Notion


class WorkspaceHand:
    """The workspace as a person works in it. Raises ``KeyError`` for what is not there."""

    def __init__(self, notion: Notion) -> None:
        self._notion = notion

    @property
    def _world(self) -> World:
        return self._notion.world

    def source(self, key: str) -> SourceHand:
        """Return a source by its id or name, or the first one of a database with that id or name."""
        world = self._world
        for source in world.sources.values():
            names = (source.id, source.database, text.name_of(world, source.id), text.name_of(world, source.database))
            if key in names or dashed(key) in names:
                return SourceHand(self._notion, source)
        raise KeyError(f"no source {key!r}; there are {[text.name_of(world, one) for one in world.sources]}")

    def page(self, key: str) -> str:
        """Return the id of a page with this title or id."""
        found = next(
            (
                one.id
                for one in self._world.nodes.values()
                if isinstance(one, Page) and (one.id == dashed(key) or text.name_of(self._world, one.id) == key)
            ),
            None,
        )
        if found is None:
            raise KeyError(f"no page {key!r}")
        return found

    def write(
        self, page: str, body: str | Sequence[Mapping[str, Any]], *, at: datetime | None = None, by: str | None = None
    ) -> list[str]:
        """Add Markdown, or blocks as the interface writes them, to a page or block; returns the new ids."""
        with self._notion.lock:
            call = self.call(at, by)
            node = self._node(page)
            given = markdown.read(body) if isinstance(body, str) else list(body)
            made: list[str] = []
            for start in range(0, len(given), blocks.MOST):
                part = blocks.Planting(call).plan(given[start : start + blocks.MOST], "body.children", node)
                made += [one.id for one in blocks.plant(call, node, part)]
            self._edited(node, call)
            return made

    def body(self, page: str) -> str:
        """Return a page's body as Markdown."""
        with self._notion.lock:
            return "\n".join(markdown.written(self.call(), self._node(page)))

    def blocks(self, page: str) -> list[dict[str, Any]]:
        """Return a page's blocks, or those inside a block, as the interface would show them."""
        with self._notion.lock:
            found = [self._world.nodes[one] for one in self._node(page).children]
            return [shown.block(self.call(), one) for one in found if not one.trashed]

    def rewrite(
        self, block: str, content: Mapping[str, Any], *, at: datetime | None = None, by: str | None = None
    ) -> None:
        """Change a block's content, given as the interface writes it: ``{"paragraph": {"rich_text": [...]}}``."""
        with self._notion.lock:
            call = self.call(at, by)
            blocks.change(call, self._node(block), dict(content))
            self._edited(self._node(block), call)

    def trash(self, key: str, *, at: datetime | None = None, by: str | None = None) -> None:
        """Throw a page, database or block away."""
        self._to_trash(key, True, at, by)

    def restore(self, key: str, *, at: datetime | None = None, by: str | None = None) -> None:
        """Take something back out of the trash."""
        self._to_trash(key, False, at, by)

    def revoke(self, key: str) -> None:
        """Take a page or database, and all that stands on it, away from the integration."""
        self._share(key, False)

    def grant(self, key: str) -> None:
        """Share a page or database, and all that stands on it, with the integration."""
        self._share(key, True)

    def add_source(self, database: str, title: str, properties: Mapping[str, Any] | None = None) -> SourceHand:
        """Give a database one more source, which breaks whoever took it for the only one."""
        with self._notion.lock:
            found = next((one for one in self._world.nodes.values() if self._is_database(one, database)), None)
            if not isinstance(found, Database):
                raise KeyError(f"no database {database!r}")
            call = self.call()
            user = call.token.bot
            made = Source(self._world.ids.new(), found.id, call.now, user, call.now, user)
            made.title = text.plain(title)
            self._world.sources[made.id] = made
            found.sources.append(made.id)
            Columns(self._world, made).change(dict(properties or {"Name": {"title": {}}}))
            return SourceHand(self._notion, made)

    def comment(self, page: str, words: str, *, at: datetime | None = None, by: str | None = None) -> str:
        """Say something under a page or block; returns the comment's id."""
        with self._notion.lock:
            call, node = self.call(at, by), self._node(page)
            kind = "page_id" if isinstance(node, Page) else "block_id"
            new = self._world.ids.new
            made = Comment(new(), (kind, node.id), new(), call.now, call.now, call.token.bot, text.plain(words))
            self._world.comments[made.id] = made
            return made.id

    def resolve(self, comment: str) -> None:
        """Close the discussion a comment is in; the interface lists it no more."""
        discussion = self._world.comments[comment].discussion
        for one in self._world.comments.values():
            one.resolved = one.resolved or one.discussion == discussion

    def fill(self, source: Source, page: Page, values: Mapping[str, Any]) -> None:
        """Put plain values into a row; nobody's time changes."""
        sent = {}
        for name, value in values.items():
            found = source.named(name)
            if found is None:
                raise KeyError(f"no property {name!r}; there are {[one.name for one in source.properties.values()]}")
            sent[name] = plainly.sent(self._world, found, value)
        writer = Writer(self._world, page, source, self.call().missing, hand=True)
        page.values = writer.take(sent)
        writer.link_back()

    def call(self, at: datetime | None = None, by: str | None = None) -> Call:
        """Return a call as if a person with every right had made it."""
        world = self._world
        user = plainly.person(world, by) if by else next(iter(world.users))
        now = at or self._notion.clock.now()
        return Call(world, Request("GET", "/"), Token("", user), now, VERSIONS[-1], Mood(), self._notion)

    def _node(self, key: str) -> Node:
        found = self._world.nodes.get(dashed(key))
        return found if found is not None else self._world.nodes[self.page(key)]

    def _is_database(self, node: Node, key: str) -> bool:
        return isinstance(node, Database) and (node.id == dashed(key) or text.name_of(self._world, node.id) == key)

    def _edited(self, node: Node, call: Call) -> None:
        for one in self._world.above(node):
            self._world.touch(one, call.now, call.token.bot)
            if isinstance(one, Page | Database):
                return

    def _to_trash(self, key: str, trashed: bool, at: datetime | None, by: str | None) -> None:
        with self._notion.lock:
            node, call = self._node(key), self.call(at, by)
            node.trashed = trashed
            self._world.touch(node, call.now, call.token.bot)

    def _share(self, key: str, shared: bool) -> None:
        with self._notion.lock:
            found = next((one for one in self._world.nodes.values() if self._is_database(one, key)), None)
            (found or self._node(key)).shared = shared
            self._world.changes += 1
