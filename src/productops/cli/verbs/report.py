"""`productops report`: pages and files to look at, from the invented company or from your own data."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from productops.errors import ConfigError

if TYPE_CHECKING:
    from productops.reports import Source

app = typer.Typer(help="Pages to look at.", no_args_is_help=True)


@app.callback()
def report() -> None:
    """Pages to look at."""


@app.command()
def site(
    out: Annotated[Path, typer.Argument(help="The folder to write.", metavar="OUT")],
    workspace: Annotated[
        str | None, typer.Option(help="A workspace: its file, or the URL of its database.", metavar="PLACE")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Show the invented company.")] = False,
    language: Annotated[str, typer.Option(help="en or fr, or one that your templates' labels.yaml brings.")] = "en",
    as_of: Annotated[str | None, typer.Option("--as-of", help="The day to report on.", metavar="DATE")] = None,
    audience: Annotated[
        str | None, typer.Option(help="The roadmap alone, as exec, sales or public may see it.")
    ] = None,
    templates: Annotated[
        Path | None, typer.Option(help="A folder with templates, style.css or labels.yaml of your own.")
    ] = None,
) -> None:
    """Write one folder of pages: no network, no script, to open, print or send."""
    from productops.reports import write_site

    if demo == (workspace is not None):
        what = "There is nothing to report on." if not demo else "--demo and --workspace exclude each other."
        raise ConfigError(what, remedy="Give --workspace PLACE, or --demo for the invented company.")
    wanted = day(as_of) if as_of else None
    source = invented(wanted) if workspace is None else kept(workspace, wanted)
    print(write_site(source, out, language, audience=audience, templates=templates))


def invented(as_of: date | None) -> Source:
    """The invented company, on the day it is known of unless another is asked for."""
    from productops.demo import company
    from productops.reports import Source

    known = company()
    return Source.of(known, as_of=as_of or known.as_of)


def kept(place: str, as_of: date | None) -> Source:
    """What a workspace holds; the day of its last change unless another is asked for."""
    from productops.cli.sourcing import from_workspace

    return from_workspace(place, as_of)


def day(text: str) -> date:
    """Read a day as the option gives it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{text!r} is no date.", remedy="Write it as in 2026-11-02.") from None
