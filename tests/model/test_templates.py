"""Templates: ours are whole in both languages, and a team's own fail with file, line and key."""

import doctest
import re
import time
from datetime import date, timedelta
from importlib.resources import files

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from productops.errors import ConfigError
from productops.model.canvas import Canvas
from productops.model.checklist_template import ChecklistTemplate
from productops.model.process_value import lint_first_version
from productops.model.templates import DocumentTemplate, ProcessTemplate, TemplateError, load, load_file, loading, names
from productops.model.templates.reading import MAX_BYTES, read_yaml

CLASSES = {"canvas": Canvas, "launch_checklist": ChecklistTemplate}
RAW = {
    name: yaml.safe_load((files("productops.model.templates") / "data" / f"{name}.yaml").read_bytes())
    for name in names()
}
GOOD = """\
kind: document
languages: [en, fr]
key: brief
name: {en: Brief, fr: Note}
sections:
  - key: why
    title: {en: Why, fr: Pourquoi}
"""


def texts(value):
    """Every text of a plain value that people read: not keys, codes or ids."""
    if isinstance(value, dict):
        if set(value) <= {"en", "fr"} and value:
            yield value
        else:
            for item in value.values():
                yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


def test_examples_run():
    assert doctest.testmod(loading) == (0, 2)


def test_ours_are_all_there():
    assert names() == [
        "canvas", "launch_checklist", "launch_report", "newsletter", "process_feedback_triage",
        "process_launch_review", "process_roadmap_update", "roadmap", "strategy",
    ]  # fmt: skip


@pytest.mark.parametrize("name", names())
def test_every_text_is_in_both_languages(name):
    found = list(texts(RAW[name]))
    assert len(found) >= 8
    for text in found:
        assert set(text) == {"en", "fr"}
        assert all(isinstance(each, str) and each.strip() for each in text.values())
    for key in ("title", "guidance", "text", "why", "area", "label", "name", "problem", "purpose"):
        for value in re.findall(rf"'{key}': (.)", str(RAW[name])):
            assert value == "{", f"{key} is in one language only"


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_ours_load_in_both_languages(name, lang):
    made = load(name, lang)
    assert isinstance(made, CLASSES.get(name, ProcessTemplate if name.startswith("process") else DocumentTemplate))
    assert made.name == RAW[name]["name"][lang]


def test_the_launch_checklist_asks_more_of_bigger_launches():
    made = load("launch_checklist", into=ChecklistTemplate)
    musts = [sum(item.need_for(tier) == "must" for item in made.items_for(tier, "ga")) for tier in (1, 2, 3)]
    assert musts == sorted(musts, reverse=True)
    assert len(set(musts)) == 3
    # The meeting decides about the gate; an item of its own gate would keep it closed for ever.
    assert next(item for item in made.items if item.key == "meeting").gate is None


def test_the_canvas_is_the_same_thing_each_time_it_is_loaded():
    one, other = load("canvas", into=Canvas), load("canvas", into=Canvas)
    assert one.id == other.id
    assert one.fingerprint() == other.fingerprint()
    assert "Inspired by the idea" in one.author
    assert all(set(capability.criteria) == {"good", "better", "best"} for capability in one.capabilities)


def test_labels_of_a_level_keep_their_own_translations(tmp_path):
    text = """\
kind: canvas
languages: [en, fr]
name: {en: Basics, fr: Bases}
ladder: {key: own, levels: [{key: ok, label: ok, rank: 1, labels: {fr: bien}}]}
"""
    assert load_file(written(tmp_path, text), into=Canvas).ladder.label(1, "fr") == "bien"


@pytest.mark.parametrize("name", [name for name in names() if name.startswith("process")])
def test_starter_processes_are_viable(name):
    process = load(name, into=ProcessTemplate).start(date(2026, 9, 1), owner={"name": "Ada Muster"})
    assert lint_first_version(process) == ()
    assert (process.status.value, process.versions[0].number) == ("draft", "1.0")
    wait = load(name, into=ProcessTemplate).review_after_days
    assert process.versions[0].review_on == date(2026, 9, 1) + timedelta(days=wait)


def test_step_templates_refer_to_templates_of_ours():
    refs = {step.get("template_ref") for raw in RAW.values() for step in raw.get("steps", [])} - {None}
    assert refs
    assert refs <= set(names())


def test_unknown_names_and_languages_name_what_there_is():
    with pytest.raises(TemplateError, match="is no template; there are canvas, launch_checklist"):
        load("../secrets")
    with pytest.raises(TemplateError, match="has no language 'de', only en, fr"):
        load("roadmap", "de")


def test_an_empty_document_to_fill_in():
    text = load("strategy", "fr", into=DocumentTemplate).to_markdown("Stratégie 2027")
    assert text.startswith("# Stratégie 2027\n\n- **Horizon**: \n")
    assert text.count("\n## ") == 8


