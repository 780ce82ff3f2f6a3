"""Two tables in memory with a sync between them, a clock that is moved by hand, and people at both."""

from datetime import UTC, datetime, timedelta

from pydantic import BaseModel

from productops.connectors import Memory
from productops.sdk import Mapping
from productops.sync.engine import Sync

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Idea(BaseModel):
    title: str
    due: str | None = None
    tags: list[str] = []
    text: str | None = None


LEFT = {"summary": "text", "due": "text", "labels": "labels", "body": "text"}
RIGHT = {"Name": "text", "Due": "text", "Tags": "labels", "Notes": "text"}


class Desk:
    """Both sides, the clock and the sync."""

    def __init__(self, home, *, left=LEFT, right=RIGHT, state="state.db", **options):
        self.time = START
        self.home, self.options = home, options
        self.account = Memory(now=self.now)
        self.left = self.account.collection("left", left)
        self.right = self.account.collection("right", right)
        self.sync = self.again(state=state)

    def now(self):
        return self.time

    def later(self, **time):
        self.time += timedelta(**time or {"minutes": 10})

    def again(self, *, state="state.db", **options):
        """Return the sync as another process would make it."""
        one = Mapping(Idea, title="summary", due="due", tags="labels", text="body").on(self.left)
        two = Mapping(Idea, title="Name", due="Due", tags="Tags", text="Notes").on(self.right)
        where = state if "://" in str(state) else self.home / state
        return Sync("desk", left=one, right=two, **{"state": where, "clock": self.now, **self.options, **options})

    def run(self, **options):
        report = self.sync.run(**options)
        self.later()
        return report

    def row(self, title):
        """Return the live row of that name on the right."""
        return next(row for row in self.right.scan() if row.fields["Name"] == title)

    def item(self, title):
        return next(row for row in self.left.scan() if row.fields["summary"] == title)
