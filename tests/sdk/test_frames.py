"""Rows as frames: columns of one kind, nothing lost to a cast."""

import json
from typing import Any

import pytest

from productops.sdk.frames import frame


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([1, 2], "int64", [1, 2]),
        ([1, 2.5], "float64", [1.0, 2.5]),
        ([2**70, 1], "float64", [float(2**70), 1.0]),
        ([True, False], "bool", [True, False]),
    ],
)
def test_columns_of_numbers_and_flags_have_their_type(values: list[Any], dtype: str, expected: list[Any]) -> None:
    column = frame([{"it": value} for value in values], ["it"])["it"]
    assert str(column.dtype) == dtype
    assert column.tolist() == expected


def test_whole_numbers_with_gaps_are_floats() -> None:
    column = frame([{"it": 1}, {"it": None}, {}], ["it"])["it"]
    assert str(column.dtype) == "float64"
    assert column.isna().tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("3", "3"),
        (["a", "b"], "a, b"),
        (
            [{"name": "Ada", "email": "a@example.com"}, None, {"name": None, "email": "b@example.com"}],
            "Ada, b@example.com",
        ),
        ({"name": "Ada", "email": None}, "Ada"),
        ([], ""),
    ],
)
def test_text_lists_and_people_are_text(value: Any, text: str) -> None:
    assert frame([{"it": value}], ["it"])["it"].tolist() == [text]


def test_a_structure_is_json_and_loses_nothing() -> None:
    value = {"precision": "quarter", "start": "2026-04-01"}
    assert json.loads(frame([{"it": value}], ["it"])["it"][0]) == value


def test_mixed_columns_are_text() -> None:
    table = frame([{"it": 1, "flag": True}, {"it": "two", "flag": None}], ["it", "flag"])
    assert table["it"].tolist() == ["1", "two"]
    assert table["flag"][0] == "True"
    assert table["flag"].isna().tolist() == [False, True]


def test_empty_people_and_structures_are_gaps() -> None:
    table = frame([{"it": {"name": None, "email": None}}, {"it": {}}], ["it"])
    assert table["it"].isna().all()


def test_a_column_named_twice_is_there_once_and_others_are_left_out() -> None:
    table = frame([{"url": "u", "more": 1}], ["url", "url"])
    assert list(table.columns) == ["url"]
