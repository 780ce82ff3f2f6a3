"""Charts as objects to restyle, drawn here without a browser, the same each time."""

import subprocess
import sys

import pytest

from productops.demo import company
from productops.errors import ConfigError, MissingExtraError
from productops.model.canvas_trend import trend
from productops.reports.source import Source
from reports.worlds import hostile_source, source

alt = pytest.importorskip("altair")
pytest.importorskip("vl_convert")

from productops.reports import charts  # noqa: E402 - after the extra is known to be there


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
    }


def test_each_is_a_chart_people_can_restyle():
    for name, chart in every(source()).items():
        assert isinstance(chart.properties(width=300), alt.LayerChart), name
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


def test_what_cannot_be_drawn(tmp_path):
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
