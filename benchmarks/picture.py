"""The picture of a run: CPU against the floor, and how cost grows with the number of records.

``python -m benchmarks.picture latest.json picture.svg``. It has no ground of its own and colours that can be read on a
light and on a dark one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.rows import Row

INK, FAINT = "#757c86", "#8a919b55"
COLOURS = {"productops": "#2f81f7", "plain clients": "#d9822b", "dlt": "#a371f7"}
TARGET = "#d1443c"
WIDTH = 620


def draw(rows: Sequence[Row], file: Path) -> None:
    """Draw the rows of a run into an SVG file."""
    import altair as alt
    import vl_convert

    parts = [_against_the_floor(alt, _largest(rows)), _growth(alt, rows)]
    whole = (
        alt.vconcat(*parts, spacing=28, background="transparent")
        .resolve_scale(color="independent")
        .configure_view(strokeOpacity=0)
    )
    whole = whole.configure_axis(
        labelColor=INK, titleColor=INK, gridColor=FAINT, domainColor=FAINT, tickColor=FAINT, labelLimit=300,
        titleFontWeight="normal",
    )  # fmt: skip
    whole = whole.configure_title(color=INK, anchor="start", fontSize=13).configure_legend(
        labelColor=INK, titleColor=INK, title=None, symbolType="circle", labelLimit=300
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    svg = vl_convert.vegalite_to_svg(whole.to_dict())
    file.write_text(svg, encoding="utf-8", newline="\n")


def _largest(rows: Sequence[Row]) -> list[Row]:
    """Return the row of each scenario's largest size, of those that have a floor and no latency."""
    found: dict[str, Row] = {}
    for one in rows:
        compared = one["ratio_to_floor"] is not None and not one["latency_ms"] and one["minimum_requests"]
        if compared and not one["scenario"].startswith("no-op"):
            known = found.get(one["scenario"])
            found[one["scenario"]] = one if known is None or one["records"] > known["records"] else known
    return list(found.values())


def _against_the_floor(alt: Any, rows: Sequence[Row]) -> Any:
    dots, ranges, targets = [], [], []
    for one in rows:
        name, floor = one["name"], one["clients"]["floor"]["cpu_us_per_record"]
        values = one["values"]["ratio_to_floor"]
        dots.append({"row": name, "who": "productops", "ratio": one["ratio_to_floor"]})
        ranges.append({"row": name, "least": min(values), "most": max(values)})
        for client, who in (("peer", "plain clients"), ("dlt", "dlt")):
            if client in one["clients"]:
                dots.append({"row": name, "who": who, "ratio": one["clients"][client]["cpu_us_per_record"] / floor})
        targets += [
            {"row": name, "ratio": each["bound"]} for each in one["targets"] if each["figure"] == "ratio_to_floor"
        ]
    order = [one["name"] for one in rows]
    y = alt.Y("row:N", sort=order, title=None, axis=alt.Axis(grid=True, domain=False, ticks=False))
    x = alt.X("ratio:Q", scale=alt.Scale(type="log", nice=False, domainMin=0.8), title="CPU, times the floor",
              axis=alt.Axis(values=[1, 2, 5, 10, 20, 50, 100], format="~g"))  # fmt: skip
    colour = alt.Color(
        "who:N", scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())), legend=alt.Legend(orient="bottom")
    )
    spread = alt.Chart(alt.Data(values=ranges)).mark_rule(color=COLOURS["productops"], strokeWidth=3, opacity=0.45)
    chart = alt.layer(
        spread.encode(x=alt.X("least:Q", title="CPU, times the floor"), x2="most:Q", y=y),
        alt.Chart(alt.Data(values=targets)).mark_tick(color=TARGET, thickness=2, size=16).encode(x=x, y=y),
        alt.Chart(alt.Data(values=dots)).mark_circle(size=80, opacity=1).encode(x=x, y=y, color=colour),
    )
    title = "CPU for the same work; the floor is 1, a red line what is aimed at"
    return chart.properties(width=WIDTH, height=24 * len(rows), title=title)


def _growth(alt: Any, rows: Sequence[Row]) -> Any:
    """Draw CPU a record over the number of records, where a scenario was measured at several sizes."""
    sizes: dict[str, list[Row]] = {}
    for one in rows:
        if not one["latency_ms"] and one["cpu_us_per_record"] and one["records"] > 1:
            sizes.setdefault(one["scenario"], []).append(one)
    points = [
        {"what": scenario, "records": one["records"], "cpu": one["cpu_us_per_record"]}
        for scenario, found in sizes.items()
        if len(found) > 1
        for one in found
    ]
    x = alt.X(
        "records:Q",
        scale=alt.Scale(type="log"),
        title="records",
        axis=alt.Axis(values=[1e3, 1e4, 1e5, 1e6], format="~s"),
    )
    y = alt.Y("cpu:Q", scale=alt.Scale(type="log"), title="CPU µs a record")
    lines = alt.Chart(alt.Data(values=points)).mark_line(point=True)
    colour = alt.Color("what:N", title=None, scale=alt.Scale(scheme="tableau10"), legend=alt.Legend(orient="right"))
    return lines.encode(x=x, y=y, color=colour).properties(
        width=WIDTH - 220, height=200, title="How cost grows: flat is proportional to the records"
    )


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    draw(json.loads(source.read_text(encoding="utf-8"))["rows"], target)