def written(tmp_path, text):
    path = tmp_path / "own.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_team_loads_its_own(tmp_path):
    made = load_file(written(tmp_path, GOOD), "fr")
    assert (made.name, made.sections[0].title) == ("Note", "Pourquoi")
    assert load_file(written(tmp_path, b"\xef\xbb\xbf" + GOOD.encode()), into=DocumentTemplate).name == "Brief"
    one_language = "kind: document\nkey: brief\nname: Brief\nsections: [{key: why, title: Why}]\n"
    assert load_file(written(tmp_path, one_language), "fr").sections[0].title == "Why"
    partly = GOOD.replace(", fr: Pourquoi", "")
    assert load_file(written(tmp_path, partly), "fr").sections[0].title == "Why"


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "text"),
    [
        ("    title: {en: Why, fr: Pourquoi}\n", "", 6, "sections[0].title", "Field required"),
        ("    title", "    titel", 7, "sections[0].titel", "Extra inputs are not permitted"),
        ("key: brief", "key: [brief]", 3, "key", "valid string"),
        ("key: brief", "key: no", 3, "key", "valid string"),
        ("key: why", "key: why\n    key: why", 7, "sections[0].key", "twice, first on line 6"),
        ("kind: document", "kind: memo", 1, "kind", "'memo' is not known; use one of canvas, checklist, document"),
        ("kind: document\n", "", 1, "kind", "is missing"),
        ("[en, fr]", "en", 2, "languages", "must be a list of codes"),
        ("[en, fr]", "[en, no]", 2, "languages", "must be a list of codes"),
        ("[en, fr]", "[de, it]", 2, "languages", "has no language 'en'"),
        ("key: brief", "key: !!python/object/apply:os.getcwd []", 3, "key", "python/object/apply:os.getcwd is not"),
        ("key: brief", "key: !!binary aGk=", 3, "key", "binary is not allowed"),
        ("key: brief", "<<: {key: brief}", 3, "", "merge is not allowed"),
        ("key: brief", "no: brief", 3, "", "put it in quotes: 'no'"),
        ("key: brief", "[a]: brief", 3, "", "a key must be a text"),
        ("key: brief", "key: brief\nrevision: 2026-99-99", 4, "revision", "cannot be read"),
        ("key: brief", f"key: brief\nrevision: {'9' * 5000}", 4, "revision", "cannot be read"),
        ("key: brief", "key: 'brief", None, "", "unexpected end of stream"),
        ("key: brief", "key: brief: x", 3, "", "mapping values"),
        ("key: why", "key: *nobody", 6, "", "undefined alias"),
    ],
)
def test_errors_name_file_line_and_key(tmp_path, old, new, line, key, text):
    assert old in GOOD
    path = written(tmp_path, GOOD.replace(old, new))
    with pytest.raises(TemplateError) as caught:
        load_file(path)
    (problem,) = [each for each in caught.value.problems if text in each.text]
    assert problem.key == key
    assert line is None or problem.line == line
    assert isinstance(caught.value, ConfigError)
    assert "own.yaml, line " in str(caught.value)


def test_all_problems_are_told_at_once(tmp_path):
    path = written(tmp_path, GOOD.replace("title", "titel").replace("key: brief", "key: ''"))
    with pytest.raises(TemplateError) as caught:
        load_file(path)
    assert {(problem.line, problem.key) for problem in caught.value.problems} == {
        (3, "key"), (6, "sections[0].title"), (7, "sections[0].titel"),
    }  # fmt: skip


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + last] * 10)}]\n" for last, name in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (BOMB.encode(), "more than 20,000 values once its aliases are written out"),
        (b"a: &a [*a]", "contains itself"),
        (b"a: &a {b: *a}", "contains itself"),
        (b"[" * 5000, "nested deeper than 40 levels"),
        (b"x: " + b"y" * MAX_BYTES, "more than a template may have"),
        (b"a: 1\n---\nb: 2", "more than one document"),
        (b"", "is empty"),
        (b"# nothing", "is empty"),
        (b"- a", "must be a mapping"),
        (b"key: caf\xe9", "is not UTF-8"),
        (b"key: a\x00b", "special characters are not allowed"),
    ],
)
def test_hostile_files_are_refused_quickly(tmp_path, data, text):
    began = time.perf_counter()
    with pytest.raises(TemplateError, match=re.escape(text)):
        load_file(written(tmp_path, data))
    assert time.perf_counter() - began < 5


def test_a_file_that_cannot_be_read_says_so(tmp_path):
    with pytest.raises(TemplateError, match=r"absent\.yaml, cannot be read: No such file"):
        load_file(tmp_path / "absent.yaml")


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | st.text("abc: é-*&{}[]'\"#,\n", max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abcé", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text("abc", min_size=1), plain, min_size=1))
def test_what_is_written_is_read(value):
    found, lines = read_yaml(yaml.safe_dump(value, allow_unicode=True).encode(), "own.yaml")
    assert found == value
    assert all((key,) in lines for key in value)


@settings(max_examples=50, deadline=None)
@example(b"\xff")
@example(b"? [")
@given(st.binary(max_size=60) | st.text("ab:{}[]&*!|>-'\"#\n %@`?,", max_size=40).map(str.encode))
def test_whatever_the_file_holds_only_our_error_comes_out(data):
    try:
        read_yaml(data, "own.yaml")
    except TemplateError as error:
        assert error.problems  # noqa: PT017 - either outcome is right
