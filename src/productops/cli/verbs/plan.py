"""`productops plan`: what a job would do; nothing is written to either side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from productops.cli.options import FILE, AsJson, Full, JobName, JobsFile, Known, Language
from productops.cli.speaking import Voice
from productops.errors import ConfigError, ProductOpsError


def verb(
    job: JobName = None,
    *,
    save: Annotated[Path | None, typer.Option("--save", help="Save the plan, for apply.", metavar="PLAN")] = None,
    adopt: Annotated[
        str | None, typer.Option("--adopt", help="Meet two full sides: who wins, left, right or ask.", metavar="SIDE")
    ] = None,
    file: JobsFile = FILE,
    full: Full = False,
    known: Known = False,
    as_json: AsJson = False,
    language: Language = None,
) -> None:
    """Show what the jobs would do. Writes nothing to any service."""
    from productops.cli.words.plans import plan_text

    voice = Voice(language, as_json=as_json)
    book = voice.book(file)
    names = [book.only(job, option="")] if save is not None or adopt is not None else book.chosen(job)
    if adopt not in (None, "left", "right", "ask"):
        raise ConfigError(f"--adopt {adopt!r} is not one of left, right, ask.", remedy="Write one of those.")
    plans = []
    for name in names:
        try:
            with voice.working():
                sync = book.sync(name)
                plan = sync.plan(full=full) if adopt is None else sync.adopt(adopt)  # type: ignore[arg-type]
        except ProductOpsError as error:
            voice.failed(error, name if len(book.names) > 1 else None)
            plans.append({"job": name, **error.to_dict()})
            continue
        if save is not None:
            plan.to_json(save)
        voice.text((f"{name}\n" if len(names) > 1 else "") + plan_text(plan) + ("\n" if len(names) > 1 else ""))
        plans.append({"job": name, **json.loads(plan.to_json())})
        every = [*plan.blocked, *plan.problems, *plan.drift, *plan.unmatched, *map(str, plan.conflicts)]
        voice.found(plan.new, every, count_known=known)
    voice.value(plans if job is None and save is None else plans[0])
    raise typer.Exit(voice.code)
