"""How the story looks: headings and a progress bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from productops.cli.words import retold
from productops.cli.words.plans import change_text, summary
from productops.sync.plan import Plan

NEXT_STEPS = """\
from productops import Mapping, RoadmapItem, Sync, choice
from productops.connectors import Airtable, Jira

issues = Mapping(RoadmapItem, title="summary", status=choice("status", idea="To Do", doing="In Progress", done="Done"))
rows = Mapping(RoadmapItem, title="Name", status=choice("Stage", idea="Inbox", doing="Building", done="Shipped"))
sync = Sync("roadmap", state="roadmap.db",
            left=issues.on(Jira.from_env().issues(project="PROD", type="Story")),
            right=rows.on(Airtable.from_env().table("Product", "Roadmap", key="Sync key")))
print(sync.plan())      # writes nothing
# sync.run()            # when you like what it says"""


class Teller:
    """Tells a story on standard output."""

    def __init__(self) -> None:
        self.console: Console = Console(highlight=False)
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._chapter = 0

    def title(self, text: str) -> None:
        """Print the story's name."""
        self._print(f"[bold cyan]{escape(retold(text))}[/]")

    def chapter(self, heading: str, lead: str) -> None:
        """Begin a chapter."""
        self._chapter += 1
        self._print(f"\n[bold]{self._chapter}. {escape(retold(heading))}[/]")
        self._print(f"[dim]{escape(retold(lead))}[/]")

    def line(self, text: str) -> None:
        """Print a sentence."""
        self._print(escape(retold(text)))

    def item(self, text: str) -> None:
        """Print one of several things."""
        self._print(f"  · {escape(retold(text))}")

    def said(self, text: str) -> None:
        """Print one of several things that is in the language spoken already."""
        self._print(f"  · {escape(text)}")

    def code(self, text: str) -> None:
        """Print code as it is."""
        self.console.print(text, markup=False, soft_wrap=True)

    def plan(self, plan: Plan, shown: int = 4) -> None:
        """Print a plan: its sentence, what stops it, and the first few changes."""
        self._print(f"[green]{escape(summary(plan))}[/]")
        for text in (*plan.blocked, *plan.problems[:shown]):
            self.item(text)
        changes = (change for change in plan.changes if change.kind != "agree")
        for number, change in enumerate(changes):
            if number == shown:
                self.item(f"… {plan.writes - shown:,} more: print(plan)")
                return
            self.said(change_text(change, plan))

    @contextmanager
    def working(self, total: int) -> Iterator[None]:
        """Show a bar while something is written; nothing where nobody watches."""
        if not self.console.is_terminal:
            yield
            return
        columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self.console, transient=True) as self._bar:
            self._task = self._bar.add_task("writing", total=total)
            try:
                yield
            finally:
                self._bar, self._task = None, None

    def progress(self, done: int, total: int | None, label: str) -> None:
        """Move the bar, where there is one."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total, description=label)

    def _print(self, text: str) -> None:
        self.console.print(text, soft_wrap=not self.console.is_terminal)  # a log or a pipe wraps nothing
