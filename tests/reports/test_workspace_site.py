"""A site from a workspace: what it holds, on any day, without anybody having kept a snapshot."""

import json
from dataclasses import fields
from datetime import UTC, date, datetime

import pytest

from productops.cli.app import run
from productops.cli.sourcing import LISTS, SINGLE, from_workspace
from productops.demo import company
from productops.model.canvas import Canvas
from productops.model.roadmap import RoadmapItem
from productops.model.timebox import TimeBucket
from productops.reports.site import pages
from productops.reports.source import Source
from productops.workspace.home import Workspace
from reports.test_site import FILES, words

SEPTEMBER, OCTOBER = datetime(2026, 9, 15, tzinfo=UTC), datetime(2026, 10, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    path = tmp_path_factory.mktemp("home") / "product.db"
    known = company()
    with Workspace(path, by="mira") as home:
        with home.batch(at=SEPTEMBER) as pen:
            pen.add_all([*known.roadmap.items, *known.roadmap.objectives, *known.roadmap.themes])
            for field in LISTS:
                each_once = {repr(each): each for each in getattr(known, field)}
                pen.add_all(known.canvases[:1] if field == "canvases" else list(each_once.values()))
            pen.add_all([known.rates, known.sponsor, known.case])
        item = home.get(RoadmapItem, "item_03")
        item.bucket = TimeBucket.quarter(2027, 2)
        home.save(item, at=OCTOBER, reason="The bank is slow.")
        canvas = home.get(Canvas, known.canvas.id)
        canvas.capabilities, canvas.revision = known.canvas.capabilities, known.canvas.revision
        home.save(canvas, at=OCTOBER)
    return path


def test_everything_a_source_may_hold_comes_from_somewhere():
    made_here = {"name", "as_of", "roadmap", "snapshots", "events"}
    elsewhere = {"reviews", "priorities"}  # what has no id of its own is not kept in a workspace
    assert set(LISTS) | set(SINGLE) | made_here | elsewhere == {each.name for each in fields(Source)}


def test_a_site_from_a_workspace(place):
    known = from_workspace(place, date(2026, 10, 31), name="Havn & Fjord")
    made = pages(known)
    assert set(made) == FILES
    roadmap = words(made["roadmap.html"])
    assert "Q4 2026 → Q2 2027: later by 2 quarters" in roadmap
    assert "The bank is slow." in roadmap
    assert "Fares" in roadmap
    assert "not yet → better" in words(made["canvas.html"])  # both revisions of the canvas are there to compare
    assert "1 must is open" not in words(made["launch-groups.html"])  # the waiver holds on its last day


def test_an_earlier_day_does_not_know_of_it(place):
    known = from_workspace(place, date(2026, 10, 10))
    assert "Q2 2027: later" not in words(pages(known)["roadmap.html"])
    assert next(item for item in known.items if item.id == "item_03").when == TimeBucket.quarter(2026, 4)


def test_the_verb_reads_and_writes_nothing_there(place, tmp_path, capsys):
    before = place.read_bytes()
    assert run(["report", "site", str(tmp_path / "out"), "--workspace", str(place)]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "out" / "index.html")
    assert place.read_bytes() == before
    assert "20 Oct 2026" in (tmp_path / "out" / "index.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--workspace", "nowhere.db"], "no workspace nowhere.db"),
        (["--workspace", "x", "--demo"], "exclude each other"),
    ],
)
def test_what_the_verb_refuses(tmp_path, monkeypatch, capsys, options, said):
    monkeypatch.chdir(tmp_path)
    assert run(["report", "site", "out", *options]) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_news_of_a_week_from_a_workspace(place, capsys):
    assert run(["report", "news", "2026-W43", "--workspace", str(place)]) == 0
    said = capsys.readouterr().out
    assert "- **Refund in two taps**: Q4 2026 → Q2 2027: later by 2 quarters (The bank is slow.)" in said
    assert run(["report", "news", "2026-W41", "--workspace", str(place), "--audience", "public", "--as", "slack"]) == 0
    assert "Nothing changed." in capsys.readouterr().out


def test_the_other_forms_of_news_and_a_workbook(tmp_path, capsys):
    assert run(["report", "news", "2026-10", "--demo", "--as", "notion", "--language", "fr"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["type"] == "heading_1"
    assert run(["report", "news", "2026-10", "--demo", "--as", "mail"]) == 0
    assert capsys.readouterr().out.startswith("<!DOCTYPE html>")
    assert run(["report", "sheets", str(tmp_path / "a.xlsx"), "--demo"]) == 0
    assert (tmp_path / "a.xlsx").read_bytes().startswith(b"PK")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["2026-10", "--demo", "--as", "fax"], "no form 'fax'"),
        (["soon", "--demo"], "'soon' is no period"),
        (["2026-10"], "nothing to report on"),
        (["2026-10", "--demo", "--audience", "all"], "no view for 'all'"),
    ],
)
def test_news_that_cannot_be_told(capsys, options, said):
    assert run(["report", "news", *options]) == 2
    assert said in capsys.readouterr().err


def test_an_empty_workspace_has_a_home(tmp_path):
    Workspace(tmp_path / "product.db").close()
    assert list(pages(from_workspace(tmp_path / "product.db", date(2026, 11, 2)))) == ["index.html"]
