"""Engines that are broken on purpose, each in a way that a real one has been: the histories must find every one.

``KNOWN`` names for each the history that does, so that a test needs seconds. ``python -m campaign.mutants 7 60`` looks
for one among the first sixty of seed 7.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from campaign.histories import Home, play
from campaign.steps import luck_of
from campaign.world import LATE, World, watched
from productops.connectors.jira import search
from productops.errors import UnknownOutcomeError
from productops.sync.memory import state
from productops.sync.memory.state import State
from productops.sync.reading import reader
from productops.sync.writing import agreed, recover
from productops.sync.writing.apply import Applier
from productops.testing.sandbox.faults import SeededFaults
from sync.weather import World as SpellingWorld


@contextmanager
def repeats_after_an_unknown_outcome():
    """A create whose answer is lost is sent again at once."""
    once = Applier._call

    def call(self, side, kind, items):
        try:
            outcomes = once(self, side, kind, items)
        except UnknownOutcomeError:
            return once(self, side, kind, items)
        lost = any(isinstance(outcome, UnknownOutcomeError) for outcome in outcomes)
        return once(self, side, kind, items) if lost and kind == "create" else outcomes

    with patch.object(Applier, "_call", call):
        yield


@contextmanager
def believes_the_first_look():
    """A search that does not show a record proves at once that it is not there."""
    with patch.object(Applier, "_rest", lambda self, side, kind: timedelta(0)), patch.object(recover, "PROOFS", 1):
        yield


@contextmanager
def repeats_with_the_whole_record():
    """An upsert whose answer was lost is sent again without a look, with all fields: over what was typed since."""
    looks, whole = recover._creates, Applier._encode

    class Nothing(frozenset):
        def __new__(cls, _items=()):
            return super().__new__(cls)

    def encode(self, side, task, write):
        self._sent_before = Nothing()
        return whole(self, side, task, write)

    def creates(pair, side, rows, plan):
        if not pair.collection(side).features.upsert:
            return looks(pair, side, rows, plan)
        for row in rows:
            recover._close(pair, row, "superseded", "not looked for")
        return None

    with patch.object(Applier, "_encode", encode), patch.object(recover, "_creates", creates):
        yield


@contextmanager
def keeps_one_base_for_both():
    """What one side showed counts as what the other side showed."""
    pair = agreed.agreed_base

    def shared(*args):
        base, unreached = pair(*args)
        for name, packed in base["left"].items():
            if name in base["right"] and packed[0]:
                base["right"][name] = packed
        return base, unreached

    with patch.object(agreed, "agreed_base", shared):
        yield


@contextmanager
def does_not_look_before_it_writes():
    """A record is written without being read right before."""
    with patch.object(Applier, "_still_as_planned", lambda self, side, items: items):
        yield


@contextmanager
def does_not_wait_for_a_lost_update():
    """A field whose write got no answer is looked at and planned again at once, while the write may still arrive."""
    rest = Applier._rest

    def hasty(self, side, kind):
        return timedelta(0) if kind == "update" else rest(self, side, kind)

    with patch.object(Applier, "_rest", hasty):
        yield


@contextmanager
def reads_only_what_is_later():
    """The cursor is the minute of the last reading, without going back, and what has that very minute is left out."""

    def since(pair, side):
        cursor = pair.state.cursor(side)
        if cursor is None or cursor.watermark is None or pair.settings.full_every == timedelta(0):
            return None
        return reader.datetime.fromtimestamp(cursor.watermark, reader.UTC) + timedelta(minutes=1)

    with patch.object(reader, "since", since):
        yield


@contextmanager
def stops_at_a_short_page():
    """A page with fewer records than asked for is taken for the last one."""

    def short(api, asked, size, operation, parse):
        page = api.call("POST", "search/jql", json={**asked, "maxResults": size}, operation=operation, parse=parse)
        found = search._issues(page, operation)
        yield from found
        while page.get("nextPageToken") and len(found) == size:
            more = {**asked, "maxResults": size, "nextPageToken": page["nextPageToken"]}
            page = api.call("POST", "search/jql", json=more, operation=operation, parse=parse)
            found = search._issues(page, operation)
            yield from found

    with patch.object(search, "_by_token", short):
        yield


@contextmanager
def ignores_edits_of_its_own_account():
    """What the account of the token edited is taken for the sync's own echo."""
    take = reader.take

    def deaf(pair, side, batch, asked):
        links = pair.state.links_of(side, [record.id for record in batch])
        mine = [record for record in batch if side == "right" or record.id not in links]
        return take(pair, side, mine, asked)

    with patch.object(reader, "take", deaf):
        yield


