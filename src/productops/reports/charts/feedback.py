"""Who asks for what, and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from productops.errors import ConfigError
from productops.model.demand import Books, group_notes
from productops.model.feedback import Feedback
from productops.reports.charts.drawing import BLUE, BLUES, LABEL, ORANGE, WIDTH, altair, day, described, faceted, label
from productops.reports.language import Language
from productops.reports.source import Source

if TYPE_CHECKING:
    import altair as alt

THEMES = 6  # rows of a trend; more would be too low to read
MONTHS, FEWEST = 12, 6
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
    books = Books(source.accounts, as_of=source.as_of, rates=source.rates)
    months = last_months(source.as_of, min((note.received_at.date() for note in source.feedback), default=source.as_of))
    asked = group_notes(source.feedback, lambda note: note.theme)
    themes = sorted(asked.items(), key=lambda one: (-len(one[1]), one[0]))
    rows: list[dict[str, Any]] = []
    for theme, notes in themes[:THEMES]:
        rows += _asked(label(source.theme(theme) or lang("no_theme")), notes, months, books)
    most = max([1, *(row["count"] for row in rows)])
    for theme, _ in themes[:THEMES]:
        rows += _shipped(label(source.theme(theme) or lang("no_theme")), theme, months[0], most, source)
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


def last_months(as_of: date, since: date) -> list[date]:
    """The first days of the last six to twelve months, the present one last; no more than there was something in."""
    found = [as_of.replace(day=1)]
    while len(found) < FEWEST or (len(found) < MONTHS and found[-1] > since):
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found[::-1]


def _asked(name: str, notes: list[Feedback], months: list[date], books: Books) -> Iterator[dict[str, Any]]:
    """The accounts (people, where there is none) that asked for a theme in each month."""
    by_month: dict[date, list[Feedback]] = {}
    for note in notes:
        by_month.setdefault(note.received_at.date().replace(day=1), []).append(note)
    for month in months:
        found = books.count(by_month.get(month, []))
        yield {"theme": name, "day": day(month + timedelta(days=14)), "count": found.accounts + found.people}


def _shipped(name: str, theme: str, since: date, most: int, source: Source) -> Iterator[dict[str, Any]]:
    """What was delivered for a theme; neighbours have their names on two heights."""
    done = [(item.delivered_on, item) for item in source.items if item.theme == theme and item.delivered_on]
    for number, (on, item) in enumerate(sorted(done, key=lambda one: (one[0], one[1].id))):
        if since <= on <= source.as_of:
            lift = most * (ROOM - 0.1 - 0.3 * (number % 2))
            yield {"theme": name, "day": day(on), "item": label(item.title), "lift": lift}
