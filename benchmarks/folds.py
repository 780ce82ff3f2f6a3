"""Fixed folds of labelled training files, so that what is told of accuracy can be measured again.

Run ``python -m benchmarks.folds SOURCE TARGET``. SOURCE holds banking77_train.csv, banking77_fewshot_rows.csv,
clinc150_train.csv, clinc150_val.csv, clinc150_oos_val.csv and app_reviews_train.csv. Into TARGET go, for
``productops insights evaluate``:

- NAME_foldN_train.csv and NAME_foldN_test.csv: each fifth is judged, and the others are learnt;
- fewshot.csv: up to twenty notes of each area that no list of rows holds;
- themes7.csv, themes8.csv, themes9.csv: up to forty notes of each area, as many as a test half has;
- val_set.csv, val_judge.csv, oos_set.csv, oos_judge.csv: the two halves of clinc150_val and clinc150_oos_val.

The order is that of ``md5(seed + words)``, the same on every machine; the seed is 7 unless the name tells another.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

Rows: TypeAlias = list[dict[str, str]]
FOLDS = 5
SHOTS = {"5", "10"}
SETS = {"banking77_train": "text", "clinc150_train": "text", "app_reviews_train": "comment"}


def read(path: Path) -> Rows:
    """Read a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: Rows) -> None:
    """Write a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def shuffled(rows: Iterable[dict[str, str]], column: str = "text", seed: int = 7) -> Rows:
    """The rows in an order that depends on the seed and the words alone."""
    return sorted(rows, key=lambda row: hashlib.md5(f"{seed}{row[column]}".encode(), usedforsecurity=False).digest())


def first_of_each(rows: Rows, most: int) -> Rows:
    """The first rows of every label, at most so many."""
    seen: Counter[str] = Counter()
    chosen = []
    for row in rows:
        seen[row["label"]] += 1
        if seen[row["label"]] <= most:
            chosen.append(row)
    return chosen


def lay_out(source: Path, target: Path) -> None:
    """Write all folds."""
    for name, column in SETS.items():
        rows = shuffled(read(source / f"{name}.csv"), column)
        for fold in range(FOLDS):
            judged = rows[fold::FOLDS]
            learnt = [row for place, row in enumerate(rows) if place % FOLDS != fold]
            write(target / f"{name}_fold{fold}_train.csv", learnt)
            write(target / f"{name}_fold{fold}_test.csv", judged)
    banking = read(source / "banking77_train.csv")
    listed = {int(one["row"]) for one in read(source / "banking77_fewshot_rows.csv") if one["shots"] in SHOTS}
    fresh = shuffled(row for place, row in enumerate(banking) if place not in listed)
    write(target / "fewshot.csv", first_of_each(fresh, 20))
    for seed in (7, 8, 9):
        write(target / f"themes{seed}.csv", first_of_each(shuffled(banking, seed=seed), 40))
    for name in ("val", "oos_val"):
        rows = shuffled(read(source / f"clinc150_{name}.csv"))
        short = name.removesuffix("_val")
        write(target / f"{short}_set.csv", rows[::2])
        write(target / f"{short}_judge.csv", rows[1::2])


def main(arguments: Sequence[str] | None = None) -> None:
    """Lay the folds out."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.folds")
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    given = parser.parse_args(arguments)
    given.target.mkdir(parents=True, exist_ok=True)
    lay_out(given.source, given.target)


if __name__ == "__main__":
    main()