@contextmanager
def locks_by_looking_first():
    """The lease is looked at and then taken, so that two may take it; nobody looks again."""

    def take(self, holder, now, seconds):
        return 1

    with (
        patch.object(State, "take_lease", take),
        patch.object(State, "hold_lease", lambda *_: None),
        patch.object(state, "_alive", lambda *_: False),
    ):
        yield


ALL = (
    repeats_after_an_unknown_outcome,
    believes_the_first_look,
    repeats_with_the_whole_record,
    keeps_one_base_for_both,
    does_not_look_before_it_writes,
    does_not_wait_for_a_lost_update,
    reads_only_what_is_later,
    stops_at_a_short_page,
    ignores_edits_of_its_own_account,
    locks_by_looking_first,
)
MUTANTS = {mutant.__name__: mutant for mutant in ALL}
MOST = 240  # numbers of a seed among which every mutant is found, storms first; KNOWN only says where to begin
KNOWN: dict[str, tuple[int, int]] = {
    "repeats_after_an_unknown_outcome": (7, 19),
    "repeats_with_the_whole_record": (7, 3),
    "keeps_one_base_for_both": (7, 3),
    "does_not_look_before_it_writes": (7, 47),
    "does_not_wait_for_a_lost_update": (7, 39),
    "locks_by_looking_first": (7, 67),
    "reads_only_what_is_later": (7, 3),
    "believes_the_first_look": (7, 3),
    "ignores_edits_of_its_own_account": (7, 3),
    "stops_at_a_short_page": (7, 3),
}


def spelling_week(seed, number, home):
    """People edit at two services of which one spells every text its own way; Jira's and Airtable's are equal."""
    luck = luck_of("week", seed, number)
    world = SpellingWorld(home / "week.db", f"week {seed} {number}")
    world.person_adds("left")
    world.tick(120)
    world.run()
    for _ in range(8):
        world.tick(luck.randrange(1, 50))
        world.person_edits(luck.choice(["left", "right"]), 0, "x")
        world.run()
    passes = world.calm_down()
    world.judge()
    return {}, passes, []


class LateWorld(World):
    """A world in which a create takes effect, and its row is edited, just before it is sent a second time."""

    waiting = False

    def before(self, gate, request):
        super().before(gate, request)
        if self.waiting and b"performUpsert" in request.body:
            self.waiting = False
            known = set(self.places[1].live())
            self.clock.advance(LATE)
            for record in sorted(set(self.places[1].live()) - known):
                self.people.edit(self.places[1], sorted(self.places[1].live()).index(record), "title")


def late_create(seed, number, home):
    """The answer to a create is lost, and it takes effect late."""
    world = LateWorld(home, f"late {seed} {number}")
    with watched(world):
        for weather in (None, SeededFaults(seed, 1.0, kinds=("late_commit",), late=LATE, operations="^PATCH")):
            world.people.add(world.places[0])
            world.clock.advance(60)
            world.run(weather=weather)
        world.waiting = True
        world.run()
        passes = world.calm_down()
        world.oracle.judge()
    return world.counts, passes, world.problems


BROKEN = (TypeError, AttributeError, NameError, ImportError)
STAGES = {"keeps_one_base_for_both": spelling_week, "repeats_with_the_whole_record": late_create}


def caught(name, seed, number):
    """Play a history with a broken engine; return what was found wrong."""
    stage = STAGES.get(name, play)
    with Home() as home, MUTANTS[name]():
        try:
            _, _, problems = stage(seed, number, home)
        except AssertionError as error:
            return [str(error)[:300]]
        except BROKEN:  # the mutant itself, which then proves nothing
            raise
        except Exception as error:
            return [f"{type(error).__name__}: {error}"]
        return problems


def found_out(name):
    """Play the history that is known to find a mutant; where the engine's requests have changed since, some others."""
    return caught(name, *KNOWN[name]) or look_for(name, KNOWN[name][0], MOST)[1]


def look_for(name, seed, most):
    """Return the first history that finds a mutant, and what it says."""
    for number in [*range(3, most, 4), *range(0, most, 4)]:
        if problems := caught(name, seed, number):
            return number, problems
    return None, []


def part(_share, _seed):
    """Play for every mutant the history that is known to find it."""
    found = {name: bool(found_out(name)) for name in MUTANTS if name in KNOWN}
    for name in MUTANTS:
        if not found.get(name):
            print(f"not caught: {name}", flush=True)
    return {"mutants": len(MUTANTS), "mutants_caught": sum(found.values())}


if __name__ == "__main__":
    for name in sys.argv[3:] or MUTANTS:
        began = time.monotonic()
        number, problems = look_for(name, int(sys.argv[1]), int(sys.argv[2]))
        print(f"{name}: {number} ({time.monotonic() - began:.0f} s) {problems[:2]}", flush=True)
