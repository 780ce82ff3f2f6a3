"""Phantom writes: what nobody edited must never be written again, whatever people typed and however services spell it.

Records with a generated value in every kind of field are made on both sides and carried over; then every field is
edited on one side or the other, a few times over. After each pass all is listed in full twice, and must send nothing.

``python -m campaign.phantoms 50000 7`` types 50,000 values for every pair of field types and prints them as a table; a
third argument chooses ``jira`` or ``notion`` for the side beside Airtable.
"""

from __future__ import annotations

import random
import re
import sys
import time
from collections import Counter
from datetime import timedelta

from campaign import pairs, typed
from campaign.histories import Home
from productops import Mapping, Sync
from productops.connectors.airtable import Airtable
from productops.connectors.jira import Jira
from productops.connectors.notion import Notion
from productops.testing.sandbox.airtable import STANDARD_TOKEN
from productops.testing.sandbox.airtable import Airtable as AirtableService
from productops.testing.sandbox.clock import VirtualClock
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.jira import JiraSandbox
from productops.testing.sandbox.notion import Notion as NotionService
from productops.testing.sandbox.plugs import HttpxPlug, RequestsPlug

VALUES_A_HISTORY = 25
BATCH = 200  # records
ROUNDS = 4  # edits of every field
ASKS = re.compile(r"search|bulkfetch|listRecords|match|parse|query")


class Desk:
    """Airtable beside another service, with people at both, and a sync between them."""

    pairs: tuple[pairs.Pair, ...]

    def __init__(self, home, name):
        self.clock = VirtualClock(typed.START)
        tables = [{"name": "Things", "fields": pairs.columns(self.pairs), "records": []}]
        seed = {"users": typed.PEOPLE, "bases": [{"name": "Work", "tables": tables}]}
        base = AirtableService.from_json(seed, clock=self.clock, limits=None)
        self.table = base.base("Work").table("Things")
        self.ends = {"airtable": Endpoint(base, clock=self.clock)}
        account = Airtable(
            STANDARD_TOKEN, url="http://localhost", transport=RequestsPlug(self.ends["airtable"]), clock=self.clock
        )
        thing = pairs.model(self.pairs)
        ours = {pair.field: (pair.codec_left or pair.codec)(pair.column_left) for pair in self.pairs}
        theirs = {pair.field: pair.codec(pair.column) for pair in self.pairs}
        self.sync = Sync(
            name, left=Mapping(thing, **ours).on(self.beside()),
            right=Mapping(thing, **theirs).on(account.table("Work", "Things", key="Sync key")),
            state=home / "phantoms.db", clock=self.clock.now, full_every=timedelta(0), mass_change=None,
        )  # fmt: skip

    def writes(self):
        """How many requests changed something, or tried to."""
        return sum(
            count for end in self.ends.values() for (method, route), count in end.counts.items()
            if method != "GET" and not ASKS.search(route)
        )  # fmt: skip

    def add(self, side, values):
        """A person makes a record with these values: pair → value."""
        if side == "left":
            self.add_left(values)
        else:
            self.table.add({pair.column: self.cell(pair, value) for pair, value in values.items()})

    def edit(self, side, record, values):
        if side == "left":
            self.edit_left(record, values)
        else:
            self.table.edit(record, {pair.column: self.cell(pair, value) for pair, value in values.items()})

    def cell(self, pair, value):
        return pairs.spelled(pair, "airtable", value, None)

    def records(self, side):
        """The number that a title begins with → id."""
        titles = (
            self.titles() if side == "left" else [(row["fields"]["Title"], row["id"]) for row in self.table.records()]
        )
        return {int(title.split()[0]): id_ for title, id_ in titles}


