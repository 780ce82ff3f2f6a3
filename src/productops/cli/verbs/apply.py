"""`productops apply`: do exactly what a saved plan says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from productops.cli.options import FILE, AsJson, JobsFile, Known, Language, Wait
from productops.cli.speaking import Voice
from productops.cli.stopping import stoppable
from productops.errors import ConfigError


def verb(
    plan: Annotated[Path, typer.Argument(help="A plan that plan --save wrote.", metavar="PLAN")],
    *,
    confirm: Annotated[bool, typer.Option("--confirm", help="Carry it out though a limit stops it.")] = False,
    file: JobsFile = FILE,
    wait: Wait = 0.0,
    known: Known = False,
    as_json: AsJson = False,
    language: Language = None,
) -> None:
    """Do exactly what a saved plan says, or refuse."""
    from productops.cli.words.plans import report_text
    from productops.sync.plan import Plan

    voice = Voice(language, as_json=as_json)
    book = voice.book(file)
    try:
        loaded = Plan.from_json(plan)
    except OSError as error:
        raise ConfigError(f"{plan} cannot be read: {error.strerror}.", remedy="Make it with plan --save.") from None
    sync = book.sync(book.chosen(loaded.sync)[0])
    with stoppable(), voice.working():
        report = sync.apply(loaded, confirm=loaded.id if confirm else None, wait=wait)
    voice.text(report_text(report))
    voice.value(report.to_dict())
    voice.found(report.new_problems, report.known_problems, count_known=known)
    raise typer.Exit(voice.code)
