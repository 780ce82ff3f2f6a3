"""`productops report`: pages and files to look at, from the invented company or from your own data."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from productops.errors import ConfigError

app = typer.Typer(help="Pages to look at.", no_args_is_help=True)


@app.callback()
def report() -> None:
    """Pages to look at."""


@app.command()
def site(
    out: Annotated[Path, typer.Argument(help="The folder to write.", metavar="OUT")],
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
    from productops.reports import Source, write_site

    if not demo:
        raise ConfigError("There is nothing to report on.", remedy="Give --demo for the invented company.")
    from productops.demo import company

    known = company()
    source = Source.of(known, as_of=day(as_of) if as_of else known.as_of)
    print(write_site(source, out, language, audience=audience, templates=templates))


def day(text: str) -> date:
    """Read a day as the option gives it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{text!r} is no date.", remedy="Write it as in 2026-11-02.") from None
