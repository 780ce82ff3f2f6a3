"""What all charts share: Altair itself, their look by day and by night, their words, and saving them."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from productops.errors import ConfigError, MissingExtraError
from productops.reports.language import THIN, Language
from productops.reports.text import one_line

if TYPE_CHECKING:
    import altair as alt

BLUE, GREY, ORANGE = "#2b6cb0", "#6b7686", "#c05a1c"
BLUES = ["#e8f0f9", "#cfe0f3", "#aecbea", "#8fb6e0"]
INK, SOFT, RULE = "#18212e", "#4f5b6b", "#d8dde5"
NIGHT = {"ink": "#e9edf3", "soft": "#a9b4c2", "rule": "#343e4c", "paper": "#11161d"}
WIDTH = 560
LABEL = 280  # pixels for the names beside a chart
NAMED = 10  # points with a name beside them; more would lie over each other
LONG = 500  # the size of a legend's line
FORMATS = ("svg", "png")
COUNTED = re.compile(r"\b(gradient_|clip)(\d+)\b")


def altair() -> Any:
    """Altair, or the error that names the extra."""
    try:
        import altair as found
    except ImportError as error:
        raise MissingExtraError("charts", purpose="A chart") from error
    return found


def day(value: date) -> str:
    """A day as charts read it: in UTC, so that a drawing does not depend on where it is made."""
    return value.isoformat()


def label(text: str) -> str:
    """A name beside a chart: one line of what somebody wrote."""
    return one_line(text, 60)


def described(chart: Any, title: str, words: str, lang: Language) -> alt.LayerChart:
    """The chart with its name, what is read out to those who do not see it, and months and numbers of the language."""
    made: alt.LayerChart = chart.properties(title=title, description=one_line(f"{title}. {words}", 600))
    return cast(
        "alt.LayerChart",
        made.configure(**look(INK, SOFT, RULE), locale={"time": months(lang), "number": numbers(lang)}),
    )


def faceted(chart: Any, title: str, words: str, lang: Language) -> alt.FacetChart:
    """The same for a chart of several small ones."""
    return cast("alt.FacetChart", described(chart, title, words, lang))


def look(ink: str, soft: str, rule: str) -> dict[str, Any]:
    """The colours of what is not data."""
    quiet = {"labelColor": soft, "titleColor": soft}
    return {
        "view": {"stroke": None},
        "axis": {**quiet, "gridColor": rule, "domainColor": rule, "tickColor": rule},
        "legend": quiet,
        "header": {"labelColor": ink, "titleColor": ink},
        "title": {"anchor": "start", "color": ink, "fontSize": 15},
        "text": {"color": ink},
    }


def months(lang: Language) -> dict[str, Any]:
    """How the reader's months are called, in the form charts take."""
    names = [lang.month(number) for number in range(1, 13)]
    days = [str(number) for number in range(7)]
    forms = {"dateTime": "%x %X", "date": "%d.%m.%Y", "time": "%H:%M", "periods": ["AM", "PM"]}
    return {**forms, "days": days, "shortDays": days, "months": names, "shortMonths": names}


def numbers(lang: Language) -> dict[str, Any]:
    """How the reader's numbers are written, in the form charts take."""
    decimal, thousands = (",", THIN) if lang.french else (".", ",")
    return {"decimal": decimal, "thousands": thousands, "grouping": [3], "currency": ["", ""]}


def dark(chart: Any) -> Any:
    """The same chart for a dark page: light words, faint lines."""
    made = chart.copy(deep=True)
    kept = made.config.to_dict() if hasattr(made.config, "to_dict") else {}
    return made.configure(**{**kept, **look(NIGHT["ink"], NIGHT["soft"], NIGHT["rule"]), "background": NIGHT["paper"]})


def steady(svg: str) -> str:
    """The same drawing under the same bytes: the drawer numbers its parts on from the last drawing."""
    seen: dict[str, str] = {}
    return COUNTED.sub(lambda found: seen.setdefault(found[0], f"{found[1]}{len(seen)}"), svg)


def save(chart: Any, path: str | Path, *, scale: float = 2.0) -> Path:
    """Write a chart as .svg or .png, drawn on this machine without a browser and without the network.

    Raises ConfigError for another ending, MissingExtraError without the `charts` extra.
    """
    out = Path(path)
    kind = out.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise ConfigError(
            f"A chart is not written as {out.suffix or 'a file without an ending'}.", remedy="Use .svg or .png."
        )
    try:
        import vl_convert
    except ImportError as error:
        raise MissingExtraError("charts", purpose="A picture of a chart") from error
    spec: dict[str, Any] = chart.to_dict()
    if kind == "svg":
        out.write_text(steady(vl_convert.vegalite_to_svg(spec)), encoding="utf-8", newline="\n")
    else:
        out.write_bytes(vl_convert.vegalite_to_png(spec, scale=scale))
    return out
