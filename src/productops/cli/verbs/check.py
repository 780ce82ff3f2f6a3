"""`productops check`: whether credentials, permissions and fields are what the jobs need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from productops.cli.options import FILE, AsJson, JobName, JobsFile, Language
from productops.cli.speaking import Voice
from productops.cli.words import say, translated
from productops.errors import ProductOpsError

if TYPE_CHECKING:
    from productops.cli.jobs.book import JobBook
    from productops.sdk.collection import Check

TRIES = 2  # whoever asks whether a service answers can ask again; a run is what tries for longer


def verb(job: JobName = None, *, file: JobsFile = FILE, as_json: AsJson = False, language: Language = None) -> None:
    """Check credentials, permissions and fields. Writes nothing anywhere, not even to the state."""
    from productops.sdk.transport.patience import patience

    voice = Voice(language, as_json=as_json)
    book = voice.book(file)
    told: dict[str, Any] = {"connections": {}, "jobs": {}}
    with patience(tries=TRIES):
        broken = {name for name in _connections(book, job) if not _account(voice, book, name, told["connections"])}
        for name in book.chosen(job):
            _job(voice, book, name, broken, told["jobs"])
    voice.value(told)
    raise typer.Exit(voice.code)


def _connections(book: JobBook, job: str | None) -> list[str]:
    jobs = [book.file.jobs[name] for name in book.chosen(job)]
    return list(dict.fromkeys(part.connection for one in jobs for part in (one.left, one.right)))


def _account(voice: Voice, book: JobBook, name: str, told: dict[str, Any]) -> bool:
    """Check one account; tell whether it can be used."""
    try:
        with voice.working():
            found = book.account(name).check()
    except ProductOpsError as error:
        voice.failed(error)
        told[name] = {"ok": False, **error.to_dict()}
        return False
    _tell(voice, name, found, told)
    return bool(found)


def _job(voice: Voice, book: JobBook, name: str, broken: set[str], told: dict[str, Any]) -> None:
    from productops.cli.drifted import drifted

    told[name] = {}
    for side in ("left", "right"):
        if getattr(book.file.jobs[name], side).connection in broken:
            continue
        try:
            with voice.working():
                view = book.view(name, side)
                found = view.collection.check()
            _tell(voice, f"{name} {side}", found, told[name])
            with voice.working():
                lines = drifted(view, side, book.state_of(book.file.jobs[name]), name)
        except ProductOpsError as error:
            voice.failed(error, f"{name} {side}")
            told[name][side] = {"ok": False, **error.to_dict()}
            continue
        for line in lines:
            voice.text(f"  {translated(line)}")
        told[name][f"{side}_drift"] = lines
        direction = book.file.jobs[name].direction
        voice.found([*lines, *(found.lacks if direction == "both" or direction.endswith(side) else ())])


def _tell(voice: Voice, name: str, found: Check, told: dict[str, Any]) -> None:
    word = say("ok") if found else say("not usable")
    voice.text(f"{name}: {word}" + (f", {found.who}" if found.who else ""))
    for line in found.details:
        voice.text(f"  {translated(line)}")
    told[name.rpartition(" ")[2]] = {
        "ok": found.ok,
        "who": found.who,
        "details": list(found.details),
        "lacks": list(found.lacks),
    }
    if not found:
        voice.code = 2
