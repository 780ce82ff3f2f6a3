"""Parents, links and customers as fields, and values of several parts."""

import pytest

from productops.errors import ConfigError, RejectedError, UnknownOutcomeError
from productops.sdk.record import Draft, Option, Patch, Unreadable
from productops.testing.sandbox.faults import Fault
from productops.testing.sandbox.productboard import STANDARD_TOKEN


def only(outcomes):
    (outcome,) = outcomes
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def sent(world, method):
    return [one.request.path.partition("/v2")[2] for one in world.endpoint.log if one.request.method == method]


def links(world, name, kind):
    return [world.service.named(id_).fields["name"] for relation, _, id_ in world.service.named(name).links
            if relation == kind]  # fmt: skip


@pytest.fixture
def goals(world):
    return [world.service.add("objective", name=f"Goal {number}").id for number in range(3)]


def test_a_parent_and_links_travel_with_the_create(world, goals):
    web = world.service.add("component", name="Web")
    features = world.features
    record = only(features.create([Draft({"name": "Search", "parent": web.id, "link.objective": goals[:2]})]))
    assert record.fields["parent"] == web.id
    assert record.fields["link.objective"] == goals[:2]
    assert record.fields["link.initiative"] is None
    assert sent(world, "POST").count("/entities") == 1  # and nothing after it that could get lost
    assert [path for path in sent(world, "POST") if "relationships" in path] == []


def test_only_what_differs_is_linked_and_unlinked(world, goals):
    features = world.features
    record = only(features.create([Draft({"name": "Search", "link.objective": goals[:2]})]))
    theme = world.service.add("initiative", name="Speed")
    world.service.link("Search", "link", "Speed")
    changed = only(features.update([Patch(record.id, {"link.objective": goals[1:]})]))
    assert changed.fields["link.objective"] == goals[1:]
    assert changed.fields["link.initiative"] == [theme.id]  # not named, so not touched
    assert links(world, "Search", "link") == ["Goal 1", "Speed", "Goal 2"]
    assert len([path for path in sent(world, "DELETE") if "/relationships/link/" in path]) == 1
    before = len(world.endpoint.log)
    only(features.update([Patch(record.id, {"link.objective": goals[1:]})]))
    assert {one.request.method for one in list(world.endpoint.log)[before:]} == {"GET"}  # nothing differs, nothing sent
    assert only(features.update([Patch(record.id, {"link.objective": None})])).fields["link.objective"] is None
    assert links(world, "Search", "link") == ["Speed"]


def test_moving_below_another_parent_replaces_and_a_feature_cannot_be_an_orphan(world):
    web = world.service.add("component", name="Web")
    features = world.features
    record = next(iter(features.scan()))
    moved = only(features.update([Patch(record.id, {"parent": web.id})]))
    assert moved.fields["parent"] == web.id
    assert links(world, "Dark mode", "parent") == ["Web"]
    with pytest.raises(RejectedError, match="without a parent"):
        only(features.update([Patch(record.id, {"parent": None})]))
    with pytest.raises(RejectedError):
        only(features.update([Patch(record.id, {"parent": record.id})]))
    assert links(world, "Dark mode", "parent") == ["Web"]


def test_blocking_is_read_from_both_ends(world):
    one, two = (only(world.features.create([Draft({"name": name})])) for name in ("One", "Two"))
    only(world.features.update([Patch(one.id, {"isBlockedBy": [two.id]})]))
    assert world.features.get([two.id])[two.id].fields["isBlocking"] == [one.id]


def test_more_relationships_than_a_record_shows_are_read_to_the_end(world, goals):
    objectives = world.account.objectives()
    made = [world.service.add("feature", name=f"Idea {number}").id for number in range(130)]
    for id_ in made:
        world.service.link(id_, "link", goals[0])
    assert objectives.get([goals[0]])[goals[0]].fields["link.feature"] == made
    kept = only(objectives.update([Patch(goals[0], {"link.feature": made[1:]})]))
    assert kept.fields["link.feature"] == made[1:]  # the last ones were not taken for gone


