"""Charts as objects to restyle, drawn here without a browser, the same each time."""

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from productops.demo import company
from productops.errors import ConfigError, MissingExtraError
from productops.model.business_case import evaluate
from productops.model.canvas_trend import trend
from productops.model.kano import Category, kano
from productops.model.recruiting import recruiting_funnel
from productops.model.scores import ice, opportunity, rice
from productops.model.sensitivity import rice_swings
from productops.reports.source import Source
from reports.worlds import hostile_source, source

alt = pytest.importorskip("altair")
pytest.importorskip("vl_convert")

from productops.reports import charts  # noqa: E402 - after the extra is known to be there

SURVEY = kano([Category.ATTRACTIVE] * 3 + [Category.MUST_BE] * 2)


def every(known: Source, language: str = "en"):
    before, after = known.assessments
    moved = trend(before, known.canvases[0], after, known.canvases[1])
    return {
        "timeline": charts.timeline(known.items, known.as_of, language),
        "burn_up": charts.burn_up(known.launches[1], known.as_of, language),
        "accounts": charts.demand_heat(known, language),
        "arr": charts.demand_heat(known, language, by="arr"),
        "dumbbell": charts.dumbbell(moved, known.canvases[1], language),
        "value_effort": charts.value_effort(known.items, language=language),
        "slope": charts.slope(moved, known.canvases[1], language),
        "demand_trend": charts.demand_trend(known, language),
        "tornado": charts.tornado(known.items[0].scores["rice"], known.items[0].title, language),
        "kano": charts.kano_map({item.title: SURVEY for item in known.items[:6]}, language),
        "opportunity": charts.opportunity_map(
            {item.title: opportunity(number + 1, 9 - number) for number, item in enumerate(known.items[:6])}, language
        ),
        "recruiting": charts.recruiting(recruiting_funnel(company().study, 40, company().sessions), language),
        "calibration": charts.calibration_curve(known.decisions, known.as_of, language),
        "payback": charts.payback(evaluate(known.case), language),
        "adoption": charts.adoption_steps(
            known.processes[0], known.adoptions, [team.id for team in known.teams], known.as_of, language
        ),
    }


def test_each_is_a_chart_people_can_restyle():
    for name, chart in every(source()).items():
        assert isinstance(chart.properties(title="mine"), alt.LayerChart | alt.FacetChart), name
        spec = chart.to_dict()
        assert spec["description"], name
        assert "http" not in str({key: value for key, value in spec.items() if key != "$schema"}), name


def test_pictures_of_all_of_them(tmp_path):
    for name, chart in every(source(), "fr").items():
        svg = charts.save(chart, tmp_path / f"{name}.svg").read_text("utf-8")
        assert svg.startswith("<svg")
        assert "<text" in svg
    assert "Chronologie" in (tmp_path / "timeline.svg").read_text("utf-8")
    assert "juil." in (tmp_path / "timeline.svg").read_text("utf-8")
    assert ">1\u202f600<" in (tmp_path / "value_effort.svg").read_text("utf-8")
    png = charts.save(charts.dark(every(source())["burn_up"]), tmp_path / "dark.png").read_bytes()
    assert png.startswith(b"\x89PNG")


def test_the_same_chart_is_the_same_file(tmp_path):
    one, two = (charts.save(every(source())["accounts"], tmp_path / f"{name}.svg").read_bytes() for name in "ab")
    assert one == two


def test_a_dark_chart_keeps_its_data_and_changes_its_ink():
    light = charts.burn_up(company().launch("groups"), company().as_of)
    spec, night = light.to_dict(), charts.dark(light).to_dict()
    assert spec["config"]["title"]["color"] != night["config"]["title"]["color"]
    assert night["config"]["background"] == "#11161d"
    assert spec["layer"] == night["layer"]
    assert light.to_dict() == spec


def test_hostile_text_draws_as_text(tmp_path):
    for name, chart in every(hostile_source()).items():
        svg = charts.save(chart, tmp_path / f"{name}.svg").read_text("utf-8")
        assert "<script" not in svg
        assert "<image" not in svg
        assert "\u202e" not in svg


def test_every_word_of_a_chart_is_in_the_readers_language(tmp_path):
    for name, chart in every(source(), "fr").items():
        english = every(source(), "en")[name].to_dict()
        assert chart.to_dict()["title"] != english["title"], name
        assert chart.to_dict()["description"] != english["description"], name


