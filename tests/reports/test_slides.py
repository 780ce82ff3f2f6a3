"""A notebook as slides: one page, what was saved and nothing else, harmless whatever stands in it."""

import base64
import json
import re

import pytest

from productops.cli.app import run
from productops.errors import ConfigError
from productops.reports.slides import slides, write_slides
from reports import browser
from reports.worlds import HOSTILE

DOT = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")


def cell(kind, source, slide=None, *outputs):
    metadata = {} if slide is None else {"slideshow": {"slide_type": slide}}
    return {"cell_type": kind, "source": source, "metadata": metadata, "outputs": list(outputs)}


def shows(**data):
    return {"output_type": "display_data", "data": {key.replace("_", "/", 1): value for key, value in data.items()}}


def printed(text):
    return {"output_type": "stream", "name": "stdout", "text": [text]}


@pytest.fixture
def book(tmp_path):
    def write(*cells):
        path = tmp_path / "review.ipynb"
        path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), "utf-8")
        return path

    return write


def titles(page):
    return re.findall(r"<h[12]><bdi>(.*?)</bdi>", page)


def test_headings_begin_slides_where_no_cell_says_so(book):
    path = book(
        cell("markdown", ["# Review\n", "\n", "What moved."]),
        cell("code", "print(1)", None, printed("one of two")),
        cell("markdown", "## Late\n\n- **Storm mode**"),
        cell("markdown", "### Not a slide"),
    )
    page = slides(path)
    assert titles(page) == ["Review", "Late"]
    assert "one of two" in page
    assert "print(1)" not in page
    assert "print(1)" in slides(path, code=True)
    assert page == slides(path)
    assert "Diapositive 2 sur 2" in slides(path, "fr")


def test_slide_types_decide_where_there_are_any(book):
    page = slides(
        book(
            cell("markdown", "# One", "slide"),
            cell("markdown", "## Still one", "-"),
            cell("markdown", "Only for the speaker", "notes"),
            cell("markdown", "Left out", "skip"),
            cell("markdown", "# Two", "subslide"),
        )
    )
    assert titles(page) == ["One", "Two"]
    assert "Still one" in page
    assert "speaker" not in page
    assert "Left out" not in page


def test_outputs_are_shown_at_their_best(book):
    pytest.importorskip("vl_convert")
    chart = {"data": {"values": [{"a": 1}]}, "mark": "bar", "encoding": {"x": {"field": "a"}}, "description": "Bars"}
    remote = {"data": {"url": "http://127.0.0.1:9/x.csv"}, "mark": "bar", "description": "Remote"}
    vega = "application/vnd.vegalite.v6+json"
    embedded = f'<script>(function(spec, opt){{ draw(spec) }})({json.dumps(chart)}, {{"mode": "vega-lite"}});</script>'
    charted = {"output_type": "execute_result", "data": {vega: chart, "text/plain": "no"}}
    page = slides(
        book(
            cell("markdown", "# All"),
            cell("code", "chart", None, charted),
            cell("code", "chart", None, shows(text_html=embedded, text_plain="no")),
            cell("code", "empty", None, shows(text_html="<script>1</script>", text_plain="in its place")),
            cell("code", "photo", None, shows(image_png=base64.b64encode(DOT).decode())),
            cell("code", "table", None, shows(text_html="<table><tr><td>8 of 9</td></tr></table>", text_plain="no")),
            cell("code", "x", None, shows(image_png="bm90IGEgcGljdHVyZQ==", text_plain="'shown instead'")),
            cell("code", "y", None, {"output_type": "display_data", "data": {vega: remote, "text/plain": "offline"}}),
        )
    )
    assert page.count("data:image/svg+xml;base64,") == 2
    assert 'alt="Bars"' in page
    assert page.count("data:image/png;base64,") == 1
    assert "<td>8 of 9</td>" in page
    assert "shown instead" in page
    assert "offline" in page
    assert "in its place" in page


def test_hostile_text_cannot_run(book):
    page = slides(
        book(
            cell("markdown", f"# {HOSTILE}\n\n{HOSTILE}"),
            cell("code", HOSTILE, None, printed(HOSTILE), shows(text_html=HOSTILE), shows(text_markdown=HOSTILE)),
        ),
        code=True,
    )
    assert "<script" not in page
    assert "<img" not in page
    assert "onerror=" not in re.sub(r"&[a-z]+;|&#\d+;", "", re.sub(r">[^<]*<", "><", page))
    assert "\u202e" not in page


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ([cell("code", "print(1)")], "without outputs"),
        ([cell("code", "1/0", None, {"output_type": "error", "ename": "ZeroDivisionError"})], "Cell 1 failed"),
    ],
)
def test_what_cannot_be_shown(book, cells, why, tmp_path):
    with pytest.raises(ConfigError, match=why):
        slides(book(*cells))
    with pytest.raises(ConfigError, match="no notebook"):
        slides(tmp_path / "none.ipynb")
    (tmp_path / "text.ipynb").write_text("[]")
    with pytest.raises(ConfigError, match="is no notebook"):
        slides(tmp_path / "text.ipynb")
    with pytest.raises(ConfigError, match="cannot be written"):
        write_slides(book(cell("markdown", "# One")), tmp_path / "no" / "where.html")


def test_from_a_shell(book, tmp_path, capsys):
    path = book(cell("markdown", "# Revue"))
    assert run(["report", "slides", str(path), str(tmp_path / "out.html"), "--language", "fr"]) == 0
    assert capsys.readouterr().out.strip().endswith("out.html")
    assert run(["report", "slides", str(tmp_path / "none.ipynb"), "x.html", "--language", "fr"]) == 2
    assert "Il n'y a pas de carnet" in capsys.readouterr().err


@pytest.mark.skipif(browser.found() is None, reason="no Chromium on this machine")
@pytest.mark.parametrize(("width", "dark"), [(390, False), (1280, True)])
def test_in_a_browser(book, tmp_path, width, dark):
    from reports.test_browser import CONTRAST, LOOK

    table = "<table><tr><th>Theme</th><th>Accounts</th></tr><tr><td>Fares</td><td>6</td></tr></table>"
    page = write_slides(
        book(
            cell("markdown", "# Roadmap review\n\nWhat moved since September."),
            cell(
                "code",
                "",
                None,
                printed("w" * 400),
                shows(text_html=table),
                shows(image_png=base64.b64encode(DOT).decode()),
            ),
            cell("markdown", "## Next\n\n- Storm mode\n- [Group tickets](https://example.com)"),
        ),
        tmp_path / "deck.html",
    )
    opened = browser.Browser(tmp_path / "profile")
    try:
        opened.open(page, width, dark=dark)
        look, contrast = opened.run(LOOK), opened.run(CONTRAST)
        assert (look["over"], look["wide"], look["jumps"], look["headings"]) == (0, [], 0, [1, 2])
        assert (contrast["bad"], contrast["seen"] > 5) == ([], True)
        assert [one for one in opened.requests if not one.startswith("data:")] == [page.resolve().as_uri()]
        assert opened.run("[...document.images].every(one => one.alt && one.complete)")
        opened.picture(tmp_path / "deck.png")
    finally:
        opened.close()