def test_relationships_that_nobody_asked_for_cost_nothing(world, goals):
    for number in range(130):
        world.service.link(world.service.add("feature", name=f"Idea {number}").id, "link", goals[0])
    before = world.endpoint.requests()
    records = list(world.account.objectives().scan(fields=["name"]))
    assert len(records) == 3
    assert world.endpoint.requests() - before == 2  # the configuration and a page


def test_a_notes_customer_is_text_that_names_who(world):
    notes = world.account.notes()
    note = only(notes.create([Draft({"name": "Call", "customer": "Ada Lind <ada@example.com>"}, marker="n-1")]))
    assert note.fields["customer"] == "Ada Lind <ada@example.com>"
    ada = world.service.named("ada@example.com")
    assert note.fields["customer.user"] == ada.id
    assert note.fields["customer.company"] is None
    again = only(notes.create([Draft({"name": "Mail", "customer": "ADA@example.com"})]))
    assert again.fields["customer.user"] == ada.id  # found, not made twice
    assert len(world.service.all("user")) == 1
    only(notes.update([Patch(again.id, {"customer": "Ben <ben@example.com>"})]))
    assert links(world, "Mail", "customer") == ["Ben"]
    assert only(notes.update([Patch(again.id, {"customer": None})])).fields["customer"] is None
    assert links(world, "Mail", "customer") == []


def test_a_company_as_customer(world):
    acme = world.service.add("company", name="Acme")
    notes = world.account.notes()
    note = only(notes.create([Draft({"name": "Call", "customer.company": acme.id})]))
    assert (note.fields["customer.company"], note.fields["customer"]) == (acme.id, None)
    only(notes.update([Patch(note.id, {"customer": None})]))  # there is no user to take away
    assert links(world, "Call", "customer") == ["Acme"]
    only(notes.update([Patch(note.id, {"customer": "ada@example.com", "customer.company": None})]))
    assert links(world, "Call", "customer") == ["ada@example.com"]
    with pytest.raises(RejectedError, match="one customer"):
        only(notes.update([Patch(note.id, {"customer": "ada@example.com", "customer.company": acme.id})]))


def test_a_note_without_a_name_gets_the_beginning_of_its_text(world):
    notes = world.account.notes()
    note = only(notes.create([Draft({"content": "It is **slow**\n\nand " + "long " * 40})]))
    (held,) = world.service.all("textNote")
    assert held.fields["name"].startswith("It is slow and long long")
    assert len(held.fields["name"]) <= 80
    assert note.fields["name"] is None  # it has none of its own
    assert only(notes.update([Patch(note.id, {"name": "Slow"})])).fields["name"] == "Slow"
    assert isinstance(notes.create([Draft({"tags": ["a"]})])[0], RejectedError)


def test_nobody_is_made_for_a_note_that_is_refused(world):
    notes = world.account.notes()
    for fields in ({"customer": "Ada"}, {"customer": "Ada <ada@example.com>", "name": "x" * 300}):
        with pytest.raises(RejectedError):
            only(notes.create([Draft({"name": "Call", **fields})]))
    assert world.service.all("user") == []


def test_hundred_notes_list_the_customers_once(world):
    for number in range(100):
        world.service.add("user", name=f"C{number}", email=f"c{number}@example.com")
        world.service.add("textNote", name=f"Note {number}")
        world.service.link(f"Note {number}", "customer", f"C{number}")
    notes = world.account.notes()
    notes.schema()
    before = world.endpoint.requests()
    assert {one.fields["customer"] for one in notes.scan()} == {f"C{n} <c{n}@example.com>" for n in range(100)}
    assert world.endpoint.requests() - before <= 33  # a page of notes, some one by one, a page of customers


