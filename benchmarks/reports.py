"""What a large site costs: 500 items, 40 launches with their checklists and 5,000 notes, written to a folder.

Run ``python -m benchmarks.reports`` (``--items 500 --launches 40 --notes 5000 --repeat 3``). Each figure is the least
of the repeats: seconds on the wall's clock, and what the processor spent; making the data is not counted.
"""

import argparse
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter

from benchmarks.model import measure, world
from productops.demo import company
from productops.model.checklist_template import ChecklistTemplate
from productops.model.launch import Launch
from productops.model.people import PersonRef
from productops.model.roadmap import Roadmap, RoadmapItem, Snapshot
from productops.model.templates import load
from productops.model.timebox import TimeBucket
from productops.reports import Source, write_site
from productops.reports.site import pages

AS_OF = date(2026, 11, 2)
HORIZONS = ("now", "next", "later", "done", "next")
TEAMS = ("team_booking", "team_pier", "team_partners")


def items(count: int, late: int = 0) -> list[RoadmapItem]:
    """Items over three years, the first `late` of which came a quarter later."""
    return [
        RoadmapItem(
            id=f"item_{number}",
            title=f"Something that people asked for, number {number}",
            horizon=(horizon := HORIZONS[number % 5]),
            status="done" if horizon == "done" else "planned",
            bucket=TimeBucket.quarter(2026, 1).shift(number % 12 + (number < late)) if number % 7 else None,
            confidence=(0.3, 0.6, 0.9, None)[number % 4],
            owner=PersonRef(name=f"Person {number % 30}"),
            team=TEAMS[number % 3],
            theme=f"theme_{number % 16}",
            objective_ids=["obj_calls"] if number % 3 else [],
            delivered_on=date(2026, 9, 1) if horizon == "done" else None,
        )
        for number in range(count)
    ]


def launches(count: int) -> list[Launch]:
    """Launches over half a year, each with the shipped checklist, half of it done."""
    template = load("launch_checklist", into=ChecklistTemplate)
    made = []
    for number in range(count):
        day = AS_OF + timedelta(days=5 * number - 60)
        launch = Launch(id=f"launch_{number}", name=f"Launch {number}", tier=number % 3 + 1, target=TimeBucket.day(day),
                        team_ids=[TEAMS[number % 3]])  # fmt: skip
        launch.use_template(template, as_of=day - timedelta(days=90))
        for item in launch.checklist.items[::2]:
            item.finish(min(AS_OF, day) - timedelta(days=3), evidence=["a link"])
        made.append(launch)
    return made


def source(item_count: int, launch_count: int, note_count: int) -> Source:
    """A large company: the invented one, with more of what grows."""
    notes, accounts, insights, closures = world(note_count)
    known, now = company(), items(item_count, late=item_count // 10)
    roadmap = Roadmap(title="Large", items=now, objectives=known.roadmap.objectives, themes=known.roadmap.themes)
    shots = [
        Snapshot(at=datetime(2026, 10, 1, tzinfo=UTC), items=tuple(items(item_count))),
        Snapshot(at=datetime(2026, 11, 1, tzinfo=UTC), items=tuple(now)),
    ]
    return Source.of(known, roadmap=roadmap, snapshots=shots, launches=launches(launch_count), feedback=notes,
                     accounts=accounts, insights=insights, closures=closures, events=[])  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reports", description=__doc__)
    for name, default in (("items", 500), ("launches", 40), ("notes", 5_000), ("repeat", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    known = source(asked.items, asked.launches, asked.notes)
    began = perf_counter()
    pages(Source(name="first", as_of=AS_OF))
    first = perf_counter() - began
    with tempfile.TemporaryDirectory() as folder:
        wall, processor = measure(lambda: write_site(known, folder), asked.repeat)
        files = list(Path(folder).iterdir())
        size = sum(path.stat().st_size for path in files)
    print(f"{asked.items:,} items, {asked.launches:,} launches, {asked.notes:,} notes")
    print(f"site of {len(files)} pages, {size / 1e6:.1f} MB  {wall:.2f} s  {processor:.2f} s CPU")
    print(f"once a process: the first page's templates and labels  {first:.2f} s")


if __name__ == "__main__":
    main()
