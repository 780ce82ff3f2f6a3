"""Entities in and out: equal, checked, one version after the other."""

import copy
import pickle
import threading
from datetime import UTC, date, datetime

import pytest
from pydantic import BaseModel, Field, field_serializer

from productops import demo
from productops.errors import ConfigError, GoneError, RejectedError, StaleError
from productops.model.base import ChangeEvent
from productops.model.feedback import Feedback
from productops.model.people import Account, PersonRef
from productops.model.process_value import ProcessReview
from productops.model.roadmap import RoadmapItem, Snapshot
from productops.workspace.home import Workspace

LEFT_OUT = (ChangeEvent, ProcessReview, Snapshot)  # they say nothing that tells one from another


def note(number=1, **more):
    return Feedback(id=f"fb_{number}", text="Please add CSV export", **more)


def test_everything_the_company_has_goes_in_and_comes_out_equal(ws):
    company = demo.company()
    there = {}
    with ws.batch():
        for record in company.records():
            if isinstance(record, LEFT_OUT):
                continue
            # Two revisions of one canvas: the later replaces the earlier.
            ws.save(record, over=ws.version(record) or None)
            key = getattr(record, "id", record.model_dump_json())
            there[type(record), key] = record
    assert len(there) > 230
    found = [item for model in {model for model, _ in there} for item in ws.all(model)]
    assert {(type(item), getattr(item, "id", item.model_dump_json())): item for item in found} == there
    assert all(ws.get(model, item.id) == item for (model, _), item in there.items() if hasattr(item, "id"))


def test_get_all_and_count(ws):
    assert ws.add_all(note(number) for number in range(1_203)) == 1_203
    assert ws.count(Feedback) == 1_203
    assert [item.id for item in ws.all(Feedback)] == sorted(f"fb_{number}" for number in range(1_203))
    assert list(ws.all(RoadmapItem)) == []
    with pytest.raises(GoneError, match="Feedback fb_none is not there") as caught:
        ws.get(Feedback, "fb_none")
    assert caught.value.record == "fb_none"


def test_what_is_taken_is_refused_and_nothing_of_its_batch_stays(ws):
    ws.add(note(1))
    with pytest.raises(RejectedError, match="Feedback fb_1 is there already"):
        ws.add_all([note(7), note(1)])
    with pytest.raises(RejectedError, match="Feedback fb_8 is there already") as caught:
        ws.add_all([note(8), note(8)])
    assert caught.value.fields == {"id": "is taken"}
    assert [item.id for item in ws.all(Feedback)] == ["fb_1"]


@pytest.mark.parametrize(
    ("broken", "field", "says"),
    [
        (note().model_copy(update={"stars": 9}), "stars", "less than or equal to 5"),
        (note().model_copy(update={"tags": [" late "]}), "tags", "would come back as"),
        (note().model_copy(update={"theme": 7}), "theme", "str"),
        (note().model_copy(update={"custom": {"x": float("nan")}}), "custom", "would come back as"),
        (note().model_copy(update={"title": "half \ud83d"}), "title", "surrogate"),
        (note().model_copy(update={"state": "soon"}), "state", "soon"),
    ],
    ids=["too many", "not clean", "a number", "not a number", "half a character", "no state"],
)
def test_what_would_not_come_back_equal_is_refused_by_its_field(ws, broken, field, says):
    for put in (ws.add, ws.save):
        with pytest.raises(RejectedError, match="Feedback fb_1 is refused") as caught:
            put(broken)
        assert says in caught.value.fields[field]
        assert caught.value.record == "fb_1"
    assert ws.count(Feedback) == 0


@pytest.mark.parametrize("key", ["", "a\nb", "a\x00b", "x" * 301, None])
def test_an_id_that_cannot_be_one_is_refused(ws, key):
    class Ticket(BaseModel):
        id: str | None

    ws.register("ticket", Ticket)
    with pytest.raises(RejectedError, match="cannot be one"):
        ws.add(Ticket(id=key))


