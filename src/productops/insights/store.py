"""What was learnt as one file of plain arrays and JSON (an .npz): reading it runs no code."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from productops.errors import ConfigError
from productops.insights.embedders import Embedder

VERSION = 1


def same_embedder(name: str | None, embedder: Embedder | None) -> None:
    """Raise ConfigError unless the embedder is the one that something was fitted with."""
    if name != (embedder.name if embedder else None):
        raise ConfigError(
            f"The file was fitted with the embedder {name}, not {embedder.name if embedder else None}.",
            remedy="Give the same one: load(path, embedder=...).",
        )


def save(path: str | Path, kind: str, facts: dict[str, Any], arrays: dict[str, Any]) -> None:
    """Write the file beside its place and then move it there: a crash leaves the old one."""
    path = Path(path)
    told = json.dumps({"kind": kind, "version": VERSION, **facts}, ensure_ascii=True)
    half = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with half.open("wb") as file:
            np.savez_compressed(file, facts=np.frombuffer(told.encode(), np.uint8), **arrays)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


def load(path: str | Path, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read facts and arrays back; ConfigError for anything that `save` did not write."""
    remedy = "Give a file that save(...) wrote, or fit again."
    try:
        with np.load(Path(path), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        facts = json.loads(arrays.pop("facts").tobytes())
    except FileNotFoundError as error:
        raise ConfigError(f"There is no file {Path(path).name}.", remedy=remedy) from error
    except (OSError, ValueError, KeyError, AttributeError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise ConfigError(f"{Path(path).name} cannot be read: {error}.", remedy=remedy) from error
    if facts.get("kind") != kind or facts.get("version") != VERSION:
        raise ConfigError(
            f"{Path(path).name} holds a {facts.get('kind')} of version {facts.get('version')}, "
            f"not a {kind} of version {VERSION}.",
            remedy=remedy,
        )
    return facts, arrays
