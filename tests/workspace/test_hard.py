"""Many that write at once, a process that is killed, and people who type what they like: nothing is lost or changed."""

import itertools
import random
import signal
import sqlite3
import subprocess
import sys
import tracemalloc
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from pydantic import BaseModel, Field, JsonValue
from sqlalchemy.engine.default import DefaultDialect

from productops.errors import ProductOpsError, RejectedError
from productops.model.feedback import Feedback
from productops.model.people import PersonRef
from productops.model.roadmap import RoadmapItem
from productops.workspace.home import Workspace
from productops.workspace.kinds import kind_of
from productops.workspace.sureness import is_sure

WRITER = """
import sys
from productops.errors import StaleError
from productops.model.feedback import Feedback
from productops.model.roadmap import RoadmapItem
from productops.workspace.home import Workspace
location, me, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with Workspace(location, by=me) as ws:
    sys.stdin.readline()
    for number in range(count):
        ws.add(Feedback(id=f"fb_{me}_{number}", text="x"))
        while True:
            item = ws.get(RoadmapItem, "item_1")
            item.tags = [*item.tags, f"{me}/{number}"]
            try:
                ws.save(item)
                break
            except StaleError:
                pass
"""


def test_four_processes_that_write_at_once_lose_nothing(location):
    with Workspace(location) as ws:
        ws.add(RoadmapItem(id="item_1", title="Shared"))
        names = [f"w{number}" for number in range(4)]
        writers = [
            subprocess.Popen([sys.executable, "-c", WRITER, location, name, "12"], stdin=subprocess.PIPE, text=True)
            for name in names
        ]
        for writer in writers:
            writer.stdin.write("go\n")
            writer.stdin.close()
        assert [writer.wait(timeout=120) for writer in writers] == [0] * 4
        wanted = {f"{name}/{number}" for name in names for number in range(12)}
        item = ws.get(RoadmapItem, "item_1")
        assert set(item.tags) == wanted
        assert ws.count(Feedback) == ws.version(item) - 1 == len(wanted)
        history = ws.history(item)
        assert [event.version for event in history] == list(range(1, len(wanted) + 2))
        assert sorted(event.at for event in history) == [event.at for event in history]
        for before, after in pairwise(history[1:]):
            assert after.old == before.new
            assert set(after.new) - set(after.old) == {after.new[-1]}


VICTIM = """
import sys
from productops.model.feedback import Feedback
from productops.workspace.home import Workspace
location, start = sys.argv[1], int(sys.argv[2])
with Workspace(location) as ws:
    for number in range(start, start + 1_000_000, 3):
        with ws.batch():
            ws.add_all(Feedback(id=f"fb_{number + each:07}", text="x" * 2000) for each in range(3))
            note = ws.get(Feedback, f"fb_{number:07}")
            note.title = str(number)
            ws.save(note)
        print(number, flush=True)
"""


def test_a_process_killed_at_any_moment_leaves_every_acknowledged_write(location):
    luck = random.Random(7)
    Workspace(location).close()
    told = []
    for turn in range(4):
        victim = subprocess.Popen(
            [sys.executable, "-c", VICTIM, location, str(turn * 1_000_000)], stdout=subprocess.PIPE, text=True
        )
        for line in victim.stdout:
            told.append(int(line))
            if luck.random() < 0.1:
                victim.send_signal(signal.SIGKILL)
        victim.stdout.close()
        assert victim.wait(timeout=60) == -signal.SIGKILL
    assert len(told) > 4
    with Workspace(location) as ws:
        there = {note.id: note for note in ws.all(Feedback)}
        assert {f"fb_{number + each:07}" for number in told for each in range(3)} <= set(there)
        assert all(there[f"fb_{number:07}"].title == str(number) for number in told)
        # A batch is there whole or not at all, and so is its history.
        assert len(there) % 3 == 0
        assert sum(1 for _ in ws.changes()) == len(there) + len(there) // 3
        assert all(event.new is not None for event in ws.changes())
        ws.add(Feedback(id="fb_after", text="x"))
    if "://" not in location:
        with sqlite3.connect(location) as file:
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        file.close()


