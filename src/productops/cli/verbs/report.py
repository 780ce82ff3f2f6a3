"""`productops report`: pages and files to look at, from the invented company or from your own data."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from productops.cli.options import Language
from productops.cli.words import speak, spoken
from productops.cli.words.helping import Verb, Verbs
from productops.errors import ConfigError

if TYPE_CHECKING:
    from productops.reports import Source

OWN = "en, fr, or one that your templates' labels.yaml brings; by default PRODUCTOPS_LANG, then LANG."
FORMS = ("markdown", "mail", "slack", "notion")
PlaceOption = Annotated[
    str | None,
    typer.Option("--workspace", "-w", help="A workspace: its file, or the URL of its database.", metavar="PLACE"),
]
DemoOption = Annotated[bool, typer.Option("--demo", help="Show the invented company.")]
app: typer.Typer = typer.Typer(cls=Verbs, help="Pages, newsletters and workbooks to look at.", no_args_is_help=True)


@app.callback()
def report(language: Language = None) -> None:
    """Pages, newsletters and workbooks to look at."""
    speak(language)


@app.command(cls=Verb)
def site(
    out: Annotated[Path, typer.Argument(help="The folder to write.", metavar="OUT")],
    workspace: PlaceOption = None,
    demo: DemoOption = False,
    language: Annotated[str | None, typer.Option(metavar="CODE", help=OWN)] = None,
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

    source = sourced(workspace, day(as_of) if as_of else None, demo=demo)
    print(write_site(source, out, language or spoken(), audience=audience, templates=templates))


@app.command(cls=Verb)
def news(
    period: Annotated[str, typer.Argument(help="2026-10, 2026-W42, 2026-Q4.", metavar="PERIOD")],
    workspace: PlaceOption = None,
    demo: DemoOption = False,
    audience: Annotated[str, typer.Option(help="internal, exec, sales or public.")] = "internal",
    language: Language = None,
    form: Annotated[str, typer.Option("--as", help=f"{', '.join(FORMS)}.")] = "markdown",
) -> None:
    """Print what changed in a period, to mail or to post; the same period prints the same."""
    from productops.model.timebox import TimeBucket
    from productops.reports.newsletter import newsletter

    if form not in FORMS:
        raise ConfigError(f"There is no form {form!r}.", remedy=f"Use one of {', '.join(FORMS)}.")
    try:
        when = TimeBucket.parse(period)
    except ValueError as error:
        raise ConfigError(f"{period!r} is no period.", remedy="Write 2026-10, 2026-W42 or 2026-Q4.") from error
    issue = newsletter(sourced(workspace, when.end, since=when.start, demo=demo), when, audience, speak(language))
    if form == "notion":
        print(json.dumps(issue.to_notion(), ensure_ascii=False))
    else:
        shown = {"markdown": lambda: issue.markdown, "mail": issue.to_html, "slack": issue.to_slack}[form]()
        print(shown, end="")


@app.command(cls=Verb)
def sheets(
    out: Annotated[Path, typer.Argument(help="The workbook to write, for instance product.xlsx.", metavar="FILE")],
    workspace: PlaceOption = None,
    demo: DemoOption = False,
    language: Language = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="The day to report on.", metavar="DATE")] = None,
) -> None:
    """Write a workbook: roadmap, launches, checklists, feedback and demand as tables."""
    from productops.reports import spreadsheet

    source = sourced(workspace, day(as_of) if as_of else None, demo=demo)
    print(spreadsheet.write_excel(out, spreadsheet.sheets(source, speak(language)), made_on=source.as_of))


@app.command(cls=Verb)
def slides(
    notebook: Annotated[Path, typer.Argument(help="A notebook that was run and saved.", metavar="NOTEBOOK")],
    out: Annotated[Path, typer.Argument(help="The page to write, for instance review.html.", metavar="OUT")],
    code: Annotated[bool, typer.Option("--code", help="Show the code as well.")] = False,
    language: Language = None,
) -> None:
    """Write a notebook's results as slides: one page, no network, no script, to show, print or send."""
    from productops.reports.slides import write_slides

    print(write_slides(notebook, out, speak(language), code=code))


def sourced(place: str | None, as_of: date | None, *, demo: bool, since: date | None = None) -> Source:
    """What a workspace holds, or the invented company; each on its last day unless another is asked for."""
    if demo == (place is not None):
        what = "There is nothing to report on." if not demo else "--demo and --workspace exclude each other."
        raise ConfigError(what, remedy="Give --workspace PLACE, or --demo for the invented company.")
    if place is not None:
        from productops.cli.sourcing import from_workspace

        return from_workspace(place, as_of, since=since)
    from productops.demo import company
    from productops.reports import Source

    known = company()
    return Source.of(known, as_of=as_of or known.as_of)


def day(text: str) -> date:
    """Read a day as the option gives it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{text!r} is no date.", remedy="Write it as in 2026-11-02.") from None
