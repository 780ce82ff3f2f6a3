"""The pages as text: complete, the same each time, and safe whatever people wrote."""

import base64
import hashlib
import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest

from productops.cli.app import run
from productops.errors import ConfigError
from productops.model.feedback import Span
from productops.model.people import Account
from productops.model.scores import ice, rice
from productops.reports.language import Language
from productops.reports.pages.priority import priorities
from productops.reports.site import pages, write_site
from productops.reports.source import Source
from reports.worlds import LONG, hostile_source, moving_source, source
from reports.worlds import made as made_once

VOID = {"meta", "br", "hr", "input", "img", "link"}
HARMLESS = {
    *("html", "head", "meta", "title", "style", "body", "a", "header", "nav", "main", "section", "footer", "div"),
    *("span", "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "bdi", "strong", "em", "br"),
    *("table", "thead", "tbody", "tr", "th", "td", "details", "summary", "q", "fieldset", "label", "input", "code"),
    *("blockquote", "pre", "del", "hr"),
    *("svg", "defs", "pattern", "path", "rect", "line", "circle", "polyline", "text", "title"),
}
FILES = {
    *("index.html", "roadmap.html", "launches.html", "canvas.html", "feedback.html", "processes.html", "impact.html"),
    *("launch-winter.html", "launch-groups.html", "launch-loyalty.html"),
}


class Reader(HTMLParser):
    """Reads a page strictly: every element is closed where it should be."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def words(page: str) -> str:
    return " ".join("".join(Reader(re.sub("<style>.*?</style>", "", page, flags=re.DOTALL)).text).split())


def test_every_page_is_there_and_whole():
    made = made_once()
    assert set(made) == FILES
    for name, page in made.items():
        reader = Reader(page)
        assert {tag for tag, _ in reader.tags} <= HARMLESS, name
        ids = [values["id"] for _, values in reader.tags if "id" in values]
        assert len(ids) == len(set(ids)), name
        for tag, values in reader.tags:
            assert not any(each.startswith("on") or each in ("style", "src", "srcset", "action") for each in values), (
                tag,
                values,
            )
            if "href" in values:
                assert values["href"] in FILES or values["href"].lstrip("#") in ids, (name, values)


def test_what_the_company_knows_is_on_the_pages():
    made = {name: words(page) for name, page in made_once().items()}
    assert "Not ready: 1 must is open without a valid waiver." in made["launch-groups.html"]
    assert "to do, overdue, the waiver expired on 31 Oct 2026" in made["launch-groups.html"]
    assert "15 Sep 2026" in made["launch-winter.html"]
    assert "13 Oct 2026" in made["launch-winter.html"]
    assert "8.5 (20 Oct 2026) · met" in made["launch-winter.html"]
    assert "15 Dec 2026 → Q4 2026: known more or less exactly, not moved" in made["roadmap.html"]
    assert "nobody said why" in made["roadmap.html"]
    assert "366,000 EUR" in made["feedback.html"]
    assert "of the best possible51%10 of 11 applicable capabilities rated" in made["canvas.html"]
    assert "consider ending it" in made["processes.html"]
    assert "−5,060 EUR" in made["impact.html"]
    assert "1 h a week are claimed twice" in made["impact.html"].replace("\u00a0", " ")


def pictures(page: str) -> list[str]:
    return [values["aria-label"] for tag, values in Reader(page).tags if tag == "svg" and values.get("role") == "img"]


def test_every_picture_of_the_lists_has_its_place():
    made = made_once()
    heads = {name: re.findall(r"<h[23][^>]*>(.*?)</h[23]>", page) for name, page in made.items()}
    for name, head in (
        ("roadmap.html", "What comes first"),
        ("feedback.html", "Who asked, month by month"),
        ("feedback.html", "User tests"),
        ("impact.html", "How well chances were judged"),
    ):
        assert head in heads[name], (name, head)
    assert pictures(made["roadmap.html"]) == ["RICE score / effort"]
    assert any("85% said: 2 of 2 came true" in each for each in pictures(made["impact.html"]))
    shown = words(made["roadmap.html"])
    assert "1. Storm mode Now1,4401" in shown
    assert "4 items with a lower score are not shown. 1 item without both numbers is left out." in shown
    assert "1. Storm mode: what the score depends on" in shown
    assert "effort0.75 – 1.251,152 – 1,920" in shown
    assert "▲ Winter timetable in the app, 13 Oct" in words(made["feedback.html"])
    assert "invited5 (71%) said yes5 (100%) came3 (60%)" in words(made["feedback.html"])


def test_versions_are_shown_once_there_are_two():
    assert "From one version to the next" not in made_once()["processes.html"]
    [drawn] = pictures(pages(moving_source())["processes.html"])
    assert (
        drawn
        == "Feedback triage: teams on each version. version 2.0: 2 teams; version 1.1: 1 team; version 1.0: 0 teams"
    )


def test_scores_of_two_methods_are_not_compared_and_a_score_of_nothing_is_one():
    known = source()
    first, second, *others = [item for item in known.items if item.horizon not in ("done", "dropped")]
    scored = [
        first.model_copy(update={"scores": {"ice": ice(8, 6, 7)}}),
        second.model_copy(
            update={"scores": {"rice": rice(reach=0, impact=1, confidence=1, effort=1, period="quarter")}}
        ),
        others[0].model_copy(
            update={"scores": {"rice": rice(reach=9, impact=1, confidence=1, effort=1, period="quarter")}}
        ),
    ]
    found = priorities(replace(known, roadmap=known.roadmap.model_copy(update={"items": scored})), Language("en"))
    assert [(row["title"], row["score"]) for row in found["rows"]] == [(others[0].title, "9"), (second.title, "0")]
    assert found["without"] == 1
    assert priorities(replace(known, roadmap=None), Language("en")) is None


def test_the_same_source_gives_the_same_bytes(tmp_path):
    first = write_site(source(), tmp_path / "a")
    write_site(source(), tmp_path / "b")
    assert first == tmp_path / "a" / "index.html"
    for name in FILES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
        assert b"\r" not in (tmp_path / "a" / name).read_bytes()


def test_the_order_of_the_lists_does_not_matter_where_it_means_nothing():
    known = source()
    turned = replace(known, launches=known.launches[::-1], feedback=known.feedback[::-1], accounts=known.accounts[::-1])
    assert pages(turned) == made_once()


def test_the_policy_allows_this_style_sheet_and_nothing_else():
    for page in made_once().values():
        [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
        [style] = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        assert "url(http" not in style
        assert "@import" not in style


def test_hostile_text_stays_text():
    made = pages(hostile_source())
    assert len(made) == len(FILES)
    poisoned = 0
    for name, page in made.items():
        reader = Reader(page)
        assert {tag for tag, _ in reader.tags} <= HARMLESS, name
        for tag, values in reader.tags:
            assert not any(each.startswith("on") or each in ("style", "src") for each in values), (tag, values)
            assert "javascript" not in values.get("href", ""), (tag, values)
        assert "\u202e" not in page
        assert "49" not in re.findall(r"\{\{7\*7\}\}|>49<", page)
        poisoned += LONG in "".join(reader.text)
    assert poisoned == len(made)


def test_french_says_it_in_french():
    made = {name: words(page) for name, page in made_once("fr").items()}
    assert "Pas prêt : 1 point obligatoire est ouvert sans dérogation valable." in made["launch-groups.html"]
    assert "la dérogation a expiré le 31 oct. 2026" in made["launch-groups.html"]
    assert "366\u202f000\u00a0EUR" in made_once("fr")["feedback.html"]
    assert "T1 2027" in made["roadmap.html"]
    assert '<html lang="fr">' in made_once("fr")["index.html"]
    english = re.compile(r"\b(not ready|off track|overdue|owner|today|looked at|none named|the waiver)\b")
    for name, text in made.items():
        assert not english.findall(text), name


def test_a_source_with_nothing_in_it_has_a_home():
    made = pages(Source(name="Nobody", as_of=date(2026, 11, 2)))
    assert list(made) == ["index.html"]
    assert "Nobody" in words(made["index.html"])


@pytest.mark.parametrize(
    "left_out",
    ["snapshots", "teams", "accounts", "insights", "canvases", "runs", "adoptions", "people", "time_samples"],
)
def test_a_part_that_is_missing_breaks_no_page(left_out):
    made = pages(source(**{left_out: []}))
    assert set(made) == FILES
    for page in made.values():
        Reader(page)


def test_a_report_on_an_earlier_day_knows_nothing_of_later_days():
    made = {name: words(page) for name, page in pages(source(as_of=date(2026, 10, 20))).items()}
    assert "the waiver expired" not in made["launch-groups.html"]
    assert "waived by Mira Quill until 31 Oct 2026" in made["launch-groups.html"]


def test_records_that_do_not_fit_each_other_are_told_and_break_no_page():
    known = source()
    edited = known.canvases[-1].model_copy(deep=True)
    edited.capabilities = edited.capabilities[1:]
    cut = known.insights[0].model_copy(update={"span": Span(start=0, end=9_999), "target_id": "item_17"})
    made = pages(replace(known, canvases=[known.canvases[0], edited], insights=[cut, *known.insights]))
    assert "were changed after this assessment" in words(made["canvas.html"])
    assert "Kalendern" in words(made["feedback.html"])


# --- a folder of one's own


def test_a_folder_replaces_one_block_and_adds_labels_and_style(tmp_path):
    (tmp_path / "roadmap.html").write_text(
        '{% extends "productops/roadmap.html" %}'
        '{% block board %}<p>Ask {{ t("boss") }}: {{ page.board | length }}</p>{% endblock %}'
    )
    (tmp_path / "labels.yaml").write_text("boss: {en: the boss}\npage_launches: {en: Releases}\n")
    (tmp_path / "style.css").write_text("h1 { color: teal } /* </style><script> */")
    made = pages(source(), templates=tmp_path)
    assert "Ask the boss: 3" in made["roadmap.html"]
    assert "Time line" in made["roadmap.html"]
    assert "Releases" in words(made["index.html"])
    assert "h1 { color: teal }" in made["index.html"]
    assert "<script" not in made["index.html"].replace("<\\/style><script>", "")
    test = re.findall(r"<style>(.*?)</style>", made["index.html"], re.DOTALL)
    assert base64.b64encode(hashlib.sha256(test[0].encode()).digest()).decode() in made["index.html"]


def test_a_language_of_ones_own(tmp_path):
    (tmp_path / "labels.yaml").write_text('page_roadmap: {de: "Fahrplan"}\n')
    assert "Fahrplan" in words(pages(source(), "de", templates=tmp_path)["roadmap.html"])
    with pytest.raises(ConfigError, match="no labels in 'de'"):
        pages(source(), "de")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ page.__class__.__mro__ }}", "may not do that|cannot be used"),
        ("{{ ''.__class__.__base__.__subclasses__() }}", "may not do that|cannot be used"),
        ("{{ page.nonsense }}", "cannot be used"),
        ("{{ t.read('en', none) }}", "may not do that|cannot be used"),
        ("{{ t.__self__.lang }}", "may not do that|cannot be used"),
        ("{% for %}", "line 1 cannot be used"),
    ],
)
def test_a_template_that_goes_too_far_is_refused_by_name(tmp_path, text, said):
    (tmp_path / "home.html").write_text(text)
    with pytest.raises(ConfigError, match=said) as caught:
        pages(source(), templates=tmp_path)
    assert "home.html" in str(caught.value)


def test_templates_cannot_change_the_lists_they_are_given(tmp_path):
    (tmp_path / "home.html").write_text("{{ nav.append(1) }}")
    with pytest.raises(ConfigError, match=r"home\.html"):
        pages(source(), templates=tmp_path)


# --- the verb


def test_the_verb_writes_the_site_and_names_it(tmp_path, capsys):
    assert run(["report", "site", str(tmp_path / "out"), "--demo", "--language", "fr", "--as-of", "2026-10-20"]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "out" / "index.html")
    assert "20 oct. 2026" in (tmp_path / "out" / "index.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "nothing to report on"),
        (["--demo", "--language", "xx"], "no labels in 'xx'"),
        (["--demo", "--as-of", "soon"], "'soon' is no date"),
        (["--demo", "--audience", "internal"], "no view for 'internal'"),
        (["--demo", "--templates", "nowhere"], "no folder nowhere"),
    ],
)
def test_what_the_verb_refuses(tmp_path, capsys, options, said):
    assert run(["report", "site", str(tmp_path / "out"), *options]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written(tmp_path, capsys):
    (tmp_path / "file").write_text("x")
    assert run(["report", "site", str(tmp_path / "file"), "--demo"]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_accounts_without_notes_are_no_trouble():
    assert pages(source(feedback=[], accounts=[Account(name="x")]))


@pytest.mark.parametrize(
    ("language", "words"), [("en", "changed after this assessment"), ("fr", "changés après cette")]
)
def test_an_assessment_that_no_longer_fits_says_so_in_the_readers_language(language, words):
    known = source()
    last = known.assessments[-1]
    spoilt = replace(known, assessments=[last.model_copy(update={"canvas_fingerprint": "another"})])
    assert words in pages(spoilt, language)["canvas.html"]
