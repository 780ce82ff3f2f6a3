"""As much of Notion as these tests need, written down from the fact sheet: one database, its pages and blocks."""

import json
import re
import uuid
from copy import deepcopy
from urllib.parse import unquote

from productops.testing.sandbox.wire import Answer

BOT = {"object": "user", "id": "00000000-0000-4000-8000-0000000000b0"}


def uid(number):
    return str(uuid.UUID(int=0xABC0 << 100 | number << 4 | 7))


def stamp(moment):
    return moment.replace(second=0, microsecond=0).strftime("%Y-%m-%dT%H:%M:%S.000Z")


class Refused(Exception):  # noqa: N818
    def __init__(self, status, code, message):
        super().__init__(message)
        self.answer = Answer.of({"object": "error", "status": status, "code": code, "message": message}, status)


class Notion:
    """A pure state machine with the plugs of the sandbox."""

    settle = (5.0, 10.0)

    def __init__(self, properties, users=(), cap=10_000):
        self.count = 0
        self.users = list(users)
        self.cap = cap
        self.source, self.database = uid(900_001), uid(900_002)
        self.properties = properties
        self.pages, self.blocks, self.children = {}, {}, {}
        self.databases = {self.database: [{"id": self.source, "name": "Roadmap"}]}
        self.bodies = []

    # --- what people do

    def add(self, now, **shown):
        id_ = self.new()
        self.pages[id_] = {"created": now, "edited": now, "values": {}, "trash": False}
        self.children[id_] = []
        self.edit(id_, now, **shown)
        return id_

    def edit(self, id_, now, **shown):
        for name, value in shown.items():
            self.pages[id_]["values"][self.id(name)] = value
        self.pages[id_]["edited"] = now

    def write(self, id_, now, *blocks):
        self.pages[id_]["edited"] = now
        self.append(id_, deepcopy(list(blocks)), now)

    def id(self, name):
        return next(key for key, each in self.properties.items() if name in (key, each["name"], unquote(key)))

    def value(self, id_, name):
        return self.pages[id_]["values"].get(self.id(name))

    def live(self):
        return [id_ for id_, page in self.pages.items() if not page["trash"]]

    def text(self, id_):
        return [self.shown_block(child) for child in self.children[id_]]

    def new(self):
        self.count += 1
        return uid(self.count)

    # --- the interface

    def route(self, path):
        return re.sub(r"[0-9a-f-]{36}", "*", path)

    def handle(self, request, now):
        try:
            assert request.headers.get("notion-version") in ("2025-09-03", "2026-03-11")
            if request.headers.get("authorization") != "Bearer ntn_good":
                raise Refused(401, "unauthorized", "API token is invalid.")
            body = json.loads(request.body) if request.body else {}
            self.bodies.append((request.method, request.path, body))
            return Answer.of({**self.answer(request, body, now), "request_id": str(uuid.UUID(int=1))})
        except Refused as refused:
            return refused.answer

    def answer(self, request, body, now):
        path = request.path.removeprefix("/v1/")
        match request.method, path.split("/"):
            case "GET", ["users", "me"]:
                return {**BOT, "type": "bot", "name": "Sync", "bot": {"workspace_name": "Acme"}}
            case "GET", ["users"]:
                return self.listed(self.users, request, "user")
            case "GET", ["databases", id_] if id_ in self.databases:
                return {"object": "database", "id": id_, "title": words("Roadmap"), "data_sources": self.databases[id_]}
            case "GET" | "PATCH", ["data_sources", id_] if id_ == self.source:
                self.extend(body.get("properties") or {})
                return self.described()
            case "POST", ["search"]:
                found = [self.described()] if body["query"] in "Roadmap" else []
                return {"results": found, "has_more": False, "next_cursor": None}
            case "POST", ["data_sources", id_, "query"] if id_ == self.source:
                return self.query(body, request)
            case "POST", ["pages"]:
                return self.create(body, now)
            case "GET", ["pages", id_] if id_ in self.pages:
                return self.shown(id_, request.params("filter_properties"))
            case "PATCH", ["pages", id_] if id_ in self.pages:
                return self.change(id_, body, now)
            case "GET", ["pages", id_, "properties", which] if id_ in self.pages:
                return self.property(id_, which, request)
            case "GET", ["blocks", id_, "children"] if id_ in self.children:
                return self.listed([self.shown_block(each) for each in self.children[id_]], request, "block")
            case "PATCH", ["blocks", id_, "children"] if id_ in self.children:
                return self.appended(id_, body, now, request.headers["notion-version"])
            case "PATCH", ["blocks", id_] if id_ in self.blocks:
                block = self.blocks[id_]
                for kind, held in body.items():
                    assert kind == block["type"], "a block keeps its type"
                    block[kind].update(held)
                    for name in {"rich_text", "caption"} & set(held):
                        block[kind][name] = [shown_run(run) for run in held[name]]
                return self.shown_block(id_)
            case "DELETE", ["blocks", id_] if id_ in self.blocks:
                for under in self.children.values():
                    if id_ in under:
                        under.remove(id_)
                return {**self.shown_block(id_), "in_trash": True}
        raise Refused(404, "object_not_found", f"Could not find {path}. Make sure it is shared with your integration.")

    def described(self):
        return {
            "object": "data_source", "id": self.source, "title": words("Roadmap"),
            "properties": {each["name"]: {"id": id_, **each} for id_, each in self.properties.items()},
        }  # fmt: skip

    def extend(self, properties):
        for name, given in properties.items():
            if name in self.properties:
                kind = self.properties[name]["type"]
                options = given[kind]["options"]
                self.properties[name][kind]["options"] = [
                    {"id": o.get("id") or self.new(), "color": "gray", **o} for o in options
                ]
            else:
                self.properties[self.new()[-4:]] = {"name": name, **given}

    def listed(self, items, request, kind):
        size = int(request.param("page_size") or 100)
        assert size <= 100
        at = int(request.param("start_cursor") or 0)
        more = at + size < len(items)
        return {"object": "list", "type": kind, "results": items[at : at + size], "has_more": more,
                "next_cursor": str(at + size) if more else None}  # fmt: skip

    def query(self, body, request):
        rows = [id_ for id_ in self.live() if self.fits(id_, body.get("filter"))]
        for sort in reversed(body.get("sorts", [])):
            if "timestamp" in sort:
                rows.sort(key=lambda id_: self.pages[id_]["created"].replace(second=0, microsecond=0))
            else:
                rows.sort(key=lambda id_: self.number(id_))
        whole = len(rows) <= self.cap
        rows = rows[: self.cap]
        size, at = body.get("page_size", 100), int(body.get("start_cursor") or 0)
        more = at + size < len(rows)
        only = request.params("filter_properties")
        answer = {"object": "list", "results": [self.shown(id_, only) for id_ in rows[at : at + size]],
                  "has_more": more, "next_cursor": str(at + size) if more else None}  # fmt: skip
        if not whole and not more:
            answer["request_status"] = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
        return answer

    def number(self, id_):
        return list(self.pages).index(id_) if len(self.pages) < 2_000 else int(id_[-8:], 16)

    def fits(self, id_, wanted):
        if not wanted:
            return True
        if "and" in wanted:
            return all(self.fits(id_, each) for each in wanted["and"])
        if "or" in wanted:
            return any(self.fits(id_, each) for each in wanted["or"])
        if "timestamp" in wanted:
            name = wanted["timestamp"]
            moment = stamp(self.pages[id_][{"created_time": "created", "last_edited_time": "edited"}[name]])[:16]
            tests = {"on_or_after": lambda x: moment >= x[:16], "before": lambda x: moment < x[:16]}
            return all(tests[op](value) for op, value in wanted[name].items())
        id_of = self.id(wanted["property"])
        kind = self.properties[id_of]["type"]
        ((op, value),) = wanted[kind].items()
        if kind == "unique_id":
            return self.number(id_) > value
        if kind == "select":
            return ((self.pages[id_]["values"].get(id_of) or {}).get("name")) == value
        text = "".join(run["text"]["content"] for run in self.pages[id_]["values"].get(id_of) or [])
        return text == value if op == "equals" else text.endswith(value)

    def create(self, body, now):
        assert body["parent"]["data_source_id"] == self.source
        id_ = self.new()
        self.pages[id_] = {"created": now, "edited": now, "values": {}, "trash": False}
        self.children[id_] = []
        try:
            self.set(id_, body["properties"])
            self.check(body.get("children", []))
        except Refused:
            del self.pages[id_]
            raise
        self.append(id_, body.get("children", []), now)
        return self.shown(id_, ())

    def change(self, id_, body, now):
        page = self.pages[id_]
        if page["trash"] and body.get("in_trash") is not False:
            raise Refused(
                400,
                "validation_error",
                "Can't edit block that is archived. You must unarchive the block before editing.",
            )
        if "in_trash" in body:
            page["trash"] = body["in_trash"]
        self.set(id_, body.get("properties", {}))
        page["edited"] = now
        return self.shown(id_, ())

    def set(self, id_, properties):
        for name, given in properties.items():
            key = self.id(name)
            kind = self.properties[key]["type"]
            value = given[kind]
            if kind in ("select", "status") and value:
                value = self.option(kind, key, value)
            if kind == "multi_select":
                value = [self.option(kind, key, each) for each in value]
            if kind in ("title", "rich_text"):
                assert all(len(run["text"]["content"]) <= 2000 for run in value if run["type"] == "text")
                value = [shown_run(run) for run in value]
            if kind in ("relation", "people", "multi_select"):
                assert len(value) <= 100
            if kind == "url" and value == "":
                raise Refused(400, "validation_error", f"{self.properties[key]['name']} is expected to be a URL.")
            self.pages[id_]["values"][key] = value

    def option(self, kind, key, given):
        options = self.properties[key][kind]["options"]
        found = next((o for o in options if given.get("id") == o["id"] or given.get("name") == o["name"]), None)
        if found is None:
            raise Refused(400, "validation_error", f"{self.properties[key]['name']} is expected to be {kind}.")
        return found

    def shown(self, id_, only):
        page = self.pages[id_]
        wanted = {self.id(each) for each in only}
        shown = {}
        for key, each in self.properties.items():
            if wanted and key not in wanted:
                continue
            kind, value = each["type"], page["values"].get(key)
            if value is None and kind in ("title", "rich_text", "relation", "people", "multi_select", "files"):
                value = []
            found = {"id": key, "type": kind, kind: value}
            if kind == "checkbox":
                found[kind] = bool(value)
            if kind == "unique_id":
                found[kind] = {"prefix": "RD", "number": self.number(id_)}
            if kind in ("relation", "people"):
                found = {**found, kind: value[:25]}
                if kind == "relation":
                    found["has_more"] = len(value) > 25
            shown[each["name"]] = found
        return {
            "object": "page", "id": id_,
            "created_time": stamp(page["created"]), "last_edited_time": stamp(page["edited"]),
            "created_by": BOT, "last_edited_by": BOT, "in_trash": page["trash"], "properties": shown,
            "parent": {"type": "data_source_id", "data_source_id": self.source, "database_id": self.database},
            "url": f"https://www.notion.so/{id_.replace('-', '')}",
        }  # fmt: skip

    def property(self, id_, which, request):
        key = self.id(which)
        kind = self.properties[key]["type"]
        items = [
            {"object": "property_item", "type": kind, kind: each} for each in self.pages[id_]["values"].get(key, [])
        ]
        return {**self.listed(items, request, "property_item"), "property_item": {"id": key, "type": kind}}

    # --- blocks

    def check(self, blocks, level=0):
        if len(blocks) > 100:
            raise Refused(400, "validation_error", "body failed validation: body.children.length should be ≤ `100`")
        if level > 2 and blocks:
            raise Refused(400, "validation_error", "body failed validation: children should be not present")
        for block in blocks:
            held = block[block["type"]]
            for run in held.get("rich_text", []):
                assert len(run["text"]["content"]) <= 2000
                if "poison" in run["text"]["content"]:
                    raise Refused(400, "validation_error", "body failed validation: this text is refused")
            assert len(held.get("rich_text", [])) <= 100
            self.check(held.get("children", []), level + 1)

    def append(self, parent, blocks, now, at=None):
        made = []
        for block in blocks:
            id_ = self.new()
            kind = block["type"]
            held = deepcopy(block[kind])
            under = held.pop("children", [])
            for name in ("rich_text", "caption"):
                if name in held:
                    held[name] = [shown_run(run) for run in held[name]]
            if "rich_text" in held:
                held.setdefault("color", "default")
            self.blocks[id_] = {"object": "block", "id": id_, "type": kind, kind: held, "created_time": stamp(now)}
            self.children[id_] = []
            made.append(id_)
            self.append(id_, under, now)
        at = len(self.children[parent]) if at is None else at
        self.children[parent][at:at] = made
        return made

    def appended(self, id_, body, now, version):
        self.check(body["children"])
        siblings = self.children[id_]
        place = body.get("position") or (
            {"type": "after_block", "after_block": {"id": body["after"]}} if "after" in body else {}
        )
        assert "after" not in body or version == "2025-09-03"
        at = {"start": 0, "after_block": None}.get(place.get("type"), len(siblings))
        if at is None:
            at = siblings.index(place["after_block"]["id"]) + 1
        made = self.append(id_, body["children"], now, at)
        if id_ in self.pages:
            self.pages[id_]["edited"] = now
        return {"object": "list", "results": [self.shown_block(each) for each in made], "has_more": False}

    def shown_block(self, id_):
        return {**deepcopy(self.blocks[id_]), "has_children": bool(self.children[id_]), "in_trash": False}


def words(text, **marks):
    return [shown_run({"type": "text", "text": {"content": text}, "annotations": marks})] if text else []


def shown_run(run):
    standard = {
        "bold": False,
        "italic": False,
        "strikethrough": False,
        "underline": False,
        "code": False,
        "color": "default",
    }
    found = {**run, "annotations": {**standard, **(run.get("annotations") or {})}}
    if run["type"] == "text":
        link = run["text"].get("link")
        found |= {"text": {"content": run["text"]["content"], "link": link}, "plain_text": run["text"]["content"]}
        found["href"] = link["url"] if link else None
    elif run["type"] == "mention":
        found.setdefault("plain_text", "@Ada Example")
    return found
