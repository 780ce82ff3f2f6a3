"""What a recording found in the workspace when it began, planted under its own ids."""

import json
from datetime import datetime
from urllib.parse import unquote

from productops.testing.sandbox.notion.text import plain
from productops.testing.sandbox.notion.world import Block, Comment, Database, Option, Page, Property, Source

WORDS = ("title", "rich_text")


def objects(value):
    """Yield every object of an answer that says what it is, the outer ones first."""
    if isinstance(value, list):
        for one in value:
            yield from objects(one)
    if isinstance(value, dict):
        if value.get("object") in ("page", "database", "data_source", "block", "comment") and "parent" in value:
            yield value
        for one in value.values():
            yield from objects(one)


def made_by(interactions):
    """Return the ids of what the recording itself makes."""
    made = set()
    for one in interactions:
        method, answer = one["request"]["method"], one["response"]["body"]
        listing = one["request"]["uri"].endswith(("/query", "/search"))
        if one["response"]["status"] != 200 or listing:
            continue
        if method == "POST" or (method == "PATCH" and one["request"]["uri"].endswith("/children")):
            made |= {found["id"] for found in objects(answer)}
            made |= {found["id"] for found in answer.get("data_sources", ())}
    return made


class Planter:
    def __init__(self, world, bot):
        self.world = world
        self.bot = bot

    def plant(self, interactions):
        made = made_by(interactions)
        self.pages = {}
        self.names = dict(mentioned(interactions))
        for one in interactions:
            for found in objects(one["response"]["body"]):
                if found["object"] == "page":
                    self.pages.setdefault(found["id"], found)
        sources = {}
        for one in interactions:
            if one["response"]["status"] == 200:
                for found in objects(one["response"]["body"]):
                    if found["object"] == "data_source":
                        sources.setdefault(found["id"], found)
        for one in interactions:
            found = one["response"]["body"] if one["response"]["status"] == 200 else {}
            if one["request"]["uri"].endswith("/query"):  # the newest comes first there
                found = [found.get("results", [])[::-1], found]
                self._asked(one["request"]["uri"].split("/")[-2], made, sources)
            for each in objects(found):
                self._one(each, made, sources)
            text = json.dumps(one["request"])
            for kind in ("page_id", "block_id"):
                self._wanted(text, kind, made)
        for found in self.names:
            self._place(found, made)

    def _wanted(self, text, kind, made):
        for part in text.split(f'"{kind}": "')[1:]:
            self._place(dashed(part.partition('"')[0]), made)

    def _asked(self, source, made, sources):
        if source not in made and source not in sources and not self._known(source):
            parent = {"type": "database_id", "database_id": "00000000-0000-4000-8000-0000000000dd"}
            name = {"Name": {"id": "title", "name": "Name", "type": "title", "title": {}}}
            self._source({"id": source, "parent": parent, "properties": name}, made)

    def _one(self, found, made, sources):
        parent = found["parent"]
        place = (
            parent.get("data_source_id") or parent.get("page_id") or parent.get("block_id") or parent.get("database_id")
        )
        if found["id"] in made or place in made or self._known(found["id"]):
            return
        kind = found["object"]
        if kind == "page" and "data_source_id" in parent:
            self._source(sources.get(place, {"id": place, "parent": parent, "properties": {}}), made)
        elif kind in ("page", "block", "database") and parent["type"] != "workspace":
            self._place(place, made)
        getattr(self, f"_{kind}")(found) if kind != "data_source" else self._source(found, made)

    def _known(self, found):
        world = self.world
        return found in world.nodes or found in world.sources or found in world.comments

    def _times(self, found):
        times = [
            datetime.fromisoformat(found.get(key, "2026-01-01T00:00:00Z"))
            for key in ("created_time", "last_edited_time")
        ]
        people = [found.get(key, {}).get("id", self.bot) for key in ("created_by", "last_edited_by")]
        return times[0], people[0], times[1], people[1]

    def _place(self, found, made):
        """Plant a page for what is only named."""
        if found is None or found in made or self._known(found):
            return
        if found in self.pages:
            self._one(self.pages[found], made, {})
            return
        at = datetime.fromisoformat("2026-01-01T00:00:00Z")
        page = Page(found, "page", ("workspace", ""), at, self.bot, at, self.bot)
        page.values = {"title": plain(self.names.get(found, ""))}
        self._put(page)

    def _put(self, node):
        self.world.put(node)
        if isinstance(node, Page):
            node.note(node.created)

    def _parent(self, found):
        kind = found["parent"]["type"]
        return (kind, "" if kind == "workspace" else found["parent"][kind])

    def _page(self, found):
        page = Page(found["id"], "page", self._parent(found), *self._times(found))
        source = self.world.source_of(page)
        for one in found["properties"].values():
            key = unquote(one["id"])
            page.values[key] = kept(one)
            if source is not None and source.named(key) is None:
                source.properties[key] = Property(key, one["type"].title(), one["type"])
        self._put(page)

    def _database(self, found):
        self._put(
            Database(found["id"], "database", self._parent(found), *self._times(found), title=texts(found["title"]))
        )

    def _source(self, found, made):
        if self._known(found["id"]):
            return
        database = found["parent"]["database_id"]
        if not self._known(database):
            self._place(found.get("database_parent", {}).get("page_id", "00000000-0000-4000-8000-000000000001"), made)
            above = found.get("database_parent", {}).get("page_id", "00000000-0000-4000-8000-000000000001")
            self._put(Database(database, "database", ("page_id", above), *self._times({})))
        source = Source(found["id"], database, *self._times(found), title=texts(found.get("title", [])))
        source.description = texts(found.get("description", []))
        source.trashed = found.get("in_trash", False)
        source.icon = found.get("icon")
        source.properties = {unquote(one["id"]): column(one) for one in found["properties"].values()}
        self.world.sources[source.id] = source
        self.world.holder(source).sources.append(source.id)

    def _block(self, found):
        kind = found["type"]
        if kind in ("child_page", "child_database"):
            return
        content = {
            key: texts(value) if key in ("rich_text", "caption") else value for key, value in found[kind].items()
        }
        self._put(Block(found["id"], "block", self._parent(found), *self._times(found), type=kind, content=content))

    def _comment(self, found):
        created, author, edited, _ = self._times(found)
        parent = self._parent(found)
        self._place(parent[1], ())
        words = texts(found["rich_text"])
        self.world.comments[found["id"]] = Comment(
            found["id"], parent, found["discussion_id"], created, edited, author, words
        )