class JiraDesk(Desk):
    """Airtable beside Jira."""

    pairs = pairs.JIRA

    def beside(self):
        own = [pair for pair in self.pairs if pair.left not in pairs.OWN]
        fields = [
            {"name": pair.column, "type": pair.left}
            | ({"options": pairs.options(pair)} if pair.left.startswith(("select", "radio", "multi", "check")) else {})
            for pair in own
        ]
        users = [{**one, "admin": True} for one in typed.PEOPLE]
        seed = {"users": users, "fields": fields, "projects": [{"key": "PROD"}]}
        self.site = JiraSandbox.from_json(seed, now=typed.START, rate=0, base_url="http://localhost", search_lag=2.0)
        self.ends["jira"] = Endpoint(self.site, clock=self.clock)
        jira = Jira(
            "http://localhost", email="mira@example.com", token="mira-token",
            transport=RequestsPlug(self.ends["jira"]), clock=self.clock, rate=None,
        )  # fmt: skip
        return jira.issues(project="PROD", type="Story")

    def titles(self):
        return [(issue.fields["summary"], issue.key) for issue in self.site.issues("PROD")]

    def fields(self, values):
        return {
            pair.column_left: pairs.spelled(pair, "jira", value, lambda who: self.site.user(who).account_id)
            for pair, value in values.items()
            if pair.left not in ("status", "summary")
        }

    def add_left(self, values):
        told = {pair.field: value for pair, value in values.items()}
        fields = {name: value for name, value in self.fields(values).items() if value is not None}
        issue = self.site.add("PROD", "Story", told["title"], fields, at=self.clock.now())
        self._move(issue.key, told["stage"])

    def edit_left(self, record, values):
        told = {pair.field: value for pair, value in values.items()}
        fields = self.fields(values) | ({"summary": told["title"]} if "title" in told else {})
        if fields:
            self.site.edit(record, fields, at=self.clock.now())
        if "stage" in told:
            self._move(record, told["stage"])

    def _move(self, key, stage):
        named = pairs.STATUSES[stage]
        name = named if isinstance(named, str) else named[int(key.partition("-")[2]) % len(named)]
        self.site.transition(key, name, at=self.clock.now())


class NotionDesk(Desk):
    """Airtable beside Notion."""

    pairs = pairs.NOTION

    def beside(self):
        def described(pair):
            return {pair.left: pairs.options(pair)} if pair.left in ("select", "multi_select") else pair.left

        properties = {pair.column_left: described(pair) for pair in self.pairs if pair.left != "body"}
        source = {"title": "Things", "properties": {**properties, "Sync key": "rich_text"}, "rows": []}
        seed = {"users": typed.PEOPLE, "databases": [{"title": "Things", "sources": [source]}]}
        self.workspace = NotionService.from_json(seed, clock=self.clock, limits=None, cap=10_000)
        self.workspace.settle = (5.0, 10.0)
        self.ends["notion"] = Endpoint(self.workspace, clock=self.clock)
        notion = Notion(
            "ntn_sandbox", url="http://localhost", transport=HttpxPlug(self.ends["notion"]), clock=self.clock, rate=None
        )
        self.source = self.workspace.source("Things")
        return notion.data_source(self.source.id, key="Sync key")

    def titles(self):
        return [(row["Name"], row["#"]) for row in self.source.rows()]

    def add_left(self, values):
        body = next((value for pair, value in values.items() if pair.left == "body"), None)
        self.source.add(self.properties(values), body=body or "")

    def edit_left(self, record, values):
        self.source.edit(record, self.properties(values))
        for pair, value in values.items():
            if pair.left == "body":
                for block in self.workspace.hands.blocks(record):
                    self.workspace.hands.trash(block["id"])
                self.workspace.hands.write(record, value or "")

    def properties(self, values):
        return {
            pair.column_left: pairs.spelled(pair, "notion", value, None)
            for pair, value in values.items()
            if pair.left != "body"
        }


DESKS = {"jira": JiraDesk, "notion": NotionDesk}


# --- typing, carrying over, and looking whether anything moves


