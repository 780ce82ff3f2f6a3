"""`productops export`: a whole workspace as a file of JSON lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from productops.cli.options import AsJson, Place
from productops.errors import ConfigError


def verb(
    path: Annotated[Path, typer.Argument(help="The file to write, for instance product.jsonl.", metavar="FILE")],
    workspace: Place,
    as_json: AsJson = False,
) -> None:
    """Write everything that a workspace holds, and everything that happened to it, to one file of JSON lines."""
    from productops.workspace.home import Workspace

    if "://" not in workspace and not Path(workspace).is_file():
        raise ConfigError(f"There is no workspace {workspace}.", remedy="Name the file of one, or a database's URL.")
    with Workspace(workspace, read_only=True) as ws:
        lines = ws.export(path)
    print(json.dumps({"lines": lines, "file": str(path)}) if as_json else f"{path}: {lines:,} lines")
