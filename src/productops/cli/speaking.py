"""How a verb talks: text for people, or one JSON value; progress only where somebody watches."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from productops.cli import exits
from productops.cli.words import error_text, say, speak
from productops.errors import ProductOpsError

if TYPE_CHECKING:
    from productops.cli.jobs.book import JobBook


class Voice:
    """Prints what a verb found, and remembers how the command should end."""

    def __init__(self, language: str | None, *, as_json: bool) -> None:
        speak(language)
        self.language = language
        self.as_json = as_json
        self.code: int = exits.DONE
        self._bar: Any = None

    def book(self, path: Path) -> JobBook:
        """Read a file of jobs; its language counts where none was asked for."""
        from productops.cli.jobs.book import read

        book = read(path, self.progress)
        speak(self.language, book.file.language)
        return book

    def text(self, text: str) -> None:
        """Print text for people."""
        if not self.as_json:
            print(text)

    def value(self, value: Any) -> None:
        """Print the command's JSON value."""
        if self.as_json:
            print(json.dumps(value, ensure_ascii=False, default=str))

    def found(self, new: Sequence[str], known: Sequence[str] = (), *, count_known: bool = False) -> None:
        """Note findings: new ones end the command with 1, known ones only when asked to."""
        if new or (count_known and known):
            self.code = exits.FOUND

    def failed(self, error: ProductOpsError) -> None:
        """Tell an error and remember its code; the first one counts."""
        print(f"productops: {error_text(error)}", file=sys.stderr)
        if self.code in (exits.DONE, exits.FOUND):
            self.code = exits.code_of(error)

    # --- progress

    @contextmanager
    def working(self) -> Iterator[None]:
        """Show a bar on a terminal while something is written."""
        if self.as_json or not sys.stderr.isatty():
            yield
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            self._bar = (bar, bar.add_task("", total=None))
            try:
                yield
            finally:
                self._bar = None

    def progress(self, done: int, total: int | None, label: str) -> None:
        """Move the bar, where there is one."""
        if self._bar is not None:
            bar, task = self._bar
            bar.update(task, completed=done, total=total, description=label)


class StoppedError(KeyboardInterrupt):
    """SIGTERM came; treated as Ctrl-C is, with a code of its own."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Let SIGTERM end a run as Ctrl-C does: between two requests, with everything remembered."""

    def stop(*_: object) -> None:
        raise StoppedError

    def swallowed(what: sys.UnraisableHookArgs) -> None:
        """A signal that comes while Python tidies up is raised where nobody can catch it: it is sent once more."""
        if not issubclass(what.exc_type, KeyboardInterrupt):
            told(what)
            return
        sent = signal.SIGTERM if issubclass(what.exc_type, StoppedError) else signal.SIGINT
        threading.Timer(0.01, os.kill, (os.getpid(), sent)).start()

    told, sys.unraisablehook = sys.unraisablehook, swallowed
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt as interrupt:
        print(say("Stopped. What was done is remembered; the next run goes on from here."), file=sys.stderr)
        code = exits.TERMINATED if isinstance(interrupt, StoppedError) else exits.STOPPED
        raise SystemExit(code) from None
    finally:
        signal.signal(signal.SIGTERM, before)
        sys.unraisablehook = told
