"""The roadmap over time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from productops.model.audience import in_words
from productops.model.roadmap import Horizon, RoadmapItem
from productops.reports.charts.drawing import BLUE, LABEL, ORANGE, WIDTH, altair, day, described, label
from productops.reports.language import Language

if TYPE_CHECKING:
    import altair as alt


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
                "said": f"{label(item.title)}: {lang.when(when)}, {word}",
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
        x=alt.X("start:T", title=None, scale=alt.Scale(type="utc"), axis=alt.Axis(tickCount=6, format="%b %Y")),
        x2="end:T",
        y=place,
        fillOpacity=sure_of,
        description="said:N",
    )
    words = base.mark_text(align="left", dx=6, fontSize=10).encode(
        x=alt.X("end:T", scale=alt.Scale(type="utc")), y=place, text="confidence:N", description="said:N"
    )
    today = (
        alt.Chart(alt.Data(values=[{"day": day(as_of)}]))
        .mark_rule(color=ORANGE, strokeWidth=2)
        .encode(x=alt.X("day:T", scale=alt.Scale(type="utc")))
    )
    return described(
        bars + words + today, lang("timeline"), f"{len(rows)}: {', '.join(row['item'] for row in rows)}", lang
    )
