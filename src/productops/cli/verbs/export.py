"""`productops export`: a whole workspace as a file of JSON lines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from productops.cli.options import AsJson, Language, Place
from productops.cli.speaking import Voice
from productops.cli.words import say
from productops.errors import ConfigError


def verb(
    path: Annotated[Path, typer.Argument(help="The file to write, for instance product.jsonl.", metavar="FILE")],
    workspace: Place,
    as_json: AsJson = False,
    language: Language = None,
) -> None:
    """Write everything that a workspace holds, and everything that happened to it, to one file of JSON lines."""
    from productops.workspace.home import Workspace

    voice = Voice(language, as_json=as_json)
    if "://" not in workspace and not Path(workspace).is_file():
        raise ConfigError(f"There is no workspace {workspace}.", remedy="Name the file of one, or a database's URL.")
    with Workspace(workspace, read_only=True) as ws:
        lines = ws.export(path)
    voice.text(say("{path}: {count} lines", path=path, count=f"{lines:,}"))
    voice.value({"lines": lines, "file": str(path)})
