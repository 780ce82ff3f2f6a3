"""The tasks: each reads its files, does the job as the library does it for everybody, and returns its figures.

All figures are percentages. A task reads the labels of the test file only to count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from productops.errors import ConfigError
from productops.insights.duplicates import duplicates
from productops.insights.embedders import Embedder
from productops.insights.evaluation.figures import f1_by_label, matched, pair_figures, share, v_measure
from productops.insights.evaluation.files import (
    LABELS,
    Labelled,
    column_of,
    read_labelled,
    read_reports,
    read_rows,
    read_shots,
    read_texts,
    words,
)
from productops.insights.kind import Kind
from productops.insights.ranking import Ranker
from productops.insights.router import Router
from productops.insights.themes import themes


@dataclass(frozen=True)
class Job:
    """What is to be judged, on which files."""

    test: Path | None = None
    train: Path | None = None
    val: Path | None = None
    oos_val: Path | None = None
    oos_test: Path | None = None
    rows: Path | None = None
    shots: int | None = None
    label: str | None = None
    embedder: Embedder | None = None
    seed: int = 0

    def file(self, name: str) -> Path:
        """The file of an option; ConfigError when it was not given."""
        found: Path | None = getattr(self, name)
        if found is None:
            raise ConfigError(f"This task needs --{name.replace('_', '-')} FILE.", remedy="Give the option.")
        return found


@dataclass(frozen=True)
class Outcome:
    """The figures by their names, and how many notes were judged."""

    figures: Mapping[str, float]
    n: int
    more: Mapping[str, object] = field(default_factory=dict)


def _both(job: Job) -> tuple[Labelled, Labelled]:
    """What to learn and what to judge; ConfigError for labels that are only in the latter: nobody can guess those."""
    train, test = read_labelled(job.file("train"), job.label), read_labelled(job.file("test"), job.label)
    if unseen := sorted(set(test.labels) - set(train.labels)):
        raise ConfigError(
            f"{len(unseen)} labels of the test file are not in the training file: {', '.join(unseen[:5])}.",
            remedy="Check the files and --label, or leave those rows out.",
        )
    return train, test


def routing(job: Job) -> Outcome:
    """Learn all of the training file, and count how many of the test file go where they belong."""
    train, test = _both(job)
    router = Router(embedder=job.embedder, seed=job.seed).fit(train.texts, train.labels)
    found = [one.area for one in router.route(test.texts)]
    return Outcome({"accuracy": share(found, test.labels)}, len(found), {"labels": len(router.areas)})


def fewshot(job: Job) -> Outcome:
    """Learn a few listed rows of the training file, once for every seed, and average."""
    if job.shots is None:
        raise ConfigError("This task needs --shots N.", remedy="Give the option.")
    train, test = _both(job)
    each = {}
    for seed, rows in sorted(read_shots(job.file("rows"), job.shots, len(train.texts)).items()):
        router = Router(embedder=job.embedder, seed=seed, calibrate=False)
        router.fit([train.texts[row] for row in rows], [train.labels[row] for row in rows])
        each[seed] = share([one.area for one in router.route(test.texts)], test.labels)
    more = {"shots": job.shots, "seeds": list(each), "each": list(each.values())}
    return Outcome({"accuracy": round(float(np.mean(list(each.values()))), 2)}, len(test.texts), more)


def unrouted(job: Job) -> Outcome:
    """Find notes that belong to no area: the line is set by --val and --oos-val, then --test and --oos-test judge."""
    train, test = _both(job)
    val, outside, judged = (job.file("val"), job.file("oos_val"), job.file("oos_test"))
    router = Router(embedder=job.embedder, seed=job.seed).fit(train.texts, train.labels)
    known = read_labelled(val, job.label)
    router.tune(known.texts, known.labels, read_texts(outside))
    found = router.route(test.texts)
    right = ["" if one.unrouted else one.area for one in found]
    away = router.route(read_texts(judged))
    recall = 100 * sum(one.unrouted for one in away) / len(away)
    routed = [(one.area, label) for one, label in zip(found, test.labels, strict=True) if not one.unrouted]
    figures = {"in_scope_accuracy": share(right, test.labels), "oos_recall": round(recall, 2)}
    more = {
        "oos_n": len(away),
        "accuracy_of_routed": share([one for one, _ in routed], [label for _, label in routed]),
        "routed": round(100 * len(routed) / len(found), 2),
    }
    return Outcome(figures, len(found), more)


def kind(job: Job) -> Outcome:
    """Learn kinds from the training file, and score the test file: the mean of F1 over the kinds."""
    train, test = _both(job)
    kinds = Kind(embedder=job.embedder).fit(train.texts, train.labels, stars=train.stars)
    found = [one.kind for one in kinds.guess(test.texts, stars=test.stars)]
    each = f1_by_label(found, test.labels)
    figures = {"macro_f1": round(float(np.mean(list(each.values()))), 2), "accuracy": share(found, test.labels)}
    return Outcome(figures, len(found), {"f1": each})


def neardup(job: Job) -> Outcome:
    """Group near-identical notes, and compare the pairs within groups with those of the column group_id."""
    path = job.file("test")
    rows = read_rows(path)
    column = column_of(rows, path, (job.label,) if job.label else ("group_id", *LABELS), "--label")
    truth = [row[column] for row in rows]
    groups = duplicates(words(rows, path))
    found = [str(place) for place in range(len(rows))]
    for group in groups:
        for member in group.members:
            found[int(member.id)] = group.id
    precision, recall, f1 = pair_figures(found, truth)
    return Outcome(
        {"precision": precision, "f1": f1, "recall": recall}, len(rows), {"embedder": None, "groups": len(groups)}
    )


def ranked_duplicates(job: Job) -> Outcome:
    """Ask with every report of a pair for the other: how often it is among the first, and the mean precision."""
    reports, pairs = read_reports(job.file("test"))
    ranker = Ranker(reports)
    twins: dict[str, set[str]] = {}
    for one, other in (sorted(pair) for pair in pairs):
        twins.setdefault(one, set()).add(other)
        twins.setdefault(other, set()).add(one)
    ranks = [ranker.ranks(report, twins[report]) for report in sorted(twins)]
    figures = {f"recall_at_{n}": round(100 * float(np.mean([found[0] <= n for found in ranks])), 2) for n in (5, 10, 1)}
    precision = [np.mean([(hits + 1) / rank for hits, rank in enumerate(found)]) for found in ranks]
    figures["map"] = round(100 * float(np.mean(precision)), 2)
    return Outcome(figures, len(ranks), {"embedder": None, "reports": len(reports), "pairs": len(pairs)})


def found_themes(job: Job) -> Outcome:
    """Divide the test file into as many themes as it has labels, and compare the themes with the labels."""
    test = read_labelled(job.file("test"), job.label)
    found = themes(test.texts, len(set(test.labels)), embedder=job.embedder, seed=job.seed)
    groups = [theme.id if (theme := found.of(str(place))) else f"none {place}" for place in range(len(test.texts))]
    figures = {"v_measure": v_measure(groups, test.labels), "accuracy": matched(groups, test.labels)}
    return Outcome(figures, len(groups), {"themes": len(found)})


TASKS: dict[str, Callable[[Job], Outcome]] = {
    "routing": routing,
    "fewshot": fewshot,
    "unrouted": unrouted,
    "kind": kind,
    "neardup": neardup,
    "duplicates": ranked_duplicates,
    "themes": found_themes,
}
