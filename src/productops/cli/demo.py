"""`productops demo`: one story, told on a sandbox, that ends with what was counted at the servers."""

from __future__ import annotations

import json
import math
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from productops import Mapping, RoadmapItem, Sync, choice, markdown, person
from productops.cli.planting import Planted, plant, plant_file
from productops.cli.serve import open_sandbox
from productops.cli.tally import Edit, Tally, letters
from productops.cli.telling import NEXT_STEPS, Teller
from productops.cli.words import spoken
from productops.cli.words.plans import conflict_text
from productops.connectors import Airtable, Jira
from productops.demo.backlog import COMPANY, ISSUES, PEOPLE
from productops.sdk.mapping import Side
from productops.sync.plan import SIDES, Plan
from productops.testing.sandbox import Sandbox, standard_seed

MILDER = 40.0  # with a file of issues: limits that many times as mild, so that thousands take seconds
CONFLICTS = 2
# Who edits which field to what, each on an issue of its own; no value means: a longer title.
EDITS_MADE: tuple[tuple[Side, str, str], ...] = (
    ("left", "title", ""),
    ("left", "status", "done"),
    ("left", "owner", "ines@example.com"),
    ("right", "description", "Ask the harbour **first**.\n\n- one pier\n- two piers"),
    ("right", "due", "2027-12-24"),
    ("right", "status", "doing"),
)
CLASHES = {
    ("left", "title"): "From the pier",
    ("right", "title"): "From the deck ⚓",
    ("left", "due"): "2027-03-01",
    ("right", "due"): "2027-04-15",
}


def tell(*, issues: Path | None, factor: float | None, as_json: bool, site: Path | None = None) -> int:
    """Tell the story and return the exit code: 0 when every count is what it should be.

    Args:
        issues: a CSV file of issues instead of the invented company's.
        factor: how many times as mild the rate limits are; None is 1, and more with a file.
        site: the folder the last step writes the invented company's pages to; none are written with a file of issues.
        as_json: end with one line of JSON.

    Raises:
        ConfigError: the file cannot be used.
        MissingExtraError: the sandbox is not installed.

    """
    factor = factor if factor is not None else (MILDER if issues else 1.0)
    sandbox = open_sandbox(standard_seed(PEOPLE), factor)
    try:
        with tempfile.TemporaryDirectory(prefix="productops-") as folder:
            story = Story(sandbox, Teller(), Path(folder) / "roadmap.db", None if issues else site)
            try:
                return story.run(issues, factor, as_json=as_json)
            finally:
                story.close()
    finally:
        sandbox.stop()


def connect(sandbox: Sandbox, state: Path, **settings: Any) -> Sync:
    """Return the sync of the story: the project PROD on the left, the table Roadmap on the right."""
    where = sandbox.to_dict()
    jira = Jira(where["jira"]["url"], email=where["jira"]["email"], token=where["jira"]["token"])
    airtable = Airtable(where["airtable"]["token"], url=where["airtable"]["url"])
    left = Mapping(
        RoadmapItem,
        title="summary",
        description=markdown("description"),
        owner=person("assignee"),
        due="duedate",
        status=choice("status", idea="To Do", doing=["In Progress", "In Review", "QA"], done="Done"),
        points="Story Points",
    )
    right = Mapping(
        RoadmapItem,
        title="Name",
        description=markdown("Notes"),
        owner=person("Owner"),
        due="Target date",
        status=choice("Stage", idea="Inbox", doing="Building", done="Shipped"),
        points="Points",
    )
    return Sync(
        "roadmap",
        left=left.on(jira.issues(project=where["jira"]["project"], type="Story")),
        right=right.on(airtable.table(where["airtable"]["base"], where["airtable"]["table"], key="Sync key")),
        state=state,
        **settings,
    )


