"""The verbs about feedback. `evaluate` judges on labelled notes of one's own what the library makes of them."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from productops.cli.options import AsJson, Language
from productops.cli.speaking import Voice
from productops.cli.words import say, speak
from productops.cli.words.helping import Verb, Verbs
from productops.errors import ConfigError

app: typer.Typer = typer.Typer(cls=Verbs, help="What a pile of feedback says.", no_args_is_help=True)
FILE = {"metavar": "FILE"}


@app.callback()
def insights(language: Language = None) -> None:
    """What a pile of feedback says."""
    speak(language)


@app.command(cls=Verb)
def evaluate(
    task: Annotated[str, typer.Option(help="routing, fewshot, unrouted, kind, neardup, duplicates or themes.")],
    test: Annotated[Path | None, typer.Option(help="The labelled notes that are judged.", **FILE)] = None,
    train: Annotated[Path | None, typer.Option(help="The labelled notes to learn from.", **FILE)] = None,
    val: Annotated[Path | None, typer.Option(help="unrouted: notes with areas that set the line.", **FILE)] = None,
    oos_val: Annotated[Path | None, typer.Option(help="unrouted: notes of no area that set the line.", **FILE)] = None,
    oos_test: Annotated[Path | None, typer.Option(help="unrouted: notes of no area that are judged.", **FILE)] = None,
    embedder: Annotated[
        str | None, typer.Option(help="minilm, minilm:FOLDER or module:attribute; none when left out.", metavar="NAME")
    ] = None,
    shots: Annotated[int | None, typer.Option(help="fewshot: examples per label.", metavar="N")] = None,
    rows: Annotated[Path | None, typer.Option(help="fewshot: which rows (columns shots, seed, row).", **FILE)] = None,
    label: Annotated[str | None, typer.Option(help="Where the label is not called label.", metavar="COLUMN")] = None,
    seed: Annotated[int, typer.Option(help="Of all that is random.")] = 0,
    as_json: AsJson = False,
    language: Language = None,
) -> None:
    """Judge a task on your own labelled notes (CSV files with a header), to decide whether to trust it."""
    from productops.insights.embedders import find_embedder
    from productops.insights.evaluation.tasks import TASKS, Job

    voice = Voice(language, as_json=as_json)
    if task not in TASKS:
        raise ConfigError(f"There is no task {task!r}.", remedy=f"Use one of {', '.join(TASKS)}.")
    start = time.perf_counter()
    model = find_embedder(embedder) if embedder else None
    job = Job(test, train, val, oos_val, oos_test, rows, shots, label, model, seed)
    outcome = TASKS[task](job)
    told: dict[str, Any] = {
        "task": task,
        "metric": next(iter(outcome.figures)),
        **outcome.figures,
        "unit": "percent",
        "n": outcome.n,
        "seed": seed,
        "embedder": model.name if model else None,
        "seconds": round(time.perf_counter() - start, 2),
        "peak_memory_mb": peak_memory(),
        **outcome.more,
    }
    for name, value in told.items():
        voice.text(say("{name}: {value}", name=say(name), value=value))
    voice.value(told)


def peak_memory() -> int | None:
    """The most memory this process held, in MB; None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(most / (2**20 if sys.platform == "darwin" else 2**10))
