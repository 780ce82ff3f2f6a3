"""The reference connector: it keeps every promise that its features declare."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from productops import connectors
from productops.connectors.memory import Memory, MemoryCollection
from productops.errors import ConfigError, GoneError, RejectedError
from productops.sdk import Draft, Field, Option, Patch, Record, Settle, Unreadable

START = datetime(2026, 5, 1, tzinfo=UTC)
FIELDS: dict[str, Any] = {
    "Name": "text",
    "Stage": ["Inbox", "Shipped"],
    "Tags": Field("tags", "Tags", "choices", (Option("t1", "red"), Option("t2", "blue"))),
    "Short": Field("short", "Short", "text", max_length=5),
    "Score": Field("score", "Score", "number", read_only="computed"),
}


class Clock:
    """A clock that goes on by a second with every look."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


def made(**values: Any) -> MemoryCollection:
    ideas = Memory(now=Clock()).collection("ideas", FIELDS)
    if values:
        ideas.add(**values)
    return ideas


def test_what_was_forgotten_is_told_by_name() -> None:
    with pytest.raises(GoneError, match=r"ideas has no record 'ideas-9'\. Memory forgets"):
        Memory().collection("ideas", {"Name": "text"}).edit("ideas-9", Name="x")


def test_an_account_keeps_its_collections() -> None:
    account = Memory()
    ideas = account.collection("ideas", FIELDS)
    assert account.collection("ideas") is ideas
    assert account.collection("ideas", FIELDS) is ideas
    assert account.collection("notes") is not ideas
    assert account.check()
    assert ideas.check()
    assert repr(account) == "<Memory>"
    with pytest.raises(ConfigError, match="exists with other fields"):
        account.collection("ideas", {"Name": "text"})


def test_a_kind_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ConfigError, match="'Name': there is no kind 'txt'"):
        Memory().collection("ideas", {"Name": "txt"})  # type: ignore[dict-item]


def test_people_type_names_and_the_service_keeps_ids() -> None:
    ideas = made(Name="Dark mode", stage="Inbox", Tags=["red", "blue"])
    [record] = ideas.scan()
    assert record.fields == {
        "Name": "Dark mode",
        "Stage": Option("Stage:Inbox"),
        "tags": [Option("t1"), Option("t2")],
        "short": None,
        "score": None,
    }
    assert (record.id, record.key, record.version) == ("ideas-1", "ideas-1", "1")
    assert record.created == record.updated == START + timedelta(seconds=1)
    assert ideas.edit("ideas-1", Stage="", Tags=None).fields["Stage"] == ""


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"Stage": "Inbx"}, r"'Stage' has no option 'Inbx'\. It has: 'Inbox', 'Shipped'"),
        ({"Tags": ["red", "green"]}, "no option 'green'"),
        ({"Stage": Option("nope", "Nope")}, "'Stage' has no option 'Nope'"),
        ({"Short": "too long"}, "'short' takes 5 characters"),
        ({"Score": 3}, "'score' cannot be written: computed"),
        ({"Name": Unreadable("x")}, "cannot take an unreadable value"),
    ],
)
def test_what_a_field_does_not_take_is_refused_and_nothing_is_stored(values: dict[str, Any], message: str) -> None:
    ideas = made()
    with pytest.raises(RejectedError, match=message):
        ideas.add(**values)
    assert list(ideas.scan()) == []
    ideas.add(Name="x")
    with pytest.raises(RejectedError, match=message):
        ideas.edit("ideas-1", **values)
    assert next(ideas.scan()).version == "1"


def test_an_unknown_field_is_refused_whoever_writes_it() -> None:
    ideas = made(Name="x")
    with pytest.raises(ConfigError, match="Did you mean 'Name'"):
        ideas.add(Nam="x")
    [outcome] = ideas.create([Draft({"quux": 1})])
    assert isinstance(outcome, RejectedError)
    assert outcome.fields == {"quux": "is not a field"}


def test_a_required_field_is_required_at_creation_only() -> None:
    ideas = Memory().collection("ideas", {"Name": Field("Name", "Name", required=True), "More": "text"})
    for fields in ({}, {"Name": ""}, {"Name": None}):
        [outcome] = ideas.create([Draft(fields)])
        assert isinstance(outcome, RejectedError)
        assert outcome.fields == {"Name": "is required"}
    ideas.add(Name="x")
    assert isinstance(ideas.update([Patch("ideas-1", {"More": "y"})])[0], Record)


def test_outcomes_come_in_order_and_one_failure_stops_no_other() -> None:
    ideas = made()
    outcomes = ideas.create([Draft({"Name": "a"}), Draft({"Score": 1}), Draft({"Name": "c"})])
    assert [type(outcome) for outcome in outcomes] == [Record, RejectedError, Record]
    changes = ideas.update(
        [Patch("ideas-1", {"Name": "A"}), Patch("ideas-9", {"Name": "?"}), Patch("ideas-2", {"Name": "C"})]
    )
    assert [type(outcome) for outcome in changes] == [Record, GoneError, Record]
    assert [record.fields["Name"] for record in ideas.scan()] == ["A", "C"]


