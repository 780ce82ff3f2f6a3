"""Figures into rows: the median of the rounds, with all their values beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from benchmarks.running import Rounds
from benchmarks.scenarios import Measurement, Target

Row = dict[str, Any]
DIGITS = {"cpu_us_per_record": 3, "peak_rss_mb": 1, "growth_mb": 1, "wall_s": 4, "cpu_s": 4, "requests": 0}
GROWTH = Target("growth_mb", 20, "≤ 20 MB")


def row(one: Measurement, found: Rounds, missing: Mapping[str, str]) -> Row:
    """Return the row of a measurement.

    A ratio compares the CPU of two clients in the same round; the row shows the median of the rounds, and ``values``
    holds them all, in their order. Where nobody else does the work, the ratios are ``None``.
    """
    values = {figure: [each[figure] for each in found["ours"]] for figure in found["ours"][0]}
    values["cpu_us_per_record"] = [each / one.records * 1e6 for each in values["cpu_s"]]
    if one.minimum:
        values["requests_to_minimum"] = [each / one.minimum for each in values["requests"]]
    for role in ("floor", "peer"):
        for kind, figure in (("", "cpu_s"), ("wall_", "wall_s")):
            values[f"{kind}ratio_to_{role}"] = _ratios(found, role, figure) if role in found else []
    return {
        "name": one.name, "scenario": one.scenario.name, "records": one.records, "changed": one.changed,
        "latency_ms": one.latency, "minimum_requests": one.minimum, "peer": one.scenario.peer_name,
        **told(values, one.scenario.targets), "missing": dict(missing),
        "clients": {name: client(one, found, name) for name in found if name != "ours"},
    }  # fmt: skip


def told(values: Mapping[str, Sequence[float]], targets: Iterable[Target]) -> Row:
    """Return the middle of each figure, all its values, and whether the targets are met."""
    shown = {figure: _middle(figure, all_) if all_ else None for figure, all_ in values.items()}
    met = [
        {"figure": each.figure, "bound": each.bound, "words": each.words, "met": each.met(shown[each.figure] or 0)}
        for each in targets
    ]
    exact = {figure: [_rounded(figure, each) for each in all_] for figure, all_ in values.items()}
    return {**shown, "targets": met, "values": exact}


def client(one: Measurement, found: Rounds, name: str) -> Row:
    """Return what another client took, and how ours compares with it."""
    values = {figure: [each[figure] for each in found[name]] for figure in ("requests", "peak_rss_mb", "wall_s")}
    values["cpu_us_per_record"] = [each["cpu_s"] / one.records * 1e6 for each in found[name]]
    values["ratio"] = _ratios(found, name, "cpu_s")
    return {key: value for key, value in told(values, ()).items() if key != "targets"}


def growth(rows: Sequence[Row]) -> list[Row]:
    """Return how much more memory ten times the records take, where a scenario was measured at two such sizes."""
    sizes = {(one["scenario"], one["records"]): one for one in rows if not one["latency_ms"]}
    found = []
    for (scenario, records), one in sizes.items():
        less = sizes.get((scenario, records // 10))
        if less is None or records < 10_000 or one["minimum_requests"] < records // 100:
            continue
        pairs = zip(one["values"]["peak_rss_mb"], less["values"]["peak_rss_mb"], strict=False)
        values = {"growth_mb": [more - few for more, few in pairs], "peak_rss_mb": one["values"]["peak_rss_mb"]}
        name = f"memory, {scenario}, from {records // 10:,} to {records:,}"
        same = {key: one[key] for key in ("records", "changed", "latency_ms", "requests", "minimum_requests")}
        empty = dict.fromkeys(("cpu_us_per_record", "ratio_to_floor", "ratio_to_peer"))
        targets = (GROWTH,) if records == 100_000 else ()
        found.append({"name": name, "scenario": f"memory, {scenario}", **same, **empty, **told(values, targets)})
    return found


def _ratios(found: Rounds, other: str, figure: str) -> list[float]:
    # A slow one runs in the first rounds only.
    return [ours[figure] / max(each[figure], 1e-6) for ours, each in zip(found["ours"], found[other], strict=False)]


def _middle(figure: str, values: Sequence[float]) -> float:
    return _rounded(figure, median(values))


def _rounded(figure: str, value: float) -> float:
    digits = DIGITS.get(figure, 3)
    return round(value, digits) if digits else round(value)
