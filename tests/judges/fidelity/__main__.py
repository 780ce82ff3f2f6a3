"""``python -m judges.fidelity FOLDER``: the last line that is printed is one JSON object."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from judges.fidelity import airtable, jira, live, notion, refusals
from judges.fidelity.pieces import Piece, aside, pieces
from judges.fidelity.tally import Tally
from judges.openapi_notion import NotionJudge
from shared import ROOT

SPECS = ("jira-cloud.v3.json", "notion.2025-09-03.json")


def judge(folder: Path, *, alive: bool = True) -> dict[str, Any]:
    """Judge every JSON file below a folder."""
    tally = Tally()
    specs = all((ROOT / "specs" / name).exists() for name in SPECS)
    official = NotionJudge() if specs else None
    for path in sorted(folder.rglob("*.json")):
        tally.file, tally.broken = path.relative_to(folder).as_posix(), False
        tally.add("payloads")
        _file(path, tally, official)
    if alive and specs:
        live.judge(tally)
    return tally.to_dict()


def _file(path: Path, tally: Tally, official: NotionJudge | None) -> None:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        tally.out_of_scope.append({"file": tally.file, "reason": f"is no JSON ({error})"})
        return
    found = list(pieces(value))
    if not found:
        tally.out_of_scope.append({"file": tally.file, "reason": aside(value)})
        return
    tally.add("in_scope")
    for piece in found:
        try:
            _piece(piece, tally, official)
        except Exception as error:  # a judge that falls over has found something
            tally.fail(f"{piece.kind}: {type(error).__name__}: {error}", undecoded=True)
    tally.add("decoded", not tally.broken)


def _piece(piece: Piece, tally: Tally, official: NotionJudge | None) -> None:
    if piece.kind.endswith(" refusal"):
        refusals.judge(piece, tally)
    elif piece.service == "jira":
        jira.judge(piece, tally)
    elif piece.service == "airtable":
        airtable.judge(piece, tally)
    else:
        notion.judge(piece, tally, official)


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge a folder, print what was found, and return 0 when nothing failed."""
    parser = argparse.ArgumentParser(prog="fidelity", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args(arguments).folder
    if not folder.is_dir():
        parser.error(f"{folder} is no folder")
    found = judge(folder)
    for one in found["failures"]:
        print(f"{one['file']}: {one['reason']}")
    print(json.dumps(found, ensure_ascii=False))
    return 1 if found["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
