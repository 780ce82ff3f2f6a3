"""Whom we owe something: to be told once, to be forgotten wholly, and not to be kept for ever."""

import sqlite3
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from productops import demo
from productops.errors import ConfigError, RejectedError, StaleError
from productops.model.base import ExternalRef
from productops.model.feedback import Feedback, Insight, LoopClosure, Outcome, Span
from productops.model.launch import Launch
from productops.model.people import Person, PersonRef
from productops.model.roadmap import RoadmapItem
from productops.sync.plan import Plan
from productops.workspace import tables as t
from productops.workspace.home import Workspace
from productops.workspace.retention import Keep
from sync.desk import Desk

ADA = PersonRef(name="Ada Muster", email="ada@example.com", external=(ExternalRef(system="zendesk", key="zd-4711"),))
START = datetime(2025, 1, 1, tzinfo=UTC)


# --- closing the loop


@pytest.fixture
def launched(ws):
    company = demo.company()
    ws.add_all(company.feedback)
    ws.add_all(company.insights)
    ws.add_all(company.closures)
    ws.add(company.roadmap)
    ws.add_all(company.launches)
    for number in range(3):
        note = Feedback(id=f"fb_x{number}", text="x", requester=PersonRef(email=f"p{number}@example.com"))
        ws.add_all(
            [
                note,
                Insight(feedback_id=note.id, target_id="item_01"),
                Insight(feedback_id=note.id, target_id="launch_winter"),
            ]
        )
    return ws


def test_everybody_who_asked_is_told_once(launched):
    launch = launched.get(Launch, "launch_winter")
    drafted = launched.closures(launch)
    assert len(drafted.notices) > 1
    notice = drafted.notices[0]
    assert launched.claim(notice, by="mailer")
    assert not launched.claim(notice)
    assert notice.key not in {each.key for each in launched.closures(launch).notices}
    assert {each.feedback_id for each in launched.unsettled()} == set(notice.feedback_ids)
    told = launched.mark_notified(notice, message_ref="msg-1", by="mailer")
    assert {(each.outcome, each.message_ref) for each in told} == {(Outcome.NOTIFIED, "msg-1")}
    assert len(told) == len(notice.wishes)
    assert launched.mark_notified(notice) == []
    assert not launched.claim(notice)
    assert launched.unsettled() == []
    assert launched.history(told[0])[0].field == "*"
    other = drafted.notices[1]
    assert len(launched.mark_notified(other)) == len(other.wishes)  # without a claim
    assert launched.mark_notified(other) == []
    with pytest.raises(RejectedError, match="cannot be unknown"):
        launched.mark_notified(other, outcome="unknown")


def test_what_bounced_may_be_sent_again(launched):
    launch = launched.get(Launch, "launch_winter")
    notice = launched.closures(launch).notices[0]
    assert launched.claim(notice)
    launched.mark_notified(notice, outcome="bounced")
    assert launched.closures(launch, retry_bounced=True).notices[0].key == notice.key
    assert launched.claim(notice)
    launched.mark_notified(notice)
    assert notice.key not in {each.key for each in launched.closures(launch, retry_bounced=True).notices}


TELLER = """
import os, sys
from productops.model.launch import Launch
from productops.workspace.home import Workspace
location, dies = sys.argv[1], int(sys.argv[2])
with Workspace(location) as ws:
    sys.stdin.readline()
    for number, notice in enumerate(ws.closures(ws.get(Launch, "launch_winter")).notices):
        if ws.claim(notice):
            print(notice.key, flush=True)
            if number == dies:
                os._exit(9)
            ws.mark_notified(notice)
"""


