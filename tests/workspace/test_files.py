"""Everything out and in again, and copies of what is in use."""

import json
import threading

import pytest

from productops import demo
from productops.errors import ConfigError, RejectedError
from productops.model.feedback import Feedback
from productops.model.roadmap import Roadmap, RoadmapItem
from productops.workspace.home import Workspace


def lived(ws):
    """A workspace that has seen something."""
    company = demo.company()
    ws.add_all(company.feedback, by="ada", source="zendesk", run="run-1", reason="ünï\n'\"")
    ws.add_all(company.roadmap.items)
    with ws.batch(by="noor"):
        for item in list(ws.all(RoadmapItem))[:5]:
            for number in range(70):
                item.title = f"{number} \x00 🙂"
                ws.save(item)
        ws.delete(item)
    ws.save(company.roadmap)
    return ws


def everything(ws):
    return (
        [list(ws.all(model)) for model in (Feedback, RoadmapItem, Roadmap)],
        list(ws.changes()),
        [ws.version(item) for item in ws.all(RoadmapItem)],
        list(ws.as_of(next(ws.changes()).at).all(RoadmapItem)),
    )


def test_a_workspace_is_equal_after_a_round_trip(ws, tmp_path):
    lived(ws)
    lines = ws.export(tmp_path / "all.jsonl")
    assert lines == len((tmp_path / "all.jsonl").read_bytes().splitlines())
    assert all(
        isinstance(json.loads(line), dict) for line in (tmp_path / "all.jsonl").read_text("utf-8").split("\n")[:-1]
    )
    with Workspace(tmp_path / "copy.db") as copy:
        assert copy.restore(tmp_path / "all.jsonl") == len(demo.company().feedback) + 20 + 1
        assert everything(copy) == everything(ws)
        copy.export(tmp_path / "again.jsonl")
        mine, theirs = ((tmp_path / name).read_text("utf-8").split("\n")[1:] for name in ("all.jsonl", "again.jsonl"))
        assert mine == theirs
        copy.add(Feedback(id="fb_new", text="x"))
        assert len(list(copy.changes())) == len(list(ws.changes())) + 1
        with pytest.raises(ConfigError, match="holds something"):
            copy.restore(tmp_path / "all.jsonl")


def test_what_a_file_reads_in_postgresql_reads_too(location, tmp_path):
    with (
        Workspace(tmp_path / "from.db") as source,
        Workspace(location) if "://" in location else Workspace(tmp_path / "to.db") as target,
    ):
        lived(source)
        source.export(tmp_path / "all.jsonl")
        target.restore(tmp_path / "all.jsonl")
        assert everything(target) == everything(source)
        target.add(Feedback(id="fb_new", text="x"))
        assert [event.entity_id for event in target.changes()][-1] == "fb_new"


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (lambda lines: [*lines[:-1], lines[-1][:40]], RejectedError),
        (lambda lines: [*lines[:3], b'{"is":"nothing"}\n', *lines[3:]], RejectedError),
        (lambda lines: [*lines[:3], b"[]\n", *lines[3:]], RejectedError),
        (lambda lines: [*lines[:3], lines[3].replace(b'"kind"', b'"kond"'), *lines[4:]], RejectedError),
        (lambda lines: lines[1:], ConfigError),
        (lambda lines: [], ConfigError),
        (lambda lines: [lines[0].replace(b'"version":1', b'"version":2'), *lines[1:]], ConfigError),
    ],
    ids=["cut", "other", "list", "column", "head", "empty", "newer"],
)
def test_a_damaged_export_is_read_in_not_at_all(ws, tmp_path, damage, error):
    ws.add_all(demo.company().feedback)
    ws.export(tmp_path / "all.jsonl")
    lines = (tmp_path / "all.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "bad.jsonl").write_bytes(b"".join(damage(lines)))
    with Workspace(tmp_path / "copy.db") as copy:
        with pytest.raises(error):
            copy.restore(tmp_path / "bad.jsonl")
        assert list(copy.changes()) == []
        copy.restore(tmp_path / "all.jsonl")


def test_an_export_that_fails_leaves_the_last_one(ws, tmp_path, monkeypatch):
    ws.add_all(demo.company().feedback)
    ws.export(tmp_path / "all.jsonl")
    before = (tmp_path / "all.jsonl").read_bytes()
    monkeypatch.setattr("productops.workspace.jsonl.os.fsync", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ws.export(tmp_path / "all.jsonl")
    assert (tmp_path / "all.jsonl").read_bytes() == before
    assert not list(tmp_path.glob("*.half*"))


def test_a_backup_is_made_while_somebody_writes(tmp_path):
    with Workspace(tmp_path / "a.db") as ws:
        lived(ws)
        stop, failed = threading.Event(), []

        def write():
            number = 0
            while not stop.is_set():
                with ws.batch():
                    ws.add_all([Feedback(id=f"fb_w{number}_{each}", text="x") for each in range(2)])
                number += 1

        writer = threading.Thread(target=write)
        writer.start()
        for number in range(4):
            ws.backup(tmp_path / f"copy{number}.db")
        stop.set()
        writer.join()
        for number in range(4):
            with Workspace(tmp_path / f"copy{number}.db") as copy:
                written = sum(1 for note in copy.all(Feedback) if note.id.startswith("fb_w"))
                assert written % 2 == 0
                assert copy.count(RoadmapItem) == ws.count(RoadmapItem)
        assert failed == []
        assert not list(tmp_path.glob("*.half*"))


def test_postgresql_backs_itself_up(ws, tmp_path):
    if ws._store.engine.dialect.name == "sqlite":
        ws.backup(tmp_path / "copy.db")
        assert (tmp_path / "copy.db").exists()
    else:
        with pytest.raises(ConfigError, match="pg_dump"):
            ws.backup(tmp_path / "copy.db")
