"""Phantom writes: what nobody edited must never be written again, whatever people typed and however services spell it.

Records with generated values in every kind of field are made on both sides, carried over once, and then listed in full
again: the second and third pass must send nothing. 50,000 values a pair of field types are 2,000 histories' share.
"""

from __future__ import annotations

import random
import re
from datetime import UTC, date, datetime, timedelta

from pydantic import BaseModel

from campaign.histories import Home
from productops import Mapping, PersonRef, Sync, choice, markdown, person
from productops.connectors.airtable import Airtable
from productops.connectors.jira import Jira
from productops.testing.sandbox.airtable import STANDARD_TOKEN
from productops.testing.sandbox.airtable import Airtable as AirtableService
from productops.testing.sandbox.clock import VirtualClock
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.jira import JiraSandbox
from productops.testing.sandbox.plugs import RequestsPlug

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
VALUES_A_HISTORY = 25
BATCH = 250
TAGS = ["speed", "trust", "mobile", "dark-mode", "Ärger", "q3"]
PEOPLE = [{"email": f"{name}@example.com", "name": name.title()} for name in ("mira", "tomas", "ines")]
COLUMNS = [
    {"name": "Name", "type": "singleLineText"},
    {"name": "Notes", "type": "richText"},
    {"name": "Plain", "type": "multilineText"},
    {"name": "Day", "type": "date"},
    {"name": "At", "type": "dateTime"},
    {"name": "Count", "type": "number", "options": {"precision": 8}},
    {"name": "Stage", "type": "singleSelect", "options": {"choices": ["Inbox", "Building", "Shipped"]}},
    {"name": "Size", "type": "singleSelect", "options": {"choices": ["S", "M", "L"]}},
    {"name": "Tags", "type": "multipleSelects", "options": {"choices": TAGS}},
    {"name": "Owner", "type": "singleCollaborator"},
    {"name": "Page", "type": "url"},
    {"name": "Sync key", "type": "singleLineText"},
]
JIRA = {
    "users": [{**one, "admin": True} for one in PEOPLE],
    "fields": [
        {"name": "Plain", "type": "text"}, {"name": "At", "type": "datetime"}, {"name": "Count", "type": "number"},
        {"name": "Size", "type": "select", "options": ["S", "M", "L"]}, {"name": "Page", "type": "url"},
    ],
    "projects": [{"key": "PROD"}],
}  # fmt: skip


class Thing(BaseModel):
    """One field for each pair of field types."""

    title: str | None = None
    text: str | None = None
    plain: str | None = None
    day: date | None = None
    at: datetime | None = None
    count: float | None = None
    stage: str | None = None
    size: str | None = None
    tags: frozenset[str] = frozenset()
    owner: PersonRef | None = None
    page: str | None = None


ISSUES = Mapping(
    Thing, title="summary", text=markdown("description"), plain="Plain", day="duedate", at="At", count="Count",
    stage=choice("status", idea="To Do", doing=["In Progress", "In Review", "QA"], done="Done"),
    size="Size", tags="labels", owner=person("assignee"), page="Page",
)  # fmt: skip
ROWS = Mapping(
    Thing, title="Name", text=markdown("Notes"), plain="Plain", day="Day", at="At", count="Count",
    stage=choice("Stage", idea="Inbox", doing="Building", done="Shipped"),
    size="Size", tags="Tags", owner=person("Owner"), page="Page",
)  # fmt: skip
PAIRS = tuple(Thing.model_fields)


# --- what people type

WORDS = [
    "plan", "née", "日本", "🚀", "a*b", "_x_", "1.", "#tag", "[x]", "<b>", "&amp;", "\\", "`", "|",
    "http://example.com/a_b",
]  # fmt: skip


MARKS = [{"type": "strong"}, {"type": "em"}, {"type": "strike"}, {"type": "underline"}]


def words(luck):
    return " ".join(luck.choice(WORDS) for _ in range(luck.randrange(1, 6)))


def inline(luck):
    text = words(luck)
    form = luck.choice(["{}", "**{}**", "_{}_", "`{}`", "~~{}~~", "[{}](https://example.com/x)", "{}  \nnext"])
    return form.format(text)


def block(luck):
    kind = luck.randrange(8)
    lines = [inline(luck) for _ in range(luck.randrange(1, 4))]
    if kind == 0:
        return "#" * luck.randrange(1, 7) + " " + words(luck)
    if kind == 1:
        return "\n".join(f"- {line}" for line in lines)
    if kind == 2:
        return "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1))
    if kind == 3:
        return "```\n" + words(luck) + "\n```"
    if kind == 4:
        return "> " + inline(luck)
    if kind == 5:
        return "- [ ] " + words(luck) + "\n- [x] done"
    if kind == 6:
        return "---"
    return luck.choice(["\n", " ", "  \n"]).join(lines)


def text_of(luck):
    if luck.random() < 0.1:
        return None
    return luck.choice(["\n\n", "\n", "\n\n\n"]).join(block(luck) for _ in range(luck.randrange(1, 5)))


def node(luck):
    """A block as Jira's editor makes one."""

    def leaf():
        marks = luck.sample(MARKS, luck.choice([0, 0, 1, 2]))
        return {"type": "text", "text": words(luck), **({"marks": marks} if marks else {})}

    kind = luck.randrange(6)
    paragraph = {"type": "paragraph", "content": [leaf() for _ in range(luck.randrange(1, 4))]}
    if kind == 0:
        return {"type": "heading", "attrs": {"level": luck.randrange(1, 7)}, "content": [leaf()]}
    if kind in (1, 2):
        item = {"type": "listItem", "content": [paragraph]}
        return {"type": "bulletList" if kind == 1 else "orderedList", "content": [item] * luck.randrange(1, 3)}
    if kind == 3:
        return {"type": "codeBlock", "content": [{"type": "text", "text": words(luck)}]}
    if kind == 4:
        return {"type": "panel", "attrs": {"panelType": "info"}, "content": [paragraph]}
    return paragraph


