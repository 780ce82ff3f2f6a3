"""`productops undo`: take a run back, or show which runs there were."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from productops.cli.options import FILE, AsJson, JobsFile, Language, OneJob, Wait
from productops.cli.speaking import Voice, stoppable
from productops.cli.words import say


def verb(
    run: Annotated[str | None, typer.Argument(help="A run's id; left out, the runs are listed.", metavar="RUN")] = None,
    *,
    save: Annotated[Path | None, typer.Option("--save", help="Save the plan, for apply.", metavar="PLAN")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Carry it out at once.")] = False,
    job: OneJob = None,
    file: JobsFile = FILE,
    wait: Wait = 0.0,
    as_json: AsJson = False,
    language: Language = None,
) -> None:
    """Show the plan that takes a run back; with --yes, carry it out."""
    from productops.cli.words.plans import plan_text, report_text
    from productops.sync.history import when

    voice = Voice(language, as_json=as_json)
    book = voice.book(file)
    sync = book.sync(book.only(job))
    if run is None:
        runs = sync.runs()
        for one in runs:
            voice.text(f"{when(one.started)}  {one.run}  {report_text(one)}")
        if not runs:
            voice.text(say("No run has written anything yet."))
        voice.value([one.to_dict() for one in runs])
        return
    plan = sync.undo(run)
    if save is not None:
        plan.to_json(save)
    voice.text(plan_text(plan))
    if not yes:
        voice.value(json.loads(plan.to_json()))
        if plan and save is None:
            voice.text("\n" + say("Nothing was written. Add --yes to carry it out."))
        return
    with stoppable(), voice.working():
        report = sync.apply(plan, wait=wait)
    voice.text(report_text(report))
    voice.value(report.to_dict())
