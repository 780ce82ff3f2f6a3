"""Reading: schema, records, people, and how few requests that takes."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from jira_world import START, World
from productops.errors import ConfigError, IncompleteListingError, MappingError, UnavailableError
from productops.sdk import Mapping, Option, RichText, User, choice, markdown, person

Make = Callable[..., World]


def test_the_schema_names_kinds_options_and_reasons(world: World) -> None:
    schema = world.issues(type=["Story", "Bug"]).schema()
    kinds = {
        "Summary": "text", "Description": "markdown", "Status": "choice", "Priority": "choice", "Issue Type": "choice",
        "Assignee": "person", "Labels": "labels", "Parent": "link", "Due date": "date", "Impact": "choice",
        "Regions": "choices", "Reach": "number", "Spec": "url", "Details": "markdown", "Kick-off": "datetime",
        "Area": "choice", "Watchers-in-chief": "people", "Fix versions": "choices", "Created": "datetime",
    }  # fmt: skip
    assert {name: schema.field(name).kind for name in kinds} == kinds
    assert [one.name for one in schema.field("status").options] == ["To Do", "In Progress", "In Review", "QA", "Done"]
    assert [one.name for one in schema.field("Area").options] == ["Web", "Web > Cart", "Web > Search", "App"]
    assert [one.name for one in schema.field("issuetype").options] == ["Story", "Bug"]
    summary = schema.field("summary")
    assert (summary.required, summary.max_length, summary.read_only) == (True, 255, None)
    assert schema.field("created").read_only == "Jira computes it"
    assert "create screen" in str(schema.field("resolution").read_only)
    assert schema.field("Key").id == "issuekey"


def test_two_fields_of_one_name_are_told_apart_by_id(world: World) -> None:
    schema = world.issues().schema()
    with pytest.raises(ConfigError, match="customfield_10038, customfield_10039"):
        schema.field("Twin")
    assert schema.field("customfield_10039").name == "Twin"


def test_versions_and_components_are_options(make: Make) -> None:
    world = make(projects=[{"key": "PROD", "versions": ["1.0"], "components": ["Shop"], "types": ["Story"]}])
    schema = world.issues().schema()
    assert [one.name for one in schema.field("Fix versions").options] == ["1.0"]
    assert [one.name for one in schema.field("Components").options] == ["Shop"]


def test_a_required_field_is_required(make: Make) -> None:
    screens = {"create": ["summary", "Reach"], "edit": ["summary", "Reach"], "required": ["Reach"]}
    world = make(projects=[{"key": "PROD", "types": ["Story"], "screens": screens}])
    schema = world.issues().schema()
    assert schema.field("Reach").required
    assert "create screen of PROD for Story" in str(schema.field("Impact").read_only)


def test_data_center_text_is_no_markdown(make: Make) -> None:
    class Item(BaseModel):
        title: str
        text: str | None = None

    issues = make("DataCenter").issues()
    assert issues.schema().field("Description").kind == "text"
    with pytest.raises(MappingError, match="wiki markup"):
        Mapping(Item, title="summary", text=markdown("description")).on(issues).bind()
    assert Mapping(Item, title="summary", text="description").on(issues).bind().field_ids == ["description", "summary"]


def fill(world: World) -> str:
    tomas = next(user for user in world.issues().people() if user.name == "Tomas Reed")
    name = "accountId" if world.site.site.cloud else "name"
    rich = "Some text" if not world.site.site.cloud else {"version": 1, "type": "doc", "content": [paragraph("Some")]}
    return world.add(
        "Everything",
        {
            "description": rich,
            "Impact": {"value": "High"},
            "Regions": [{"value": "EU"}, {"value": "US"}],
            "Reach": 3,
            "Kick-off": "2026-02-01T10:00:00.000+0100",
            "duedate": "2026-03-01",
            "labels": ["a", "b"],
            "assignee": {name: tomas.id},
            "Area": {"value": "Web", "child": {"value": "Cart"}},
            "Watchers-in-chief": [{name: tomas.id}],
        },
    )


def paragraph(text: str) -> dict[str, Any]:
    return {"type": "paragraph", "content": [{"type": "text", "text": text}]}


def test_values_are_plain(either: World) -> None:
    id_ = fill(either)
    issues = either.issues()
    record = issues.get([id_])[id_]
    shown = {issues.schema().field(id_).name: value for id_, value in record.fields.items()}
    assert shown["Impact"].name == "High"
    assert [one.name for one in shown["Regions"]] == ["EU", "US"]
    assert shown["Reach"] == 3
    assert shown["Kick-off"] == datetime(2026, 2, 1, 9, tzinfo=UTC)
    assert shown["Due date"] == date(2026, 3, 1)
    assert shown["Labels"] == ["a", "b"]
    assert shown["Assignee"].name == "Tomas Reed"
    assert shown["Area"].name == "Web > Cart"
    assert [one.name for one in shown["Watchers-in-chief"]] == ["Tomas Reed"]
    assert shown["Parent"] is None
    assert (record.key, record.url) == ("PROD-1", "https://jira.example.com/browse/PROD-1")
    assert record.created == record.updated == START
    assert isinstance(shown["Description"], RichText if either.site.site.cloud else str)


def test_only_the_fields_that_are_asked_for_travel(world: World) -> None:
    id_ = fill(world)
    issues = world.issues()
    record = next(issues.scan(None, ["Impact", "summary"]))
    assert set(record.fields) == {"summary", issues.schema().field("Impact").id}
    body = world.endpoint.log[-1].request.json()
    assert body["fields"] == ["created", "updated", issues.schema().field("Impact").id, "summary"]
    assert record.id == id_


def test_how_many_requests_it_takes(make: Make) -> None:
    world = make(noise=60)
    for number in range(230):
        world.add(f"No {number}")
    issues = world.issues()
    issues.schema()
    assert len(list(issues.people())) == 3
    assert len(world.sent()) <= 8
    assert len(list(issues.scan(None, ["summary", "status"]))) == 230
    paths = [path.removeprefix("/rest/api/3/") for _, path in world.sent()]
    assert paths == ["search/jql", "issue/bulkfetch", "issue/bulkfetch", "issue/bulkfetch"]
    world.clock.advance(timedelta(hours=1))
    assert list(issues.scan(world.clock.now(), ["summary", "status"])) == []
    assert len(world.sent()) == 1


def test_a_listing_streams(world: World) -> None:
    for number in range(150):
        world.add(f"No {number}")
    issues = world.issues()
    issues.schema()
    world.sent()
    listing = issues.scan(None, ["summary"])
    next(listing)
    assert len(world.sent()) == 2


def test_changes_since_are_found_once(either: World) -> None:
    old, new = either.add("Old"), either.add("New")
    issues = either.issues()
    issues.schema()
    either.clock.advance(timedelta(minutes=10))
    either.site.edit("PROD-2", {"summary": "Newer"}, at=either.clock.now())
    found = list(issues.scan(either.clock.now(), ["summary"]))
    assert [(record.id, record.fields["summary"]) for record in found] == [(new, "Newer")]
    assert found[0].version != issues.get([old])[old].version


def test_reads_by_id_see_what_searches_do_not_yet(make: Make) -> None:
    world = make(search_lag=30.0)
    id_ = world.add("Just now")
    issues = world.issues()
    assert list(issues.scan(None, ["summary"])) == []
    assert list(issues.get([id_])) == [id_]


def test_a_field_that_is_left_out_is_not_fetched_but_no_parent_is_none(world: World) -> None:
    world.add()
    issues = world.issues()
    issues.schema()
    send = issues.api.call
    bare = {"issues": [{"id": "10000", "key": "PROD-1", "fields": {"summary": "x"}}]}
    issues.api.call = lambda method, path, **more: (  # type: ignore[method-assign]
        bare if path == "issue/bulkfetch" else send(method, path, **more)
    )
    found = issues.get(["10000"], ["summary", "parent", "duedate"])["10000"]
    assert found.fields == {"summary": "x", "parent": None}
    assert (found.version, found.updated) == (None, None)


def test_what_is_missing_is_absent(either: World) -> None:
    id_ = either.add()
    assert set(either.issues().get(["424242", id_, id_], ["summary"])) == {id_}
    assert either.issues().get([]) == {}


def test_a_moved_issue_keeps_its_id(either: World) -> None:
    id_ = either.add("Moving")
    issues = either.issues()
    assert issues.get([id_])[id_].key == "PROD-1"
    either.site.move("PROD-1", "OPS", at=either.clock.now())
    found = issues.get([id_], ["summary", "Key"])[id_]
    assert (found.id, found.key, found.fields["issuekey"]) == (id_, "OPS-1", "OPS-1")
    assert [record.id for record in issues.scan(None, ["summary"])] == []


def test_a_hidden_e_mail_is_unknown(either: World) -> None:
    users = {user.name: user for user in either.issues().people()}
    assert users["Mira Quill"].email == "mira@example.com"
    assert users["Ines Vale"].email is None or not either.site.site.cloud
    assert users["Ines Vale"].active


def test_a_batch_that_could_not_be_read_is_no_whole_listing(world: World) -> None:
    world.add()
    issues = world.issues()
    issues.schema()
    answers = iter([{"issues": [], "issueErrors": [{"id": "10000"}]}] * 2)
    send = issues.api.call
    issues.api.call = lambda method, path, **more: (  # type: ignore[method-assign]
        next(answers) if path == "issue/bulkfetch" else send(method, path, **more)
    )
    with pytest.raises(IncompleteListingError):
        list(issues.scan(None, ["summary"]))


def test_a_read_is_tried_again(world: World) -> None:
    world.add()
    world.faults.add("POST", ".*/bulkfetch", "error_500", times=2)
    assert len(list(world.issues().scan(None, ["summary"]))) == 1
    world.faults.add("POST", ".*/search/jql", "drop_before_commit", times=None)
    with pytest.raises(UnavailableError) as caught:
        list(world.issues().scan(None, ["summary"]))
    assert caught.value.operation == "list PROD"


def test_models_through_a_mapping(world: World) -> None:
    class Item(BaseModel):
        title: str
        text: str | None = None
        stage: str | None = None
        owner: dict[str, str | None] | None = None
        due: date | None = None

    fill(world)
    mapping = Mapping(
        Item,
        title="summary",
        text=markdown("description"),
        stage=choice("status", idea="To Do", doing=["In Progress", "In Review", "QA"], done="Done"),
        owner=person("assignee"),
        due="duedate",
    )
    found = list(mapping.on(world.issues()))
    assert found == [
        Item(
            title="Everything",
            text="Some",
            stage="idea",
            owner={"name": "Tomas Reed", "email": "tomas@example.com"},
            due=date(2026, 3, 1),
        )
    ]


def test_the_check_lists_what_the_account_may_not_do(world: World) -> None:
    issues = world.issues()
    found = issues.check()
    assert found.ok
    assert found.who == "Mira Quill"
    assert found.details == ("project PROD: Story",)
    held = {"BROWSE_PROJECTS": {"havePermission": True}}
    send = issues.api.call
    issues.api.call = lambda method, path, **more: (  # type: ignore[method-assign]
        {"permissions": held} if path == "mypermissions" else send(method, path, **more)
    )
    lines = issues.check()
    assert lines.ok
    assert "may not create issues: needs the permission CREATE_ISSUES" in lines.details
    held.clear()
    assert not issues.check()


def test_what_counts_as_the_same_after_a_lost_answer(world: World) -> None:
    issues = world.issues()
    field = issues.schema().field
    shown = issues.get([fill(world)]).popitem()[1].fields
    assert issues.same(field("description"), "Some", shown["description"])
    assert not issues.same(field("description"), "Other", shown["description"])
    assert issues.same(field("summary"), " Every\nthing ", "Every thing")
    start = datetime(2026, 1, 1, 0, 0, 0, 123456, tzinfo=UTC)
    assert issues.same(field("Kick-off"), start, start.replace(microsecond=123000))
    assert issues.same(field("Impact"), Option("1", "a"), Option("1", "b"))
    assert not issues.same(field("assignee"), User("1"), User("2"))
    assert issues.same(field("description"), "", None)
