"""`productops new-connector`: a package for a connector of one's own, that passes its tests from the first minute."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from productops.cli.options import AsJson, Language
from productops.cli.speaking import Voice
from productops.cli.words import say
from productops.errors import ConfigError

PLACES = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "docs.md": "docs/shelf.md",
    "init.py": "src/productops_shelf/__init__.py",
    "asking.py": "src/productops_shelf/asking.py",
    "account.py": "src/productops_shelf/account.py",
    "items.py": "src/productops_shelf/items.py",
    "service.py": "src/productops_shelf/service.py",
    "fake.py": "tests/fake.py",
    "test_contract.py": "tests/test_contract.py",
}


def verb(
    name: Annotated[str, typer.Argument(help="The service's name: letters, digits and _.", metavar="NAME")],
    *,
    as_json: AsJson = False,
    language: Language = None,
) -> None:
    """Write a package for a new connector into the current folder; it installs and its tests pass."""
    voice = Voice(language, as_json=as_json)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise ConfigError(f"{name!r} is no name for a connector.", remedy="Use letters, digits and _, such as linear.")
    folder = Path(f"productops-{name.lower().replace('_', '-')}")
    if folder.exists():
        raise ConfigError(f"{folder} is there already.", remedy="Choose another name, or move it away.")
    for source, place in PLACES.items():
        target = folder / written(place, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = (files("productops.cli.skeleton") / f"{source}.txt").read_text(encoding="utf-8")
        target.write_text(written(text, name), encoding="utf-8")
    (folder / f"src/productops_{name.lower()}/py.typed").write_text("", encoding="utf-8")
    voice.text(say("{path} is ready. Next:", path=folder))
    voice.text(
        f'  cd {folder}\n  pip install -e ".[test]"\n  pytest\n  $EDITOR src/productops_{name.lower()}/service.py'
    )
    voice.value({"path": str(folder), "fill_in": str(folder / f"src/productops_{name.lower()}/service.py")})


def written(text: str, name: str) -> str:
    """Return a text of the skeleton with the service's name in it.

    >>> written("class Shelf: SHELF_TOKEN, productops-shelf, productops_shelf", "my_crm")
    'class MyCrm: MY_CRM_TOKEN, productops-my-crm, productops_my_crm'
    """
    small = name.lower()
    text = text.replace("productops-shelf", f"productops-{small.replace('_', '-')}")
    title = "".join(part[:1].upper() + part[1:] for part in name.split("_") if part)
    return text.replace("SHELF", small.upper()).replace("Shelf", title).replace("shelf", small)
