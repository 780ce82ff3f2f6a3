"""The structural check of documents against the official schema, and the wiki rendering."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from productops.testing.sandbox.jira.adf import CHILDREN, from_text, to_wiki, valid
from sandbox_jira import doc
from shared import shared

NODES = sorted(set(CHILDREN) - {"doc"})
# Where the sandbox is stricter or laxer than the schema, and why.
MARKS = ["strong", "em", "code", "strike", "underline"]


@pytest.fixture(scope="module")
def schema():
    return Draft4Validator(json.loads(shared("specs/adf.schema.json").read_text()))


def documents():
    for path in sorted(shared("payloads/jira/adf").glob("*.json")):
        yield from _documents(json.loads(path.read_text()))


def _documents(value):
    if isinstance(value, dict):
        if value.get("type") == "doc":
            yield value
            return
        if "type" in value and "content" in value and value["type"] in CHILDREN["doc"]:
            yield {"type": "doc", "version": 1, "content": [value]}
            return
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _documents(one)


def test_recorded_documents_are_judged_as_the_schema_judges_them(schema):
    found = list(documents())
    assert len(found) >= 10
    for one in found:
        if schema.is_valid(one):
            assert valid(one), one
            to_wiki(one)


text = st.builds(
    lambda value, marks: {
        "type": "text",
        "text": value,
        **({"marks": [{"type": one} for one in marks]} if marks else {}),
    },
    st.text(max_size=4),
    st.lists(st.sampled_from(MARKS), max_size=1),
)
attributes = st.fixed_dictionaries(
    {},
    optional={
        "localId": st.just("a"),
        "state": st.just("TODO"),
        "level": st.integers(0, 7),
        "panelType": st.sampled_from(["info", "odd"]),
        "id": st.just("1"),
        "shortName": st.just(":x:"),
    },
)


def nodes(children):
    def build(kind, attrs, content):
        return {
            "type": kind,
            **({"attrs": attrs} if attrs else {}),
            **({"content": content} if content is not None else {}),
        }

    kinds = [
        "paragraph", "heading", "bulletList", "orderedList", "listItem", "codeBlock", "blockquote", "panel", "rule",
        "taskList", "taskItem", "hardBreak", "mention", "emoji",
    ]  # fmt: skip
    return st.builds(build, st.sampled_from(kinds), attributes, st.none() | st.lists(children, max_size=2))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.recursive(text, nodes, max_leaves=6), max_size=2))
def test_nothing_the_schema_refuses_for_its_structure_gets_through(content):
    schema = Draft4Validator(json.loads(shared("specs/adf.schema.json").read_text())) if not CACHE else CACHE[0]
    CACHE[:] = [schema]
    bare = {"type": "doc", "version": 1, "content": [_only_known_attributes(one) for one in content]}
    if valid(bare):
        assert schema.is_valid(bare), bare


CACHE: list[Draft4Validator] = []
KNOWN = {
    "heading": {"level", "localId"}, "panel": {"panelType", "localId"}, "taskList": {"localId"},
    "taskItem": {"localId", "state"}, "mention": {"id", "localId"}, "emoji": {"shortName", "id", "localId"},
}  # fmt: skip


def _only_known_attributes(node):
    """The check leaves attributes nobody needs alone, so none are sent."""
    known = KNOWN.get(node["type"], set())
    kept = {name: value for name, value in node.get("attrs", {}).items() if name in known}
    rest = {name: value for name, value in node.items() if name not in {"attrs", "content"}}
    if kept:
        rest["attrs"] = kept
    if "content" in node:
        rest["content"] = [_only_known_attributes(one) for one in node["content"]]
    return rest


@pytest.mark.parametrize(
    "bad",
    [
        {"type": "doc", "content": []},
        {"type": "doc", "version": 2, "content": []},
        {"type": "doc", "version": 1},
        doc(""),
        {"type": "doc", "version": 1, "content": [{"type": "text", "text": "x"}]},
        {"type": "doc", "version": 1, "content": [{"type": "heading", "content": []}]},
        {"type": "doc", "version": 1, "content": [{"type": "bulletList", "content": []}]},
        {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "mention"}]}]},
        {"type": "doc", "version": 1, "content": "x"},
    ],
)
def test_what_is_refused(bad, schema):
    assert not valid(bad)
    assert not schema.is_valid(bad)


def test_wiki_text():
    bold = {"type": "text", "text": "b", "marks": [{"type": "strong"}]}
    link = {"type": "text", "text": "l", "marks": [{"type": "link", "attrs": {"href": "https://example.com"}}]}
    item = {"type": "listItem", "content": [{"type": "paragraph", "content": [bold]}]}
    content = [
        {"type": "heading", "attrs": {"level": 2}, "content": [link]},
        {"type": "bulletList", "content": [item, item]},
        {"type": "codeBlock", "attrs": {"language": "sql"}, "content": [{"type": "text", "text": "select"}]},
    ]
    wiki = to_wiki({"type": "doc", "version": 1, "content": content})
    assert wiki == "h2. [l|https://example.com]\n\n* *b*\n* *b*\n\n{code:sql}\nselect\n{code}"
    assert to_wiki(from_text("one\ntwo\n\nthree")) == "one\ntwo\n\nthree"
