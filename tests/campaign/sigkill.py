"""Real processes that kill themselves in the middle of a sync, while the services live on: what one pass makes of it.

Judged by the two services alone: every thing once on each side, with the words people typed, and nothing to decide.
"""

from __future__ import annotations

import itertools
import multiprocessing
import random
import tempfile
import time
from collections import Counter
from pathlib import Path

from campaign.histories import MEMORY
from campaign.places import adf, day, plain
from campaign.torn import tear
from campaign.victim import STEPS
from productops.testing.sandbox import Sandbox

LATE, LAG = 0.12, 0.08  # seconds; the sandbox keeps to them and declares them
AFRESH = 20  # rounds after which the services start empty again: what is judged is each round's own work
STAGES = {"To Do": "idea", "In Progress": "doing", "Done": "done"}
ROW_STAGES = {"Inbox": "idea", "Building": "doing", "Shipped": "done"}


class Office:
    """Two services on loopback and the people at both."""

    def __init__(self, home, luck):
        self.home, self.luck = home, luck
        self.sandbox = Sandbox(limits=1000.0, late_commit=LATE, search_lag=LAG)
        self.words = itertools.count(1)
        self.things = {}  # word → thing
        self.state = home / f"{luck.randrange(10**9)}.db"

    def __enter__(self):
        self.sandbox.start()
        found = self.sandbox.to_dict()
        self.found = found
        self.site = self.sandbox.jira.service
        self.hand = self.sandbox.airtable.service.base(found["airtable"]["base"]).table(found["airtable"]["table"])
        return self

    def __exit__(self, *_):
        self.sandbox.stop()

    def now(self):
        return self.sandbox.clock.now()

    def words_for(self, thing):
        """A word for each of the three fields."""
        found = [f"w{next(self.words)}", f"w{next(self.words)}", day(next(self.words), self.now())]
        self.things.update(dict.fromkeys(found, thing))
        return found

    def add_issue(self):
        title, text, due = self.words_for(f"thing {next(self.words)}")
        self.site.add("PROD", "Story", title, {"description": adf(text), "duedate": due}, at=self.now())

    def work(self):
        """People add at both sides and edit on one side each; no field is edited on both."""
        for _ in range(self.luck.randrange(1, 5)):
            self.add_issue()
        for _ in range(self.luck.randrange(1, 5)):
            title, text, due = self.words_for(f"thing {next(self.words)}")
            self.hand.add({"Name": title, "Notes": text, "Target date": due, "Stage": "Inbox"})
        issues, rows = self.site.issues("PROD"), self.hand.records()
        linked = [row for row in rows if row["fields"].get("Sync key")]
        for issue in self.luck.sample(issues, min(2, len(issues))):
            self.site.edit(issue.key, {"summary": self.again(issue.fields["summary"])}, at=self.now())
        for row in self.luck.sample(linked, min(2, len(linked))):
            self.hand.edit(row["id"], {"Notes": self.again((row["fields"].get("Notes") or "").strip())})
        self.expected = self.said()

    def again(self, word):
        thing = self.things[word]
        fresh = f"w{next(self.words)}"
        self.things[fresh] = thing
        return fresh

    def shown(self):
        """What both sides show: for each a list of (title, text, due, stage)."""
        left = []
        for issue in self.site.issues("PROD"):
            fields, status = issue.fields, self.site.site.statuses[issue.status].name
            due = str(fields["duedate"]) if fields.get("duedate") else None
            left.append((fields["summary"], plain(fields.get("description")), due, STAGES.get(status, status)))
        right = []
        for row in self.hand.records():
            fields = row["fields"]
            text = (fields.get("Notes") or "").strip() or None
            right.append((fields.get("Name"), text, fields.get("Target date"), ROW_STAGES.get(fields.get("Stage"))))
        return left, right

    def said(self):
        """The words that must be on both sides in the end: those on either that no edit since replaced."""
        left, right = self.shown()
        newest = {}
        for values in [*left, *right]:
            for place, word in enumerate(values[:3]):
                if word is not None:
                    key = self.things[word], place
                    newest[key] = max(newest.get(key, word), word, key=_age)
        return newest

    def judge(self, counts, problems):
        left, right = self.shown()
        for name, records in (("jira", left), ("airtable", right)):
            things = Counter(self.things.get(values[0]) for values in records)
            doubled = sum(count - 1 for count in things.values())
            counts["duplicates"] += doubled
            if doubled:
                problems.append(f"doubled in {name}: {[thing for thing, count in things.items() if count > 1]}")
            said = ((place, word) for values in records for place, word in enumerate(values[:3]) if word)
            words = {(self.things[word], place): word for place, word in said}
            for key, word in self.expected.items():
                if words.get(key) != word:
                    counts["lost_updates"] += 1
                    problems.append(f"{name} shows {words.get(key)} and not {word} of {key}")
        if sorted(left) != sorted(right):
            counts["unequal"] += 1
            problems.append("the sides differ")