def moment(luck):
    zone = luck.choice([0, 60, -480, 330, 345])
    at = START + timedelta(seconds=luck.randrange(-(10**8), 10**8), milliseconds=luck.choice([0, 0, 123, 999]))
    return at, (at + timedelta(minutes=zone)).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}" + (
        f"{'-' if zone < 0 else '+'}{abs(zone) // 60:02d}{abs(zone) % 60:02d}"
    )


def number(luck):
    return luck.choice([0, 1, -1, luck.randrange(10**12), round(luck.uniform(-1e6, 1e6), 3), 0.1 + 0.2, 1e-8])


def maybe(luck, value):
    return value if luck.random() < 0.9 else None


# --- the two services


class Desk:
    """Both services with a batch of generated records, and a sync between them."""

    def __init__(self, home, name):
        self.clock = VirtualClock(START)
        self.site = JiraSandbox.from_json(JIRA, now=START, rate=0, base_url="http://localhost", search_lag=2.0)
        tables = [{"name": "Things", "fields": COLUMNS, "records": []}]
        seed = {"users": PEOPLE, "bases": [{"name": "Work", "tables": tables}]}
        base = AirtableService.from_json(seed, clock=self.clock, limits=None)
        self.hand = base.base("Work").table("Things")
        ends = {"jira": Endpoint(self.site, clock=self.clock), "table": Endpoint(base, clock=self.clock)}
        jira = Jira(
            "http://localhost", email="mira@example.com", token="mira-token",
            transport=RequestsPlug(ends["jira"]), clock=self.clock, rate=None,
        )  # fmt: skip
        account = Airtable(
            STANDARD_TOKEN, url="http://localhost", transport=RequestsPlug(ends["table"]), clock=self.clock
        )
        self.ends = ends
        self.sync = Sync(
            name, left=ISSUES.on(jira.issues(project="PROD", type="Story")),
            right=ROWS.on(account.table("Work", "Things", key="Sync key")),
            state=home / "phantoms.db", clock=self.clock.now, full_every=timedelta(0), mass_change=None,
        )  # fmt: skip

    def writes(self):
        """How many requests changed something, or tried to."""
        kept = re.compile(r"search|bulkfetch|listRecords|match|parse")
        return sum(
            count for end in self.ends.values() for (method, route), count in end.counts.items()
            if method != "GET" and not kept.search(route)
        )  # fmt: skip

    def add_issue(self, luck, count):
        at, spelled = moment(luck)
        document = {"type": "doc", "version": 1, "content": [node(luck) for _ in range(luck.randrange(1, 4))]}
        fields = {
            "description": maybe(luck, document), "Plain": maybe(luck, words(luck)),
            "duedate": maybe(luck, at.date().isoformat()),
            "At": maybe(luck, spelled), "Count": maybe(luck, number(luck)),
            "Size": maybe(luck, {"value": luck.choice("SML")}),
            "labels": luck.sample(TAGS, luck.randrange(4)), "Page": maybe(luck, "https://example.com/?q=a%20b&c=ü"),
            "assignee": maybe(luck, {"accountId": self.site.user(luck.choice(PEOPLE)["email"]).account_id}),
        }  # fmt: skip
        issue = self.site.add("PROD", "Story", f"{count} {words(luck)}", fields, at=self.clock.now())
        self.site.transition(issue.key, luck.choice(["To Do", "In Review", "QA", "Done"]), at=self.clock.now())

    def add_row(self, luck, count):
        at, _ = moment(luck)
        cells = {
            "Name": f"{count} {words(luck)}",
            "Notes": text_of(luck), "Plain": words(luck),
            "Day": at.date().isoformat(),
            "At": at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z", "Count": number(luck),
            "Stage": luck.choice(["Inbox", "Building", "Shipped"]), "Size": luck.choice("SML"),
            "Tags": luck.sample(TAGS, luck.randrange(4)), "Owner": {"email": luck.choice(PEOPLE)["email"]},
            "Page": "https://example.com/?q=a%20b&c=ü",
        }  # fmt: skip
        self.hand.add(
            {name: value for name, value in cells.items() if name in ("Name", "Stage") or luck.random() < 0.9}
        )


def phantoms(home, seed, size):
    """Carry so many generated records over; return the writes that passes without an edit sent."""
    luck = random.Random(f"phantoms {seed}")
    desk = Desk(home, f"phantoms {seed}")
    desk.clock.advance(60)
    for count in range(size):
        (desk.add_issue if count % 2 else desk.add_row)(luck, count)
    desk.clock.advance(60)
    desk.sync.apply(desk.sync.adopt("ask"))
    made = min(len(desk.hand.records()), len(desk.site.issues("PROD")))
    assert made == size, f"{size - made} of {size} records were not carried over"
    before = desk.writes()
    for _ in range(2):
        desk.clock.advance(3_600)
        plan = desk.sync.plan(full=True)
        desk.sync.apply(plan)
        if desk.writes() > before:
            told = [f"{change.name}: {[write.fields for write in change.writes]}" for change in plan.changes]
            print(f"phantoms of seed {seed}:", *told[:5], sep="\n")
    return desk.writes() - before


def part(share, seed):
    """Carry so many values of every pair of field types over."""
    size = share * VALUES_A_HISTORY
    total = 0
    with Home() as home:
        for number_, start in enumerate(range(0, size, BATCH)):
            total += phantoms(home, f"{seed}-{number_}", min(BATCH, size - start))
    return {"phantom_values": size, "phantom_pairs": len(PAIRS), "phantom_writes": total}
