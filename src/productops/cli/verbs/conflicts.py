"""`productops conflicts`: list, show, resolve, and answer them in a file."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from productops.cli.options import FILE, AsJson, JobName, JobsFile, Language, OneJob
from productops.cli.speaking import Voice
from productops.cli.words import say, speak
from productops.cli.words.helping import Verb, Verbs
from productops.errors import ConfigError

if TYPE_CHECKING:
    from productops.cli.jobs.book import JobBook
    from productops.sync.conflict import Conflict

app: typer.Typer = typer.Typer(cls=Verbs, help="See what needs a decision, and decide.", no_args_is_help=True)
Which = Annotated[str, typer.Argument(help="A conflict's id.", metavar="ID")]


@app.callback()
def conflicts(language: Language = None) -> None:
    """See what needs a decision, and decide."""
    speak(language)


@app.command("list", cls=Verb)
def list_(
    job: JobName = None,
    *,
    closed: Annotated[bool, typer.Option("--closed", help="Also those that were settled.")] = False,
    file: JobsFile = FILE,
    as_json: AsJson = False,
    language: Language = None,
) -> None:
    """List what needs a decision."""
    from productops.cli.words.plans import conflict_text

    voice = Voice(language, as_json=as_json)
    book = voice.book(file)
    found = [(name, one) for name in book.chosen(job) for one in book.sync(name).conflicts(closed=closed)]
    for name, one in found:
        how = ", ".join(say(word) for word in (one.state, (one.decision or {}).get("take")) if word and word != "open")
        voice.text(f"{name}  {conflict_text(one)}" + (f"  [{how}]" if how else ""))
    if not found:
        voice.text(say("No conflicts."))
    voice.value([{"job": name, **asdict(one)} for name, one in found])


@app.command(cls=Verb)
def show(
    id_: Which, *, job: OneJob = None, file: JobsFile = FILE, as_json: AsJson = False, language: Language = None
) -> None:
    """Show one conflict with both values in full."""
    voice = Voice(language, as_json=as_json)
    name, one = _find(voice.book(file), job, id_)
    voice.text(f"{one.id}  {one.name}  {one.field or one.kind}  ({name}, {say(one.state)})")
    for label, value in (("left", one.left), ("right", one.right), ("agreed", one.base)):
        where = one.names.get(label, "")
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        voice.text(f"\n{say(label)}{f' ({where})' if where else ''}:\n{text}")
    for url in filter(None, (label.get("url") for label in one.labels.values())):
        voice.text(f"\n{url}")
    voice.value({"job": name, **asdict(one)})


@app.command(cls=Verb)
def resolve(
    id_: Which,
    take: Annotated[str, typer.Argument(help="left, right, value, ignore or again.", metavar="TAKE")],
    value: Annotated[str | None, typer.Argument(help="For value: JSON, or plain text.", metavar="VALUE")] = None,
    *,
    job: OneJob = None,
    file: JobsFile = FILE,
    as_json: AsJson = False,
    language: Language = None,
) -> None:
    """Decide a conflict; the next run carries it out."""
    from productops.sync.book.decisions import TAKES

    voice = Voice(language, as_json=as_json)
    if take not in (*TAKES, "again"):
        raise ConfigError(f"{take!r} is no decision.", remedy="Write left, right, value, ignore or again.")
    if (take == "value") != (value is not None):
        raise ConfigError("A value goes with the decision value, and only with it.", remedy="Write: value NEW.")
    book = voice.book(file)
    name = book.only(job) if id_.startswith("u-") else _find(book, job, id_)[0]
    decided = book.sync(name).resolve(id_, take, _read(value))  # type: ignore[arg-type]
    voice.text(say("{id} is decided: {take}. The next run carries it out.", id=id_, take=take))
    voice.value({"job": name, **asdict(decided)})


@app.command(cls=Verb)
def file(
    path: Annotated[Path, typer.Argument(help="A YAML file to write.", metavar="PATH")],
    *,
    job: OneJob = None,
    file: JobsFile = FILE,
    as_json: AsJson = False,
    language: Language = None,
) -> None:
    """Write the open conflicts to a file in which somebody fills in the decisions."""
    voice = Voice(language, as_json=as_json)
    book = voice.book(file)
    count = book.sync(book.only(job)).inbox_file(path)
    one = count == 1
    voice.text(
        say("1 open conflict is in {path}." if one else "{count} open conflicts are in {path}.", count=count, path=path)
    )
    voice.value({"path": str(path), "conflicts": count})


@app.command(cls=Verb)
def answer(
    path: Annotated[Path, typer.Argument(help="The file, filled in.", metavar="PATH")],
    *,
    job: OneJob = None,
    file: JobsFile = FILE,
    as_json: AsJson = False,
    language: Language = None,
) -> None:
    """Take the decisions of a filled-in file: all of them, or none when one does not fit."""
    voice = Voice(language, as_json=as_json)
    book = voice.book(file)
    decided = book.sync(book.only(job)).answer(path)
    if not decided:
        voice.text(say('No decision was taken: no "take:" is filled in.'))
    elif len(decided) == 1:
        voice.text(say("1 decision was taken. The next run carries it out."))
    else:
        voice.text(say("{count} decisions were taken. The next run carries them out.", count=len(decided)))
    voice.value([asdict(one) for one in decided])


def _find(book: JobBook, job: str | None, id_: str) -> tuple[str, Conflict]:
    for name in book.chosen(job):
        for one in book.sync(name).conflicts(closed=True):
            if one.id == id_:
                return name, one
    raise ConfigError(f"There is no conflict {id_!r}.", remedy="See productops conflicts list --closed.")


def _read(value: str | None) -> Any:
    """Return JSON as what it says, and anything else as text."""
    if value is None:
        return None
    try:
        return json.loads(value)
    except ValueError:
        return value