def test_a_drawing_is_the_same_wherever_it_is_made(tmp_path):
    code = (
        "import sys\nfrom reports.test_charts import every, source\nfrom productops.reports import charts\n"
        "for name, chart in every(source()).items():\n    charts.save(chart, f'{sys.argv[1]}-{name}.svg')\n"
    )
    for zone in ("America/Los_Angeles", "Pacific/Auckland"):
        environment = {**os.environ, "TZ": zone, "PYTHONPATH": str(Path(__file__).parents[1])}
        subprocess.run([sys.executable, "-c", code, zone[0]], cwd=tmp_path, env=environment, check=True, timeout=120)
    west = {path.name[2:]: path.read_bytes() for path in tmp_path.glob("A-*")}
    east = {path.name[2:]: path.read_bytes() for path in tmp_path.glob("P-*")}
    assert sorted(west) == sorted(f"{name}.svg" for name in every(source()))
    assert [name for name in west if west[name] != east[name]] == []


def test_what_the_rarer_charts_say(tmp_path):
    drawn = {
        name: charts.save(chart, tmp_path / f"{name}.svg").read_text("utf-8") for name, chart in every(source()).items()
    }
    assert "3  (60%)" in drawn["recruiting"]  # of five that said yes
    assert "2 of 2" in drawn["calibration"]
    assert "after 9.5 months" in drawn["payback"]
    assert "▲ Launch without surprises" in drawn["slope"]
    assert "Timetable as a calendar feed" in drawn["demand_trend"]  # a delivery of that theme
    assert "M: must be there" in drawn["kano"]
    assert "version 1.0" in drawn["adoption"]


def test_how_far_each_input_moves_a_score():
    score = rice(reach=360, impact=2, confidence=0.8, effort=3, period="quarter")
    found = {one.input: (one.low_score, one.high_score) for one in rice_swings(score)}
    assert found == {
        "impact": (96.0, 288.0),  # one step down its scale, one up
        "effort": (pytest.approx(256), pytest.approx(153.6)),
        "reach": (pytest.approx(144), pytest.approx(240)),
        "confidence": (pytest.approx(144), pytest.approx(240)),
    }
    assert rice_swings(score)[0].input == "impact"
    sure = rice(reach=10, impact=1, confidence=0.9, effort=1, period="quarter")
    assert next(one for one in rice_swings(sure) if one.input == "confidence").high == 1.0
    assert rice_swings(score, ranges={"reach": (0, 720)})[0].high_score == pytest.approx(384)
    assert rice_swings(rice(None, 1, 1, 1, period="quarter")) == ()
    with pytest.raises(ValueError, match="swings of ice_product"):
        rice_swings(ice(1, 2, 3))
    with pytest.raises(ValueError, match="between 0 and 1"):
        rice_swings(score, by=1)
    with pytest.raises(ValueError, match="no input x"):
        rice_swings(score, ranges={"x": (0, 1)})


def test_names_on_a_map_do_not_lie_over_each_other():
    from productops.reports.charts.priority import LINE, apart

    rows = [{"x": 0.6, "y": 0.7, "name": f"Item {number}", "before": True} for number in range(8)]
    heights = sorted(row["name_y"] for row in apart(rows, 1.0))
    assert min(high - low for low, high in pairwise(heights)) >= LINE - 1e-9


def test_what_cannot_be_drawn(tmp_path):
    with pytest.raises(ConfigError, match="scores of ice"):
        charts.opportunity_map({"a": ice(1, 2, 3)})
    with pytest.raises(ConfigError, match="not counted by 'notes'"):
        charts.demand_heat(source(), by="notes")
    with pytest.raises(ConfigError, match=r"not written as \.pdf"):
        charts.save(every(source())["arr"], tmp_path / "a.pdf")


def test_without_the_extra_the_command_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(MissingExtraError, match=r"productops\[charts\]"):
        charts.timeline([], company().as_of)


def test_pages_need_no_extra():
    code = (
        "import sys\nfor each in ('altair', 'vl_convert', 'xlsxwriter', 'css_inline', 'pandas', 'polars', 'numpy'):\n"
        "    sys.modules[each] = None\n"
        "from productops.demo import company\nfrom productops.reports import Source\n"
        "from productops.reports.site import pages\nprint(len(pages(Source.of(company()))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "10", done.stderr
