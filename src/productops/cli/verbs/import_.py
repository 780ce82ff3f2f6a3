"""`productops import`: a file brought into a workspace, looked at first and then loaded."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from productops.cli.options import AsJson, Language, Place
from productops.cli.speaking import Voice
from productops.cli.words import say
from productops.errors import ConfigError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from productops.sdk.view import View
    from productops.workspace.home import Workspace


def verb(
    path: Annotated[Path, typer.Argument(help="A CSV, a spreadsheet, JSON lines, or an export.", metavar="FILE")],
    workspace: Place,
    model: Annotated[
        str | None, typer.Option("--as", help="What a row is: Feedback, RoadmapItem, module:Class.", metavar="MODEL")
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help="A YAML or TOML file: field of the model → column.", metavar="FILE")
    ] = None,
    fields: Annotated[
        list[str] | None, typer.Option("--map", help="One field, as in title=Subject; may be repeated.")
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="Where it comes from, as the history is to call it.")
    ] = None,
    match: Annotated[
        list[str] | None, typer.Option("--match", help="A field by which a record is known again; may be repeated.")
    ] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help="The sheet of a spreadsheet.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Load it; without this it is only looked at.")] = False,
    as_json: AsJson = False,
    language: Language = None,
) -> None:
    """Show what a file would change in a workspace; with --yes, bring it in. A whole export needs no mapping."""
    from productops.cli.words.previews import preview_text
    from productops.workspace.home import Workspace

    voice = Voice(language, as_json=as_json)
    if not path.is_file():
        raise ConfigError(f"There is no file {path}.", remedy="Name a CSV, a spreadsheet, JSON lines or an export.")
    if model is None:
        _restore(voice, path, workspace, yes=yes)
        return
    view = _view(path, model, mapping, fields or [], sheet)
    with ExitStack() as opened:
        fresh = "://" not in workspace and not Path(workspace).exists()
        if fresh and not yes:  # only to look: a workspace that is not there is not made
            workspace = str(Path(opened.enter_context(TemporaryDirectory())) / "empty.db")
        ws = opened.enter_context(Workspace(workspace, read_only=not yes and not fresh))
        known_as(ws, view.mapping.model)
        preview = ws.preview(view, source=source, match=match or None)
        if yes:
            ws.load(preview)
    voice.text(preview_text(preview))
    if preview and yes:
        voice.text(say("Brought in, as run {run}.", run=preview.run))
    elif preview:
        voice.text(say("Nothing was written. With --yes it is brought in."))
    voice.value({
        "new": len(preview.new), "changed": len(preview.revisions), "same": preview.same,
        "kept": preview.kept, "problems": preview.problems, "loaded": yes,
    })  # fmt: skip


def known_as(ws: Workspace, model: type[BaseModel]) -> None:
    """Let a workspace know a model of the user's own, by its name in small letters; the library's are known."""
    if not model.__module__.startswith("productops."):
        ws.register(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", model.__name__).lower(), model)


def _restore(voice: Voice, path: Path, place: str, *, yes: bool) -> None:
    """Read a whole export into an empty workspace."""
    from productops.workspace.home import Workspace

    if path.suffix != ".jsonl":
        raise ConfigError(
            f"Nothing says what a row of {path.name} is.",
            remedy="Name it, as in --as Feedback --map text=Message. Only a whole export (.jsonl) needs no name.",
        )
    if not yes:
        raise ConfigError(
            f"{path.name} would become everything that {place} holds.", remedy="If that is meant, add --yes."
        )
    with Workspace(place) as ws:
        count = ws.restore(path)
    voice.text(say("{count} entities are there, with their history.", count=f"{count:,}"))
    voice.value({"restored": count})


def _view(path: Path, model: str, mapping: Path | None, fields: list[str], sheet: str | None) -> View[Any]:
    from productops.cli.jobs.accounts import MistakesError
    from productops.cli.jobs.mapped import model_named
    from productops.cli.jobs.source import Source
    from productops.connectors import Files
    from productops.mappings import shipped
    from productops.sdk.declared import declared

    try:
        cls = model_named(model, (), Path.cwd())
    except MistakesError as error:
        raise ConfigError(error.mistakes[0].what + ".", remedy=error.mistakes[0].remedy) from None
    found: dict[str, Any] = {}
    if mapping is not None:
        data = Source.read(mapping).data
        found |= data[cls.__name__] if isinstance(data.get(cls.__name__), dict) else data
    for one in fields:
        name, equals, column = one.partition("=")
        if not equals or not name or not column:
            raise ConfigError(f"--map {one} says nothing.", remedy="Write it as in --map title=Subject.")
        found[name] = column
    if not found:
        raise ConfigError(
            "Nothing says which column is which.", remedy="Give --map title=Subject for each field, or --mapping FILE."
        )
    files, suffix = Files(), path.suffix.lower()
    if suffix in (".xlsx", ".xls", ".xlsb", ".ods"):
        collection: Any = files.excel(path, sheet=sheet)
    else:
        collection = files.jsonl(path) if suffix in (".jsonl", ".ndjson") else files.csv(path)
    return declared(cls, found, shipped.KINDS).on(collection)
