"""What a terminal shows while a command works: a bar, and a line below it when a service does not answer."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from productops.cli.waiting import Waiting


class Bar(Progress):
    """A bar on standard error that leaves nothing behind."""

    def __init__(self) -> None:
        self.waiting: Waiting = Waiting()  # what is drawn as soon as the bar is there
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        super().__init__(*columns, console=Console(stderr=True), transient=True)
        self._task = self.add_task("", total=None)

    def get_renderables(self) -> Iterable[RenderableType]:
        """Return what is drawn, ten times a second."""
        yield from super().get_renderables()
        if line := self.waiting.line():
            yield Text(line, style="yellow")

    def show(self, done: int, total: int | None, label: str) -> None:
        """Move the bar."""
        self.update(self._task, completed=done, total=total, description=label)
