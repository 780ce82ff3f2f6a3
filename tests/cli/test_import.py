"""`productops import` and `export`: a file looked at, brought in, brought in again, and the whole carried elsewhere."""

import json

import pytest

from productops import Feedback, RoadmapItem, Workspace
from productops.cli.app import run

EXPORT = (
    "Numéro;Message;Reçu le\r\n"
    "901;Un export CSV, s'il vous plaît;31/12/2026 14:30\r\n"
    "902;Mode sombre ! 🌙;02/01/2027 09:05\r\n"
)
MAPPED = ["--as", "Feedback", "--map", "text=Message", "--map", "source_id=Numéro", "--map", "received_at=Reçu le"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "export.csv").write_bytes(EXPORT.replace("🌙", "").encode("cp1252"))
    return tmp_path


def imported(*more):
    return run(["import", "export.csv", "-w", "product.db", "--source", "intercom", *MAPPED, *more])


def notes():
    with Workspace("product.db") as ws:
        return sorted(ws.all(Feedback), key=lambda note: note.source_id)


def test_a_file_is_looked_at_and_only_then_brought_in_and_the_next_export_doubles_nothing(home, capsys):
    assert imported() == 0
    told = capsys.readouterr().out
    assert "2 new" in told
    assert "cp1252" in told
    assert "--yes" in told
    assert not (home / "product.db").exists(), "looking makes no workspace"
    assert imported("--yes") == 0
    assert "Brought in" in capsys.readouterr().out
    one, two = notes()
    assert (one.text, one.received_at.isoformat()) == (
        "Un export CSV, s'il vous plaît",
        "2026-12-31T14:30:00+00:00",
    )
    assert two.source_system == "intercom"
    before = (home / "product.db").read_bytes()
    assert imported() == 0
    assert (home / "product.db").read_bytes() == before
    assert "2 as they are" in capsys.readouterr().out
    assert imported("--yes", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "new": 0, "changed": 0, "same": 2, "kept": [], "problems": [], "loaded": True,
    }  # fmt: skip


def test_a_mapping_may_be_a_file(home):
    (home / "table.yaml").write_text("Feedback:\n  text: Message\n  source_id: Numéro\n", encoding="utf-8")
    command = ["import", "export.csv", "-w", "product.db", "--as", "Feedback", "--mapping", "table.yaml", "--yes"]
    assert run([*command, "--source", "intercom"]) == 0
    assert [note.source_id for note in notes()] == ["901", "902"]


def test_a_whole_workspace_goes_elsewhere_with_its_history(home, capsys):
    with Workspace("product.db", by="ada@example.com") as ws:
        item = ws.add(RoadmapItem(id="item_1", title="CSV export"))
        item.title = "CSV and Excel export"
        ws.save(item)
    assert run(["export", "all.jsonl", "-w", "product.db"]) == 0
    assert run(["import", "all.jsonl", "-w", "copy.db"]) == 2
    assert "--yes" in capsys.readouterr().err
    assert run(["import", "all.jsonl", "-w", "copy.db", "--yes"]) == 0
    with Workspace("copy.db") as ws:
        assert [event.new for event in ws.history(RoadmapItem, "item_1")][-1] == "CSV and Excel export"


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (["import", "none.csv", "-w", "p.db", "--as", "Feedback"], "no file"),
        (["import", "export.csv", "-w", "p.db"], "what a row"),
        (["import", "export.csv", "-w", "p.db", "--as", "Feedbak", "--map", "text=Message"], "Did you mean"),
        (["import", "export.csv", "-w", "p.db", "--as", "Feedback"], "which column"),
        (["import", "export.csv", "-w", "p.db", "--as", "Feedback", "--map", "text"], "--map title=Subject"),
        (["import", "export.csv", "-w", "p.db", "--as", "Feedback", "--map", "text=Nope"], "Nope"),
        (["export", "all.jsonl", "-w", "none.db"], "no workspace"),
    ],
)
def test_what_cannot_be_done_is_told_with_a_remedy(home, capsys, command, why):
    assert run(command) == 2
    assert why in capsys.readouterr().err
    assert not (home / "none.db").exists()


ITEMS = "Titre;Échéance;Étiquettes;Effort;Qui\n{title};{due};{tags};{effort};{who}\n=1+1;02/01/2027;c;10;\n"
COLUMNS = 'title = "Titre"\ndue = "Échéance"\ntags = "Étiquettes"\nestimate = "Effort"\nowner = {contact = "Qui"}\n'


def written(home, **values):
    (home / "items.csv").write_text(ITEMS.format(**values), encoding="utf-8")
    (home / "items.toml").write_text(COLUMNS, encoding="utf-8")


def looked_at(capsys, *more):
    line = [
        "import",
        "items.csv",
        "-w",
        "items.db",
        "--as",
        "RoadmapItem",
        "--mapping",
        "items.toml",
        "--match",
        "title",
    ]
    assert run([*line, *more]) == 0
    return capsys.readouterr().out


def test_a_preview_says_what_was_read_as_a_person_writes_it(home, capsys):
    written(home, title="Search", due="31/12/2026", tags="a, b", effort="2,5", who="Zoë Núñez")
    told = looked_at(capsys, "--yes")
    assert "  Search  due: 31 Dec 2026; tags: a, b; estimate: 2.5; owner: Zoë Núñez\n" in told
    assert "  =1+1  due: 2 Jan 2027; tags: c; estimate: 10\n" in told
    written(home, title="Search", due="15/01/2027", tags="a, b, c", effort="1234,75", who="Bo Example")
    (line,) = [each for each in looked_at(capsys, "--language", "fr").splitlines() if "Search" in each]
    assert line == (
        "  Search (items.csv, ligne 2)  due: 31 déc. 2026 → 15 janv. 2027; tags: a, b → a, b, c; "
        "estimate: 2,5 → 1\u202f234,75; owner: Zoë Núñez → Bo Example"
    )


def test_a_model_of_ones_own_is_brought_in_and_carried_elsewhere(home, capsys):
    (home / "deals.py").write_text(
        "from datetime import date\nfrom uuid import uuid4\nfrom pydantic import BaseModel, Field\n"
        "class BigDeal(BaseModel):\n    id: str = Field(default_factory=lambda: uuid4().hex)\n"
        "    title: str\n    due: date | None = None\n    won: bool = False\n",
        encoding="utf-8",
    )
    (home / "deals.csv").write_text("Name;Day;Won\nBig;31/12/2026;yes\n", encoding="utf-8")
    line = ["import", "deals.csv", "-w", "deals.db", "--as", "deals:BigDeal", "--match", "title"]
    columns = ["--map", "title=Name", "--map", "due=Day", "--map", "won=Won"]
    assert run([*line, *columns, "--yes"]) == 0
    assert "  Big  due: 31 Dec 2026; won: yes\n" in capsys.readouterr().out
    assert run([*line, *columns]) == 0
    assert "1 as they are" in capsys.readouterr().out
    assert run(["export", "deals.jsonl", "-w", "deals.db"]) == 0
    assert "big_deal" in (home / "deals.jsonl").read_text(encoding="utf-8")