def test_saving_is_one_version_further_and_quiet_without_a_change(ws):
    item = ws.add(note())
    assert ws.version(item) == 1
    ws.save(item)
    assert ws.version(item) == 1
    item.title = "CSV"
    assert ws.save(item) is item
    assert (ws.version(item), len(ws.history(item))) == (2, 2)
    assert ws.version(note(2)) == 0


def test_a_stale_copy_is_refused_and_both_versions_are_shown(ws):
    ws.add(note())
    mine, theirs = ws.get(Feedback, "fb_1"), ws.get(Feedback, "fb_1")
    theirs.title = "Export"
    ws.save(theirs, by="noor")
    mine.title = "CSV"
    for act in (ws.save, ws.delete):
        with pytest.raises(StaleError) as caught:
            act(mine)
        said = str(caught.value)
        assert "in version 2" in said
        assert "of version 1" in said
        assert 'title: there "Export", here "CSV"' in said
        assert "Changed by noor" in said
        assert "over=2" in said
    ws.save(mine, over=2)
    assert ws.get(Feedback, "fb_1").title == "CSV"


def test_what_was_not_read_here_replaces_nothing_unasked(ws, tmp_path):
    ws.add(note())
    with pytest.raises(StaleError, match="was not read from this workspace"):
        ws.save(note(title="New"))
    with Workspace(tmp_path / "other.db") as other:
        there = other.add(note(title="There"))
        with pytest.raises(StaleError, match="was not read from this workspace"):
            ws.save(there)
    ws.save(note(title="New"), over=ws.version(note()))
    assert ws.get(Feedback, "fb_1").title == "New"


@pytest.mark.parametrize(
    "copied",
    [
        lambda item: item.model_copy(),
        lambda item: item.model_copy(deep=True),
        copy.copy,
        copy.deepcopy,
        lambda item: pickle.loads(pickle.dumps(item)),
    ],
    ids=["model_copy", "deep", "copy", "deepcopy", "pickle"],
)
def test_a_copy_is_of_the_version_it_was_made_from_and_nothing_shows_it(ws, copied):
    ws.add(note())
    item = copied(ws.get(Feedback, "fb_1"))
    assert item == note(created_at=item.created_at, updated_at=item.updated_at, received_at=item.received_at)
    assert "shown" not in repr((item, item.model_dump(), dict(item), item.model_dump_json()))
    item.title = "CSV"
    assert ws.version(ws.save(item)) == 2


def test_deleted_is_gone_and_comes_back(ws):
    item = ws.add(note())
    ws.delete(item)
    assert (ws.count(Feedback), list(ws.all(Feedback))) == (0, [])
    with pytest.raises(GoneError, match="was deleted"):
        ws.get(Feedback, "fb_1")
    with pytest.raises(StaleError, match="is not there"):
        ws.delete(item)
    ws.save(item)
    assert (ws.get(Feedback, "fb_1"), ws.version(item)) == (item, 3)
    ws.delete(item)
    ws.add(note(title="Again"))
    assert ws.get(Feedback, "fb_1").title == "Again"
    assert [event.version for event in ws.history(item)] == [1, 2, 3, 4, 5]


def test_a_copy_of_what_was_deleted_is_stale(ws):
    ws.add(note())
    mine = ws.get(Feedback, "fb_1")
    ws.delete(ws.get(Feedback, "fb_1"))
    with pytest.raises(StaleError, match="was deleted since"):
        ws.save(mine)


def test_a_batch_is_kept_whole_or_not_at_all(ws):
    item = ws.add(note())
    item.title = "One"

    def half():
        with ws.batch():
            ws.save(item)
            ws.add(note(2))
            assert ws.count(Feedback) == 2
            assert ws.get(Feedback, "fb_1").title == "One"
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert ws.count(Feedback) == 1
    assert ws.get(Feedback, "fb_1").title is None
    # Nor does the entity believe that it was stored.
    ws.save(item)
    assert (ws.get(Feedback, "fb_1").title, ws.version(item)) == ("One", 2)