def test_nobody_is_told_twice_by_many_processes_of_which_some_die(launched):
    location = launched._store.location
    wanted = {notice.key for notice in launched.closures(launched.get(Launch, "launch_winter")).notices}
    tellers = [
        subprocess.Popen(
            [sys.executable, "-c", TELLER, location, dies], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for dies in ("0", "1", "99")
    ]
    for teller in tellers:
        teller.stdin.write("go\n")
        teller.stdin.flush()
    sent = [key for teller in tellers for key in teller.communicate(timeout=120)[0].split()]
    assert sorted(sent) == sorted(wanted)
    assert not launched.closures(launched.get(Launch, "launch_winter"))
    assert len(launched.unsettled()) <= 2 * max(len(sent), 1)
    assert tellers[-1].returncode == 0


# --- forgetting


def everything_stored(ws):
    """All text of all tables, as one."""
    with ws._store.reading() as connection:
        return "\n".join(
            str(tuple(row)) for table in t.tables.sorted_tables for row in connection.execute(select(table))
        )


def lived(ws):
    """A person in every place there is, now and earlier."""
    note = ws.add(
        Feedback(
            id="fb_1", text="Ada Muster here. Please call ADA, or write to ada@example.com. The export is broken.",
            requester=ADA, external=[ExternalRef(system="zendesk", key="T-1", url="http://example.com/T-1")],
            custom={"contact": {"name": "Ada Muster", "email": "ada@example.com"}, "Ada Muster": 1},
        ),
        at=START, by="email:ada@example.com", reason="Ada Muster asked",
    )  # fmt: skip
    text = note.text
    at = text.index("The export is broken")
    link = ws.add(
        Insight(id="ins_1", feedback_id="fb_1", target_id="item_1", span=Span(start=at, end=len(text))), at=START
    )
    ws.add(Feedback(id="fb_2", text="Nothing to do with anybody"), at=START)
    item = ws.add(RoadmapItem(id="item_1", title="Export", owner=ADA), at=START)
    person = ws.add(Person(id="person_1", name="Ada Muster", email="ada@example.com"), at=START)
    with ws.batch(at=START + timedelta(days=1)):
        for number in range(66):
            item.title = f"Export for Ada Muster {number}"
            ws.save(item)
        item.title, item.owner = "Export", None
        ws.save(item)
        person.email = "other@example.com"
        ws.save(person)
        note.title = "From Ádá  Mustér"
        ws.save(note)
        link.comment = "Ada says it twice"
        link.span = Span(start=at, end=at + 10)
        ws.save(link)
        gone = ws.add(Feedback(id="fb_gone", text="ada.muster wrote this", requester=PersonRef(name="Ada Muster")))
        ws.delete(gone)
    return note


def test_a_forgotten_person_is_nowhere_any_more(ws):
    note = lived(ws)
    events, counts = len(list(ws.changes())), [ws.count(model) for model in (Feedback, Insight, RoadmapItem, Person)]
    erased = ws.forget(ADA, also=["other@example.com"])
    told = everything_stored(ws).casefold()
    for word in ("muster", "ada@", "zd-4711", "mustér", "other@", "ada ", "ada,"):
        assert word not in told
    assert erased.pseudonym.casefold() in told
    assert (erased.entities, erased.warnings) == (3, ())
    assert erased.events > 66
    assert [(ref.system, ref.key) for ref in erased.remote] == [("zendesk", "T-1")]
    assert "still in zendesk: T-1 (http://example.com/T-1)" in str(erased)
    # Nothing else changed: every count, every state, and what an insight quotes.
    assert len(list(ws.changes())) == events
    assert counts == [ws.count(model) for model in (Feedback, Insight, RoadmapItem, Person)]
    for view, quoted in ((ws, "The export"), (ws.as_of(START), "The export is broken.")):
        found = view.get(Feedback, "fb_1")
        assert found.requester == PersonRef(name=erased.pseudonym)
        assert view.get(Insight, "ins_1").excerpt(found) == quoted
        assert view.get(Feedback, "fb_2").text == "Nothing to do with anybody"
    assert ws.as_of(START).get(RoadmapItem, "item_1").owner == PersonRef(name=erased.pseudonym)
    assert ws.as_of(START).get(Person, "person_1").email is None
    titles = {event.new for event in ws.history(RoadmapItem, "item_1") if event.field == "title"}
    assert f"Export for {erased.pseudonym} 65" in titles
    # A copy that somebody still holds does not bring the name back.
    note.summary = "x"
    with pytest.raises(StaleError):
        ws.save(note)


def test_a_forgotten_person_does_not_come_back(ws):
    lived(ws)
    erased = ws.forget(ADA, also=["other@example.com"])
    returned = [
        Feedback(id="fb_7", text="MUSTER? No, Ada  Muster!", requester=PersonRef(email="ADA@example.com")),
        Feedback(id="fb_8", text="x", requester=PersonRef(name="A. M.", external=ADA.external)),
        Feedback(
            id="fb_9", text="ask other@example.com", tags=["ada_muster"], custom={"x": {"Ada Muster": ["zd-4711"]}}
        ),
        Feedback(id="fb_10", text="Adam Muster and Mada Muster are others", requester=PersonRef(name="Adam Uster")),
    ]
    ws.add_all(returned)
    item = ws.get(RoadmapItem, "item_1")
    item.owner = PersonRef(name="Ada Muster")
    ws.save(item)
    stored = everything_stored(ws).casefold()
    for word in ("ada muster", "ada  muster", "ada_muster", "ada@", "other@", "zd-4711"):
        assert word not in stored.replace("adam muster", "").replace("mada muster", "")
    assert ws.get(RoadmapItem, "item_1").owner.name.startswith("Person ")
    assert ws.get(Feedback, "fb_8").requester.name == erased.pseudonym or ws.get(
        Feedback, "fb_8"
    ).requester.name.startswith("Person ")
    assert ws.get(Feedback, "fb_10") == returned[3]
    # Forgetting twice, and what nobody ever said, is no error.
    ws.forget(ADA)
    assert ws.forget(PersonRef(name="Nobody Ever")).entities == 0


def test_syncs_forget_too_and_tell_which_records_still_name_the_person(tmp_path):
    desk = Desk(tmp_path, state="product.db")
    desk.left.add(summary="Call Ada Muster", due="mon")
    desk.left.add(summary="Nobody", due="mon")
    desk.run()
    desk.left.edit("left-1", due="Ada Muster, left")
    desk.right.edit("right-1", Due="Ada Muster, right")
    desk.run()
    desk.left.edit("left-2", summary="Ask ada@example.com")
    saved = desk.sync.plan()  # seen, and not applied
    with Workspace(tmp_path / "product.db") as ws:
        erased = ws.forget(ADA)
    with sqlite3.connect(tmp_path / "product.db") as file:
        dump = "\n".join(file.iterdump()).casefold()
    file.close()
    assert "muster" not in dump
    assert "ada@" not in dump
    assert {(ref.system, ref.key) for ref in erased.remote} == {
        ("desk", "left-1"), ("desk", "right-1"), ("desk", "left-2"), ("desk", "right-2"),
    }  # fmt: skip
    # The syncs go on: what the services show is theirs, and the conflict waits without the name.
    assert [conflict.left for conflict in desk.sync.conflicts()] == [f"{erased.pseudonym}, left"]
    with pytest.raises(StaleError):
        desk.sync.apply(saved)
    desk.run()
    assert desk.row("Ask ada@example.com")


def test_the_file_itself_holds_nothing_of_the_person(tmp_path):
    with Workspace(tmp_path / "product.db") as ws:
        lived(ws)
        ws.forget(ADA, also=["other@example.com"])
        # While it is still open: neither a gap in the file nor the journal beside it holds what was there.
        raw = b"".join(each.read_bytes() for each in tmp_path.iterdir()).lower()
    assert b"fb_1" in raw
    assert b"ada muster" not in raw
    assert b"ada@example.com" not in raw


def test_places_that_are_named_forget_too(tmp_path):
    desk = Desk(tmp_path, state="desk.db")
    desk.left.add(summary="Call Ada Muster", due="mon")
    desk.sync.plan().to_json(tmp_path / "plan.json")
    desk.run()
    (tmp_path / "plans").mkdir()
    desk.sync.plan().to_json(tmp_path / "plans" / "clean.json")
    with Workspace(tmp_path / "product.db") as ws:
        lived(ws)
        ws.export(tmp_path / "all.jsonl")
        ws.backup(tmp_path / "copy.db")
        beside = [
            tmp_path / "desk.db",
            tmp_path / "plan.json",
            tmp_path / "plans",
            tmp_path / "all.jsonl",
            tmp_path / "copy.db",
        ]
        erased = ws.forget(ADA, also=["other@example.com"], elsewhere=[*beside, tmp_path / "product.db"])
        assert [name for name, count in erased.elsewhere if count] == ["desk.db", "plan.json", "all.jsonl", "copy.db"]
        assert dict(erased.elsewhere)["clean.json"] == 0
        assert "all.jsonl: " in str(erased)
        assert {("desk", "left-1"), ("desk", "right-1")} <= {(ref.system, ref.key) for ref in erased.remote}
        with Workspace(tmp_path / "again.db") as again:
            again.restore(tmp_path / "all.jsonl")
            assert again.get(Insight, "ins_1").excerpt(again.get(Feedback, "fb_1")) == "The export"
            assert again.count(Feedback) == ws.count(Feedback)
    for each in beside:
        raw = b"" if each.is_dir() else each.read_bytes().lower()
        assert b"muster" not in raw
        assert b"ada@" not in raw
    with pytest.raises(StaleError):
        desk.sync.apply(Plan.from_json(tmp_path / "plan.json"))
    desk.run()


def test_a_place_that_is_none_is_refused_before_anything_is_forgotten(ws, tmp_path):
    lived(ws)
    before = everything_stored(ws)
    (tmp_path / "notes.txt").write_text("Ada Muster")
    (tmp_path / "other.json").write_text("{}")
    with sqlite3.connect(tmp_path / "other.db") as file:
        file.execute("CREATE TABLE x (y)")
    file.close()
    for name, says in (
        ("notes.txt", "is no workspace"),
        ("other.json", "is no workspace"),
        ("other.db", "is no workspace"),
        ("none", "cannot be read"),
    ):
        with pytest.raises(ConfigError, match=says):
            ws.forget(ADA, elsewhere=[tmp_path / name])
    assert everything_stored(ws) == before


def test_an_id_that_names_the_person_is_warned_of(ws):
    ws.add(Feedback(id="fb_ada@example.com", text="x", requester=ADA))
    assert ws.forget(ADA).warnings == ("Feedback fb_ada@example.com still names the person in an id or link",)


def test_forgetting_is_all_or_nothing(ws, monkeypatch):
    lived(ws)
    before = everything_stored(ws)
    monkeypatch.setattr("productops.workspace.forgetting.mark", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ws.forget(ADA)
    assert everything_stored(ws) == before


# --- retention


def test_what_is_too_old_is_told_first_and_then_gone_with_its_history(ws):
    for number in range(3):
        note = Feedback(
            id=f"fb_{number}", text="secret words", title=f"t{number}", created_at=START + timedelta(days=number)
        )
        ws.add(note, at=START + timedelta(days=10 * number))
        note.title = "changed words"
        ws.save(note, at=START + timedelta(days=50))
    rules = [Keep(Feedback, days=45), Keep(Feedback, days=35, field="title"), Keep(RoadmapItem, days=1)]
    day = (START + timedelta(days=50)).date()
    found = ws.expired(rules, day)
    assert str(found) == "1 Feedback: older than 45 days\n2 Feedback, the field title: older than 35 days"
    assert ws.count(Feedback) == 3
    assert ws.purge(found) == 2
    assert [(note.id, note.title) for note in ws.all(Feedback)] == [("fb_1", None), ("fb_2", "changed words")]
    assert ws.history(Feedback, "fb_0") == []
    assert [event.field for event in ws.history(Feedback, "fb_1")] == ["*"]
    assert ws.as_of(START + timedelta(days=20)).get(Feedback, "fb_1").title is None
    assert ws.as_of(START + timedelta(days=20)).get(Feedback, "fb_2").title == "t2"
    assert "fb_0" not in {note.id for note in ws.as_of(START + timedelta(days=1)).all(Feedback)}
    stored = everything_stored(ws)
    assert "t0" not in stored
    assert "t1" not in stored
    assert not ws.expired(rules, day)
    assert str(ws.expired(rules, day)) == "nothing is too old"


def test_days_count_from_a_field_and_a_rule_must_fit(ws):
    ws.add(Feedback(id="fb_1", text="x", received_at=START, tags=["a"]))
    day = date(2025, 2, 1)
    assert not ws.expired([Keep(Feedback, days=10)], day)
    found = ws.expired([Keep(Feedback, days=10, field="tags", since="received_at")], day)
    ws.purge(found)
    assert ws.get(Feedback, "fb_1").tags == []
    for rule, says in (
        (Keep(Feedback, 1, field="text"), "cannot be left empty"),
        (Keep(Feedback, 1, field="nonsense"), "no field 'nonsense'"),
        (Keep(Feedback, 1, since="nonsense"), "no field 'nonsense'"),
    ):
        with pytest.raises(ConfigError, match=says):
            ws.expired([rule], day)


def test_the_workspace_has_no_name_of_anybody_in_its_list(ws):
    ws.forget(ADA)
    with Workspace(ws._store.location, read_only=True) as reader, reader._store.reading() as connection:
        rows = [tuple(row) for row in connection.execute(select(t.forgotten))]
    assert {len(row[0]) for row in rows} == {32}
    assert sorted(row[1:] for row in rows) == [(0, 0), (2, 0), (2, 0), (3, 1)]
    assert ws.add(LoopClosure(feedback_id="fb_1", channel="mail", sent_at=START))
