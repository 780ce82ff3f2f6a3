"""`productops undo`: take a run back, or show which runs there were."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from productops.cli.options import FILE, AsJson, JobsFile, Language, OneJob, Wait
from productops.cli.speaking import Voice
from productops.cli.stopping import stoppable
from productops.cli.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from productops.sync.report import Report


def verb(
    run: Annotated[str | None, typer.Argument(help="A run's id; left out, the runs are listed.", metavar="RUN")] = None,
    *,
    save: Annotated[Path | None, typer.Option("--save", help="Save the plan, for apply.", metavar="PLAN")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Carry it out at once.")] = False,
    every: Annotated[bool, typer.Option("--all", help="List the runs that wrote nothing too.")] = False,
    job: OneJob = None,
    file: JobsFile = FILE,
    wait: Wait = 0.0,
    as_json: AsJson = False,
    language: Language = None,
) -> None:
    """Show the plan that takes a run back; with --yes, carry it out."""
    from productops.cli.words.plans import plan_text, report_text

    voice = Voice(language, as_json=as_json)
    book = voice.book(file)
    sync = book.sync(book.only(job))
    if run is None:
        listed(voice, sync.runs(), every=every)
        return
    with voice.working():
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
    if report.writes:
        voice.text("  " + say("What was taken back stays as it is until somebody edits it; it counts as agreed."))
    voice.value(report.to_dict())


def listed(voice: Voice, runs: Sequence[Report], *, every: bool) -> None:
    """Tell which runs there were, oldest first; those that left nothing to take back are counted unless asked for."""
    from productops.cli.words.plans import report_text
    from productops.sync.book.history import when

    found = [one for one in runs if every or one.writes or one.linked or one.uncertain]
    for one in found:
        voice.text(f"{when(one.started)}  {one.run}  {report_text(one)}")
    if not found:
        voice.text(say("No run has written anything yet."))
    if quiet := len(runs) - len(found):
        told = (
            "1 run wrote nothing and is not listed." if quiet == 1 else "{count} runs wrote nothing and are not listed."
        )
        voice.text(say(told) if quiet == 1 else say(told, count=f"{quiet:,}"))
    voice.value({"runs": [one.to_dict() for one in found], "left_out": quiet})
