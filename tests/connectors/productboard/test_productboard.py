"""Reading and writing a workspace: what the service does differently from others."""

from datetime import timedelta

import pytest

from productops.connectors.productboard import Productboard
from productops.errors import AuthError, ConfigError, GoneError, IncompleteListingError, RejectedError
from productops.sdk.record import Draft, Option, Patch, Unreadable, User
from productops.testing.sandbox.productboard import STANDARD_TOKEN


def only(outcomes):
    (outcome,) = outcomes
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def id_of(collection, name):
    return collection.schema().field(name).id


def test_the_configuration_names_the_fields(world):
    schema = world.features.schema()
    assert schema.field("Size").kind == "choice"
    assert [option.name for option in schema.field("Size").options] == ["S", "L"]
    assert len(schema.field("Size").id) == 36  # custom fields go by UUID
    assert schema.field("Parent").kind == "link"
    assert schema.field("Objectives").kind == "links"
    assert "Archived" not in {field.name for field in schema.fields}


def test_a_listing_of_several_pages_is_whole_and_the_links_host_is_not_asked(world):
    for number in range(250):
        world.service.add("feature", name=f"Idea {number}")
    records = list(world.features.scan())
    assert len({record.id for record in records}) == len(records) == 251
    assert world.endpoint.requests("GET", "/v2/entities") == 3
    # the links lead to another host and have lost their filter; neither is believed
    asked = [one.request for one in world.endpoint.log if one.request.path == "/v2/entities"]
    assert [request.params("type[]") for request in asked] == [["feature"]] * 3


def test_a_page_that_leads_back_is_no_end(world):
    for number in range(150):
        world.service.add("feature", name=f"Idea {number}")
    world.endpoint.faults.add("GET", r"/v2/entities", "repeated_token", times=9)
    with pytest.raises(IncompleteListingError):
        list(world.features.scan())


def test_since_a_moment_goes_through_search(world):
    world.clock.sleep(60)
    since = world.clock.now()
    world.service.edit("Dark mode", name="Night mode")
    world.service.add("feature", name="New")
    world.clock.sleep(60)
    assert {one.fields["name"] for one in world.features.scan(since=since)} == {"Night mode", "New"}
    assert list(world.features.scan(since=since + timedelta(seconds=1))) == []
    assert world.endpoint.requests("POST", "/v2/entities/search") == 2
    assert world.account.users().features.cursor is None


def test_a_new_record_is_read_again_as_the_answer_holds_no_fields(world):
    features = world.features
    draft = Draft({"name": "Search", id_of(features, "Size"): Option("", "L"), "description": "**Now** & *then*"})
    with pytest.raises(RejectedError, match="no option"):
        only(features.create([draft]))
    size = features.schema().field("Size").options[1]
    record = only(features.create([Draft({**draft.fields, id_of(features, "Size"): size}, marker="m-1")]))
    assert record.fields[id_of(features, "Size")] == size
    assert record.fields["description"].markdown == "**Now** \\& *then*"
    assert record.fields["tags"] is None  # told to be empty, not left out
    assert record.marker == "m-1"
    assert world.service.named("Search").fields["description"] == "<p><b>Now</b> &amp; <i>then</i></p>"
    found = features.find(["m-1", "m-2"], world.clock.now())
    assert [len(records) for records in found.values()] == [1, 0]


def test_without_a_parent_the_remedy_says_what_to_do(world):
    outcome = world.account.features().create([Draft({"name": "x"})])[0]
    assert isinstance(outcome, RejectedError)
    assert "parent=" in outcome.remedy


def test_tags_that_somebody_added_meanwhile_stay(world):
    features = world.features
    record = next(iter(features.scan()))
    assert record.fields["tags"] == ["ui"]
    only(features.update([Patch(record.id, {"tags": ["ui", "dark"]})]))
    sent = next(one for one in reversed(world.endpoint.log) if one.request.method == "PATCH").request.json()
    assert sent["data"] == {"patch": [{"op": "addItems", "path": "tags", "value": [{"name": "dark"}]}]}
    only(features.update([Patch(record.id, {"tags": ["dark"]})]))
    assert world.service.named("Dark mode").fields["tags"] == [{"name": "dark"}]
    before = world.endpoint.requests("PATCH")
    only(features.update([Patch(record.id, {"tags": ["dark"]})]))
    assert world.endpoint.requests("PATCH") == before  # nothing differs, nothing is sent


def test_people_go_by_email_and_null_clears(world):
    features = world.features
    record = next(iter(features.scan()))
    assert record.fields["owner"].email == "mira@example.com"
    changed = only(features.update([Patch(record.id, {"owner": User("", email="t@example.com")})]))
    assert changed.fields["owner"].email == "t@example.com"
    assert only(features.update([Patch(record.id, {"owner": None})])).fields["owner"] is None
    with pytest.raises(RejectedError):
        only(features.update([Patch(record.id, {"owner": User("", email="nobody@example.com")})]))


