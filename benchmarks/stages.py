"""Where the time of a read goes, stage by stage: ``python -m benchmarks.stages``.

Each figure is µs of CPU a record, from the least of many runs, all of them in one process and in turns: parsing and
what comes after it over answers that were kept, HTTP as what reading pages takes beyond parsing them. Profilers would
add their own time to every small call.
"""

from __future__ import annotations

import argparse
import gc
import tempfile
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter

from benchmarks.clients import floor, ours
from benchmarks.job import Job
from benchmarks.stub import serving
from productops.sdk import View
from productops.sdk.rows import Form, listed
from productops.sdk.transport import Parse, Policy

READS: Mapping[str, tuple[str, int, Callable[[Job], View[Any]]]] = {
    "Airtable, 12 fields": ("read_airtable", 5_000, ours.every_column),
    "Jira, 24 fields": ("read_jira", 2_000, ours.every_field),
    "Jira, 4 of 24 fields": ("read_jira_few", 2_000, ours.issues),
}


class Stages:
    """A read that can stop after each of its stages."""

    def __init__(self, view: View[Any]) -> None:
        self.view = view
        self.bound = view.bind()
        self.check = TypeAdapter(view.mapping.model).validator.validate_python
        self.answers: list[tuple[Parse, bytes]] = []
        self.form: Form

    def remember_answers(self) -> None:
        """Read once, and keep each answer with what parses it."""
        call = Policy.call

        def noted(policy: Policy, *given: Any, parse: Parse | None = None, **more: Any) -> Any:
            found = call(policy, *given, parse=parse, **more)

            def kept(body: bytes) -> Any:
                self.answers.append((found.parse, body))
                return found.parse(body)

            return found._replace(parse=kept)

        Policy.call = noted  # type: ignore[method-assign] # for one reading
        try:
            self.pages()
        finally:
            Policy.call = call  # type: ignore[method-assign]

    def parse(self, other: Parse | None = None) -> None:
        """Parse the answers again."""
        for parse, body in self.answers:
            (other or parse)(body)

    def pages(self) -> None:
        """Read the pages, and make nothing of their rows."""
        for page in listed(self.view.collection, None, self.bound.field_ids):
            self.form = page.form
            deque(page.rows, maxlen=0)

    def values(self, made: Callable[[Any], object] = bool) -> None:
        """Parse the answers again, and make something of each row's values."""
        read = self.bound.quick.reader(self.form)
        for parse, body in self.answers:
            for part in parse(body).values():
                for row in part if isinstance(part, list) else ():
                    if "fields" in row:
                        made(read(row))

    def models(self) -> None:
        """Make models of them."""
        self.values(lambda values: self.check(values, strict=False, by_name=True))


def least(runs: Mapping[str, Callable[[], object]], records: int, rounds: int) -> dict[str, float]:
    """Return the least CPU that each run took, in µs a record; they take turns."""
    found = dict.fromkeys(runs, float("inf"))
    for _ in range(rounds):
        for name, run in runs.items():
            gc.collect()
            began = time.process_time()
            run()
            found[name] = min(found[name], (time.process_time() - began) / records * 1e6)
    return found


def measured(name: str, url: str, folder: Path, rounds: int, most: int | None) -> dict[str, float]:
    """Return what the stages of a read cost, the floor's before ours."""
    function, records, view = READS[name]
    records = min(records, most or records)
    job = Job(url, records, folder)
    stages = Stages(view(job))
    stages.remember_answers()
    runs: dict[str, Callable[[], object]] = {
        "floor": lambda: getattr(floor, function)(job),
        "floor parse": lambda: stages.parse(orjson.loads),
        "parse": stages.parse,
        "pages": stages.pages,
        "values": stages.values,
        "models": stages.models,
        "whole": lambda: deque(view(job), maxlen=0),
    }
    took = least(runs, records, rounds)
    return {
        "the floor": took["floor"],
        "of which parsing": took["floor parse"],
        "ours: HTTP, policy and listing": took["pages"] - took["parse"],
        "parsing": took["parse"],
        "cells into values": took["values"] - took["parse"],
        "pydantic": took["models"] - took["values"],
        "the rest: new client, schema, iteration": took["whole"] - took["pages"] - (took["models"] - took["parse"]),
        "ours": took["whole"],
    }


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stages", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--records", type=int, help="measure with so many at most")
    asked = parser.parse_args(arguments)
    with serving() as url, tempfile.TemporaryDirectory() as folder:
        columns = {name: measured(name, url, Path(folder), asked.rounds, asked.records) for name in READS}
    print(f"| µs of CPU a record | {' | '.join(columns)} |\n|---|{'--:|' * len(columns)}")
    for stage in next(iter(columns.values())):
        print(f"| {stage} | {' | '.join(f'{column[stage]:.1f}' for column in columns.values())} |")


if __name__ == "__main__":
    main()
