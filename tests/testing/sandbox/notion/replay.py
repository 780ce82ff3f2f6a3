"""Recorded exchanges played to the sandbox: the same status, and an answer of the same shape.

The ids of a recording are not ours. What a recording finds there already is planted with its own ids; what it makes is
known afterwards by comparing the two answers, and from then on its ids are translated.
"""

import json
import re
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

from productops.testing.sandbox.notion import Notion
from productops.testing.sandbox.notion.world import Token, User
from productops.testing.sandbox.wire import Request
from shared import shared
from testing.sandbox.notion.planting import Planter

UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
TOKEN = "ntn_recorded"
# Values that may differ: names of the day, and what the service makes up.
FREE = frozenset(
    {
        *("request_id", "url", "avatar_url", "created_time", "last_edited_time"),
        *("next_cursor", "href", "upload_url", "expiry_time", "email"),
    }
)
# (object, key) that answers of one recording have and those of others have not
LEFT_OUT = frozenset({("person", "email_verified")})


def exchanges(name):
    return json.loads(shared(f"payloads/notion/{name}").read_text())["interactions"]


def users_in(value):
    """Yield every user in a recording."""
    if isinstance(value, list):
        for one in value:
            yield from users_in(one)
    if isinstance(value, dict):
        if value.get("object") == "user" and "id" in value:
            yield value
        for one in value.values():
            yield from users_in(one)


def plain(found):
    """Return an id without dashes, under which the two spellings meet."""
    return found.replace("-", "")


