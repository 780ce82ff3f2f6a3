"""Charts as Altair objects that people can restyle, and as SVG or PNG without a browser; the `charts` extra.

Every chart carries a `description` for those who do not see it, and tells with shape, dash or a word what it tells
with colour.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from productops.errors import ConfigError, MissingExtraError
from productops.model.audience import in_words
from productops.model.canvas import Canvas
from productops.model.canvas_trend import Trend
from productops.model.demand import Books, group_notes
from productops.model.launch import Launch
from productops.model.roadmap import Horizon, RoadmapItem
from productops.reports.language import Language
from productops.reports.pages.launch import work_began
from productops.reports.source import Source
from productops.reports.text import one_line, shown

if TYPE_CHECKING:
    import altair as alt

BLUE, GREY, ORANGE = "#2b6cb0", "#6b7686", "#c05a1c"
BLUES = ["#e8f0f9", "#cfe0f3", "#aecbea", "#8fb6e0"]
INK, SOFT, RULE = "#18212e", "#4f5b6b", "#d8dde5"
NIGHT = {"ink": "#e9edf3", "soft": "#a9b4c2", "rule": "#343e4c", "paper": "#11161d"}
WIDTH = 560
LABEL = 280  # pixels for the names beside a chart
NAMED = 10  # points with a name beside them; more would lie over each other
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
    """A day as charts read it."""
    return value.isoformat()


def label(text: str) -> str:
    """A name beside a chart: one line of what somebody wrote."""
    return one_line(text, 60)


def timeline(items: Iterable[RoadmapItem], as_of: date, language: str = "en") -> alt.LayerChart:
    """Items with a time as bars; the less sure, the fainter and with a word for it; today as a line."""
    alt, lang = altair(), Language(language)
    rows = []
    for item in items:
        when = item.when
        if when is None or when.start is None or when.end is None or item.horizon in (Horizon.DONE, Horizon.DROPPED):
            continue
        sure = in_words(item.confidence_share)
        word = lang.word("confidence", sure.value) if sure else lang("not_known")
        rows.append(
            {
                "item": label(item.title),
                "start": day(when.start),
                "end": day(when.end + timedelta(days=1)),
                "confidence": word,
                "when": lang.when(when),
                "id": item.id,
            }
        )
    order = [lang.word("confidence", key) for key in ("high", "medium", "low")] + [lang("not_known")]
    base = alt.Chart(alt.Data(values=rows), width=WIDTH)
    place = alt.Y(
        "item:N",
        title=None,
        sort=alt.EncodingSortField(field="start", order="ascending"),
        axis=alt.Axis(labelLimit=LABEL),
    )
    sure_of = alt.FillOpacity(
        "confidence:N",
        title=lang("field_confidence"),
        scale=alt.Scale(type="ordinal", domain=order, range=[1, 0.6, 0.25, 0.1]),
    )
    bars = base.mark_bar(color=BLUE, cornerRadius=2, stroke=BLUE).encode(
        x=alt.X("start:T", title=None, axis=alt.Axis(tickCount=6, format="%b %Y")),
        x2="end:T",
        y=place,
        fillOpacity=sure_of,
    )
    words = base.mark_text(align="left", dx=6, fontSize=10).encode(x="end:T", y=place, text="confidence:N")
    today = alt.Chart(alt.Data(values=[{"day": day(as_of)}])).mark_rule(color=ORANGE, strokeWidth=2).encode(x="day:T")
    return described(
        bars + words + today, lang("timeline"), f"{len(rows)}: {', '.join(row['item'] for row in rows)}", lang
    )


def burn_up(launch: Launch, as_of: date, language: str = "en") -> alt.LayerChart:
    """Scope and done over time as steps, the forecast dotted, the launch day as a line."""
    alt, lang = altair(), Language(language)
    found = launch.burn_up(as_of, since=work_began(launch, as_of))
    names = {"scope": lang("legend_scope"), "done": lang("legend_done"), "ahead": lang("legend_forecast")}
    rows: list[dict[str, Any]] = [
        {"day": day(point.on), "line": names[kind], "items": getattr(point, kind)}
        for point in found.points
        for kind in ("scope", "done")
    ]
    last = found.points[-1]
    if found.forecast.finish_on and last.done < last.scope:
        rows += [
            {"day": day(on), "line": names["ahead"], "items": count}
            for on, count in ((last.on, last.done), (found.forecast.finish_on, last.scope))
        ]
    kinds = [*names.values()]
    colour = alt.Color("line:N", title=None, scale=alt.Scale(domain=kinds, range=[GREY, BLUE, ORANGE]))
    dash = alt.StrokeDash("line:N", title=None, scale=alt.Scale(domain=kinds, range=[[7, 4], [1, 0], [2, 4]]))
    lines = (
        alt.Chart(alt.Data(values=rows), width=WIDTH, height=220)
        .mark_line(interpolate="step-after", strokeWidth=2.5)
        .encode(
            x=alt.X("day:T", title=None, axis=alt.Axis(tickCount=6, format="%-d %b")),
            y=alt.Y("items:Q", title=None),
            color=colour,
            strokeDash=dash,
        )
    )
    layers = lines
    if launch.day:
        layers = lines + alt.Chart(alt.Data(values=[{"day": day(launch.day)}])).mark_rule(
            strokeDash=[4, 3], color=INK
        ).encode(x="day:T")
    words = lang("burnup_words", done=last.done, scope=last.scope, day=lang.date(last.on))
    return described(layers, f"{shown(launch.name)}: {lang('burnup')}", words, lang)


def demand_heat(source: Source, language: str = "en", *, by: str = "accounts") -> alt.LayerChart:
    """Themes by segments; each cell holds its number. `by` is "accounts" or "arr"; anything else raises ConfigError."""
    if by not in ("accounts", "arr"):
        raise ConfigError(f"Demand is not counted by {by!r}.", remedy="Use accounts or arr.")
    alt, lang = altair(), Language(language)
    books = Books(source.accounts, as_of=source.as_of, rates=source.rates)
    segments = {account.id: account.segment or lang("no_segment") for account in source.accounts}
    rows = []
    for theme, notes in group_notes(source.feedback, lambda note: note.theme).items():
        for segment in sorted({segments.get(note.account_id or "", lang("no_account")) for note in notes}):
            found = books.count(
                note for note in notes if segments.get(note.account_id or "", lang("no_account")) == segment
            )
            value = (
                float(found.arr.amount)
                if by == "arr" and found.arr
                else 0.0
                if by == "arr"
                else float(found.accounts or found.people)
            )
            rows.append(
                {
                    "theme": label(source.theme(theme) or lang("no_theme")),
                    "segment": label(segment),
                    "value": value,
                    "text": lang.number(value),
                }
            )
    base = alt.Chart(alt.Data(values=rows), width=alt.Step(90), height=alt.Step(34)).encode(
        x=alt.X("segment:N", title=None, axis=alt.Axis(orient="top", labelAngle=0)),
        y=alt.Y("theme:N", title=None, axis=alt.Axis(labelLimit=LABEL)),
    )
    name = lang("by_accounts" if by == "accounts" else "by_arr")
    cells = base.mark_rect(stroke="white", strokeWidth=2).encode(
        color=alt.Color("value:Q", title=name, scale=alt.Scale(range=BLUES))
    )
    words = base.mark_text(color="#10243c", fontSize=12).encode(text="text:N")
    return described(cells + words, f"{lang('who_asks')} ({name})", lang("who_asks_hint"), lang)


def dumbbell(moved: Trend, canvas: Canvas, language: str = "en") -> alt.LayerChart:
    """Capabilities before (hollow) and after (filled) on the canvas's ladder; only those that can be compared."""
    alt, lang = altair(), Language(language)
    levels = [lang("not_yet"), *(shown(level.label_in(lang.code)) for level in canvas.ladder.levels)]

    def level(rank: int) -> str:
        return shown(canvas.ladder.label(rank, lang.code)) if rank else lang("not_yet")

    rows = [
        {"capability": label(each.name), "before": level(each.before), "after": level(each.after)}
        for each in moved.changes
    ]
    base = alt.Chart(alt.Data(values=rows), width=WIDTH, height=alt.Step(26))
    across = alt.Scale(domain=levels)
    place = alt.Y("capability:N", title=None, axis=alt.Axis(labelLimit=LABEL))
    lines = base.mark_rule(color=BLUE, strokeWidth=3).encode(
        x=alt.X("before:O", title=None, scale=across, axis=alt.Axis(labelAngle=0, orient="top")), x2="after:O", y=place
    )
    old = base.mark_point(size=110, filled=False, color=BLUE, fill="white", opacity=1).encode(
        x=alt.X("before:O", scale=across), y=place
    )
    new = base.mark_point(size=110, filled=True, opacity=1, color=BLUE).encode(
        x=alt.X("after:O", scale=across), y=place
    )
    return described(
        lines + old + new,
        lang("before_after"),
        lang("levels_total", sum=f"{moved.delta or 0:+d}", of=len(moved.changes)),
        lang,
    )