def test_what_fails_within_a_batch_leaves_nothing_while_the_batch_goes_on(ws):
    ws.add(note(999))
    kept = note(1)
    with ws.batch():
        ws.add(kept)
        many = [note(number) for number in range(2, 700)]
        with pytest.raises(RejectedError):
            ws.add_all([*many, note(999)])  # of which the first five hundred were put in already
        with pytest.raises(ZeroDivisionError), ws.batch():
            raise ZeroDivisionError(ws.add(note(700)))
        with pytest.raises(ConfigError):
            ws.sql("SELECT nonsense FROM feedback")
        ws.add(many[3])
    assert [item.id for item in ws.all(Feedback)] == ["fb_1", "fb_5", "fb_999"]
    ws.save(many[0])
    kept.title = "x"
    ws.save(kept)
    assert ws.version(kept) == 2


def test_a_batch_says_where_its_changes_come_from(ws):
    with ws.batch(source="jira", run="run-7", by=None):
        first = ws.add(note(1))
        second = ws.add(note(2), by="noor", reason="asked twice")
    third = ws.add(note(3))
    said = [
        (event.by, event.source, event.run, event.reason)
        for item in (first, second, third)
        for event in ws.history(item)
    ]
    assert said == [(None, "jira", "run-7", None), ("noor", "jira", "run-7", "asked twice"), ("ada", None, None, None)]


def test_reading_goes_on_while_writing(ws):
    ws.add_all(note(number) for number in range(1_100))
    for number, item in enumerate(ws.all(Feedback)):
        if number % 60 == 0:
            item.title = "seen"
            ws.save(item)
    assert sum(1 for _ in ws.find(Feedback, title="seen")) == 19
    with ws.batch():
        for item in ws.all(Feedback):
            item.title = "twice"
            ws.save(item)
    assert ws.count(Feedback) == sum(1 for _ in ws.find(Feedback, title="twice")) == 1_100


def test_a_reading_is_of_one_moment(ws):
    ws.add_all(note(number) for number in range(1_100))
    before = [item.id for item in ws.all(Feedback)]
    reading = ws.all(Feedback)
    first = next(reading)
    with ws.batch():
        ws.add(Feedback(id="fb_z", text="later"))
        ws.delete(ws.get(Feedback, before[-1]))
    assert [first.id, *(item.id for item in reading)] == before
    assert [item.id for item in ws.all(Feedback)][-2:] == [before[-2], "fb_z"]


def test_threads_do_not_see_each_others_unfinished_batch(ws):
    seen = []
    with ws.batch():
        ws.add(note())
        reader = threading.Thread(target=lambda: seen.append(ws.count(Feedback)))
        reader.start()
        reader.join()
    assert (seen, ws.count(Feedback)) == ([0], 1)


# --- asking


def test_find_by_values_and_functions(ws):
    ws.add(RoadmapItem(id="item_1", title='a "quoted" title', status="doing", due=date(2026, 12, 1), tags=["b2b"]))
    ws.add(RoadmapItem(id="item_2", title="Zoë's Ünïcode\n🙂", status="done", owner=PersonRef(name="Ada")))
    ws.add(RoadmapItem(id="item_3", title="plain", description='"title":"a \\"quoted\\" title"'))

    def ids(*predicates, **equals):
        return [item.id for item in ws.find(RoadmapItem, *predicates, **equals)]

    assert ids(title='a "quoted" title') == ["item_1"]
    assert ids(title="Zoë's Ünïcode\n🙂") == ["item_2"]
    assert ids(status="done") == ["item_2"]
    assert ids(owner=PersonRef(name="Ada")) == ["item_2"]
    assert ids(owner=None) == ["item_1", "item_3"]
    assert ids(due=date(2026, 12, 1)) == ["item_1"]
    assert ids(tags=["b2b"]) == ["item_1"]
    assert ids(due=lambda due: due is not None and due > date(2026, 11, 1)) == ["item_1"]
    assert ids(lambda item: len(item.title) < 6) == ["item_3"]
    assert ids(lambda item: item.title, status="idea", due=None) == ["item_3"]
    assert ids(title="half \ud83d") == ids(title=7) == []
    with pytest.raises(ConfigError, match="RoadmapItem has no field 'stage'"):
        ws.find(RoadmapItem, stage="x")
    with pytest.raises(ConfigError, match="cannot be asked"):
        ws.find(RoadmapItem, "x")


