"""A place for every class of the model in one service, prepared by its shipped mapping, and the same in memory."""

from dataclasses import replace

from flows.world import PEOPLE, START, World
from productops import Mapping, Sync, demo, mappings
from productops.connectors.memory import Memory
from productops.connectors.notion import Notion as NotionAccount
from productops.connectors.productboard import Productboard as BoardAccount
from productops.sdk.codecs import HeldValueError, Ref, Wrapped
from productops.sdk.record import Draft
from productops.testing.sandbox.clock import VirtualClock
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.notion import Notion as NotionService
from productops.testing.sandbox.plugs import HttpxPlug
from productops.testing.sandbox.productboard import Productboard as BoardService

NAME = {"name": "Name", "type": "singleLineText"}
COMPANY = demo.company()


def inner(codec):
    return codec.inner if isinstance(codec, Wrapped) else codec


def targets(mapping):
    return {name: inner(codec).to for name, codec in mapping.fields.items() if isinstance(inner(codec), Ref)}


SYNCS = {
    "roadmap": "RoadmapItem", "objectives": "Objective", "launches": "Launch", "checklist": "ChecklistItem",
    "feedback": "Feedback", "accounts": "Account", "insights": "Insight", "studies": "Study", "sessions": "Session",
    "participants": "Participant",
}  # fmt: skip


class Airtable:
    """A base with an empty table for each sync."""

    def __init__(self, home, names):
        self.world = World(home, fields=[NAME])
        base = self.world.airtable.base_id("Work")
        for name in names:
            path = ("meta", "bases", base, "tables")
            self.world.airtable.wire.call(
                "POST", *path, body={"name": name, "fields": [NAME]}, operation="create table"
            )
        self.clock = self.world.clock

    def at(self, name):
        return self.world.airtable.table("Work", name, key="Sync key")


class Notion:
    """A database with an empty data source for each sync."""

    def __init__(self, home, names):
        self.clock = VirtualClock(START)
        sources = [{"title": name, "properties": {title: "title"}} for name, title in names.items()]
        seed = {"users": PEOPLE, "databases": [{"title": name["title"], "sources": [name]} for name in sources]}
        self.workspace = NotionService.from_json(seed, clock=self.clock)
        self.workspace.settle = (5.0, 10.0)
        door = HttpxPlug(Endpoint(self.workspace, clock=self.clock))
        self.account = NotionAccount("ntn_sandbox", url="http://localhost", transport=door, clock=self.clock, rate=None)

    def at(self, name):
        return self.account.data_source(self.workspace.source(name).id, key="Sync key")


class Productboard:
    """A workspace; its places are there already, one for each class."""

    def __init__(self, home, names):
        self.clock = VirtualClock(START)
        seed = {
            "members": PEOPLE,
            "entities": [{"type": "product", "name": "All"}, {"type": "releaseGroup", "name": "R"}],
        }
        self.board = BoardService.from_json(seed, clock=self.clock, limits=None)
        self.board.settle = (5.0, 10.0)
        door = HttpxPlug(Endpoint(self.board, clock=self.clock))
        account = BoardAccount("pb-sandbox", url="http://localhost", transport=door, clock=self.clock)
        product, group = self.board.named("All").id, self.board.named("R").id
        self.places = {
            "roadmap": account.features(product), "launches": account.releases(group), "Product": account.products(),
            "objectives": account.objectives(), "KeyResult": account.key_results(), "Theme": account.initiatives(),
            "feedback": account.notes(), "accounts": account.companies(), "Person": account.users(),
        }  # fmt: skip

    def at(self, name):
        return self.places[name]


class Tables:
    """A place for each class, prepared, and the company's entities in memory in the same shape."""

    def __init__(self, home, service, only=None):
        self.service = service
        models = {model.__name__: model for model in mappings.models(service)}
        called = {model: sync for sync, model in SYNCS.items()}
        known = {called.get(name, name): model for name, model in models.items()}
        self.syncs = {name: model for name, model in known.items() if only is None or name in only}
        self.world = {"airtable": Airtable, "notion": Notion, "productboard": Productboard}[service](
            home, {name: self.title(name) for name in self.syncs}
        )
        self.memory = Memory(now=self.world.clock.now)
        self.tables = {sync: self.world.at(sync) for sync in self.syncs}
        self.local = {sync: self.memory.collection(sync, {}) for sync in self.syncs}
        self.ids = {}

    def title(self, sync):
        """What the column is called that names a record; every Notion source has one."""
        mapping = self.mapping(sync)
        return inner(mapping.fields[mapping.title]).field

    def mapping(self, sync):
        """The shipped mapping, without references to what is not here."""
        whole = mappings.load(self.service, self.syncs[sync])
        aside = {name for name, to in targets(whole).items() if to not in self.syncs}
        return Mapping(whole.model, **{name: codec for name, codec in whole.fields.items() if name not in aside})

    def sync(self, name, state):
        left, right = (self.mapping(name).on(places[name]) for places in (self.local, self.tables))
        return Sync(name, left=left, right=right, state=state, clock=self.world.clock.now)

    def prepare(self):
        for sync in self.syncs:
            mapping = self.mapping(sync)
            for places in (self.tables, self.local):
                to = {name: places[target] for name, target in targets(mapping).items()}
                places[sync].prepare(mapping, to).apply()

    def fill(self):
        """Put the company's entities into memory."""
        every = list(COMPANY.entities())
        found = {sync: [one for one in every if type(one) is model] for sync, model in self.syncs.items()}
        return self.put(found)

    def put(self, found):
        """Put entities into memory, by sync: first without their references, then with."""
        for refs in (False, True):
            for sync, entities in found.items():
                bound = self.mapping(sync).on(self.local[sync]).bind()
                for entity in entities:
                    fields = self.fields(bound, entity, refs)
                    if refs and fields:
                        row = self.ids[entity.id]
                        self.local[sync].rows[row] = self.renewed(sync, row, fields)
                    elif not refs:
                        (made,) = self.local[sync].create([Draft(fields)])
                        self.ids[entity.id] = made.id
        return {sync: len(entities) for sync, entities in found.items()}

    def renewed(self, sync, row, fields):
        record = self.local[sync].rows[row]
        return replace(record, fields={**record.fields, **fields})

    def fields(self, bound, entity, refs):
        data, fields = entity.model_dump(mode="json"), {}
        for name, spot in bound.spots.items():
            value = data[name]
            if isinstance(inner(spot.codec), Ref) != refs or value is None:
                continue
            if refs:
                known = [self.ids[one] for one in (value if isinstance(value, list) else [value]) if one in self.ids]
                value = known if isinstance(value, list) else next(iter(known), None)
            try:
                fields[spot.field.id] = spot.write(spot.type.load(value)) if value else value
            except HeldValueError:
                continue
        return fields
