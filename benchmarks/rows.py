"""Figures into rows: the median of the rounds, with all their values beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from benchmarks.running import Rounds
from benchmarks.scenarios import Measurement

Row = dict[str, Any]
DIGITS = {"peak_rss_mb": 1, "wall_s": 4, "requests": 0}


def row(one: Measurement, found: Rounds, missing: Mapping[str, str]) -> Row:
    """Return the row of a measurement.

    A ratio compares the CPU of two clients in the same round; the row shows the median of the rounds, and ``values``
    holds them all, in their order.
    """
    ours, values = found["ours"], dict[str, list[float]]()
    for figure in ("requests", "peak_rss_mb", "wall_s"):
        values[figure] = [each[figure] for each in ours]
    values["cpu_us_per_record"] = [each["cpu_s"] / one.records * 1e6 for each in ours]
    for role in ("floor", "peer"):
        values[f"ratio_to_{role}"] = _ratios(found, role, "cpu_s")
        values[f"wall_ratio_to_{role}"] = _ratios(found, role, "wall_s")
    shown = {figure: _middle(figure, all_) for figure, all_ in values.items()}
    others = {name: client(one, found, name) for name in found if name != "ours"}
    told = {
        "name": one.name, "scenario": one.scenario.name, "records": one.records, "changed": one.changed,
        "latency_ms": one.latency, "minimum_requests": one.minimum, **shown,
        "requests_to_minimum": round(shown["requests"] / one.minimum, 3), "peer": one.scenario.peer_name,
        "clients": others, "missing": dict(missing),
        "values": {figure: [_rounded(figure, each) for each in all_] for figure, all_ in values.items()},
    }  # fmt: skip
    told["targets"] = [
        {"figure": each.figure, "most": each.most, "words": each.words, "met": told[each.figure] <= each.most}
        for each in one.scenario.targets
    ]
    return told


def client(one: Measurement, found: Rounds, name: str) -> Row:
    """Return what another client took, and how ours compares with it."""
    cpu = [each["cpu_s"] / one.records * 1e6 for each in found[name]]
    more = {figure: _middle(figure, [each[figure] for each in found[name]]) for figure in ("requests", "peak_rss_mb")}
    ratio = _middle("ratio", _ratios(found, name, "cpu_s"))
    wall = _middle("wall_s", [each["wall_s"] for each in found[name]])
    told = {"cpu_us_per_record": _middle("cpu", cpu), "wall_s": wall, **more, "ratio": ratio}
    return {**told, "values": {"cpu_us_per_record": [_rounded("cpu", each) for each in cpu]}}


def _ratios(found: Rounds, other: str, figure: str) -> list[float]:
    return [ours[figure] / max(each[figure], 1e-6) for ours, each in zip(found["ours"], found[other], strict=True)]


def _middle(figure: str, values: Sequence[float]) -> float:
    return _rounded(figure, median(values))


def _rounded(figure: str, value: float) -> float:
    digits = DIGITS.get(figure, 2)
    return round(value, digits) if digits else round(value)
