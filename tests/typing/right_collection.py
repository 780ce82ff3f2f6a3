"""A collection of one's own with no more than what is required, seen through a mapping."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from productops import Mapping, RoadmapItem, View
from productops.sdk.collection import Collection, Features, Field, Schema
from productops.sdk.record import Record


class Lines(Collection):
    """The lines of a text."""

    system = "text"
    features = Features(delete="none")

    def __init__(self, text: str) -> None:
        self.name = self.container = "lines"
        self.lines = text.splitlines()

    def schema(self, *, refresh: bool = False) -> Schema:
        """Return the only field."""
        return Schema((Field("line", "Line", "text", read_only="a text"),))

    def scan(self, since: datetime | None = None, fields: Sequence[str] | None = None) -> Iterator[Record]:
        """Yield every line."""
        for number, line in enumerate(self.lines, 1):
            yield Record(str(number), {"line": line})


view: View[RoadmapItem] = Mapping(RoadmapItem, title="Line").on(Lines("Export\nSearch"))
