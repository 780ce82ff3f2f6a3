"""`productops insights evaluate`: figures on files, and what is said about files that make no sense."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from insights.insights_data import sorted_notes
from productops.cli.app import run
from productops.insights.evaluation.figures import f1_by_label, pair_figures
from shared import shared


def write(path: Path, header: list[str], rows: list) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return str(path)


def told(capsys, *arguments: str) -> dict:
    assert run(["insights", "evaluate", *arguments, "--json"]) == 0
    [line] = capsys.readouterr().out.strip().splitlines()
    found = json.loads(line)
    assert {"task", "metric", "n", "seed", "seconds", "peak_memory_mb"} <= set(found)
    assert found["seconds"] >= 0
    return found


def refused(capsys, *arguments: str) -> str:
    assert run(["insights", "evaluate", *arguments, "--json"]) == 2
    return capsys.readouterr().err


@pytest.fixture
def files(tmp_path):
    train = write(tmp_path / "train.csv", ["text", "area"], list(zip(*sorted_notes(30), strict=True)))
    test = write(tmp_path / "test.csv", ["text", "area"], list(zip(*sorted_notes(20, seed=5), strict=True)))
    return tmp_path, train, test


def test_routing(capsys, files):
    _, train, test = files
    found = told(capsys, "--task", "routing", "--train", train, "--test", test, "--label", "area")
    assert found["n"] == 60
    assert found["accuracy"] > 90
    spoilt = write(files[0] / "spoilt.csv", ["text", "area"], [[t, "billing"] for t in sorted_notes(20, seed=5)[0]])
    assert 25 < told(capsys, "--task", "routing", "--train", train, "--test", spoilt)["accuracy"] < 45


def test_labels_that_nobody_could_learn_are_named(capsys, files):
    folder, train, _ = files
    strange = write(folder / "strange.csv", ["text", "area"], [["no refund", "billing"], ["x", "zoo"], ["y", "ark"]])
    for task in ("routing", "kind"):
        said = refused(capsys, "--task", task, "--train", train, "--test", strange)
        assert "2 labels of the test file are not in the training file: ark, zoo" in said


def test_fewshot_averages_over_the_seeds_of_the_file(capsys, files):
    folder, train, test = files
    rows = [[5, seed, start + seed + step] for seed in (0, 1) for start in (0, 30, 60) for step in range(5)]
    chosen = write(folder / "rows.csv", ["shots", "seed", "row"], rows)
    found = told(capsys, "--task", "fewshot", "--train", train, "--test", test, "--rows", chosen, "--shots", "5")
    assert found["seeds"] == [0, 1]
    assert found["accuracy"] == pytest.approx(sum(found["each"]) / 2, abs=0.01)
    assert "it has 5" in refused(
        capsys, "--task", "fewshot", "--train", train, "--test", test, "--rows", chosen, "--shots", "9"
    )


def test_unrouted_takes_its_line_from_the_validation_files(capsys, files):
    folder, train, test = files
    val = write(folder / "val.csv", ["text", "area"], list(zip(*sorted_notes(20, seed=7), strict=True)))
    away = [["zebras graze quietly"], ["who won the match"], ["sing me a song"]]
    outside, judged = (write(folder / f"{n}.csv", ["text"], away) for n in ("oos_val", "oos_test"))
    found = told(
        capsys, "--task", "unrouted", "--train", train, "--test", test, "--val", val,
        "--oos-val", outside, "--oos-test", judged,
    )  # fmt: skip
    assert found["in_scope_accuracy"] > 85
    assert found["oos_recall"] == 100
    assert "needs --val FILE" in refused(capsys, "--task", "unrouted", "--train", train, "--test", test)


def test_kind_uses_stars(capsys, files):
    folder = files[0]
    rows = [["", f"note {n % 7} about it", 1 + 4 * (n % 2), "bug" if n % 2 == 0 else "praise"] for n in range(60)]
    path = write(folder / "kinds.csv", ["title", "comment", "stars", "kind"], rows)
    assert told(capsys, "--task", "kind", "--train", path, "--test", path, "--label", "kind")["macro_f1"] == 100


def test_neardup(capsys, files):
    rows = [["I lost my card", 1], ["Hi, I lost my card", 1], ["refund please now", 2], ["the app crashes", 3]]
    path = write(files[0] / "near.csv", ["text", "group_id"], rows)
    found = told(capsys, "--task", "neardup", "--test", path)
    assert (found["precision"], found["f1"], found["n"]) == (100, 100, 4)


def test_duplicates_reads_the_pairs_beside_the_reports(capsys, files):
    folder = files[0]
    reports = [["1", "Export fails", "csv export broken"], ["2", "CSV export fails", "the export is broken"],
               ["3", "Dark mode", "please"], ["4", "Login loop", "cannot sign in"]]  # fmt: skip
    path = write(folder / "x_reports.csv", ["id", "title", "body"], reports)
    assert "x_pairs.csv cannot be read" in refused(capsys, "--task", "duplicates", "--test", path)
    write(folder / "x_pairs.csv", ["id_a", "id_b"], [["1", "2"]])
    found = told(capsys, "--task", "duplicates", "--test", path)
    assert (found["recall_at_5"], found["map"], found["n"]) == (100, 100, 2)
    write(folder / "x_pairs.csv", ["id_a", "id_b"], [["1", "9"]])
    assert "9" in refused(capsys, "--task", "duplicates", "--test", path)


def test_files_as_spreadsheets_write_them(capsys, files):
    folder, train, _ = files
    plain = (folder / "test.csv").read_text(encoding="utf-8")
    for name, content in {
        "marked": "\ufeff" + plain,
        "windows": plain.replace("\n", "\r\n"),
        "semicolons": plain.replace(",", ";"),
        "tabs": plain.replace(",", "\t"),
        "capitals": plain.replace("text,area", "Text, Area "),
        "odd": plain.replace("text,area", 'text,"area"').replace("\n", "\n\n"),
    }.items():
        path = folder / f"{name}.csv"
        path.write_text(content, encoding="utf-8", newline="")
        found = told(capsys, "--task", "routing", "--train", train, "--test", str(path), "--label", "area")
        assert (found["n"], found["accuracy"] > 90) == (60, True), name
    twice = write(folder / "twice.csv", ["text", "area", "area"], [["no refund", "billing", "mobile"]])
    assert "has the column area twice" in refused(capsys, "--task", "routing", "--train", train, "--test", twice)


def test_what_makes_no_sense_is_said(capsys, files):
    folder, train, test = files
    assert "Use one of routing" in refused(capsys, "--task", "guessing")
    assert "needs --train FILE" in refused(capsys, "--task", "routing", "--test", test)
    assert "--label COLUMN" in refused(capsys, "--task", "routing", "--train", train, "--test", test, "--label", "x")
    empty = write(folder / "empty.csv", ["text", "label"], [])
    assert "holds no rows" in refused(capsys, "--task", "routing", "--train", empty, "--test", test)
    ragged = write(folder / "ragged.csv", ["text", "label"], [["a", "b"], ["c"]])
    assert "Row 3" in refused(capsys, "--task", "routing", "--train", ragged, "--test", test)
    (folder / "latin.csv").write_bytes("text,label\ncaf\xe9,x\n".encode("latin-1"))
    assert "UTF-8" in refused(capsys, "--task", "routing", "--train", str(folder / "latin.csv"), "--test", test)
    assert "no embedder" in refused(
        capsys, "--task", "routing", "--train", train, "--test", test, "--embedder", "no.such"
    )


def test_the_figures():
    assert f1_by_label(["a", "a", "b"], ["a", "b", "c"]) == {"a": 66.67, "b": 0.0, "c": 0.0}
    assert pair_figures(["x", "y"], ["a", "a"]) == (100.0, 0.0, 0.0)


def test_near_identical_notes_of_the_training_half(capsys):
    path = shared("data/feedback/neardup_dev.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    few = sorted({row[1] for row in rows})[:300]
    small = write(Path(path.name), ["text", "group_id"], [row[:2] for row in rows if row[1] in few])
    found = told(capsys, "--task", "neardup", "--test", small)
    assert found["precision"] > 98
    assert found["f1"] > 97


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