def _age(word):
    return int(word[1:]) if word.startswith("w") else int(word.replace("-", ""))


def kills(seed, count, tell=None):
    """Kill that many processes at steps drawn from the seed; return the counts and what was wrong.

    ``tell`` hears of the counts and problems after every twenty rounds.
    """
    luck, counts, problems = random.Random(seed), Counter(), []
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["campaign.victim"])
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as home:
        while counts["sigkills"] < count:
            with Office(Path(home), luck) as office:
                office.add_issue()
                _child(context, office)  # the sides meet before both hold records
                for _ in range(AFRESH):
                    if counts["sigkills"] < count:
                        _round(context, office, luck, counts, problems)
            if tell is not None:
                tell(counts, problems)
    return counts, problems


def part(share, seed):
    """One kill for twenty histories, and at least ten; the figures for the campaign."""
    found, wrong = kills(seed, max(10, share // 20))
    for line in wrong:
        print(f"sigkill: {line}")
    known = ("sigkills", "duplicates", "lost_updates", "extra_conflicts", "max_passes")
    return {**{name: found[name] for name in known}, "violations": len(wrong)}


def _round(context, office, luck, counts, problems):
    office.work()
    time.sleep(LAG)
    step, number = luck.choice(STEPS), luck.randrange(1, 14)
    for again in range(luck.choice([1, 1, 2])):  # some die a second time, in the middle of recovering
        code, _ = _child(context, office, step, number + again)
        counts["sigkills"] += code == -9
        counts[f"at {step}"] += code == -9
        if step == "torn" and code == -9 and not tear(office.state, luck.randrange(1_000)):
            problems.append(f"there was no commit to cut at {step}:{number + again}")
        counts["ended"] += code == 0
        time.sleep(LATE + LAG)
    passes = 0
    while passes < 6:
        code, told = _child(context, office)
        if code != 0:
            problems.append(f"the pass after {step}:{number} ended with {code}")
            counts["failed"] += 1
            return
        _, wrote, conflicts, waiting = told
        counts["extra_conflicts"] += conflicts
        if passes and not (wrote or waiting):
            break
        passes += 1
        time.sleep(LATE + LAG)
    counts["max_passes"] = max(counts["max_passes"], passes)
    office.judge(counts, problems)


def _child(context, office, step=None, number=0):
    from campaign import victim

    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=victim.run, args=(office.found, str(office.state), step, number, theirs))
    child.start()
    theirs.close()
    child.join(60)
    told = None
    if child.exitcode == 0 and ours.poll():
        told = ours.recv()
    ours.close()
    return child.exitcode, told


if __name__ == "__main__":
    import sys

    began = time.monotonic()

    def tell(counts, problems):
        print(dict(counts), f"{time.monotonic() - began:.0f} s", *problems[-5:], sep="\n", flush=True)

    found, wrong = kills(int(sys.argv[1]), int(sys.argv[2]), tell)
    tell(found, wrong)