@dataclass(slots=True)
class Story:
    """The story's chapters. ``facts`` is what ``--json`` prints."""

    sandbox: Sandbox
    teller: Teller
    state: Path
    site: Path | None
    facts: dict[str, Any] = field(default_factory=dict)
    pairs: list[dict[Side, str]] = field(default_factory=list)  # ids of issues, with their rows, to play with
    clashes: int = 0
    _titles: dict[str, str] = field(default_factory=dict)
    tally: Tally = field(init=False)
    sync: Sync = field(init=False)

    def __post_init__(self) -> None:
        self.tally = Tally(self.sandbox)
        self.sync = connect(self.sandbox, self.state, on_progress=self.teller.progress)

    def close(self) -> None:
        """Let go of the state's file, so that it can be removed."""
        self.sync.state.engine.dispose()

    def run(self, issues: Path | None, factor: float, *, as_json: bool) -> int:
        """Tell all chapters; return the exit code."""
        self._begin(issues, factor)
        self._first()
        self._again()
        self._edits()
        self._conflicts()
        self._lost_answers()
        return self._end(as_json=as_json)

    # --- chapters

    def _begin(self, issues: Path | None, factor: float) -> None:
        say = self.teller
        with self.sandbox.jira.endpoint.lock:
            planted = self._plant(issues)
        self.tally.by_hand["left"].update(thing.id for thing in self.tally.things("left"))
        say.title(f"A Jira project and an Airtable table, kept equal{'' if issues else f' at {COMPANY}'}")
        say.line("Both services run in a sandbox on this machine. No account, no network, nothing of yours is touched.")
        milder = "real" if factor == 1 else f"{factor:g} times as mild as the real ones"
        say.line(
            f"Rate limits: {milder} ({5 * factor:g} requests a second at Airtable)."
            + (" --real-limits keeps them real." if factor != 1 else "")
        )
        say.line(f"Jira now holds {len(planted.keys):,} issues. The Airtable table is empty.")
        for note in planted.notes():
            say.line(f"Note: {note}.")

    def _plant(self, issues: Path | None) -> Planted:
        jira, now = self.sandbox.jira.service, self.sandbox.clock.now()
        return plant(jira, ISSUES, now) if issues is None else plant_file(jira, issues, now)

    def _first(self) -> None:
        say = self.teller
        say.chapter("The first sync", "plan() only reads; apply() is the only line that writes.")
        before, count = self.sandbox.requests, len(self.tally.things("left"))
        plan = self.sync.plan()
        say.plan(plan)
        started = time.monotonic()
        with say.working(plan.writes):
            self._apply(plan)
        self.pairs = self._choose()
        least = math.ceil(count / 100) + 1 + math.ceil(count / 10)
        self.facts |= {
            "records": count,
            "requests": self.sandbox.requests - before,
            "requests_minimum": least,
        }
        say.line(
            f"{len(self.tally.things('right')):,} rows in Airtable after {time.monotonic() - started:.1f} s. "
            f"The two servers met {self.facts['requests']:,} requests; {least:,} would carry the records alone, and "
            f"the other {self.facts['requests'] - least:,} asked what the fields, statuses and people are called."
        )

    def _again(self) -> None:
        self.teller.chapter("Nothing changed, so nothing is sent", "A second plan is empty.")
        before = self.tally.writes()
        plan = self.sync.plan()
        self._apply(plan)
        self.facts["second_plan_writes"] = self.tally.writes() - before + plan.writes
        self.teller.plan(plan)

    def _edits(self) -> None:
        self.teller.chapter("People edit on both sides", "Each edit reaches the other side, field by field.")
        pairs = self.pairs[:-CONFLICTS]
        for (side, name, value), pair in zip(EDITS_MADE, pairs, strict=False):
            self._edit(side, pair, name, value or f"Agreed: {self._title(pair)}")
        self._be_found()
        plan = self.sync.plan()
        self.teller.plan(plan, shown=len(EDITS_MADE))
        self._apply(plan)

    def _conflicts(self) -> None:
        say = self.teller
        say.chapter("Both sides change one field", "Nobody guesses: a conflict waits until you decide.")
        pairs = self.pairs[-CONFLICTS:]
        for name, pair in zip(("title", "due"), pairs, strict=False):
            for side in SIDES:
                value = CLASHES[side, name]
                self._edit(side, pair, name, f"{value}: {self._title(pair)}" if name == "title" else value)
        self.clashes = len(pairs)
        self._be_found()
        plan = self.sync.plan()
        self._apply(plan)
        found = self.sync.conflicts()
        self.facts["conflicts_found"] = len(found)
        for conflict in found:
            say.said(conflict_text(conflict))
        for conflict in found:
            taken: Side = "left" if conflict.field == "title" else "right"
            self.sync.resolve(conflict, taken)
            say.line(f'sync.resolve("{conflict.id}", "{taken}")')
        plan = self.sync.plan()
        say.plan(plan)
        self._apply(plan)
        say.line("The values that lost are kept: sync.conflicts(closed=True) shows them, word for word.")

    def _lost_answers(self) -> None:
        say = self.teller
        say.chapter("The network fails at the worst moment", "The write happens, its answer never arrives.")
        jira, airtable, now = self.sandbox.jira, self.sandbox.airtable, self.sandbox.clock.now()
        say.line("A new issue in Jira; Airtable's answer to the upsert is lost.")
        with jira.endpoint.lock:
            made = jira.service.add("PROD", "Story", "Ice on the ramp ❄", at=now)
        self.tally.by_hand["left"].add(str(made.id))
        airtable.faults.add("PATCH", r"/v0/app.*", "drop_after_commit", times=1)
        self._survive("right")
        say.line("A new row in Airtable; Jira's answer to the bulk create is lost.")
        row = airtable.service.base("Product").table("Roadmap").add({"Name": "Lights on the pier", "Stage": "Building"})
        self.tally.by_hand["right"].add(row)
        jira.faults.add("POST", r"/rest/api/3/issue/bulk", "drop_after_commit", times=1)
        self._survive("left")

    def _survive(self, side: Side) -> None:
        before = self.tally.created(side)
        self._be_found()
        report = self._apply(self.sync.plan())
        self.teller.item(
            f"not settled: {report.uncertain}; at the server there {_were(self.tally.created(side) - before)} already"
        )
        self._settle()
        report = self._apply(self.sync.plan())
        self.teller.item(f"looked for it by its marker; at the server there {_are(self.tally.created(side) - before)}")

    def _end(self, *, as_json: bool) -> int:
        self._settle()
        self._apply(self.sync.plan())  # what a create's defaults still have to say
        last = self.sync.plan(full=True)
        tally = self.tally
        self.facts |= {
            "created_left": tally.created("left"),
            "created_right": tally.created("right"),
            "conflicts_left": len(self.sync.conflicts()),
            "duplicates": tally.duplicates(),
            "lost_updates": tally.lost_updates(self.sync.conflicts(closed=True)),
            "gap_edits": tally.gap_edits(),
            "edits": len(tally.edits),
            "differences": tally.differences(),
            "answers_dropped": tally.dropped(),
            "last_plan_writes": last.writes,
        }
        wrong = self.wrong()
        self._sum_up(wrong)
        self._show()
        if as_json:
            print(json.dumps(self.facts), flush=True)
        return 1 if wrong else 0

    def wrong(self) -> dict[str, Any]:
        """Return the counts that are not what they should be, with what they should be."""
        none = ("second_plan_writes", "conflicts_left", "duplicates", "lost_updates", "gap_edits", "differences")
        wanted = dict.fromkeys((*none, "last_plan_writes"), 0)
        wanted |= {"conflicts_found": self.clashes, "answers_dropped": 2, "created_left": 1}
        wanted["created_right"] = self.facts["records"] + 1
        return {name: count for name, count in wanted.items() if self.facts[name] != count}

    def _sum_up(self, wrong: dict[str, Any]) -> None:
        say, facts = self.teller, self.facts
        say.chapter("What this showed", "Counted at the two servers, not by the sync.")
        say.item(
            f"{facts['created_right']:,} rows and {facts['created_left']:,} issue made; doubled: {facts['duplicates']}"
        )
        say.item(
            f"{facts['edits']} edits by people; lost: {facts['lost_updates']}; overwritten unseen: {facts['gap_edits']}"
        )
        say.item(f"{facts['conflicts_found']} conflicts found; open: {facts['conflicts_left']}")
        say.item(f"{facts['answers_dropped']} answers lost on purpose; records that differ now: {facts['differences']}")
        say.item(f"writes when nothing had changed: {facts['second_plan_writes'] + facts['last_plan_writes']}")
        for name, wanted in wrong.items():
            say.item(f"WRONG: {name} is {facts[name]}, and should be {wanted}")
        say.chapter("With your own accounts", "The same, with tokens of yours in the environment (see README.md):")
        say.code(NEXT_STEPS)

    def _show(self) -> None:
        if self.site is None:
            return
        from productops.demo import company
        from productops.reports import Source, write_site

        say = self.teller
        say.chapter("Pages to look at", f"Roadmap, launches, feedback and more of {COMPANY}: no server, no network.")
        first = write_site(Source.of(company()), self.site, spoken()).resolve()
        self.facts["site"] = str(first)
        say.line(f"Open {first}")

    # --- helpers

    def _apply(self, plan: Plan) -> Any:
        report = self.sync.apply(plan)
        for problem in (*report.problems, *report.skipped)[:5]:
            self.teller.item(f"problem: {problem}")
        return report

    def _be_found(self) -> None:
        """Wait until Jira's search shows what people wrote."""
        time.sleep(self.sandbox.jira.service.search_lag + 0.05)

    def _settle(self) -> None:
        """Wait until lost requests have come to their end, and search shows what they did."""
        time.sleep(self.sandbox.settle + 0.05)

    def _choose(self) -> list[dict[Side, str]]:
        """Return issues with their rows, as many as the story needs: those whose title nothing else has."""
        sides = {side: self.tally.things(side) for side in SIDES}
        names = Counter(thing.title for things in sides.values() for thing in things)
        rows = {thing.title: thing.id for thing in sides["right"]}
        found = [one for one in sides["left"] if names[one.title] == len(SIDES) and one.title in rows]
        found.sort(key=lambda one: one.status != "idea")
        return [{"left": one.id, "right": rows[one.title]} for one in found[: len(EDITS_MADE) + CONFLICTS]]

    def _title(self, pair: dict[Side, str]) -> str:
        """Return what the pair was called when it was chosen, short enough to be made longer."""
        if pair["left"] not in self._titles:
            self._titles |= {thing.id: thing.title for thing in self.tally.things("left")}
        return self._titles[pair["left"]][:200].strip()

    def _edit(self, side: Side, pair: dict[Side, str], name: str, value: str) -> None:
        """Do what a person does in the browser, and remember it."""
        now, id_ = self.sandbox.clock.now(), pair[side]
        remote = self._edit_issue(id_, name, value, now) if side == "left" else self._edit_row(id_, name, value, now)
        shown = letters(value) if name == "description" else value
        self.tally.edits.append(Edit(side, id_, name, shown, now, remote))

    def _edit_issue(self, id_: str, name: str, value: str, now: datetime) -> str:
        jira = self.sandbox.jira.service
        remote = {"title": "summary", "due": "duedate", "owner": "assignee", "status": "status"}[name]
        with self.sandbox.jira.endpoint.lock:
            if name == "status":
                jira.transition(id_, {"idea": "To Do", "doing": "In Progress", "done": "Done"}[value], at=now)
            else:
                sent = {"accountId": jira.user(value).account_id} if name == "owner" else value
                jira.edit(id_, {remote: sent}, at=now)
        return remote

    def _edit_row(self, id_: str, name: str, value: str, now: datetime) -> str:
        table = self.sandbox.airtable.service.base("Product").table("Roadmap")
        column = {"title": "Name", "description": "Notes", "due": "Target date", "status": "Stage"}[name]
        sent = {"idea": "Inbox", "doing": "Building", "done": "Shipped"}[value] if name == "status" else value
        table.edit(id_, {column: sent}, at=now)
        return table.field_id(column)


def _were(count: int) -> str:
    return f"is {count}" if count == 1 else f"are {count}"


def _are(count: int) -> str:
    return f"is still {count}" if count == 1 else f"are now {count}"
