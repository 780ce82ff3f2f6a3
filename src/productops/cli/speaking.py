"""How a verb talks: text for people, or one JSON value; progress only where somebody watches."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from productops.cli import exits
from productops.cli.words import error_text, speak
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
