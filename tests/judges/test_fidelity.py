"""The judge of recorded bodies: what it finds in the shared ones, and that it would see what is wrong."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from judges.fidelity import live
from judges.fidelity.__main__ import judge, main
from judges.fidelity.equal import holds
from judges.fidelity.tally import Tally
from productops.connectors.airtable import encoding
from productops.connectors.jira.adf import write as adf_write
from productops.errors import ProductOpsError
from shared import shared


@lru_cache(maxsize=1)
def verdict() -> dict[str, Any]:
    return judge(shared("payloads"), alive=False)


def write(folder: Path, name: str, value: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(value), encoding="utf-8")


def test_everything_recorded_decodes_and_comes_back():
    found = verdict()
    assert found["failures"] == []
    assert found["decoded"] == found["in_scope"] >= 180
    assert found["in_scope"] + len(found["out_of_scope"]) == found["payloads"] > 200
    assert found["errors_mapped"] == found["errors"] >= 60
    assert found["lossless"] == found["writable"] >= 1_500
    assert found["requests_checked"] > 300
    assert all(one["reason"] for one in found["out_of_scope"])


def test_names_and_folders_say_nothing(tmp_path):
    for at, path in enumerate(sorted(shared("payloads").rglob("*.json"))):
        (tmp_path / f"{at}.json").write_bytes(path.read_bytes())
    found = judge(tmp_path, alive=False)
    same = ("payloads", "in_scope", "decoded", "errors", "errors_mapped", "writable", "lossless", "requests_checked")
    assert {name: found[name] for name in same} == {name: verdict()[name] for name in same}


def test_the_connectors_and_the_imitated_services_keep_to_the_official_documents():
    shared("specs/jira-cloud.v3.json")
    tally = Tally()
    live.judge(tally)
    assert tally.failures == []
    assert tally.counts["requests_checked"] == tally.counts["answers_checked"] > 40
    assert tally.counts["requests_invalid"] == tally.counts["answers_invalid"] == 0


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"object": "page", "id": "p", "properties": {"A": {"id": "a", "type": "hollow", "hollow": 1}}}, "hollow"),
        ({"object": "page", "id": "p", "properties": {"A": {"id": "a", "type": "date", "date": {"start": "soon"}}}},
         "date"),
        ({"id": "fldAbCdEfGhIjKlMn", "name": "A", "type": "hologram"}, "hologram"),
        ({"key": "P-1", "id": "1", "fields": {"duedate": "soon"}}, "duedate"),
        ({"key": "P-1", "id": "1", "fields": {"labels": [{"a": 1}]}}, "labels"),
        ({"type": "doc", "version": 1, "content": [{"no": "type"}]}, "a document"),
    ],
)  # fmt: skip
def test_what_does_not_decode_is_told(tmp_path, value, reason):
    write(tmp_path, "unseen.json", value)
    found = judge(tmp_path, alive=False)
    assert (found["in_scope"], found["decoded"]) == (1, 0)
    assert reason in found["failures"][0]["reason"]
    assert found["failures"][0]["file"] == "unseen.json"


def test_what_no_connector_reads_is_out_of_scope_with_a_reason(tmp_path, capsys):
    write(tmp_path / "jira", "a.json", {"events": [], "pagination": {"next": None}})
    write(tmp_path / "jira", "b.json", {"anything": "else"})
    (tmp_path / "c.json").write_text("{not json", encoding="utf-8")
    found = judge(tmp_path, alive=False)
    assert (found["payloads"], found["in_scope"], found["decoded"]) == (3, 0, 0)
    assert len(found["out_of_scope"]) == 3


def test_a_value_that_comes_out_otherwise_is_a_failure(tmp_path, monkeypatch):
    write(tmp_path, "row.json", {"id": "rec12345678901234", "createdTime": "", "fields": {"Effort": 3}})
    monkeypatch.setitem(encoding.ENCODERS, "number", lambda _field, value: value + 1)
    found = judge(tmp_path, alive=False)
    assert (found["writable"], found["lossless"]) == (1, 0)
    assert "came out as 4" in found["failures"][0]["reason"]


def test_a_text_that_loses_its_marks_is_a_failure(tmp_path, monkeypatch):
    words = {"type": "text", "text": "a", "marks": [{"type": "strong"}]}
    write(tmp_path, "text.json", {"type": "doc", "content": [{"type": "paragraph", "content": [words]}]})
    assert judge(tmp_path, alive=False)["lossless"] == 1
    plain = {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": "a"}]}],
    }
    monkeypatch.setattr("judges.fidelity.jira.to_adf", lambda _: plain)
    assert adf_write.to_adf("**a**") != plain
    assert judge(tmp_path, alive=False)["lossless"] == 0


def test_an_error_in_the_wrong_place_is_a_failure(tmp_path, monkeypatch):
    body = {"errorMessages": ["No"], "errors": {}}
    write(tmp_path, "refusal.json", {"status": 403, "headers": {}, "body": body})
    assert judge(tmp_path, alive=False)["errors_mapped"] == 1
    monkeypatch.setattr("judges.fidelity.refusals.translate", lambda *_, **__: ProductOpsError("No", system="jira"))
    found = judge(tmp_path, alive=False)
    assert (found["errors"], found["errors_mapped"]) == (1, 0)


def test_the_last_line_is_one_json_object(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("judges.fidelity.__main__.live.judge", lambda _: None)
    write(tmp_path, "row.json", {"id": "rec12345678901234", "fields": {"A": "b"}})
    assert main([str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["lossless"] == 1
    write(tmp_path, "issue.json", {"key": "P-1", "fields": {"duedate": "soon"}})
    assert main([str(tmp_path)]) == 1


@pytest.mark.parametrize(
    ("shown", "sent", "same"),
    [
        ({"id": 3, "name": "High"}, {"id": "3"}, True),
        ({"id": "3"}, {"id": "4"}, False),
        ({}, {"id": "4"}, False),
        ([1, 2], [1], False),
        (True, 1, False),
        (0, False, False),
        ("2020-01-01T10:00:00.000+0100", "2020-01-01T09:00:00.000+0000", True),
        ("2020-01-01T10:00:00.000+0100", "2020-01-01T10:00:00.000+0000", False),
        ("a", "b", False),
    ],
)
def test_what_is_sent_holds_only_what_was_shown(shown, sent, same):
    assert holds(shown, sent) is same
