"""The verbs, and how their errors end: as a sentence and an exit code (see :mod:`~productops.cli.exits`)."""

from __future__ import annotations

import importlib
import json
import keyword
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from productops import __version__
from productops.cli.exits import code_of
from productops.errors import ConfigError, ProductOpsError

VERBS = (
    "check",
    "plan",
    "apply",
    "run",
    "conflicts",
    "explain",
    "undo",
    "schema",
    "import",
    "export",
    "insights",
    "report",
    "new-connector",
)  # a module of `verbs` each
HELP = "Product operations: keep two places equal, lose nothing. Try it without an account: productops demo."
app = typer.Typer(
    name="productops",
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. ``arguments`` are those of the process when left out."""
    try:
        app(args=None if arguments is None else list(arguments))
    except SystemExit as leaving:  # typer's own way to end, also after a mistake in the arguments or Ctrl-C
        return leaving.code if isinstance(leaving.code, int) else 0
    except ProductOpsError as error:
        from productops.cli.words import error_text

        if "--json" in (sys.argv[1:] if arguments is None else arguments):
            print(json.dumps(error.to_dict(), ensure_ascii=False, default=str))
        print(f"productops: {error_text(error)}", file=sys.stderr)
        return code_of(error)
    return 0


def _show_version(wanted: bool) -> None:  # noqa: FBT001, RUF100 - typer calls it so
    if wanted:
        print(f"productops {__version__}")
        raise typer.Exit


@app.callback()
def productops(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Product operations: keep two places equal, lose nothing. Try it without an account: productops demo."""


def _add(name: str) -> None:
    """Add a verb: a function, or an app with verbs of its own."""
    home = f"{name}_" if keyword.iskeyword(name) else name.replace("-", "_")
    module = importlib.import_module(f"productops.cli.verbs.{home}")
    if hasattr(module, "app"):
        app.add_typer(module.app, name=name)
    else:
        app.command(name)(module.verb)


for _verb in VERBS:
    _add(_verb)


@app.command()
def demo(
    issues: Annotated[
        Path | None,
        typer.Option(help="A CSV file of your own issues: issuekey, title, description, storypoint.", metavar="FILE"),
    ] = None,
    real_limits: Annotated[bool, typer.Option("--real-limits", help="Keep the services' real rate limits.")] = False,
    limits: Annotated[
        float | None, typer.Option(help="Make the rate limits this many times as mild.", metavar="FACTOR")
    ] = None,
    site: Annotated[
        Path, typer.Option(help="Where the last step writes the company's pages.", metavar="FOLDER")
    ] = Path("demo-out"),
    as_json: Annotated[bool, typer.Option("--json", help="End with one line of JSON: what was counted.")] = False,
) -> None:
    """Keep a Jira project and an Airtable table equal, in a sandbox, in bad weather; in less than a minute."""
    from productops.cli.demo import tell

    if real_limits and limits is not None:
        raise ConfigError("--real-limits and --limits exclude each other.", remedy="Give one of them.")
    factor = 1.0 if real_limits else limits
    raise typer.Exit(tell(issues=issues, factor=factor, site=site, as_json=as_json))


@app.command()
def sandbox(
    seed: Annotated[
        Path | None, typer.Option(help="A JSON file with what the services hold at first.", metavar="FILE")
    ] = None,
    limits: Annotated[
        str, typer.Option(help='"real", or a factor that makes the rate limits that many times as mild.')
    ] = "real",
    port: Annotated[int, typer.Option(help="Jira's port; the others take the next ones. 0: any that are free.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print where everything is as one line of JSON.")] = False,
) -> None:
    """Run an imitated Jira, Airtable, Notion and Productboard on this machine until Ctrl-C."""
    from productops.cli.serve import serve

    serve(seed=seed, limits=limits, port=port, as_json=as_json)
