"""Who asked for what, month by month, with what was shipped for it."""

from __future__ import annotations

from datetime import date
from typing import Any

from productops.reports.language import Language
from productops.reports.source import Source
from productops.reports.svg import Axis, el, month_after, percent, strip
from productops.reports.trends import Trend, demand_trends

HEIGHT = 44
GAP = 0.15  # of a month's width, between bars


def trends(source: Source, lang: Language) -> dict[str, Any] | None:
    """A line of bars for each theme on one scale; None where nobody asked for a theme."""
    months, found = demand_trends(source)
    if not any(trend.theme for trend in found):
        return None
    axis = Axis.around([months[0]], source.as_of)
    most = max([1, *(count for trend in found for count in trend.asked)])
    return {
        "scale": axis.scale(lang, source.as_of),
        "rows": [
            {
                "name": source.theme(trend.theme) or lang("no_theme"),
                "shipped": [
                    f"▲ {item.title}, {lang.date(on, year=on.year != source.as_of.year)}" for on, item in trend.shipped
                ],
                "picture": bars(trend, months, axis, most, source, lang),
            }
            for trend in found
        ],
    }


def bars(trend: Trend, months: list[date], axis: Axis, most: int, source: Source, lang: Language) -> Any:
    """One bar for each month with its number above, and a triangle on the day something was shipped."""
    parts = [axis.grid(lang, source.as_of)]
    for month, count in zip(months, trend.asked, strict=True):
        if not count:
            continue
        start, end = axis.at(month), axis.at(month_after(month))
        high = (HEIGHT - 16) * count / most
        left, width = start + GAP * (end - start), (end - start) * (1 - 2 * GAP)
        parts.append(
            el("rect", x=percent(left), y=HEIGHT - high, width=percent(width), height=high, class_="bar planned")
        )
        parts.append(
            el("text", count, x=percent((start + end) / 2), y=HEIGHT - high - 3, text_anchor="middle", class_="tick")
        )
    for on, _ in trend.shipped:
        mark = el("path", d="M0 -7 L6 5 L-6 5 Z", class_="shipped")
        parts.append(el("svg", mark, x=axis.x(on), y=HEIGHT - 7, overflow="visible"))
    return strip(*parts, height=HEIGHT)
