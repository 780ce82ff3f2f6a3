"""The verbs, and how their errors end: as a sentence and an exit code (see :mod:`~productops.cli.exits`)."""

from __future__ import annotations

import importlib
import json
import keyword
import sys
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Any

import typer

from productops import __version__
from productops.cli.exits import STOPPED, USAGE, code_of
from productops.cli.options import Language
from productops.cli.words import LANGUAGES, asked, error_text, speak
from productops.cli.words.helping import Verb, Verbs
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
USAGE_ERROR: Any = typer.BadParameter.__mro__[2]  # what every mistake in the arguments is, wherever the class lives
HELP = "Product operations: keep two places equal, lose nothing. Try it without an account: productops demo."
app: typer.Typer = typer.Typer(
    name="productops",
    cls=Verbs,
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. ``arguments`` are those of the process when left out."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    asked.set(_asked(given))
    speak()
    try:
        code = app(args=given, prog_name="productops", standalone_mode=False)
    except SystemExit as leaving:  # a signal's way to end
        code = leaving.code
    except typer.Abort:
        return STOPPED
    except ProductOpsError as error:
        return _fail(given, error)
    except USAGE_ERROR as error:
        return _mistaken(given, error)
    return code if isinstance(code, int) else 0


def _fail(given: Sequence[str], error: ProductOpsError) -> int:
    if "--json" in given:
        print(json.dumps(error.to_dict(), ensure_ascii=False, default=str))
    print(f"productops: {error_text(error)}", file=sys.stderr)
    return code_of(error)


def _mistaken(given: Sequence[str], error: Any) -> int:
    """Tell a mistake in the arguments; a group that was given none has shown its help already."""
    if (told := error.format_message()).strip() and type(error).__name__ != "NoArgsIsHelpError":
        where = error.ctx.command_path if error.ctx else "productops"
        return _fail(given, ConfigError(told, remedy=f"See {where} --help."))
    return USAGE


def _asked(given: Sequence[str]) -> str | None:
    """Find the language that a command line asks for, before anything reads it; others are refused later."""
    for option, value in zip_longest(given, given[1:], fillvalue=""):
        name, _, written = option.partition("=")
        if name == "--language" and (written or value) in LANGUAGES:
            return written or value
    return None


def _show_version(wanted: bool) -> None:  # noqa: FBT001, RUF100 - typer calls it so
    if wanted:
        print(f"productops {__version__}")
        raise typer.Exit


@app.callback()
def productops(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
    language: Language = None,
) -> None:
    """Product operations: keep two places equal, lose nothing. Try it without an account: productops demo."""
    speak(language)


def _add(name: str) -> None:
    """Add a verb: a function, or an app with verbs of its own."""
    home = f"{name}_" if keyword.iskeyword(name) else name.replace("-", "_")
    module = importlib.import_module(f"productops.cli.verbs.{home}")
    if hasattr(module, "app"):
        app.add_typer(module.app, name=name)
    else:
        app.command(name, cls=Verb)(module.verb)


for _verb in VERBS:
    _add(_verb)


@app.command(cls=Verb)
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
    language: Language = None,
) -> None:
    """Keep a Jira project and an Airtable table equal, in a sandbox, in bad weather; in less than a minute."""
    from productops.cli.demo import tell

    speak(language)
    if real_limits and limits is not None:
        raise ConfigError("--real-limits and --limits exclude each other.", remedy="Give one of them.")
    factor = 1.0 if real_limits else limits
    raise typer.Exit(tell(issues=issues, factor=factor, site=site, as_json=as_json))


@app.command(cls=Verb)
def sandbox(
    seed: Annotated[
        Path | None, typer.Option(help="A JSON file with what the services hold at first.", metavar="FILE")
    ] = None,
    limits: Annotated[
        str, typer.Option(help='"real", or a factor that makes the rate limits that many times as mild.')
    ] = "real",
    port: Annotated[int, typer.Option(help="Jira's port; the others take the next ones. 0: any that are free.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print where everything is as one line of JSON.")] = False,
    language: Language = None,
) -> None:
    """Run an imitated Jira, Airtable, Notion and Productboard on this machine until Ctrl-C."""
    from productops.cli.serve import serve

    speak(language)
    serve(seed=seed, limits=limits, port=port, as_json=as_json)