def test_a_users_model_is_kept_as_it_is(ws):
    class Deal(BaseModel):
        number: int
        market: str
        name: str = Field(default="?", alias="Name")
        secret: str = Field(default="", exclude=True)

    with pytest.raises(ConfigError, match=r'ws.register\("deal", Deal\)'):
        ws.add(Deal(number=1, market="DACH"))
    ws.register("deal", Deal, key=("market", "number"))
    ws.register("deal", Deal, key=("market", "number"))
    first, second = Deal(number=1, market="a/b", Name="One"), Deal(number=1, market="a")
    ws.add_all([first, second])
    assert list(ws.all(Deal)) == [second, first]
    assert list(ws.find(Deal, name="One")) == [first]
    second.market = "c"
    ws.save(second)
    assert ws.count(Deal) == 3  # another market is another deal


def test_a_field_that_is_rewritten_in_json_is_asked_of_the_entity(ws):
    class Shouted(BaseModel):
        id: str
        word: str

        @field_serializer("word")
        def shout(self, word: str) -> str:
            return word[::-1]

    ws.register("shouted", Shouted)
    with pytest.raises(RejectedError, match="word: 'ab' would come back as 'ba'"):
        ws.add(Shouted(id="s1", word="ab"))
    ws.add(Shouted(id="s1", word="aba"))
    assert [item.id for item in ws.find(Shouted, word="aba")] == ["s1"]


@pytest.mark.parametrize(
    ("name", "model", "says"),
    [
        ("feedback", Account, "taken already"),
        ("my accounts", Account, "cannot name a kind"),
        ("accounts", Account, "is kept as 'account' already"),
        ("snapshot", Snapshot, "has no field 'id'"),
    ],
)
def test_a_name_or_class_is_registered_once(ws, name, model, says):
    with pytest.raises(ConfigError, match=says):
        ws.register(name, model)


def test_fields_that_a_class_got_later_are_found_too(ws):
    class Ticket(BaseModel):
        id: str

    ws.register("ticket", Ticket)
    ws.add(Ticket(id="t1"))

    class Later(Ticket):
        grade: str = "low"

    with Workspace(ws._store.location) as later:
        later.register("ticket", Later)
        assert [item.grade for item in later.find(Later, grade="low")] == ["low"]
        item = later.get(Later, "t1")
        item.grade = "high"
        later.save(item)
        assert [(event.field, event.old, event.new) for event in later.history(item)][1:] == [("grade", None, "high")]
        before = later.as_of(later.history(item)[0].at).get(Later, "t1")
        assert before.grade == "low"


def test_dates_of_changes(ws):
    item = ws.add(note(), at=datetime(2025, 1, 1, tzinfo=UTC))
    item.title = "x"
    with pytest.raises(RejectedError, match="changed last at 2025-01-01"):
        ws.save(item, at=datetime(2024, 12, 31, tzinfo=UTC))
    with pytest.raises(RejectedError, match="lies in the future"):
        ws.save(item, at=datetime(2126, 1, 1, tzinfo=UTC))
    with pytest.raises(ConfigError, match="has no time zone"):
        ws.save(item, at=datetime(2025, 1, 1))  # noqa: DTZ001  that is the point
    ws.save(item, at=datetime(2025, 1, 1, tzinfo=UTC))
    assert [event.at for event in ws.history(item)] == [datetime(2025, 1, 1, tzinfo=UTC)] * 2
