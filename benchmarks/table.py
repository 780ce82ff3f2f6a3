"""The table in the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.rows import Row

WIDTH = 50
HEADS = ("requests", "least", "CPU µs/rec", "÷ floor", "spread", "÷ peer", "spread", "MB")
FIGURES = ("requests", "minimum_requests", "cpu_us_per_record", "ratio_to_floor", "ratio_to_peer", "peak_rss_mb")


def show(rows: Iterable[Row], *, head: bool) -> None:
    """Print rows; ``head`` says whether to print what the columns are."""
    if head:
        print(f"{'scenario':<{WIDTH}}" + "".join(f"{each:>12}" for each in HEADS))
    for one in rows:
        requests, least, cpu, floor, peer, memory = (text(one[figure]) for figure in FIGURES)
        spreads = spread(one, "ratio_to_floor"), spread(one, "ratio_to_peer")
        cells = (requests, least, cpu, floor, spreads[0], peer, spreads[1], memory)
        print(f"{one['name']:<{WIDTH}}" + "".join(f"{each:>12}" for each in cells) + "  " + remarks(one), flush=True)


def remarks(one: Row) -> str:
    """Return what has no column: other clients, and the targets."""
    others = {name: each for name, each in one.get("clients", {}).items() if name not in ("floor", "peer")}
    said = [f"÷ {name} {text(each['ratio'])}" for name, each in others.items()]
    said += [f"{name}: {why}" for name, why in one.get("missing", {}).items()]
    said += [f"{each['words']}: {'held' if each['met'] else 'MISSED'} ({shown(one, each)})" for each in one["targets"]]
    return "; ".join(said)


def shown(one: Row, target: Row) -> str:
    """Return the figure that a target is about."""
    return f"{text(one[target['figure']])}, {spread(one, target['figure'])}"


def spread(one: Row, figure: str) -> str:
    """Return the least and the most of the rounds."""
    values = one["values"].get(figure)
    return f"{text(min(values))}-{text(max(values))}" if values else ""


def text(value: float | None) -> str:
    """Return a figure with about three digits."""
    if value is None:
        return ""
    if isinstance(value, int) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
