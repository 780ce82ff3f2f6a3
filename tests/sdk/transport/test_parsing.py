"""A parser that leaves out what nobody looks at says of the rest what one that reads everything says."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from productops.sdk.transport.parsing import ABSENT, Parts, Shown, parse_json, parser_of, parts

ITEM = {"id": ..., "who": Parts({"id": ..., "get": ..., "two words": ..., "class": ...}), "all": [Parts({"id": ...})]}
PAGE = {"items": [ITEM], "next": ...}
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False), st.text()
)
names = st.sampled_from(["id", "who", "all", "get", "two words", "class", "items", "next", "self"])
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=4)),
    max_leaves=9,
)
who = st.dictionaries(names, anything, max_size=5)
items = st.dictionaries(names, anything, max_size=3) | st.fixed_dictionaries(
    {"id": anything, "who": who}, optional={"all": st.lists(who, max_size=2), "self": anything}
)
pages = anything | st.fixed_dictionaries(
    {"items": st.lists(items, max_size=3)}, optional={"next": anything, "self": anything}
)


def trimmed(value: Any, shown: Any) -> Any:
    if isinstance(shown, list) and isinstance(value, list):
        return [trimmed(each, shown[0]) for each in value]
    if isinstance(shown, dict) and isinstance(value, dict):
        return {name: trimmed(value[name], part) for name, part in shown.items() if name in value}
    return value


def plain(value: Any, shown: Any) -> Any:
    """The same with objects of which only parts were made as dictionaries."""
    if isinstance(value, Shown):
        found = {name: value.get(name, ABSENT) for name in shown}
        return {name: plain(each, shown[name]) for name, each in found.items() if each is not ABSENT}
    if isinstance(shown, list) and isinstance(value, list):
        return [plain(each, shown[0]) for each in value]
    if isinstance(shown, dict) and isinstance(value, dict):
        return {name: plain(each, shown.get(name, ...)) for name, each in value.items()}
    return value


def told(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


@settings(max_examples=400, deadline=None)
@given(pages)
def test_what_is_named_is_what_was_sent(page: Any) -> None:
    body = json.dumps(page).encode()
    found = plain(parser_of(PAGE)(body), PAGE)
    assert told(found) in (told(trimmed(page, PAGE)), told(page))  # whole where it has another shape altogether


def test_an_ordinary_page_loses_what_nobody_looks_at() -> None:
    sent = {"items": [{"id": 1, "self": "x", "who": {"id": 7, "get": 8, "two words": 9, "class": 10, "self": "y"}}]}
    (item,) = parser_of(PAGE)(json.dumps(sent).encode())["items"]
    assert "self" not in item
    assert isinstance(item["who"], Shown)
    assert [item["who"][name] for name in ("id", "get", "two words", "class")] == [7, 8, 9, 10]
    assert item["who"].get("self", "left out") == "left out"
    with pytest.raises(KeyError):
        item["who"]["self"]
    assert parts(["class", "id"])(item["who"]) == (10, 7)
    assert parts(["id"])(item["who"]) == (7,)
    (less,) = parser_of(PAGE)(b'{"items": [{"who": {"id": null}}]}')["items"]
    assert parts(["id", "get"])(less["who"]) == (None, ABSENT)


@pytest.mark.parametrize("part", [b"NaN", b"01", b'"\xff"', b'"\\x"', b"[1,]", b'"a\nb"', b"tru", b"[" * 100_000])
def test_what_is_left_out_must_be_json_too(part: bytes) -> None:
    body = b'{"items": [{"id": 1, "self": ' + part + b"}]}"
    with pytest.raises(ValueError, match=r"."):
        parse_json(body)
    with pytest.raises(ValueError, match=r"."):
        parser_of(PAGE)(body)


@pytest.mark.parametrize("body", [b'{"items": [{"id": "\\ud800"}]}', '{"items": [{"id": "é"}]}'.encode("utf-16")])
def test_odd_json_is_read_as_ever(body: bytes) -> None:
    assert parser_of(PAGE)(body) == parse_json(body)