def fuzz(home, beside, seed, size, rounds=ROUNDS):
    """Let people type; return for each pair how many values they typed and how often one was written unasked."""
    luck = random.Random(f"phantoms {seed}")
    desk = DESKS[beside](home, f"phantoms {seed}")
    counts = {pair: Counter() for pair in desk.pairs}
    desk.clock.advance(60)
    for number in range(size):
        side = "left" if number % 2 else "right"
        desk.add(side, {pair: _typed(counts, pair, luck, side, number) for pair in desk.pairs})
    desk.clock.advance(60)
    desk.sync.apply(desk.sync.adopt("ask"))
    for _ in range(rounds):
        _quiet(desk, counts, seed)
        _edit_all(desk, luck, counts)
        desk.clock.advance(60)
        desk.sync.run(full=True)
    _quiet(desk, counts, seed)
    for side in ("left", "right"):
        made = len(desk.records(side))
        assert made == size, f"{size - made} of {size} records were not carried over"
    return counts


def _typed(counts, pair, luck, side, number):
    value = pair.value(luck, side)
    counts[pair]["values"] += 1
    return f"{number} {value}" if pair.field == "title" else value


def _edit_all(desk, luck, counts):
    """Somebody edits each field of each record, on one of the two sides."""
    ids = {side: desk.records(side) for side in ("left", "right")}
    for number in sorted(ids["left"].keys() & ids["right"].keys()):
        edits = {"left": {}, "right": {}}
        for pair in desk.pairs:
            side = luck.choice(["left", "right"])
            edits[side][pair] = _typed(counts, pair, luck, side, number)
        for side, values in edits.items():
            if values:
                desk.edit(side, ids[side][number], values)


def _quiet(desk, counts, seed):
    """Two passes over what nobody touched must send nothing."""
    fields = {pair.field: pair for pair in desk.pairs}
    for _ in range(2):
        desk.clock.advance(3_600)
        before, plan = desk.writes(), desk.sync.plan(full=True)
        for change in plan.changes:
            for write in change.writes:
                for name, value in write.fields.items():
                    counts[fields[name]]["phantoms"] += 1
                    print(f"phantom of {seed}: {change.name}: {name} on the {write.side}: {value!r:.200}")
        desk.sync.apply(plan)
        counts[fields["title"]]["requests"] += desk.writes() - before


def table(beside, values, seed, rounds=ROUNDS, tell=None):
    """Type at least so many values of every pair; return pair → counts. ``tell`` hears of them after each batch."""
    total: dict[str, Counter] = {}
    batch = 0
    with Home() as home:
        while not total or min(counts["values"] for counts in total.values()) < values:
            missing = values - min((counts["values"] for counts in total.values()), default=0)
            size = max(2, min(BATCH, -(-missing // (rounds + 1))))
            for pair, counts in fuzz(home, beside, f"{seed}-{batch}", size, rounds).items():
                total.setdefault(f"{beside} {pair.field}: {pair.name}", Counter()).update(counts)
            batch += 1
            if tell is not None:
                tell(total)
    return total


def part(share, seed):
    """Carry so many values of every pair of field types over."""
    size = share * VALUES_A_HISTORY
    found = {**table("jira", size, seed), **table("notion", size // 5, seed)}
    return {
        "phantom_values": min(counts["values"] for counts in found.values()),
        "phantom_pairs": len(found),
        "phantom_writes": sum(max(counts["phantoms"], counts["requests"]) for counts in found.values()),
    }


def _told(found):
    values = min(counts["values"] for counts in found.values())
    phantoms = sum(max(counts["phantoms"], counts["requests"]) for counts in found.values())
    print(f"{values:,} values of {len(found)} pairs, {phantoms} phantom writes", file=sys.stderr, flush=True)


def main(values, seed, *desks):
    for beside in desks or DESKS:
        began = time.process_time()
        found = table(beside, int(values), int(seed), tell=_told)
        print(f"\n| {beside.title()} ↔ Airtable | values | phantom writes |", "|---|---|---|", sep="\n")
        for name, counts in found.items():
            print(f"| {name.partition(': ')[2]} | {counts['values']:,} | {counts['phantoms']:,} |")
        requests = sum(counts["requests"] for counts in found.values())
        print(f"\n{requests} requests that write; {time.process_time() - began:.0f} s of CPU", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
