"""What computing over many notes costs: microseconds a note for demand, waiting times and closed loops.

Run ``python -m benchmarks.model`` (``--notes 100000 --repeat 3``). Each figure is the least of the repeats, over notes
in sixteen groups: seconds on the wall's clock, and what the processor spent. The notes are copies of a few thousand
made anew, with the histories of real ones: three moves, some waiting for an answer, a tenth still open.
"""

import argparse
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from productops.model.business_hours import BusinessHours
from productops.model.closure import closure_table
from productops.model.demand import demand_table
from productops.model.feedback import Feedback, Insight, LoopClosure
from productops.model.people import Account, PersonRef
from productops.model.sla import sla_table

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
FRESH = 2_000
GROUPS = 16
ACCOUNTS = 15_000


def fresh(number: int) -> Feedback:
    """One note with its history."""
    received = START + timedelta(minutes=number * 97 % 400_000)
    note = Feedback(
        id=f"fb_{number}",
        text=f"Wish number {number}",
        received_at=received,
        account_id=f"acc_{number % 300}" if number % 3 else None,
        requester=PersonRef(name=f"Person {number % 700}", email=f"p{number % 700}@example.com"),
        theme=f"theme_{number % GROUPS}",
    )
    if number % 10 == 0:
        return note
    path = ("triaged", "needs_info", "linked", "planned") if number % 5 == 0 else ("triaged", "linked", "planned")
    if number % 4 == 0:
        path += ("shipped",) if number % 8 else ("shipped", "notified")
    for step, state in enumerate(path, 1):
        note.move(state, at=received + timedelta(hours=5 * step * (1 + number % 9)))
    return note


def world(count: int) -> tuple[list[Feedback], list[Account], list[Insight], list[LoopClosure]]:
    """Notes, accounts, one insight a note, and a notice for every eighth."""
    made = [fresh(number) for number in range(min(FRESH, count))]
    notes = [
        made[number % len(made)].model_copy(
            update={"id": f"fb_{number}", "account_id": f"acc_{number * 7 % ACCOUNTS}" if number % 3 else None}
        )
        for number in range(count)
    ]
    accounts = [
        Account(id=f"acc_{number}", name=f"Account {number}", status="customer", currency="EUR", arr=1000 + number,
                arr_as_of=date(2026, 10, 1), parent_id=f"acc_{number - 1}" if number % 10 == 9 else None)
        for number in range(ACCOUNTS)
    ]  # fmt: skip
    link = Insight(feedback_id="fb_0", target_id="item_0")
    insights = [
        link.model_copy(update={"id": f"ins_{n}", "feedback_id": f"fb_{n}", "target_id": f"item_{n % GROUPS}"})
        for n in range(count)
    ]
    told = LoopClosure(feedback_id="fb_0", channel="mail", sent_at=NOW)
    closures = [told.model_copy(update={"id": f"loop_{n}", "feedback_id": f"fb_{n}"}) for n in range(0, count, 8)]
    return notes, accounts, insights, closures


def measure(work: Callable[[], object], repeat: int) -> tuple[float, float]:
    """The least seconds of some runs, on the wall's clock and of the processor, which other programs disturb less."""
    wall = processor = float("inf")
    for _ in range(repeat):
        began, spent = time.perf_counter(), time.process_time()
        work()
        wall, processor = min(wall, time.perf_counter() - began), min(processor, time.process_time() - spent)
    return wall, processor


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.model", description=__doc__)
    parser.add_argument("--notes", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args(arguments)
    notes, accounts, insights, closures = world(options.notes)
    groups: dict[str, list[Feedback]] = {}
    for note in notes:
        groups.setdefault(note.theme or "", []).append(note)
    office = BusinessHours(zone="Europe/Berlin", holidays={date(2026, 5, 1), date(2026, 10, 3)})
    shipped = [f"item_{number}" for number in range(GROUPS)]
    jobs: dict[str, Callable[[], object]] = {
        "demand table": lambda: demand_table(groups, accounts, as_of=NOW.date()),
        "SLA table, all hours": lambda: sla_table(groups, as_of=NOW),
        "SLA table, business hours": lambda: sla_table(groups, as_of=NOW, hours=office),
        "closure table": lambda: closure_table(shipped, notes, insights, closures),
    }
    print(f"{options.notes:,} notes of {ACCOUNTS:,} accounts, least of {options.repeat}")
    for name, work in jobs.items():
        wall, processor = measure(work, options.repeat)
        print(f"{name:<28}{wall:8.3f} s{processor:8.3f} s CPU{processor / options.notes * 1e6:9.2f} µs/note")


if __name__ == "__main__":
    main()
