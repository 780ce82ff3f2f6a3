"""`productops run`: plan and apply, for cron."""

from __future__ import annotations

from typing import Any

import typer

from productops.cli.options import FILE, AsJson, Full, JobName, JobsFile, Known, Language, Wait
from productops.cli.speaking import Voice
from productops.cli.stopping import stoppable
from productops.cli.words import say, translated
from productops.errors import ProductOpsError


def verb(
    job: JobName = None,
    *,
    file: JobsFile = FILE,
    full: Full = False,
    wait: Wait = 0.0,
    known: Known = False,
    as_json: AsJson = False,
    language: Language = None,
) -> None:
    """Plan and apply each job. One that fails does not keep the others from running."""
    from productops.cli.words.plans import report_text

    voice = Voice(language, as_json=as_json)
    book = voice.book(file)
    told: list[dict[str, Any]] = []
    for name in book.chosen(job):
        try:
            with stoppable(), voice.working():
                report = book.sync(name).run(full=full, wait=wait)
        except ProductOpsError as error:
            voice.failed(error, name if len(book.names) > 1 else None)
            told.append({"sync": name, **error.to_dict()})
            continue
        voice.text(report_text(report))
        for line in report.new_problems:
            if line not in report.problems:
                voice.text("  " + say("new: {what}", what=translated(line)))
        told.append(report.to_dict())
        voice.found(report.new_problems, report.known_problems, count_known=known)
    voice.value(told if job is None else told[0])
    raise typer.Exit(voice.code)
