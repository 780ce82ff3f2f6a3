"""Drawing with words that cannot break out of it: elements as escaped text, and time laid out along a line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup, escape

from productops.reports.language import Language
from productops.reports.text import one_line, shown

Number = float | int
FEWEST_DAYS = 28  # a line of one day would have no length


def el(name: str, *inside: object, **attributes: object) -> Markup:
    """One element: attributes and texts are escaped, None is left out, `text_anchor` means `text-anchor`.

    >>> el("text", "a < b", x="5%", class_="label", title=None)
    Markup('<text x="5%" class="label">a &lt; b</text>')
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(plain(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    body = Markup("").join(part if isinstance(part, Markup) else shown(str(part)) for part in inside)
    return Markup(f"<{name}{written}>{body}</{name}>")  # noqa: S704 - every part was escaped above


def plain(value: object) -> str:
    """A value as an attribute: numbers short, texts without what nobody sees."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else shown(str(value))


def percent(value: float) -> str:
    """A position along a line, 0 to 100, that widens with the page while letters keep their size."""
    return f"{plain(float(min(100.0, max(0.0, value))))}%"


def picture(label: str, *inside: object, height: Number, class_: str = "") -> Markup:
    """A drawing as wide as its place and so many pixels high; `label` is what is read out."""
    return el(
        "svg", *inside, role="img", aria_label=one_line(label), width="100%", height=height, class_=class_ or None
    )


def strip(*inside: object, height: Number = 28, class_: str = "strip") -> Markup:
    """A drawing next to words that say the same: it is not read out."""
    return el("svg", *inside, aria_hidden="true", focusable="false", width="100%", height=height, class_=class_)


def named(axis: str) -> Markup:
    """The name of what grows to the right, below a plot."""
    return strip(
        el("text", f"{axis} →", x="100%", y=14, text_anchor="end", class_="tick"), height=18, class_="strip scale"
    )


def curve(points: Iterable[tuple[float, float]], class_: str) -> Markup:
    """A line through points of 0 to 100 both ways, stretched to its place, with strokes that keep their width."""
    path = " ".join(f"{plain(float(x))},{plain(float(100 - y))}" for x, y in points)
    return el("polyline", points=path, class_=class_, vector_effect="non-scaling-stroke", fill="none")


def stretched(*inside: object, class_: str | None = None) -> Markup:
    """A place for curves inside a picture: it takes the picture's whole width and height."""
    return el(
        "svg",
        *inside,
        viewBox="0 0 100 100",
        preserveAspectRatio="none",
        width="100%",
        height="100%",
        overflow="visible",
        class_=class_,
    )


@dataclass(frozen=True, slots=True)
class Axis:
    """Days along a line, from the first to the last, as percentages of its length."""

    first: date
    last: date

    @classmethod
    def around(cls, days: Iterable[date | None], as_of: date) -> Axis:
        """From the first to the last of the days and of today, on whole months."""
        known = [as_of, *(day for day in days if day is not None)]
        first = min(known).replace(day=1)
        last = max(*known, first + timedelta(days=FEWEST_DAYS))
        return cls(first, month_after(last) - timedelta(days=1))

    def at(self, day: date) -> float:
        """The place of a day's beginning, 0 to 100, not cut."""
        return 100 * (day - self.first).days / ((self.last - self.first).days + 1)

    def x(self, day: date) -> str:
        """The place of a day's beginning, cut to the line."""
        return percent(self.at(day))

    def bar(self, start: date | None, end: date | None) -> tuple[float, float]:
        """Where a stretch of days begins and how wide it is, cut to the line; open ends reach its ends."""
        left = max(0.0, self.at(start)) if start else 0.0
        right = min(100.0, self.at(end + timedelta(days=1))) if end and end < self.last else 100.0
        return left, max(0.6, right - left)

    def ticks(self, lang: Language, most: int = 6) -> list[tuple[float, str]]:
        """First days of months, quarters or years with their names, no more than `most`."""
        months = [self.first.replace(day=1)]
        while (following := month_after(months[-1])) <= self.last:
            months.append(following)
        for step in (1, 3, 6, 12, 24, 60, 120, 600):
            chosen = [day for day in months if ((day.year * 12 + day.month - 1) % step) == 0]
            if 0 < len(chosen) <= most:
                return [(self.at(day), tick_name(day, step, lang)) for day in chosen]
        return [(0.0, str(self.first.year))]

    def grid(self, lang: Language, as_of: date | None = None, most: int = 6) -> Markup:
        """Lines at the ticks, and one for today."""
        lines = [
            el("line", x1=percent(at), x2=percent(at), y1=0, y2="100%", class_="grid")
            for at, _ in self.ticks(lang, most)
        ]
        if as_of and self.first <= as_of <= self.last:
            lines.append(el("line", x1=self.x(as_of), x2=self.x(as_of), y1=0, y2="100%", class_="today"))
        return Markup("").join(lines)

    def scale(self, lang: Language, as_of: date, most: int = 6) -> Markup:
        """The names along the line, and today with its own line above."""
        names = [
            el("text", text, x=percent(at), dx=4, y=34, class_="tick") for at, text in self.ticks(lang, most) if at < 93
        ]
        place = self.at(as_of)
        side: dict[str, object] = {"dx": -5, "text_anchor": "end"} if place > 60 else {"dx": 5}
        now = [
            el(
                "text",
                f"{lang('today')} {lang.date(as_of, year=False)}",
                x=percent(place),
                y=12,
                class_="tick now",
                **side,
            ),
            # It ends above the names: a month that begins near today is still read.
            el("line", x1=percent(place), x2=percent(place), y1=0, y2=20, class_="today"),
        ]
        return strip(self.grid(lang, most=most), *names, *now, height=40, class_="strip scale")


def month_after(day: date) -> date:
    """The first day of the next month."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def tick_name(day: date, step: int, lang: Language) -> str:
    """What a tick is called: a month, a quarter or half, or a year."""
    if step == 1:
        return lang.month(day.month) if day.month > 1 else f"{lang.month(1)} {day.year}"
    if step == 3:
        return lang("quarter_label", part=day.month // 3 + 1, year=day.year)
    if step == 6:
        return lang("half_label", part=day.month // 6 + 1, year=day.year)
    return str(day.year)
