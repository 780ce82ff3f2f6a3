"""The two curves of the sponsor's page: when value passes cost, and how well chances were judged."""

from __future__ import annotations

from typing import Any

from productops.model.business_case import CaseResult, CaseScenario
from productops.model.decision_record import calibration
from productops.reports.language import Language
from productops.reports.source import Source
from productops.reports.svg import curve, el, named, percent, picture, stretched, strip

KINDS = {"low": "low", "base": "done", "high": "high"}
MONTHS = (1, 2, 3, 6, 12, 24)
NAMES = 4  # months named below the curve, at most
LEFT, WIDE, LOW, HIGH = 4, 90, 94, 84  # where points stand, in percent of the picture
MIDDLE = 0.6  # the words of a point further right stand before it


def payback(found: CaseResult, lang: Language) -> dict[str, Any]:
    """Cumulative value, low, base and high, against cumulative cost, month by month."""
    scenarios = (found.low, found.base, found.high)
    top = max([1.0, *(float(max(cost, value)) for one in scenarios for _, cost, value in one.cumulative)]) * 1.08
    last = max(1, found.base.cumulative[-1][0])

    def line(values: list[tuple[int, float]], kind: str) -> Any:
        places = [(100 * month / last, 100 * max(0.0, value) / top) for month, value in values]
        return curve(places, f"line {kind}")

    lines = [line([(month, float(cost)) for month, cost, _ in found.base.cumulative], "scope")]
    lines += [
        line([(month, float(value)) for month, _, value in one.cumulative], KINDS[one.level]) for one in scenarios
    ]
    spent = float(found.base.cumulative[-1][1])
    money = f"{lang.number(spent)}\u00a0{found.currency}"
    parts = [stretched(*lines), el("text", money, x=6, y=percent(100 - 100 * spent / top), dy=-6, class_="tick")]
    said = paid(found.base, lang)
    if found.base.payback_months is not None and found.base.payback_months <= last:
        at = percent(100 * found.base.payback_months / last)
        parts.append(el("line", x1=at, x2=at, y1=0, y2="100%", class_="day"))
    values = [(KINDS[level], lang("value_level", level=lang.word("case", level))) for level in ("high", "base", "low")]
    return {
        "picture": picture(said, *parts, height=200, class_="plot"),
        "scale": months(last, lang),
        "words": said,
        "legend": [("scope", lang("legend_cost")), *values],
    }


def months(last: int, lang: Language) -> Any:
    """The months below the curve."""
    step = next((each for each in MONTHS if last / each <= NAMES), last)
    marks = [
        el(
            "text",
            lang("count_months", at) if at + step > last else at,
            x=percent(100 * at / last),
            y=14,
            text_anchor="end" if at == last else "start" if not at else "middle",
            class_="tick",
        )
        for at in range(0, last + 1, step)
    ]
    return strip(*marks, height=20, class_="strip scale")


def paid(base: CaseScenario, lang: Language) -> str:
    """When the base case pays back, in a sentence."""
    if base.payback_months is None:
        return lang("payback_never")
    return lang("payback_after", time=lang("count_months", round(base.payback_months, 1)))


def judged(source: Source, lang: Language) -> dict[str, Any] | None:
    """The chance given across, the share that came true upwards; None where nothing was looked at again."""
    found = calibration(source.decisions, as_of=source.as_of)
    if not found.bins:
        return None
    parts = [
        stretched(curve([(LEFT, 100 - LOW), (LEFT + WIDE, 100 - LOW + HIGH)], "line scope")),
        el("text", f"↑ {lang('came_true')}", x=8, y=18, class_="tick"),
    ]
    words = []
    for each in found.bins:
        share = each.came_true.value or 0.0
        x, y = percent(LEFT + WIDE * each.mean_probability), percent(LOW - HIGH * share)
        told = lang("part_of_whole", part=each.came_true.part, whole=each.came_true.whole)
        before = each.mean_probability > MIDDLE
        parts.append(el("circle", cx=x, cy=y, r=min(12, 5 + each.n), class_="point full"))
        side: dict[str, object] = {"dx": -16, "text_anchor": "end"} if before else {"dx": 16}
        parts.append(el("text", told, x=x, y=y, dy=4, class_="tick strong", **side))
        words.append(lang("judged_words", chance=lang.share(each.mean_probability), part=told))
    hint = lang(
        "calibration_hint",
        brier="–" if found.brier is None else lang.number(found.brier, 2),
        reviewed=lang("part_of_whole", part=found.reviewed.part, whole=found.reviewed.whole),
    )
    said = f"{lang('calibration')}. {'; '.join(words)}"
    return {
        "picture": picture(said, *parts, height=240, class_="plot"),
        "scale": named(lang("chance_given")),
        "words": words,
        "hint": hint,
    }
