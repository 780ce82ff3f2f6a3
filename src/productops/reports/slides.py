"""A notebook as slides: one page without network and script, made of what the notebook holds when it was saved.

Cells say where a slide begins by the metadata that Jupyter and its tools use (`slideshow`: `slide_type`). A notebook
that says nothing begins one at each heading of the first two levels.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markupsafe import Markup

from productops.errors import ConfigError
from productops.reports.language import Language
from productops.reports.rendering import Rendering
from productops.reports.text import one_line, rich, safe_html, shown

HEADING = re.compile(r"\A\s*#{1,2} +(?P<title>[^\n]+)\n?(?P<rest>.*)\Z", re.DOTALL)
BEGINS, SKIPPED = ("slide", "subslide"), ("skip", "notes")
PNG = b"\x89PNG\r\n\x1a\n"
VEGA = re.compile(r"application/vnd\.vegalite\.v\d+\+json")
EMBEDDED = re.compile(r'\}\)\((?P<spec>\{.*\}), \{"mode": "vega-lite"', re.DOTALL)  # a chart that a script would draw
Cell = Mapping[str, Any]


@dataclass
class Slide:
    """One slide: its title, and what stands on it."""

    title: str = ""
    parts: list[Markup] = field(default_factory=list)


def slides(notebook: str | Path, language: str = "en", *, code: bool = False, templates: Path | None = None) -> str:
    """Return the deck as one HTML page: a slide a screen, a page each on paper. `code` shows the code as well.

    Only what the notebook was saved with is shown: run it first. HTML of its outputs is sanitised; pictures (PNG, and
    charts with the `charts` extra) stand inside the page.

    Raises:
        ConfigError: there is no such notebook, it holds no outputs although it has code, or a cell failed.

    """
    path = Path(notebook)
    cells = _cells(path)
    rendering = Rendering(Language.read(language, templates), templates)
    lang = rendering.lang
    made = [slide for slide in _slides(cells, lang, code=code) if slide.title or slide.parts]
    title = next((slide.title for slide in made if slide.title), path.stem)
    values = {"title": title, "slides": [{"title": one.title, "parts": one.parts} for one in made]}
    frame = {"site": path.stem, "as_of": "", "nav": [], "page": values, "here": "slides"}
    return rendering.render("slides.html", frame)


def write_slides(notebook: str | Path, out: str | Path, language: str = "en", **more: Any) -> Path:
    """Write the deck of a notebook and return its path; the arguments are those of `slides`."""
    target = Path(out)
    text = slides(notebook, language, **more)
    try:
        target.write_bytes(text.encode("utf-8"))
    except OSError as error:
        raise ConfigError(
            f"The slides cannot be written to {target}: {error.strerror or error}.", remedy="Name another file."
        ) from error
    return target


def _cells(path: Path) -> list[Cell]:
    """Read a notebook, and refuse one that was not run."""
    if not path.is_file():
        raise ConfigError(f"There is no notebook {path}.", remedy="Name a file that ends in .ipynb.")
    try:
        cells: list[Cell] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (ValueError, KeyError, TypeError):
        raise ConfigError(f"{path.name} is no notebook.", remedy="Name a file that ends in .ipynb.") from None
    codes = [cell for cell in cells if cell.get("cell_type") == "code" and "".join(cell.get("source", "")).strip()]
    if codes and not any(cell.get("outputs") for cell in codes):
        raise ConfigError(
            f"{path.name} was saved without outputs.", remedy=f"Run it first: jupyter execute --inplace {path.name}."
        )
    return cells


def _slides(cells: Iterable[Cell], lang: Language, *, code: bool) -> Iterator[Slide]:
    known = list(cells)
    told = any(_kind(cell) for cell in known)
    now = Slide()
    for number, cell in enumerate(known, 1):
        if _kind(cell) in SKIPPED:
            continue
        text = "".join(cell.get("source", ""))
        heading = HEADING.match(text) if cell.get("cell_type") == "markdown" else None
        if _kind(cell) in BEGINS if told else heading is not None:
            yield now
            now = Slide()
        if heading and not now.title and not now.parts:
            now.title, text = one_line(_plain(heading["title"])), heading["rest"]
        now.parts += _parts(cell, text, number, lang, code=code)
    yield now


def _kind(cell: Cell) -> str:
    found = cell.get("metadata", {}).get("slideshow", {})
    return str(found.get("slide_type") or "").replace("-", "")


def _plain(text: str) -> str:
    """A heading without the marks of Markdown."""
    return rich(text).striptags()


def _parts(cell: Cell, text: str, number: int, lang: Language, *, code: bool) -> Iterator[Markup]:
    if cell.get("cell_type") == "markdown":
        if text.strip():
            yield Markup('<div class="prose">{}</div>').format(rich(text))
    elif cell.get("cell_type") == "code":
        if code and text.strip():
            yield Markup('<pre class="scroll code" tabindex="0">{}</pre>').format(shown(text))
        for output in cell.get("outputs", ()):
            if output.get("output_type") == "error":
                name = one_line(str(output.get("ename")))
                raise ConfigError(f"Cell {number} failed: {name}.", remedy="Correct it and run it again.")
            if (part := _output(output, lang)) is not None:
                yield part


def _output(output: Mapping[str, Any], lang: Language) -> Markup | None:
    """The best of what an output offers: a chart, a picture, a table, text."""
    if output.get("output_type") == "stream":
        told = "".join(output.get("text", ""))
        return _pre(told) if output.get("name") == "stdout" and told.strip() else None
    data: Mapping[str, Any] = output.get("data", {})
    spec = _chart(data)
    if spec is not None and (drawn := _drawn(spec)) is not None:
        return _image("image/svg+xml", drawn, str(spec.get("description") or lang("chart")))
    if "image/png" in data and (png := _decoded(data["image/png"])) is not None:
        return _image("image/png", png, lang("picture"))
    for kind, made in (("text/markdown", rich), ("text/html", safe_html), ("text/plain", _pre)):
        if kind in data and (part := made("".join(data[kind]))).striptags():
            return Markup('<div class="prose scroll" tabindex="0">{}</div>').format(part)
    return None


def _chart(data: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The specification of a chart, given as such or within the page that would draw it."""
    spec = next((data[key] for key in data if VEGA.fullmatch(key)), None)
    if spec is None and (found := EMBEDDED.search("".join(data.get("text/html", "")))):
        try:
            spec = json.loads(found["spec"])
        except ValueError:
            return None
    return spec if isinstance(spec, Mapping) else None


def _pre(text: str) -> Markup:
    return Markup('<pre class="scroll" tabindex="0">{}</pre>').format(shown(text))


def _image(kind: str, content: bytes, words: str) -> Markup:
    data = base64.b64encode(content).decode("ascii")
    return Markup('<img src="data:{};base64,{}" alt="{}">').format(kind, data, one_line(words))


def _decoded(text: object) -> bytes | None:
    try:
        found = base64.b64decode("".join(str(text).split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return found if found.startswith(PNG) else None


def _drawn(spec: Mapping[str, Any]) -> bytes | None:
    """A chart as SVG; None without the extra that draws it, or where it would need the network."""
    try:
        import vl_convert
    except ImportError:
        return None
    from productops.reports.charts.drawing import steady

    try:
        svg = vl_convert.vegalite_to_svg(dict(spec), allowed_base_urls=[])
    except ValueError:
        return None
    return steady(svg).encode("utf-8")