class Replay:
    """One recording, played to one workspace."""

    def __init__(self, interactions):
        self.interactions = interactions
        self.notion = Notion(limits=None, search_lag=0.0)
        self.world = self.notion.world
        self.ids = {}  # recorded ids and property ids -> ours
        self.at = first_moment(interactions)
        self.problems = []
        bot = self._bot()
        self.notion.tokens[TOKEN] = Token(TOKEN, bot)
        self._people()
        people = self.world.users
        self.world.users = {one: people[one] for one in sorted(people, key=lambda one: people[one].bot)}
        Planter(self.world, bot).plant(interactions)

    def _bot(self):
        """The bot of the token: who made the first thing that was made."""
        for one in self.interactions:
            body = one["response"]["body"]
            if one["request"]["method"] == "POST" and isinstance(body, dict) and "created_by" in body:
                bot = body["created_by"]["id"]
                break
        else:
            bot = next(iter(re.findall(r'"integration_id": "([^"]+)"', json.dumps(self.interactions))), None)
        bot = bot or self._own_bot() or "00000000-0000-4000-8000-0000000000f1"
        text = json.dumps(self.interactions)
        names = re.findall(r'integration \\"([^"\\]+)', text)
        names += re.findall(r'"type": "integration", "resolved_name": "([^"]+)"', text)
        self.world.users[bot] = User(bot, names[0] if names else "Recorder", bot=True)
        return bot

    def _own_bot(self):
        """The bot that says where it belongs."""
        for one in users_in(self.interactions):
            if one.get("bot", {}).get("owner"):
                return one["id"]
        return None

    def _people(self):
        """Plant the users a recording names, those it tells most of first."""
        for one in sorted(users_in(self.interactions), key=lambda user: -len(user)):
            known = self.world.users.get(one["id"])
            if known is None:
                email = (one.get("person") or {}).get("email", "")
                bot = one.get("type") == "bot"
                known = User(one["id"], one.get("name", "Somebody"), email, bot, one.get("avatar_url"))
                self.world.users[known.id] = known
            elif known.name == "Recorder" and "name" in one:
                known.name = one["name"]
        for author, name in re.findall(
            r'"created_by": {"object": "user", "id": "([^"]+)"}, "rich_text": .{10,2000}?"resolved_name": "([^"]+)"',
            json.dumps(self.interactions),
        ):
            if self.world.users[author].name == "Somebody":
                self.world.users[author].name = name

    def play(self):
        for number, one in enumerate(self.interactions):
            self._step(number, one["request"], one["response"])
        return self.problems

    def _step(self, number, request, response):
        url = urlsplit(request["uri"])
        sent = self._translated(request["body"]) if request["body"] else None
        path = self._translated_text(url.path)
        query = tuple((key, self._translated_text(value)) for key, value in parse_qsl(url.query))
        headers = {
            "authorization": f"Bearer {TOKEN if response['status'] != 401 else 'wrong'}",
            "notion-version": request["headers"].get("notion-version", "2025-09-03"),
            "content-type": request["headers"].get("content-type", ""),
        }
        body = b"" if sent is None else sent.encode() if isinstance(sent, str) else json.dumps(sent).encode()
        if isinstance(sent, str) and sent.startswith("--"):
            headers["content-type"] = f"multipart/form-data; boundary={sent[2:].split(chr(13))[0]}"
        now = self._now(response["body"])
        if isinstance(sent, dict) and str(sent.get("start_cursor", "")).startswith("s:"):
            # The page before was not kept; ask for it, and go on from there.
            first = {key: value for key, value in sent.items() if key != "start_cursor"}
            page = self.notion.handle(Request("POST", path, query, headers, json.dumps(first).encode()), now)
            body = json.dumps({**first, "start_cursor": json.loads(page.body)["next_cursor"]}).encode()
        answer = self.notion.handle(Request(request["method"], path, query, headers, body), now)
        ours, theirs = json.loads(answer.body), response["body"]
        place = f"{number} {request['method']} {url.path}"
        if answer.status != response["status"]:
            self.problems.append(f"{place}: {answer.status} instead of {response['status']}: {ours.get('message')}")
            return
        self._compare(ours, theirs, place)

    def _now(self, body):
        times = re.findall(r'"last_edited_time": "([^"]+)"', json.dumps(body))
        if times:
            self.at = max([self.at, *(datetime.fromisoformat(one) for one in times)])
        return self.at

    def _translated(self, value):
        if isinstance(value, str):
            return self._translated_text(value)
        if isinstance(value, list):
            return [self._translated(one) for one in value]
        if isinstance(value, dict):
            return {self._translated_text(key): self._translated(one) for key, one in value.items()}
        return value

    def _translated_text(self, text):
        if text in self.ids:
            return self.ids[text]
        parts = text.split("/")
        if parts[-1] in self.ids:
            return "/".join([*(self._translated_text(part) for part in parts[:-1]), self.ids[parts[-1]]])
        return UUID.sub(lambda found: self.ids.get(plain(found[0]), found[0]), text)

    def _compare(self, ours, theirs, place):
        if isinstance(theirs, dict) and isinstance(ours, dict):
            extra, lacking = sorted(ours.keys() - theirs.keys()), sorted(theirs.keys() - ours.keys())
            lacking = [key for key in lacking if (place.rpartition("/")[2], key) not in LEFT_OUT]
            if extra or lacking:
                self.problems.append(f"{place}: keys too many {extra}, missing {lacking}")
            for key in theirs.keys() & ours.keys():
                if key not in FREE or (ours[key] is None) != (theirs[key] is None):
                    self._compare(ours[key], theirs[key], f"{place}/{key}")
        elif isinstance(theirs, list) and isinstance(ours, list):
            if len(theirs) != len(ours):
                self.problems.append(f"{place}: {len(ours)} instead of {len(theirs)}")
            for number, (our, their) in enumerate(zip(ours, theirs, strict=False)):
                self._compare(our, their, f"{place}/{number}")
        else:
            self._same(ours, theirs, place)

    def _same(self, ours, theirs, place):
        key = place.rpartition("/")[2]
        texts = isinstance(theirs, str) and isinstance(ours, str)
        if texts and (key in ("id", "discussion_id") or key.endswith("_id")):
            self.ids.setdefault(plain(theirs), ours)
            self.ids.setdefault(theirs, ours)
            if self.ids[theirs] != ours:
                self.problems.append(f"{place}: {ours} is not the id that stands for {theirs}")
            return
        if key in ("expression", "workspace_name", "integration_id"):
            return
        if ours != theirs:
            self.problems.append(f"{place}: {ours!r} instead of {theirs!r}")


def first_moment(interactions):
    times = re.findall(r'"created_time": "([^"]+)"', json.dumps(interactions))
    return datetime.fromisoformat(min(times)) if times else datetime(2026, 6, 1, tzinfo=UTC)
