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
    from productops.cli.bar import Bar
    from productops.cli.jobs.book import JobBook


class Voice:
    """Prints what a verb found, and remembers how the command should end."""

    def __init__(self, language: str | None, *, as_json: bool) -> None:
        speak(language)
        self.language = language
        self.as_json = as_json
        self.code: int = exits.DONE
        self._bar: Bar | None = None

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

    def failed(self, error: ProductOpsError, job: str | None = None) -> None:
        """Tell an error, and of which job where there are several; remember its code, of which the first one counts."""
        print(f"productops: {f'{job}: ' if job else ''}{error_text(error)}", file=sys.stderr)
        if self.code in (exits.DONE, exits.FOUND):
            self.code = exits.code_of(error)

    # --- progress

    @contextmanager
    def working(self) -> Iterator[None]:
        """Show on a terminal how far something is, and whom it waits for."""
        if self.as_json or not sys.stderr.isatty():
            yield
            return
        from productops.cli.bar import Bar
        from productops.sdk.transport.patience import patience

        with Bar() as self._bar, patience(watcher=self._bar.waiting):
            try:
                yield
            finally:
                self._bar = None

    def progress(self, done: int, total: int | None, label: str) -> None:
        """Move the bar, where there is one."""
        if self._bar is not None:
            self._bar.show(done, total, label)


@contextmanager
def stoppable() -> Iterator[None]:
    """Let SIGINT and SIGTERM end a run between two requests, with everything remembered.

    A signal is raised wherever the run happens to be, perhaps in the middle of a library's tidying up. What it becomes
    there does not count: who was told to stop stops, and says so. A signal that the process ignores stays ignored.
    """
    heard: list[int] = []
    again: list[threading.Timer] = []

    def stop(sign: int, _frame: object) -> None:
        heard.append(sign)
        raise KeyboardInterrupt

    def swallowed(what: sys.UnraisableHookArgs) -> None:
        """A signal that comes while Python tidies up is raised where nobody can catch it: it is sent once more."""
        if not (heard and issubclass(what.exc_type, KeyboardInterrupt)):
            told(what)
            return
        again.append(threading.Timer(0.01, os.kill, (os.getpid(), heard[-1])))
        again[-1].start()

    told, sys.unraisablehook = sys.unraisablehook, swallowed
    signs = [sign for sign in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(sign) is not signal.SIG_IGN]
    before = {sign: signal.signal(sign, stop) for sign in signs}
    try:
        yield
    except BaseException:
        if not heard:
            raise
    finally:
        for timer in again:
            timer.cancel()
        for sign, handler in before.items():
            signal.signal(sign, handler)
        sys.unraisablehook = told
    if heard:
        print(say("Stopped. What was done is remembered; the next run goes on from here."), file=sys.stderr)
        raise SystemExit(exits.TERMINATED if heard[0] == signal.SIGTERM else exits.STOPPED)
