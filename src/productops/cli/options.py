"""Options that several verbs share, so that they are called the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

JobName = Annotated[str | None, typer.Argument(metavar="JOB", help="One job of the file; left out, all.")]
OneJob = Annotated[str | None, typer.Option("--job", help="Which job, where the file holds several.", metavar="JOB")]
JobsFile = Annotated[Path, typer.Option("--file", "-f", help="The file of jobs.", metavar="FILE")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else.")]
Language = Annotated[
    str | None,
    typer.Option("--language", help="en or fr; by default PRODUCTOPS_LANG, then LANG.", metavar="CODE"),
]
Known = Annotated[bool, typer.Option("--known", help="Leave with 1 also for findings that were told before.")]
Wait = Annotated[float, typer.Option("--wait", help="Seconds to wait for another run.", metavar="SECONDS")]
Full = Annotated[bool, typer.Option("--full", help="List everything again, not only what changed.")]
Place = Annotated[
    str, typer.Option("--workspace", "-w", help="A workspace: its file, or the URL of its database.", metavar="PLACE")
]
FILE = Path("productops.toml")
