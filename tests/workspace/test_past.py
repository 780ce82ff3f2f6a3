"""Any past state, from the present one and what happened since; judged by copies that were made at the time."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import BaseModel, JsonValue

from productops import demo
from productops.errors import GoneError, StaleError
from productops.model.feedback import Feedback
from productops.model.launch import Launch
from productops.model.roadmap import Roadmap, RoadmapItem
from productops.workspace import past
from productops.workspace.differing import ABSENT, differences, take_back

START = datetime(2025, 1, 1, tzinfo=UTC)


class Page(BaseModel):
    """A record whose parts have ids of their own."""

    id: str
    parts: list[dict[str, JsonValue]] = []
    more: dict[str, JsonValue] = {}
    text: str = ""


def edited(page, luck):
    """One random change, sometimes several."""
    parts = [dict(part) for part in page.parts]
    for _ in range(luck.randint(1, 3)):
        kind = luck.randrange(7)
        if kind == 0 or not parts:
            parts.insert(luck.randint(0, len(parts)), {"id": f"p/{luck.randrange(40)}~", "n": 1})
        elif kind == 1:
            parts.pop(luck.randrange(len(parts)))
        elif kind == 2:
            luck.shuffle(parts)
        elif kind == 3:
            luck.choice(parts)["n"] = luck.choice([None, 1, 1.0, True, "é\x00", [], {}, {"a/b": 1}])
        elif kind == 4:
            luck.choice(parts).pop("n", None)
        else:
            luck.choice(parts)["parts"] = [
                {"id": f"q{number}", "n": luck.randrange(3)} for number in luck.sample(range(5), luck.randint(0, 4))
            ]
    unique = list({part["id"]: part for part in parts}.values())
    more = {
        "id": luck.choice("ab"),
        "x": luck.randrange(3),
        "a.b/c": luck.choice([[], [1], [{"id": "1"}], [{"id": 1}]]),
    }
    return Page(id=page.id, parts=unique, more=luck.choice([more, page.more]), text=luck.choice(["", "a", "b"]))


@pytest.mark.parametrize("seed", range(8))
def test_every_difference_can_be_taken_back(seed):
    luck = random.Random(seed)
    page = Page(id="x")
    for _ in range(200):
        after = edited(page, luck)
        old, new = page.model_dump(mode="json"), after.model_dump(mode="json")
        state = after.model_dump(mode="json")
        for path, before, _ in reversed(list(differences(old, new))):
            take_back(state, path, before)
        assert state == old
        assert repr(state) == repr(old) or dict(state) == old
        page = after


def test_one_field_of_one_part_is_one_event():
    old = {"id": "a", "parts": [{"id": "b/c", "n": 1}, {"id": "d", "n": 1}], "tags": ["x"]}
    new = {"id": "a", "parts": [{"id": "b/c", "n": 2}, {"id": "d", "n": 1}, {"id": "e"}], "tags": ["x", "y"]}
    assert list(differences(old, new)) == [
        ("parts/b~1c/n", 1, 2),
        ("parts/e", ABSENT, {"id": "e"}),
        ("tags", ["x"], ["x", "y"]),
    ]
    assert list(differences({"n": 1}, {"n": 1.0})) == [("n", 1, 1.0)]
    assert list(differences({"n": None}, {})) == [("n", None, ABSENT)]


@pytest.mark.parametrize("every", [4, 64])
def test_any_moment_is_as_it_was(ws, monkeypatch, every):
    monkeypatch.setattr("productops.workspace.writing.EVERY", every)
    monkeypatch.setattr("productops.workspace.past.CHUNK", 3)
    ws.register("page", Page)
    luck = random.Random(every)
    there, told = {}, []
    for step in range(80):
        at = START + timedelta(minutes=step // 2)  # two changes a moment
        key = f"x{luck.randrange(8)}"
        if key not in there:
            there[key] = ws.save(Page(id=key), over=ws.version(Page(id=key)) or None, at=at)
        elif luck.random() < 0.1:
            ws.delete(there.pop(key), at=at)
        else:
            there[key] = ws.save(edited(there[key], luck), over=ws.version(there[key]), at=at)
        told.append((at, dict(there)))
    for at, then in dict(told).items():
        view = ws.as_of(at)
        assert {page.id: page for page in view.all(Page)} == then
        assert view.count(Page) == len(then)
        for key in luck.sample([f"x{number}" for number in range(8)], 2):
            if key in then:
                assert view.get(Page, key) == then[key]
            else:
                with pytest.raises(GoneError):
                    view.get(Page, key)
    assert list(ws.as_of(START - timedelta(seconds=1)).all(Page)) == []


def test_few_changes_are_undone_however_many_there_were(ws, monkeypatch):
    item = ws.add(Feedback(id="fb_1", text="x"), at=START)
    with ws.batch():
        for number in range(1, 300):
            item.title = f"title {number}"
            ws.save(item, at=START + timedelta(minutes=number))
    undone = []
    plain = past.undo
    monkeypatch.setattr(past, "undo", lambda text, events: undone.append(len(events)) or plain(text, events))
    days = [0, 1, 62, 63, 64, 65, 127, 128, 200, 298, 299]
    titles = [ws.as_of(START + timedelta(minutes=number)).get(Feedback, "fb_1").title for number in days]
    assert titles == [None, *(f"title {number}" for number in days[1:])]
    assert 0 < max(undone) <= 64


def test_finding_in_the_past(ws):
    item = ws.add(RoadmapItem(id="item_1", title="Export", status="idea"), at=START)
    item.status = "doing"
    ws.save(item, at=START + timedelta(days=1))
    view = ws.as_of(START)
    assert [each.id for each in view.find(RoadmapItem, status="idea")] == ["item_1"]
    assert list(view.find(RoadmapItem, status="doing")) == []
    assert list(ws.find(RoadmapItem, status="idea")) == []
    assert repr(view) == "<Workspace as of 2025-01-01T00:00:00+00:00>"


def test_what_was_read_from_the_past_replaces_nothing_newer(ws):
    item = ws.add(RoadmapItem(id="item_1", title="Export"), at=START)
    ws.save(ws.as_of(START).get(RoadmapItem, "item_1"))
    item.title = "CSV"
    ws.save(item, at=START + timedelta(days=1))
    old = ws.as_of(START).get(RoadmapItem, "item_1")
    with pytest.raises(StaleError, match="is in version 2, and the copy to be saved is of version 1"):
        ws.save(old)
    ws.save(old, over=2)
    assert ws.get(RoadmapItem, "item_1").title == "Export"


def test_history_names_the_field_within_a_launch_and_who_changed_it(ws):
    launch = ws.add(demo.company().launch("winter"))
    was = ws.last_change()
    item = launch.checklist.items[0]
    item.owner = None
    launch.checklist.items = [*launch.checklist.items[1:], item]
    ws.save(launch, by="noor", reason="she left", source="jira", run="run-1")
    events = ws.history(launch)[1:]
    assert [event.field for event in events] == ["checklist/items/in order", f"checklist/items/{item.id}/owner"]
    assert {(event.by, event.reason, event.source, event.run, event.version) for event in events} == {
        ("noor", "she left", "jira", "run-1", 2)
    }
    assert ws.as_of(was).get(Launch, launch.id) == demo.company().launch("winter")
    assert ws.history(Launch, launch.id) == ws.history(launch)


def test_a_creation_is_one_event_with_the_whole_record(ws):
    roadmap = ws.add(demo.company().roadmap)
    (event,) = ws.history(roadmap)
    assert (event.field, event.old, event.version) == ("*", None, 1)
    assert Roadmap.model_validate(event.new) == roadmap
    ws.delete(roadmap)
    gone = ws.history(Roadmap, roadmap.id)[-1]
    assert (gone.field, gone.new) == ("*", None)
    assert Roadmap.model_validate(gone.old) == roadmap


def test_changes_between_two_moments(ws):
    for day in range(5):
        ws.add(Feedback(id=f"fb_{day}", text="x"), at=START + timedelta(days=day))
    ws.add(RoadmapItem(id="item_1", title="x"), at=START + timedelta(days=9))

    def ids(*between, **more):
        return [event.entity_id for event in ws.changes(*between, **more)]

    assert ids() == ["fb_0", "fb_1", "fb_2", "fb_3", "fb_4", "item_1"]
    assert ids(START, START + timedelta(days=2)) == ["fb_1", "fb_2"]
    assert ids(START + timedelta(days=3)) == ["fb_4", "item_1"]
    assert ids(of=RoadmapItem) == ["item_1"]
    assert ws.last_change() == START + timedelta(days=9)


def test_a_clock_that_was_set_back_does_not_mix_up_the_order(ws, monkeypatch):
    item = ws.add(Feedback(id="fb_1", text="x"))
    now = item and ws.last_change()
    monkeypatch.setattr("productops.workspace.home._now", lambda: 1_000_000)
    item.title = "later"
    ws.save(item)
    assert ws.history(item)[-1].at == now
    assert ws.as_of(now).get(Feedback, "fb_1").title == "later"