def test_a_repeated_create_with_the_same_marker_changes_nothing() -> None:
    ideas = made()
    first = ideas.create([Draft({"Name": "a"}, "m1")])[0]
    again = ideas.create([Draft({"Name": "b"}, "m1")])[0]
    assert isinstance(first, Record)
    assert isinstance(again, Record)
    assert (again.id, again.fields["Name"], again.existed, first.existed) == (first.id, "a", True, False)
    assert len(list(ideas.scan())) == 1
    ideas.delete([first.id])
    assert ideas.create([Draft({"Name": "c"}, "m1")])[0].id != first.id


def test_an_update_writes_only_what_it_names_and_claims_when_asked() -> None:
    ideas = made(Name="a", Stage="Inbox")
    [changed] = ideas.update([Patch("ideas-1", {"Name": None}, marker="m1")])
    assert isinstance(changed, Record)
    assert (changed.fields["Name"], changed.fields["Stage"], changed.marker, changed.version) == (
        None,
        Option("Stage:Inbox"),
        "m1",
        "2",
    )
    [kept] = ideas.update([Patch("ideas-1", {"Name": "b"})])
    assert isinstance(kept, Record)
    assert kept.marker == "m1"
    assert kept.updated > changed.updated > kept.created


def test_scanning_since_a_moment_includes_that_moment() -> None:
    ideas = made(Name="a")
    ideas.add(Name="b")
    ideas.add(Name="c")
    second = list(ideas.scan())[1].updated
    assert [record.fields for record in ideas.scan(second, ["Name"])] == [{"Name": "b"}, {"Name": "c"}]
    ideas.edit("ideas-1", Name="A")
    assert [record.id for record in ideas.scan(second)] == ["ideas-1", "ideas-2", "ideas-3"]


def test_a_scan_is_not_disturbed_by_writes_during_it() -> None:
    ideas = made(Name="a")
    for record in ideas.scan():
        ideas.add(Name=f"after {record.id}")
    assert len(list(ideas.scan())) == 2


def test_a_deletion_is_a_move_to_the_trash() -> None:
    ideas = made(Name="a")
    assert ideas.delete(["ideas-1", "ideas-9"])[0] is None
    assert isinstance(ideas.delete(["ideas-9"])[0], GoneError)
    assert list(ideas.scan()) == []
    trashed = ideas.get(["ideas-1", "ideas-9"])
    assert list(trashed) == ["ideas-1"]
    assert trashed["ideas-1"].trashed
    assert ideas.delete(["ideas-1"]) == [None]
    assert ideas.get(["ideas-1"])["ideas-1"].updated == trashed["ideas-1"].updated
    with pytest.raises(GoneError):
        ideas.edit("ideas-1", Name="b")


def test_records_are_found_by_marker_if_they_are_young_enough_and_live() -> None:
    ideas = made()
    ideas.create([Draft({"Name": "a"}, "m1"), Draft({"Name": "b"}, "m2"), Draft({"Name": "c"})])
    assert {marker: [r.id for r in found] for marker, found in ideas.find(["m1", "m3"], START).items()} == {
        "m1": ["ideas-1"],
        "m3": [],
    }
    created = ideas.get(["ideas-2"])["ideas-2"].created
    assert created is not None
    found = ideas.find(["m1", "m2"], created)
    assert ([r.id for r in found["m1"]], [r.id for r in found["m2"]]) == ([], ["ideas-2"])
    ideas.delete(["ideas-2"])
    assert ideas.find(["m2"], START) == {"m2": []}


def test_nothing_is_shared_with_callers() -> None:
    ideas = made()
    tags = [Option("t1")]
    fields = {"Name": "a", "tags": tags}
    created = ideas.create([Draft(fields, "m1")])[0]
    again = ideas.create([Draft(fields, "m1")])[0]
    for record in (
        created,
        again,
        next(ideas.scan()),
        ideas.get(["ideas-1"])["ideas-1"],
        ideas.find(["m1"], START)["m1"][0],
    ):
        record.fields["Name"] = "changed behind the back"
        record.fields["tags"].append("x")
    tags.append(Option("t2"))
    fields["Name"] = "changed too"
    assert next(ideas.scan()).fields["Name"] == "a"
    assert next(ideas.scan()).fields["tags"] == [Option("t1")]


def test_time_is_the_accounts() -> None:
    ideas = made()
    assert ideas.server_time() == START + timedelta(seconds=1)
    assert ideas.settle() == Settle(timedelta(0), timedelta(0))


def test_connectors_are_imported_on_first_use() -> None:
    assert connectors.Memory is Memory
    assert dir(connectors) == sorted(connectors.__all__)
    assert "Memory" in connectors.__all__
    with pytest.raises(AttributeError, match="has no attribute 'Memry'"):
        connectors.Memry  # noqa: B018  asking is the test