HOSTILE = [
    "'; DROP TABLE ws_entities; --",
    '"},{"id":"x',
    '=HYPERLINK("http://example.com","x")',
    "\x00\x01\x1b[31m\x7f\x85\u2028",
    "%s %(x)s :name ? $1 {0} \\u0000 \\",
    "𝔘𝔫𝔦🙂 \u202edesrever e\u0301 é ﷽",
    "<script>alert(1)</script>",
    "\ufeff\ufffe\uffff\U0010ffff",
    "x" * 9_999_999 + "y",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_any_text_comes_out_as_it_went_in(ws, text):
    name = text[:1000]
    note = ws.add(
        Feedback(
            id="fb_1", text=text, title=text, tags=["a", name.strip() or "x"], custom={name: [name, {"id": name}]},
            requester=PersonRef(name=name) if name.strip() else None,
        ),
        by=text[:500].replace("\x00", ""), reason=text[:500].replace("\x00", ""),
    )  # fmt: skip
    assert ws.get(Feedback, "fb_1") == note
    assert [item.id for item in ws.find(Feedback, title=text)] == ["fb_1"]
    note.title = text[::-1]
    note.custom = {name: [name, {"id": name[::-1]}]}
    ws.save(note)
    first, *later = ws.history(note)
    assert Feedback.model_validate(first.new).custom == {name: [name, {"id": name}]}
    assert {event.field: (event.old, event.new) for event in later}["title"] == (text, text[::-1])
    back = ws.as_of(first.at).get(Feedback, "fb_1")
    if first.at < later[0].at:
        assert (back.title, back.custom) == (text, {name: [name, {"id": name}]})
    assert ws.count(Feedback) == 1


@pytest.mark.parametrize("text", ["fb_'; DROP TABLE ws_events; --", 'fb_"', "fb_%", "fb_🙂", "fb_é/~", "=1+1"])
def test_any_printable_id_is_one(ws, text):
    class Ticket(BaseModel):
        id: str
        more: list[JsonValue] = []

    ws.register("ticket", Ticket)
    ticket = ws.add(Ticket(id=text, more=[{"id": text, "n": 1}]))
    at = ws.last_change()
    ticket.more = [{"id": text, "n": 2}]
    ws.save(ticket)
    assert ws.get(Ticket, text) == ticket
    assert [event.new for event in ws.history(ticket)[1:]] == [2]
    ws.delete(ticket)
    assert ws.as_of(at).get(Ticket, text).more == [{"id": text, "n": 1}]


def test_numbers_beyond_a_machine_word_and_deep_values_come_back(ws):
    deep: JsonValue = "x"
    for _ in range(100):
        deep = [deep]
    custom = {"big": 10**40, "small": 5e-324, "float": 1.0, "int": 1, "true": True, "none": None, "deep": deep}
    note = ws.add(Feedback(id="fb_1", text="x", custom=custom))
    back = ws.get(Feedback, "fb_1")
    assert back == note
    assert repr(back.custom) == repr(custom)


def test_what_was_read_is_known_to_come_back_as_surely_as_what_is_new(ws):
    ws.add(Feedback(id="fb_1", text="x", requester=PersonRef(name="Kim")))
    read, kind = ws.get(Feedback, "fb_1"), kind_of("feedback", Feedback)
    assert is_sure(kind.loose, read)
    broken = PersonRef.model_construct(name=7)
    assert not is_sure(kind.loose, read.model_copy(update={"requester": broken}))
    with pytest.raises(RejectedError, match="Feedback fb_1 is refused"):
        ws.save(read.model_copy(update={"requester": broken}))


def test_a_record_within_that_counts_as_empty_is_checked_too(ws):
    class Parts(BaseModel):
        names: list[str] = []
        size: int = Field(default=0, ge=0)

        def __len__(self):
            return len(self.names)

    class Box(BaseModel):
        id: str
        parts: Parts = Parts()

    ws.register("box", Box)
    ws.add(Box(id="b1"))
    with pytest.raises(RejectedError, match="Box b2 is refused"):
        ws.add(Box(id="b2").model_copy(update={"parts": Parts.model_construct(names=[], size=-1)}))


def _change(ws):
    note = ws.get(Feedback, "fb_0")
    note.title = "changed"
    ws.save(note)


@pytest.mark.parametrize(
    "work",
    [
        lambda ws: ws.add_all([Feedback(id="fb_new", text="x"), Feedback(id="fb_newer", text="x")]),
        _change,
        lambda ws: ws.delete(ws.get(Feedback, "fb_1")),
        lambda ws: list(ws.all(Feedback)),
    ],
    ids=["add", "change", "delete", "read"],
)
def test_a_signal_in_the_middle_of_any_statement_leaves_the_file_to_whoever_writes_next(tmp_path, monkeypatch, work):
    """Whoever keeps the exception, as a notebook does, keeps the statement's cursor, and must not keep its lock."""
    left = {"calls": -1}

    def interrupting(carry_out):
        def execute(self, *arguments, **more):
            carry_out(self, *arguments, **more)
            left["calls"] -= 1
            if left["calls"] == 0:
                raise KeyboardInterrupt

        return execute

    for name in ("do_execute", "do_executemany"):
        monkeypatch.setattr(DefaultDialect, name, interrupting(getattr(DefaultDialect, name)))
    kept = []
    with Workspace(tmp_path / "a.db") as ws, sqlite3.connect(tmp_path / "a.db", timeout=0) as another:
        ws.add_all(Feedback(id=f"fb_{number}", text="x") for number in range(3))
        for number in itertools.count():
            left["calls"] = number + 1
            try:
                work(ws)
                break
            except KeyboardInterrupt as interrupt:
                kept.append(interrupt)
            another.execute("BEGIN IMMEDIATE")
            another.rollback()
            assert [note.id for note in ws.all(Feedback)] == ["fb_0", "fb_1", "fb_2"]
    assert len(kept) >= 2


def test_what_says_who_and_why_is_text_that_a_database_can_hold(ws):
    for wrong in ("a\x00b", "half \ud83d"):
        with pytest.raises(RejectedError, match="reason"):
            ws.add(Feedback(id="fb_1", text="x"), reason=wrong)
    with pytest.raises(RejectedError, match="by"):
        ws.add(Feedback(id="fb_1", text="x"), by=7)
    assert ws.count(Feedback) == 0


def test_a_key_that_is_no_text_is_not_there(ws):
    for key in ("a\x00b", "\ud83d", "x" * 400, ""):
        with pytest.raises(ProductOpsError):
            ws.get(Feedback, key)
        with pytest.raises(ProductOpsError):
            ws.as_of(datetime.now(UTC)).get(Feedback, key)
        assert ws.history(Feedback, key) == []


def test_memory_stays_flat_over_any_number_of_entities(tmp_path):
    with Workspace(tmp_path / "a.db") as ws:
        grown = {}
        for count in (2_000, 8_000):
            ws.add_all(Feedback(id=f"fb_{count}_{number}", text="x" * 500) for number in range(count))
            tracemalloc.start()
            assert sum(1 for _ in ws.all(Feedback)) >= count
            assert sum(1 for _ in ws.changes()) >= count
            ws.add_all(Feedback(id=f"fb_{count}_more_{number}", text="x" * 500) for number in range(count // 2))
            grown[count] = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        # Six thousand notes more would be eight megabytes more, had they been held.
        assert grown[8_000] - grown[2_000] < 1_500_000