def mentioned(value):
    """Yield the id and the name of every page and database that a text mentions."""
    if isinstance(value, list):
        for one in value:
            yield from mentioned(one)
    if isinstance(value, dict):
        mention = value.get("mention")
        if isinstance(mention, dict) and mention.get("type") in ("page", "database"):
            yield mention[mention["type"]]["id"], value["plain_text"]
        for one in value.values():
            yield from mentioned(one)


def dashed(found):
    plain = found.replace("-", "")
    return "-".join([plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:]])


def texts(items):
    kept_items = []
    for one in items:
        kind = one["type"]
        value = one[kind]
        if kind == "mention" and value["type"] == "user":
            value = {"type": "user", "user": {"id": value["user"]["id"]}}
        kept_items.append({"type": kind, kind: value, "annotations": one["annotations"]})
    return kept_items


def kept(shown):
    value = shown[shown["type"]]
    match shown["type"]:
        case "title" | "rich_text":
            return texts(value)
        case "select" | "status":
            return value and value["id"]
        case "multi_select" | "people" | "relation":
            return [one["id"] for one in value]
    return value


def column(shown):
    made = Property(unquote(shown["id"]), shown["name"], shown["type"], description=shown.get("description"))
    more = shown[shown["type"]]
    made.options = [
        Option(one["id"], one["name"], one["color"], one.get("description")) for one in more.get("options", ())
    ]
    made.more = {key: value for key, value in more.items() if key != "options"}
    if shown["type"] == "relation":
        made.more = {
            "source": more["data_source_id"],
            "twin": unquote(more.get("dual_property", {}).get("synced_property_id", "")),
        }
    if shown["type"] == "rollup":
        made.more = {
            "link": more["relation_property_id"],
            "column": more["rollup_property_id"],
            "function": more["function"],
        }
    return made
