"""Every call of every golden scenario times every fault, every crash point once, and pairs of both.

``python -m campaign.enumerated 1.0 7`` runs all of it (seed 7), ``0.05`` a twentieth, drawn by the seed; a third
argument chooses among ``faults``, ``crashes``, ``torn`` and ``pairs``, a fourth names a scenario.
"""

from __future__ import annotations

import hashlib
import itertools
import sys
import tempfile
import time
from collections import Counter
from functools import cache
from pathlib import Path

from campaign.enumerated_scenarios import SCENARIOS
from campaign.enumerated_stage import LATE, Stage, Trouble, judge
from productops.testing.sandbox.faults import Fault

MEMORY = Path("/dev/shm")
WRONG = ("lost_updates", "duplicates", "wrong_deletes", "writes_after_fixpoint", "extra_conflicts", "late_rest")
NAMED = ("batch of creates", "create both ways", "conflict")
PAIRED = ("first sync", "create both ways", "batch of creates", "batch of updates")
ONCE = (
    Fault("drop_before_commit"),
    Fault("drop_after_commit"),
    Fault("late_commit", seconds=LATE - 0.5),
    *(Fault("rate_limited", retry_after=after, seconds=20.0) for after in (None, 0, 1, 30, "date")),
    Fault("error_500"),
    Fault("bad_gateway_before"),
    Fault("bad_gateway_after"),
    *(Fault("unavailable", retry_after=after, seconds=20.0) for after in (None, 5, "date")),
    Fault("unauthorized"),
    Fault("forbidden"),
    Fault("not_found"),
    Fault("malformed"),
    Fault("truncated"),
    Fault("login_page"),
    Fault("slow", seconds=3.0),
    Fault("slow", seconds=600.0),  # longer than the client waits: the work is done, and nobody hears of it
)
LASTING_KINDS = (
    "drop_before_commit", "drop_after_commit", "rate_limited", "unavailable", "unauthorized", "forbidden", "not_found",
    "login_page", "malformed",
)  # fmt: skip
LASTING = tuple(Fault(kind) for kind in LASTING_KINDS)
PAGES = (
    Fault("duplicate_page"),
    Fault("missing_page"),
    Fault("empty_listing"),
    Fault("early_end"),
    Fault("repeated_token"),
    Fault("search_lag", seconds=2.0),
)


def faults_of(call):
    """Every way in which this call can go wrong."""
    for fault in ONCE:
        yield Trouble(fault, call.number)
    for fault in LASTING:
        yield Trouble(fault, call.number, lasting=True)
    if call.page:
        for fault in PAGES:
            if call.rows and (fault.kind != "early_end" or call.more):
                yield Trouble(fault, call.number)
        if call.side == "airtable":
            yield Trouble(Fault("stale_page", seconds=60.0), call.number)
    if call.side == "airtable" and call.method in ("PATCH", "DELETE"):
        for keep in range(1, call.rows):
            yield Trouble(Fault("partial_batch", keep=keep), call.number)


def crashes_of(fine):
    """A crash at every moment."""
    for number in range(len(fine.moments)):
        yield Trouble(crash=number)


def torn_of(fine):
    """A crash in the middle of writing a transaction to disk: what reached it ends anywhere inside of it."""
    for number, what in enumerate(fine.moments):
        if what == "commit":
            for part in (100, 500, 999):
                yield Trouble(crash=number, torn=part)


def pairs_of(fine):
    """A fault at one of the calls that write, and a crash at a moment from there on."""
    writes = [call for call in fine.calls if call.method in ("PATCH", "PUT", "DELETE") or call.route.endswith("/issue")]
    kinds = [Fault(kind) for kind in ("drop_after_commit", "error_500", "unavailable", "malformed")]
    kinds.append(Fault("late_commit", seconds=LATE - 0.5))
    sent = [number for number, what in enumerate(fine.moments) if what.startswith("send")]
    for call, fault in itertools.product(writes, kinds):
        # A pass that goes on after the fault has more moments than one in fine weather.
        for moment in range(sent[call.number] + 1, len(fine.moments) + 60):
            yield Trouble(fault, call.number, crash=moment)


KINDS = {
    "faults": lambda fine: itertools.chain.from_iterable(faults_of(call) for call in fine.calls),
    "crashes": crashes_of,
    "torn": torn_of,
    "pairs": pairs_of,
}


@cache
def start_of(name):
    """The quiet start of a scenario, and how it ends in fine weather."""
    with Home() as home:
        start = Stage(home, SCENARIOS[name]).begin()
    fine = play(name, Trouble(), start)
    assert not fine.problems, (name, fine.problems)
    return start, fine


def play(name, trouble, start=None):
    """Play a scenario once."""
    start = start or start_of(name)[0]
    with Home() as home:
        return Stage(home, SCENARIOS[name], trouble, start).play()


class Home:
    """A place in memory where there is one: a campaign commits thousands of times and never loses power."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        return Path(self.folder.name)

    def __exit__(self, *_):
        self.folder.cleanup()


def troubles(share, seed, kinds=tuple(KINDS), names=tuple(SCENARIOS)):
    """Yield (scenario, trouble), a share of all of them that the seed draws."""
    for name, kind in itertools.product(names, kinds):
        if kind == "pairs" and name not in PAIRED:
            continue
        for trouble in KINDS[kind](start_of(name)[1]):
            if share >= 1 or _draw(seed, name, trouble) < share:
                yield name, kind, trouble


def one_each(seed, names):
    """Yield (scenario, trouble): for every call one of its faults, which the seed draws."""
    for name in names:
        for call in start_of(name)[1].calls:
            yield name, min(faults_of(call), key=lambda trouble: _draw(seed, name, trouble))


def part(share, seed):
    """For 200 histories one trouble in a hundred of all there are, and one fault per call of three scenarios."""
    counts = Counter(dict.fromkeys(WRONG, 0))
    for name, trouble in one_each(seed, NAMED):
        count(counts, name, "faults", trouble, print)
    found = enumerated(min(1.0, share / 20_000), seed)
    most = max(counts["max_passes"], found["max_passes"])
    return {**(counts + found), "max_passes": most}


def _draw(*parts):
    return int.from_bytes(hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=8).digest()) / 2**64


def enumerated(share, seed, kinds=tuple(KINDS), names=tuple(SCENARIOS), tell=print):
    """Play a share of everything and return the counts; every violation is told with the line that repeats it."""
    counts = Counter(dict.fromkeys(WRONG, 0))
    for name, kind, trouble in troubles(share, seed, kinds, names):
        count(counts, name, kind, trouble, tell)
    return counts


def count(counts, name, kind, trouble, tell):
    """Play one trouble and add up what came of it."""
    told, fine = play(name, trouble), start_of(name)[1]
    counts[f"{kind}_played"] += 1
    counts["faults"] += told.hit
    counts["crashes"] += told.crashed
    counts["max_passes"] = max(counts["max_passes"], told.passes)
    if wrong := judge(told, fine):
        counts.update(wrong)
        counts["violations"] += 1
        tell(f"{name}: {trouble!r}: {wrong}")


if __name__ == "__main__":
    share, seed, *rest = sys.argv[1:]
    chosen = (rest[0].split(","),) if rest and rest[0] != "all" else ()
    began = time.process_time()
    found = enumerated(float(share), int(seed), *chosen, **({"names": rest[1].split(",")} if rest[1:] else {}))
    print(dict(found), f"{time.process_time() - began:.0f} s of CPU")
