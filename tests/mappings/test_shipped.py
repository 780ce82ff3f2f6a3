"""The shipped mappings fit an empty place once it is prepared, and the whole company goes through them and back."""

import pytest

from flows.shipped_world import COMPANY, Tables
from productops import Family, Mapping, TimeBucket, choice, mappings, markdown, once, person, read_only, ref
from productops.errors import MappingError
from productops.mappings import bucket, contact
from productops.sdk.codecs import spell


@pytest.mark.parametrize("service", mappings.services())
def test_every_mapping_loads_and_its_python_is_the_same(service):
    scope = {f.__name__: f for f in (Mapping, choice, markdown, once, person, read_only, ref, bucket, contact)}
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


# All of the company into Airtable; into Notion, where each page takes a request or two, what refers to each other most.
MUCH = ("roadmap", "objectives", "launches", "checklist", "accounts", "Process", "DecisionRecord")

# All but customers and products, of which a workspace has some of its own.
BOARDS = ("roadmap", "objectives", "launches", "feedback", "accounts", "KeyResult", "Theme")


def test_a_productboard_has_all_that_its_mappings_name(tmp_path):
    places = Tables(tmp_path, "productboard")
    for name, table in places.tables.items():
        assert not table.prepare(places.mapping(name)), name
        assert places.mapping(name).on(table).bind().spots


@pytest.mark.parametrize(("service", "only"), [("airtable", None), ("notion", MUCH), ("productboard", BOARDS)])
def test_the_company_goes_into_prepared_tables(tmp_path, service, only):
    places = Tables(tmp_path, service, only)
    places.prepare()
    counts = places.fill()
    if service == "productboard":  # it knows customers by their e-mails only
        counts["feedback"] -= sum(1 for one in COMPANY.feedback if one.requester and not one.requester.email)
    family = Family(*(places.sync(sync, tmp_path / "state.db") for sync in places.syncs))
    family.run()
    shown = {sync: sum(1 for _ in places.tables[sync].scan()) for sync in places.syncs}
    assert shown == counts
    assert sum(counts.values()) > 60
    places.world.clock.advance(600)
    for sync in family:
        plan = sync.plan()
        assert not plan, str(plan)