def value_effort(items: Iterable[RoadmapItem], score: str = "rice", language: str = "en") -> alt.LayerChart:
    """Effort across, a score upwards, a name at each point; items without either are left out and counted."""
    alt, lang = altair(), Language(language)
    known = list(items)
    rows = [
        {"item": label(each.title), "effort": each.estimate, "score": each.scores[score].value}
        for each in known
        if each.estimate is not None and score in each.scores and each.scores[score].value is not None
    ]
    base = alt.Chart(alt.Data(values=rows), width=WIDTH, height=320).encode(
        x=alt.X("effort:Q", title=lang("effort")), y=alt.Y("score:Q", title=score, scale=alt.Scale(type="sqrt"))
    )
    points = base.mark_point(filled=True, size=80, color=BLUE, opacity=1)
    best = sorted(rows, key=lambda row: (-float(row["score"] or 0), str(row["item"])))[:NAMED]
    named = alt.FieldOneOfPredicate(field="item", oneOf=[row["item"] for row in best])
    words = base.transform_filter(named).mark_text(align="left", dx=7, fontSize=10, limit=180).encode(text="item:N")
    left_out = lang("left_out", len(known) - len(rows))
    return described(points + words, f"{score} / {lang('effort')}", left_out, lang)


def described(chart: Any, title: str, words: str, lang: Language) -> alt.LayerChart:
    """The chart with its name, what is read out to those who do not see it, and the months of the language."""
    made: alt.LayerChart = chart.properties(title=title, description=one_line(f"{title}. {words}", 600))
    return cast("alt.LayerChart", made.configure(**look(INK, SOFT, RULE), locale={"time": months(lang)}))


def look(ink: str, soft: str, rule: str) -> dict[str, Any]:
    """The colours of what is not data."""
    quiet = {"labelColor": soft, "titleColor": soft}
    return {
        "view": {"stroke": None},
        "axis": {**quiet, "gridColor": rule, "domainColor": rule, "tickColor": rule},
        "legend": quiet,
        "title": {"anchor": "start", "color": ink, "fontSize": 15},
        "text": {"color": ink},
    }


def months(lang: Language) -> dict[str, Any]:
    """How the reader's months are called, in the form charts take."""
    names = [lang.month(number) for number in range(1, 13)]
    days = [str(number) for number in range(7)]
    forms = {"dateTime": "%x %X", "date": "%d.%m.%Y", "time": "%H:%M", "periods": ["AM", "PM"]}
    return {**forms, "days": days, "shortDays": days, "months": names, "shortMonths": names}


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
