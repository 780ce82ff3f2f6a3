"""Ids, entities, open enumerations and change events."""

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from productops.model import base
from productops.model.base import ChangeEvent, Entity, ExternalRef, OpenEnum, Reading, new_id

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
moments = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 - the zone comes from the strategy
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001 - the zone comes from the strategy
    timezones=st.builds(lambda hours: timezone(timedelta(hours=hours)), st.integers(-12, 14)),
)


class Status(OpenEnum):
    OPEN = "open"
    IN_REVIEW = "in_review"
    UNKNOWN = "unknown"


class Note(Entity):
    id_prefix: ClassVar[str] = "note"
    schema_version: int = 3
    upgrades: ClassVar[dict[int, base.Upgrade]] = {
        1: lambda old: {**{k: v for k, v in old.items() if k != "body"}, "text": old["body"]},
        2: lambda old: {**old, "text": old["text"].strip()},
    }
    text: str = ""
    name: str = ""
    status: Status = Status.OPEN


def test_ids_sort_in_the_order_they_were_made_even_when_the_clock_is_set_back(monkeypatch):
    ids = [new_id("fb") for _ in range(300)]
    monkeypatch.setattr(base.time, "time_ns", lambda: 1)
    ids += [new_id("fb") for _ in range(300)]
    assert ids == sorted(set(ids))
    assert all(len(i) == len("fb_") + 26 for i in ids)


def test_an_id_carries_its_millisecond(monkeypatch):
    monkeypatch.setattr(base, "last", 0)
    monkeypatch.setattr(base.time, "time_ns", lambda: 1_790_000_000_123_456_789)
    number = 0
    for letter in new_id("x").removeprefix("x_"):
        number = number * 32 + base.BASE32.index(letter)
    assert number >> 80 == 1_790_000_000_123


@pytest.mark.parametrize("prefix", ["", "Fb", "a-b", "a b", "_a", "a_"])
def test_a_bad_prefix_is_refused(prefix):
    with pytest.raises(ValueError, match="prefix"):
        new_id(prefix)


def test_an_entity_gets_an_id_of_its_class_and_equal_times():
    note = Note()
    assert note.id.startswith("note_")
    assert note.created_at == note.updated_at
    assert note.created_at.tzinfo is UTC


def test_a_naive_time_is_refused_with_help():
    with pytest.raises(ValidationError, match=r"no time zone.*tzinfo=UTC"):
        Note(created_at=datetime(2026, 9, 30))  # noqa: DTZ001 - naive on purpose


def test_assignment_is_validated_and_unknown_fields_are_refused():
    note = Note()
    with pytest.raises(ValidationError):
        note.updated_at = datetime(2026, 9, 30)  # noqa: DTZ001 - naive on purpose
    with pytest.raises(ValidationError):
        Note(colour="red")  # type: ignore[call-arg] # refused on purpose
    note.tags = [" a", "b", "a ", ""]
    assert note.tags == ["a", "b"]


@settings(max_examples=60)
@given(
    custom=st.dictionaries(texts, jsons, max_size=4),
    tags=st.lists(texts),
    at=moments,
    text=texts,
    key=texts.filter(str.strip),
)
def test_json_out_and_in_loses_nothing(custom, tags, at, text, key):
    ref = ExternalRef(system="jira", key=key, last_seen_at=at)
    note = Note(custom=custom, tags=tags, created_at=at, text=text, external=[ref])
    for options in ({}, {"exclude_unset": True}):
        again = Note.model_validate_json(note.model_dump_json(**options))
        assert again == note
        assert repr(again.custom) == repr(note.custom)
    assert note.created_at == at
    assert note.created_at.utcoffset() == timedelta(0)
    assert Note(tags=note.tags).tags == note.tags


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_numbers_json_cannot_hold_are_refused(number):
    with pytest.raises(ValidationError, match="finite"):
        Note(custom={"deep": [{"x": number}]})


def test_old_data_is_upgraded_step_by_step_and_left_as_it_was():
    old: dict[str, Any] = {"id": "note_1", "schema_version": 1, "body": " hi "}
    note = Note.model_validate(old)
    assert (note.text, note.schema_version) == ("hi", 3)
    assert old == {"id": "note_1", "schema_version": 1, "body": " hi "}


@pytest.mark.parametrize("version", [0, 4, "1"])
def test_data_of_a_version_without_a_way_is_refused(version):
    with pytest.raises(ValidationError, match="schema version"):
        Note.model_validate({"schema_version": version})


def test_repr_is_one_short_line():
    assert repr(Note(id="note_1")) == "<Note note_1>"
    long = repr(Note(id="note_1", name="two\nlines " * 500))
    assert "\n" not in long
    assert len(long) < 100


def test_the_schema_names_every_field():
    schema = Note.json_schema()
    assert set(schema["properties"]) == set(Note.model_fields)
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("name", "kind"), [("RoadmapItem", "roadmap_item"), ("KPITarget", "kpi_target"), ("Note", "note")]
)
def test_the_kind_is_the_class_name_in_snake_case(name, kind):
    assert type(name, (Entity,), {}).entity_kind() == kind


def test_our_own_code_cannot_write_an_illegal_value():
    with pytest.raises(ValueError, match="open, in_review, unknown"):
        Status("parked")
    with pytest.raises(ValidationError, match=r"open.*in_review.*unknown"):
        Note(status="parked")
    note = Note()
    with pytest.raises(ValidationError):
        note.status = "parked"


@settings(max_examples=60)
@given(st.none() | texts | st.integers())
def test_reading_never_fails_and_keeps_the_text(raw):
    reading = Status.read(raw)
    assert reading.value in Status
    assert reading.raw == (None if raw is None else str(raw))


def test_reading_forgives_spelling_and_knows_aliases():
    assert Status.read(" In-Review ").value is Status.IN_REVIEW
    assert Status.read("Under Review", {"under review": "in_review"}) == Reading(Status.IN_REVIEW, "Under Review")
    with pytest.raises(ValueError, match="not a Status"):
        Status.read("x", {"x": "typo"})


def test_an_entity_keeps_an_unknown_text_until_a_known_one_comes():
    note = Note(custom={"a": 1})
    note.take("status", Status.read("Parked"))
    assert (note.status, note.custom) == (Status.UNKNOWN, {"a": 1, "status_raw": "Parked"})
    note.take("status", Status.read("open"))
    assert (note.status, note.custom) == (Status.OPEN, {"a": 1})


def test_a_reading_can_be_a_field():
    adapter = TypeAdapter(Reading[Status])
    assert adapter.validate_json(adapter.dump_json(Status.read("Parked"))) == Status.read("Parked")


def test_an_enumeration_without_unknown_is_refused():
    with pytest.raises((TypeError, RuntimeError)):

        class Closed(OpenEnum):
            A = "a"


def test_change_events_are_immutable_and_survive_json():
    event = ChangeEvent(entity_id="a_1", entity_kind="note", field="text", old="a", new=["b"], at=datetime.now(UTC))
    assert ChangeEvent.model_validate_json(event.model_dump_json()) == event
    with pytest.raises(ValidationError):
        event.new = "c"
