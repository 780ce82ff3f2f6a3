"""Who asks for what, and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from productops.errors import ConfigError
from productops.model.demand import Books, group_notes
from productops.reports.charts.drawing import BLUE, BLUES, LABEL, ORANGE, WIDTH, altair, day, described, faceted, label
from productops.reports.language import Language
from productops.reports.source import Source
from productops.reports.trends import Trend, demand_trends

if TYPE_CHECKING:
    import altair as alt

ROOM = 1.7  # the bars leave room above them for the names of what was shipped


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


def demand_trend(source: Source, language: str = "en") -> alt.FacetChart:
    """A row for each theme that is asked for most: accounts that asked in each of twelve months, and what was shipped.

    A triangle with a line marks the day on which an item of the theme was delivered; its name stands beside it.
    """
    alt, lang = altair(), Language(language)
    months, trends = demand_trends(source)
    most = max([1, *(count for trend in trends for count in trend.asked)])
    names = [label(source.theme(trend.theme) or lang("no_theme")) for trend in trends]
    rows = [row for name, trend in zip(names, trends, strict=True) for row in _asked(name, trend, months)]
    rows += [row for name, trend in zip(names, trends, strict=True) for row in _shipped(name, trend, most)]
    across = alt.X("day:T", title=None, scale=alt.Scale(type="utc"), axis=alt.Axis(tickCount=6, format="%b %Y"))
    base = alt.Chart(width=WIDTH, height=84).encode(x=across)
    upwards = alt.Scale(domain=[0, most * ROOM], nice=False)
    counts = alt.Y("count:Q", title=None, scale=upwards, axis=alt.Axis(values=[0, most]))
    bars = base.transform_filter("isValid(datum.count)").mark_bar(color=BLUE, width=18).encode(y=counts)
    shipped = base.transform_filter("isValid(datum.item)").encode(y=alt.Y("lift:Q", scale=upwards, title=None))
    layers = alt.layer(
        bars,
        shipped.mark_rule(color=ORANGE, strokeWidth=2).encode(y2=alt.datum(0)),
        shipped.mark_point(shape="triangle-up", filled=True, size=70, color=ORANGE, opacity=1),
        shipped.mark_text(align="right", dx=-8, fontSize=10, limit=260).encode(text="item:N"),
        data=alt.Data(values=rows),
    )
    head = alt.Header(title=None, labelAnchor="start", labelFontWeight="bold", labelLimit=WIDTH, labelOrient="top")
    chart = layers.facet(row=alt.Row("theme:N", title=None, sort=None, header=head), spacing=14)
    return faceted(chart, lang("demand_trend"), lang("demand_trend_hint"), lang)


def _asked(name: str, trend: Trend, months: list[date]) -> Iterator[dict[str, Any]]:
    """A bar for each month, in its middle."""
    for month, count in zip(months, trend.asked, strict=True):
        yield {"theme": name, "day": day(month + timedelta(days=14)), "count": count}


def _shipped(name: str, trend: Trend, most: int) -> Iterator[dict[str, Any]]:
    """What was delivered for a theme; neighbours have their names on two heights."""
    for number, (on, item) in enumerate(trend.shipped):
        lift = most * (ROOM - 0.1 - 0.3 * (number % 2))
        yield {"theme": name, "day": day(on), "item": label(item.title), "lift": lift}
