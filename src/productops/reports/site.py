"""A folder of pages that needs nothing but a browser: no network, no script, no server; each page stands alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from productops.errors import ConfigError
from productops.model.audience import ViewPolicy
from productops.model.roadmap import Audience
from productops.reports.language import Language
from productops.reports.pages import canvas, feedback, home, impact, launch, launches, processes, roadmap
from productops.reports.rendering import Rendering
from productops.reports.source import Source


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the site: its key, what it is made of, and whether there is anything to show."""

    key: str
    make: Callable[[Source, Language], dict[str, Any]]
    there: Callable[[Source], bool]

    @property
    def file(self) -> str:
        """The file's name."""
        return "index.html" if self.key == "home" else f"{self.key}.html"


PAGES = (
    Page("home", home.page, lambda source: True),
    Page("roadmap", roadmap.page, lambda source: bool(source.items)),
    Page("launches", launches.page, lambda source: bool(source.launches)),
    Page("canvas", canvas.page, lambda source: bool(source.assessments)),
    Page("feedback", feedback.page, lambda source: bool(source.feedback)),
    Page("processes", processes.page, lambda source: bool(source.processes or source.documents)),
    Page(
        "impact",
        impact.page,
        lambda source: bool(source.case or source.initiatives or source.decisions or source.phases),
    ),
)


def pages(
    source: Source,
    language: str = "en",
    *,
    audience: ViewPolicy | Audience | str | None = None,
    templates: Path | None = None,
) -> dict[str, str]:
    """Every page of the site as text, by its file's name; the same source gives the same text.

    With an `audience` (or a policy of your own) there is one page: the roadmap as they may see it, made of nothing
    else. `templates` is a folder whose files replace blocks of ours; see docs/reports.md.

    >>> from datetime import date
    >>> list(pages(Source(name="Havn & Fjord", as_of=date(2026, 11, 2))))
    ['index.html']
    """
    rendering = Rendering(Language.read(language, templates), templates)
    lang = rendering.lang
    if audience is not None:
        return audience_page(source, audience, rendering)
    there = [page for page in PAGES if page.there(source)]
    frame = {
        "site": source.name,
        "as_of": lang.date(source.as_of),
        "nav": [{"key": page.key, "href": page.file, "name": lang(f"page_{page.key}")} for page in there],
    }
    made = {page.file: show(rendering, page.key, page.make(source, lang), frame) for page in there}
    for each in source.launches:
        values = launch.page(each, source, lang)
        made[values["href"]] = show(rendering, "launch", values, frame, part_of="launches")
    return made


def audience_page(source: Source, audience: ViewPolicy | Audience | str, rendering: Rendering) -> dict[str, str]:
    """The one page of an audience. The template is given the view alone, so it cannot show more."""
    lang = rendering.lang
    values = roadmap.audience_page(source, audience, lang)
    frame = {"site": source.name, "as_of": lang.date(source.as_of), "nav": []}
    return {"index.html": show(rendering, "roadmap", values, frame)}


def show(rendering: Rendering, key: str, values: dict[str, Any], frame: Mapping[str, Any], part_of: str = "") -> str:
    """One page through its template."""
    return rendering.render(f"{key}.html", {**frame, "page": values, "here": part_of or key})


def write_site(
    source: Source,
    folder: str | Path,
    language: str = "en",
    *,
    audience: ViewPolicy | Audience | str | None = None,
    templates: str | Path | None = None,
) -> Path:
    """Write the site into a folder and return the path of its first page.

    Files of ours are written over, others are left alone. Raises ConfigError where the folder cannot be written.
    """
    out = Path(folder)
    own = Path(templates) if templates else None
    made = pages(source, language, audience=audience, templates=own)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in made.items():
            (out / name).write_bytes(text.encode("utf-8"))
    except OSError as error:
        raise ConfigError(
            f"The site cannot be written to {out}: {error.strerror or error}.", remedy="Name another folder."
        ) from error
    return out / "index.html"
