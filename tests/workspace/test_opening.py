"""Opening: made once, brought up to date once, refused with a remedy; read while somebody writes."""

import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

import productops.workspace
from productops.errors import ConfigError, UnavailableError
from productops.model.base import Entity
from productops.model.feedback import Feedback
from productops.workspace import kinds, opening, tables
from productops.workspace.home import Workspace

RELEASED = Path(__file__).parent / "released"


def test_the_steps_make_the_tables_that_the_code_reads(location):
    Workspace(location).close()
    engine = opening.open_engine(location)
    with engine.connect() as connection:
        found = inspect(connection)
        for table in tables.tables.sorted_tables:
            made = {each["name"]: (str(each["type"]), each["nullable"]) for each in found.get_columns(table.name)}
            want = {
                each.name: (each.type.dialect_impl(engine.dialect).compile(engine.dialect), each.nullable)
                for each in table.columns
            }
            assert {name: nullable for name, (_, nullable) in made.items()} == {
                name: nullable for name, (_, nullable) in want.items()
            }
            assert {each["name"] for each in found.get_indexes(table.name)} == {each.name for each in table.indexes}
            assert found.get_pk_constraint(table.name)["constrained_columns"] == [
                each.name for each in table.primary_key
            ]
    engine.dispose()


def test_the_latest_step_is_the_one_that_the_code_wants():
    config = Config()
    config.set_main_option("script_location", str(Path(productops.workspace.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [opening.HEAD]


@pytest.mark.parametrize("dump", sorted(RELEASED.glob("*.sql")), ids=lambda path: path.stem)
def test_a_file_of_every_released_version_opens_and_tells_its_history(tmp_path, dump):
    path = tmp_path / "old.db"
    old = sqlite3.connect(path)
    old.executescript(dump.read_text(encoding="utf-8"))
    old.close()
    with Workspace(path) as ws:
        note = ws.get(Feedback, "fb_1")
        assert (note.title, note.text) == ("CSV export", "Please add CSV export")
        assert [(event.field, event.by) for event in ws.history(note)] == [("*", "ada"), ("title", "noor")]
        assert ws.as_of(ws.history(note)[0].at).get(Feedback, "fb_1").title is None
        note.title = "Export"
        ws.save(note)
    with Workspace(path, read_only=True) as ws:
        assert ws.get(Feedback, "fb_1").title == "Export"


def test_there_is_a_file_of_every_step():
    steps = {
        path.stem[1:5] for path in (Path(productops.workspace.__file__).parent / "migrations/versions").glob("r*.py")
    }
    assert {path.stem.partition("-")[0] for path in RELEASED.glob("*.sql")} == steps


OPEN = """
import sys
from productops.workspace.home import Workspace
sys.stdin.readline()
print(Workspace(sys.argv[1])._store.lineage)
"""


def test_many_that_open_a_new_one_at_once_make_it_once(location):
    openers = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, location], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    time.sleep(0.5)
    for opener in openers:
        opener.stdin.write("now\n")
        opener.stdin.flush()
    told = [opener.communicate(timeout=60)[0] for opener in openers]
    assert [opener.returncode for opener in openers] == [0, 0, 0]
    assert len(set(told)) == 1


def test_a_reader_reads_while_somebody_writes_and_writes_nothing(location):
    with Workspace(location) as ws, Workspace(location, read_only=True) as reader:
        ws.add(Feedback(id="fb_1", text="x"))
        with ws.batch():
            ws.add(Feedback(id="fb_2", text="x"))
            assert reader.count(Feedback) == 1
        assert reader.count(Feedback) == 2
        with pytest.raises(ConfigError, match=r"read-?only"):
            reader.add(Feedback(id="fb_3", text="x"))
        assert ws.count(Feedback) == 2


def test_a_second_writer_waits_and_then_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "PATIENCE", 0.1)
    with Workspace(tmp_path / "a.db") as one, Workspace(tmp_path / "a.db") as two:
        with one.batch(), pytest.raises(UnavailableError, match="Somebody else has been writing"):
            two.add(Feedback(id="fb_1", text="x"))
        two.add(Feedback(id="fb_1", text="x"))


def test_what_cannot_be_opened_says_why(tmp_path):
    (tmp_path / "text.db").write_text("hello " * 500)
    for where, says in (
        (tmp_path / "text.db", "not a database"),
        (tmp_path / "no" / "folder.db", "unable to open"),
        (":memory:", "needs a file"),
        ("sqlite:///x.db", "given by its path"),
        ("nonsense://user:secret@host/x", "cannot be used"),
    ):
        with pytest.raises(ConfigError, match=says) as caught:
            Workspace(where)
        assert "secret" not in str(caught.value)
    with pytest.raises(ConfigError, match=r"no workspace .* to read"):
        Workspace(tmp_path / "none.db", read_only=True)
    assert not (tmp_path / "none.db").exists()


def test_a_file_that_a_newer_version_made_is_left_alone(location):
    Workspace(location).close()
    engine = opening._connectable(location, read_only=False)
    with engine.begin() as connection:
        connection.execute(text("UPDATE ws_alembic SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(ConfigError, match="made by a newer version"):
        Workspace(location)


def test_an_older_file_is_not_changed_by_reading(tmp_path):
    sqlite3.connect(tmp_path / "empty.db").execute("CREATE TABLE x (y)").connection.close()
    with pytest.raises(ConfigError, match="Open it for writing once"):
        Workspace(tmp_path / "empty.db", read_only=True)


@pytest.mark.parametrize("name", ["a b.db", "100%.db", "x?mode=memory.db", "#1.db", "é🙂.db", "it's.db"])
def test_a_file_may_have_any_name(tmp_path, name):
    with Workspace(tmp_path / name) as ws:
        ws.add(Feedback(id="fb_1", text="x"))
    assert (tmp_path / name).exists()
    with Workspace(tmp_path / name, read_only=True) as ws:
        assert ws.count(Feedback) == 1


def test_every_class_of_the_model_has_its_place():
    def below(model):
        for each in model.__subclasses__():
            yield from (each, *below(each))

    names = {kind.name: kind for kind in kinds.Kinds()}
    ours = {each for each in below(Entity) if each.__module__.startswith("productops.model.")}
    assert {each for each in ours if each.__name__ != "WholeEntity"} <= {kind.model for kind in names.values()}
    assert all(name == model.entity_kind() for name, kind in names.items() if issubclass(model := kind.model, Entity))


def test_opening_what_is_there_loads_no_migrations(tmp_path):
    Workspace(tmp_path / "a.db").close()
    code = (
        "import sys; from productops.workspace.home import Workspace;"
        f"Workspace({str(tmp_path / 'a.db')!r}); print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"


def test_nothing_of_the_database_is_left_open(location):
    with Workspace(location) as ws:
        ws.add(Feedback(id="fb_1", text="x"))
        half = iter(ws.all(Feedback))
        next(half)
        del half
        assert ws._store.engine.pool.checkedout() == 0