def test_what_is_redacted_is_neither_kept_nor_written(world):
    world.service.add("user", name="Ada", email="ada@example.com")
    world.service.tokens[STANDARD_TOKEN] -= {"users:pii:read", "members:pii:read"}
    record = next(iter(world.account.users().scan()))
    assert isinstance(record.fields["email"], Unreadable)
    assert [person.email for person in world.account.people()] == [None, None]
    assert next(iter(world.features.scan())).fields["owner"].email is None
    with pytest.raises(RejectedError):
        only(world.account.users().update([Patch(record.id, {"email": "[redacted]"})]))
    with pytest.raises(ConfigError, match="hidden"):
        world.account.customer("ada@example.com")


def test_deleting_archives_and_takes_nothing_below_with_it(world):
    feature = world.service.named("Dark mode")
    only_below = world.account.subfeatures(parent=feature.id)
    child = only(only_below.create([Draft({"name": "Part"})]))
    assert world.features.delete([feature.id]) == [None]
    assert world.endpoint.requests("DELETE") == 0
    assert child.id in world.service.world.things
    assert list(world.features.scan()) == []
    assert world.features.get([feature.id])[feature.id].trashed
    assert world.features.restore([feature.id]) == [None]
    assert len(list(world.features.scan())) == 1


def test_a_record_that_is_gone(world):
    missing = "0" * 8 + "-0000-4000-8000-" + "0" * 12
    assert world.features.get([missing]) == {}
    assert isinstance(world.features.update([Patch(missing, {"name": "x"})])[0], GoneError)


def test_another_programs_source_is_left_alone(world):
    thing = world.service.named("Dark mode")
    thing.source = {"system": "zendesk", "recordId": "7"}
    record = only(world.features.update([Patch(thing.id, {"name": "Night"}, marker="m-1")]))
    assert thing.source == {"system": "zendesk", "recordId": "7"}
    assert record.marker is None


def test_a_customer_is_found_or_made_before_a_note_is_linked(world):
    notes = world.account.notes()
    note = only(notes.create([Draft({"name": "Call", "content": "They *like* it", "tags": ["call"]}, marker="n-1")]))
    for customer in ("Ada Lind <ada@example.com>", "ADA@example.com"):
        only(notes.update([Patch(note.id, {"customer": customer})]))
    assert world.account.customer("ada@example.com") == world.service.named("ada@example.com").id
    with pytest.raises(ConfigError, match="no e-mail"):
        world.account.customer("Ada")
    users = [one for one in world.service.world.things.values() if one.type == "user"]
    assert [one.fields["email"] for one in users] == ["ada@example.com"]
    assert world.service.named("Call").links == [("customer", "user", users[0].id)]
    assert notes.find(["n-1"], world.clock.now())["n-1"][0].id == note.id


def test_the_content_of_a_highlighted_note_stays_and_the_rest_is_written(world):
    notes = world.account.notes()
    note = only(notes.create([Draft({"name": "Call", "content": "Slow"})]))
    world.service.highlight("Call", "Dark mode")
    outcome = notes.update([Patch(note.id, {"content": "Fast", "name": "Call back", "tags": ["a"]})])[0]
    assert isinstance(outcome, RejectedError)
    assert list(outcome.fields) == ["content"]
    held = world.service.named("Call back").fields
    assert (held["content"], held["tags"]) == ("<p>Slow</p>", [{"name": "a"}])


def test_a_refusal_names_the_field(world):
    outcome = world.features.create([Draft({"name": "x", "owner": User("", email="nobody@example.com")})])[0]
    assert isinstance(outcome, RejectedError)
    assert outcome.fields == {"owner": "The member does not exist."}


def test_the_gateways_own_refusal_of_a_token(world):
    stranger = world.connect(Productboard, "nobody")
    with pytest.raises(AuthError) as caught:
        list(stranger.features().scan())
    assert "access token" in caught.value.remedy
    assert "nobody" not in str(caught.value)
    assert not stranger.check()
    assert world.account.check()


def test_a_token_goes_to_no_other_address():
    with pytest.raises(ConfigError, match="https"):
        Productboard("pb", url="http://example.com")
    with pytest.raises(ConfigError, match="token"):
        Productboard()
    assert "pb-secret" not in repr(Productboard("pb-secret"))


def test_from_the_environment(monkeypatch):
    monkeypatch.delenv("PRODUCTBOARD_TOKEN", raising=False)
    with pytest.raises(ConfigError, match="PRODUCTBOARD_TOKEN"):
        Productboard.from_env()
    monkeypatch.setenv("PRODUCTBOARD_TOKEN", "pb")
    monkeypatch.setenv("PRODUCTBOARD_URL", "http://127.0.0.1:1")
    assert repr(Productboard.from_env()) == "<Productboard 127.0.0.1:1>"