def test_a_customer_whose_making_was_lost_is_found_by_the_next_look(world):
    notes = world.account.notes()
    draft = Draft({"name": "Call", "customer": "Ada <ada@example.com>"}, marker="n-1")
    world.endpoint.faults.add("POST", r"/v2/entities", "drop_after_commit")
    assert isinstance(notes.create([draft])[0], UnknownOutcomeError)
    assert world.service.all("textNote") == []
    assert len(world.service.all("user")) == 1
    world.clock.sleep(120)
    only(notes.create([draft]))
    assert len(world.service.all("user")) == 1


def test_notes_of_a_customer_who_may_still_be_made_wait(world):
    notes = world.account.notes()
    drafts = [Draft({"name": f"No. {number}", "customer": "ada@example.com"}) for number in range(2)]
    world.endpoint.faults.add("POST", r"/v2/entities", Fault("late_commit", seconds=20))
    assert [type(one) for one in notes.create(drafts)] == [UnknownOutcomeError] * 2
    world.clock.sleep(120)
    assert [only([one]).fields["customer"] for one in notes.create(drafts)] == ["ada@example.com"] * 2
    assert len(world.service.all("user")) == 1


def test_a_hidden_customer_is_neither_shown_nor_made_twice(world):
    world.service.add("user", name="Ada", email="ada@example.com")
    world.service.add("textNote", name="Call")
    world.service.link("Call", "customer", "ada@example.com")
    world.service.tokens[STANDARD_TOKEN] -= {"users:pii:read"}
    notes = world.account.notes()
    (note,) = notes.scan()
    assert isinstance(note.fields["customer"], Unreadable)
    with pytest.raises(ConfigError, match="hidden"):
        only(notes.update([Patch(note.id, {"customer": "ada@example.com"})]))
    assert len(world.service.all("user")) == 1


def test_a_note_is_linked_to_features(world):
    search = world.service.add("feature", name="Search")
    notes = world.account.notes()
    note = only(notes.create([Draft({"name": "Call", "link.feature": [search.id]})]))
    assert note.fields["link.feature"] == [search.id]
    dark = world.service.named("Dark mode")
    only(notes.update([Patch(note.id, {"link.feature": [dark.id]})]))
    assert links(world, "Call", "link") == ["Dark mode"]
    features = world.account.features(scores=True)
    assert {one.fields["name"]: one.fields["score"] for one in features.scan()} == {"Search": 0, "Dark mode": 1}
    assert features.schema().field("Customer score").read_only


def test_a_link_whose_type_is_not_told_is_looked_up(world, monkeypatch):
    note = world.service.add("textNote", name="Call")
    world.service.link("Call", "link", "Dark mode")
    shown = world.wire_shows(monkeypatch, "link")
    (record,) = world.account.notes().scan()
    assert (record.id, record.fields["link.feature"]) == (note.id, [world.service.named("Dark mode").id])
    assert shown


def test_times_health_and_progress(world):
    results = world.account.key_results()
    draft = Draft({"name": "Speed", "timeframe": "Q4 2026", "progress.startValue": 10.0, "progress.targetValue": 2.0})
    record = only(results.create([draft]))
    assert record.fields["timeframe"] == "Q4 2026"
    assert world.service.named("Speed").fields["progress"] == {"startValue": 10.0, "targetValue": 2.0}
    changed = only(results.update([Patch(record.id, {"progress.currentValue": 5.0, "timeframe": "2026-12-01"})]))
    assert world.service.named("Speed").fields["progress"]["targetValue"] == 2.0  # the other parts stay
    assert changed.fields["timeframe"] == "2026-12-01"
    world.service.edit("Speed", health={"status": "atRisk", "comment": "late"})
    assert results.get([record.id])[record.id].fields["health"] == Option("atRisk")
    only(results.update([Patch(record.id, {"health": Option("onTrack"), "progress.startValue": None})]))
    held = world.service.named("Speed").fields
    assert held["health"] == {"mode": "manual", "status": "onTrack", "comment": "late"}
    assert held["progress"] == {"targetValue": 2.0, "currentValue": 5.0}
    with pytest.raises(RejectedError, match="Q4 2026"):
        only(results.update([Patch(record.id, {"timeframe": "soon"})]))
