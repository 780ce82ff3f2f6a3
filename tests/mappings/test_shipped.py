"""The shipped mappings fit an empty place once it is prepared, and the whole company goes through them and back."""

from dataclasses import replace

import pytest

from flows.world import World
from productops import Family, Mapping, Sync, TimeBucket, choice, demo, mappings, markdown, once, person, ref
from productops.connectors.memory import Memory
from productops.errors import MappingError
from productops.mappings import bucket, contact
from productops.sdk.codecs import HeldValueError, Ref, Wrapped, spell
from productops.sdk.record import Draft

NAME = {"name": "Name", "type": "singleLineText"}
COMPANY = demo.company()


@pytest.mark.parametrize("service", mappings.services())
def test_every_mapping_loads_and_its_python_is_the_same(service):
    scope = {f.__name__: f for f in (Mapping, choice, markdown, once, person, ref, bucket, contact)}
    for model in mappings.models(service):
        mapping = mappings.load(service, model)
        python = eval(mappings.source(service, model), {**scope, model.__name__: model})
        assert {n: spell(c) for n, c in python.fields.items()} == {n: spell(c) for n, c in mapping.fields.items()}
        required = {name for name, field in model.model_fields.items() if field.is_required()}
        assert required <= set(mapping.fields), model


def test_what_is_not_there_is_said():
    with pytest.raises(MappingError, match="no ready-made mappings for 'trello'"):
        mappings.load("trello", TimeBucket)
    with pytest.raises(MappingError, match="no ready-made mapping of TimeBucket for airtable"):
        mappings.load("airtable", TimeBucket)


def inner(codec):
    return codec.inner if isinstance(codec, Wrapped) else codec


def targets(mapping):
    return {name: inner(codec).to for name, codec in mapping.fields.items() if isinstance(inner(codec), Ref)}


SYNCS = {
    "roadmap": "RoadmapItem", "objectives": "Objective", "launches": "Launch", "checklist": "ChecklistItem",
    "feedback": "Feedback", "accounts": "Account", "insights": "Insight", "studies": "Study", "sessions": "Session",
    "participants": "Participant",
}  # fmt: skip


class Tables:
    """A table for each class, prepared, and the company's entities in memory in the same shape."""

    def __init__(self, home):
        self.world = World(home, fields=[NAME])
        self.models = {model.__name__: model for model in mappings.models("airtable")}
        called = {model: sync for sync, model in SYNCS.items()}
        self.syncs = {called.get(name, name): model for name, model in self.models.items()}
        self.memory = Memory(now=self.world.clock.now)
        self.tables, self.local, self.ids = {}, {}, {}
        base = self.world.airtable.base_id("Work")
        for sync in self.syncs:
            path = ("meta", "bases", base, "tables")
            self.world.airtable.wire.call(
                "POST", *path, body={"name": sync, "fields": [NAME]}, operation="create table"
            )
        for sync in self.syncs:
            self.tables[sync] = self.world.airtable.table("Work", sync, key="Sync key")
            self.local[sync] = self.memory.collection(sync, {})

    def mapping(self, sync):
        return mappings.load("airtable", self.syncs[sync])

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
        """Put the company's entities into memory: first without their references, then with."""
        every = list(COMPANY.entities())
        found = {sync: [one for one in every if type(one) is model] for sync, model in self.syncs.items()}
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


def test_the_whole_company_goes_into_prepared_tables(tmp_path):
    places = Tables(tmp_path)
    places.prepare()
    counts = places.fill()
    family = Family(*(places.sync(sync, tmp_path / "state.db") for sync in places.syncs))
    family.run()
    shown = {sync: sum(1 for _ in places.tables[sync].scan()) for sync in places.syncs}
    assert shown == counts
    assert sum(counts.values()) > 150
    for sync in family:
        plan = sync.plan()
        assert not plan, str(plan)
