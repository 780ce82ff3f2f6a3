"""A workspace with services around it, to test with."""

from datetime import UTC, datetime, timedelta

from productops import Mapping, RoadmapItem, Workspace, choice
from productops.connectors import Memory
from productops.sdk.record import User

FIELDS = {
    "Name": "text",
    "Notes": "text",
    "Stage": ["Inbox", "Building", "Shipped"],
    "Due": "date",
    "Team": "text",
    "Launch": "link",
}
STAGE = choice("Stage", idea="Inbox", doing="Building", done="Shipped")
ITEMS = Mapping(RoadmapItem, title="Name", description="Notes", status=STAGE, due="Due", team="Team")
ADA, BO = User("1", "Ada Example", "ada@example.com"), User("2", "Bo Example")


class House:
    """A workspace with three services around it, and a clock."""

    def __init__(self, home):
        self.time = datetime(2026, 3, 2, 9, tzinfo=UTC)
        self.home = home
        self.ws = Workspace(home / "product.db", by="me")
        self.account = Memory(now=lambda: self.time)

    def place(self, name, fields=None):
        return self.account.collection(name, fields)

    def connect(self, name, mapping=ITEMS, fields=FIELDS, **options):
        """Connect a table of that name; return it."""
        place = self.place(name, fields)
        self.ws.connect(
            name, mapping.on(place), **{"clock": lambda: self.time, "delete_grace": timedelta(0), **options}
        )
        return place

    def run(self, **options):
        self.time += timedelta(minutes=10)
        return self.ws.run(**options)

    def quiet(self):
        return self.run().writes == 0 and not self.ws.plan()


def names(place):
    return sorted(row.fields["Name"] for row in place.scan())


def row(place, name):
    return next(row for row in place.scan() if row.fields["Name"] == name)


def item(ws, title):
    (found,) = ws.find(RoadmapItem, title=title)
    return found
