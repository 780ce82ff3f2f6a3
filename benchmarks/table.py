"""The table in the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.rows import Row

WIDTH = 48
HEADS = ("requests", "least", "CPU µs/rec", "÷ floor", "spread", "÷ peer", "spread", "÷ wall", "MB")


def show(rows: Iterable[Row], *, head: bool) -> None:
    """Print rows; ``head`` says whether to print what the columns are."""
    if head:
        print(f"{'scenario':<{WIDTH}}" + "".join(f"{each:>11}" for each in HEADS))
    for one in rows:
        cells = (
            one["requests"], one["minimum_requests"], one["cpu_us_per_record"], one["ratio_to_floor"],
            spread(one, "ratio_to_floor"), one["ratio_to_peer"], spread(one, "ratio_to_peer"),
            one["wall_ratio_to_floor"], one["peak_rss_mb"],
        )  # fmt: skip
        print(f"{one['name']:<{WIDTH}}" + "".join(f"{_text(each):>11}" for each in cells), end="")
        more = [f"{name} {each['ratio']}" for name, each in one["clients"].items() if name not in ("floor", "peer")]
        more += [f"{name} {why}" for name, why in one["missing"].items()]
        missed = [each["words"] for each in one["targets"] if not each["met"]]
        print("  " + "; ".join([f"÷ {each}" for each in more] + [f"missed: {each}" for each in missed]), flush=True)


def spread(one: Row, figure: str) -> str:
    """Return the least and the most of the rounds."""
    values = [each for each in one["values"].get(figure, ()) if each is not None]
    return f"{_text(min(values))}-{_text(max(values))}" if values else ""


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
    return "" if value is None else str(value)
