"""Templates: ours, and those of a folder, which may replace any block of ours and can do nothing else."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateError,
)
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from productops.errors import ConfigError
from productops.reports.language import Language
from productops.reports.text import rich, safe_html, shown

OURS = PackageLoader("productops.reports", "data/templates")


class Rendering:
    """Templates in one language; `folder` holds files that come before ours.

    A file of that folder may start with `{% extends "productops/roadmap.html" %}` and replace single blocks; a
    `style.css` there is added to ours. Templates see plain values, escape what they show, and run in a sandbox.
    """

    def __init__(self, lang: Language, folder: Path | None = None) -> None:
        self.lang = lang
        self.folder = folder
        if folder is not None and not folder.is_dir():
            raise ConfigError(f"There is no folder {folder} with templates.", remedy="Make it, or leave it out.")
        self.environment: ImmutableSandboxedEnvironment = environment(folder)
        self.style: Markup = self.read_style()

    def label(self, key: str, n: float | None = None, **values: object) -> str:
        """What templates know as `t`: a label, and nothing else of the language."""
        return self.lang(key, n, **values)

    def read_style(self) -> Markup:
        """The style sheet, ours and then that of the folder, as one text that cannot end its element."""
        text = (files("productops.reports") / "data" / "style.css").read_text(encoding="utf-8")
        path = self.folder / "style.css" if self.folder else None
        if path is not None and path.is_file():
            text += path.read_text(encoding="utf-8")
        return Markup(text.replace("</", "<\\/"))  # noqa: S704 - a style element ends at </ and nowhere else

    @property
    def style_hash(self) -> str:
        """What the page's policy allows: this style sheet and no other."""
        return f"sha256-{base64.b64encode(hashlib.sha256(self.style.encode()).digest()).decode()}"

    def render(self, name: str, values: dict[str, Any]) -> str:
        """One template as text; ConfigError names the template and the line of what is wrong in it."""
        frame = {"style": self.style, "style_hash": self.style_hash, "t": self.label, "lang": self.lang.code}
        try:
            made = self.environment.get_template(name).render(frame | values)
        except SecurityError as error:
            raise ConfigError(f"The template {name} may not do that: {error}", remedy="Show values only.") from error
        except TemplateError as error:
            where = f", line {line}" if (line := getattr(error, "lineno", None)) else ""
            raise ConfigError(f"The template {name}{where} cannot be used: {error}", remedy="Correct it.") from error
        return made if made.endswith("\n") else f"{made}\n"


def environment(folder: Path | None) -> ImmutableSandboxedEnvironment:
    """The templates, compiled on first use: ours once and for all, those of a folder each time, for they are edited."""
    return sandboxed(folder) if folder else ours()


@cache
def ours() -> ImmutableSandboxedEnvironment:
    """Our own templates."""
    return sandboxed(None)


def sandboxed(folder: Path | None) -> ImmutableSandboxedEnvironment:
    """An environment that escapes everything, fails on a misspelt name, and changes nothing."""
    own: list[BaseLoader] = [FileSystemLoader(folder)] if folder else []
    made = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([*own, PrefixLoader({"productops": OURS}), OURS]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=clean,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {"rich": rich, "safe_html": safe_html}
    return made


def clean(value: object) -> object:
    """What every `{{ … }}` goes through before it is escaped: nothing unseen, and nothing for None."""
    if value is None:
        return ""
    if isinstance(value, Markup):
        return value
    return shown(value) if isinstance(value, str) else value
