"""Real answers: every recorded row decodes, every recorded refusal says who must act."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from requests import Response
from requests.adapters import BaseAdapter

from productops.connectors.airtable import Airtable
from productops.connectors.airtable.cells import column, decode_row, reading_of
from productops.errors import (
    AccessError,
    AuthError,
    ConfigError,
    GoneError,
    IncompleteListingError,
    ProductOpsError,
    RateLimitedError,
    RejectedError,
    StaleError,
    UnavailableError,
)
from productops.sdk import Unreadable
from shared import shared


class SteadyClock:
    """Waits for nobody."""

    def __init__(self):
        self.at = 0.0

    def now(self):
        return datetime(2026, 1, 5, tzinfo=UTC) + timedelta(seconds=self.at)

    def monotonic(self):
        return self.at

    def sleep(self, seconds):
        self.at += max(seconds, 0)


class Replay(BaseAdapter):
    """Answers every request with one recorded answer."""

    def __init__(self, status, body):
        super().__init__()
        self.status, self.body, self.sent = status, body, []

    def send(self, request, **_):
        self.sent.append(request)
        response = Response()
        response.status_code, response.request, response.url = self.status, request, request.url
        response.headers["Content-Type"] = "application/json; charset=utf-8"
        response._content = json.dumps(self.body).encode()
        response._content_consumed = True
        return response

    def close(self):
        pass


def ask(status, body, method="GET", *, operation="list records", record=None):
    replay = Replay(status, body)
    account = Airtable("pat-example", transport=replay, clock=SteadyClock())
    with pytest.raises(ProductOpsError) as raised:
        account.wire.call(method, "app1", "tbl1", operation=operation, record=record)
    return raised.value


def exchanges():
    for path in sorted(shared("payloads/airtable/grouparoo-recorded-http").glob("*.json")):
        found = json.loads(path.read_text())
        yield from found if isinstance(found, list) else [found]


def recorded_rows():
    for each in exchanges():
        body = each["responseBody"] if each["status"] == 200 else {}
        yield from [row for row in body.get("records", [body]) if "fields" in row]


def test_every_recorded_schema_is_understood():
    folder = shared("payloads/airtable")
    tables = []
    for path in ("pyairtable-sample/BaseSchema.json", "mehanizm/base_schema.json"):
        tables += json.loads((folder / path).read_text())["tables"]
    fields = [field for table in tables for field in table["fields"]]
    fields += [json.loads(path.read_text()) for path in sorted((folder / "pyairtable-sample/field_schema").glob("*"))]
    columns = [column(field, {}) for field in fields]
    assert len(columns) > 25
    assert not [each.type for each in columns if "not known" in (each.field.read_only or "")]
    selects = [each for each in columns if each.type in ("singleSelect", "multipleSelects")]
    assert selects
    assert all(option.id.startswith("sel") and option.name for each in selects for option in each.field.options)


def test_every_recorded_row_decodes():
    rows = list(recorded_rows())
    assert len(rows) > 20
    names = {name for row in rows for name in row["fields"]}
    results = {"formula": "singleLineText", "rollup": "number", "multipleLookupValues": "number"}
    columns = []
    for name in sorted(names):
        type_ = name.removeprefix("f_") if name.startswith("f_") else "singleLineText"
        options = {"result": {"type": results.get(type_, "dateTime")}}
        columns.append(column({"id": name, "name": name, "type": type_, "options": options}, {}))
    unreadable = set()
    for row in rows:
        values = decode_row({each.field.id: reading_of(each) for each in columns}, row["fields"])
        unreadable |= {(name, value.reason) for name, value in values.items() if isinstance(value, Unreadable)}
        assert values.keys() == names
    assert unreadable == {("f_rollup", "Airtable shows NaN")}


@pytest.mark.parametrize(
    ("name", "cls", "remedy"),
    [
        ("401", AuthError, "airtable.com/create/tokens"),
        ("404-table-2022", AccessError, "Check the ids"),
        ("422-formula", ConfigError, "formula="),
        ("422-iterator", IncompleteListingError, ""),
        ("422-unknown-field", StaleError, "Plan again"),
        ("422-bad-json", RejectedError, ""),
        ("503", UnavailableError, ""),
    ],
)
def test_a_recorded_refusal_of_a_read_says_who_must_act(name, cls, remedy):
    recorded = json.loads(shared(f"payloads/airtable/errors/{name}.json").read_text())
    error = ask(recorded["status"], recorded["body"])
    assert type(error) is cls
    assert remedy in (error.remedy or "")
    assert error.system == "airtable"
    assert error.operation == "list records"
    assert recorded["body"]["error"]["type"] in (error.service_message or "")


@pytest.mark.parametrize(
    ("name", "cls"),
    [("403-create", AccessError), ("422-computed", RejectedError), ("422-batch-size-update", RejectedError)],
)
def test_a_recorded_refusal_of_a_write_says_who_must_act(name, cls):
    recorded = json.loads(shared(f"payloads/airtable/errors/{name}.json").read_text())
    error = ask(recorded["status"], recorded["body"], "POST", operation="create records")
    assert type(error) is cls
    if name == "403-create":
        assert "data.records:write" in error.remedy
    if name == "422-computed":
        assert list(error.fields) == ["f_autoNumber"]


def test_every_recorded_failure_becomes_an_error_of_ours():
    kinds = {
        type(ask(each["status"], each["responseBody"], each["method"], record="rec1"))
        for each in exchanges()
        if each["status"] >= 400
    }
    assert kinds == {AccessError, AuthError, GoneError, RejectedError}


def test_a_string_for_an_error_and_field_ids_are_put_into_words():
    assert "NOT_FOUND" in str(ask(404, {"error": "NOT_FOUND"}))
    said = {"error": {"type": "INVALID_VALUE_FOR_COLUMN", "message": 'Field "fldAbCdEfGh" cannot accept it'}}
    account = Airtable("pat-example", transport=Replay(422, said), clock=SteadyClock())
    with pytest.raises(RejectedError) as raised:
        account.wire.call("POST", "app1", operation="create records", names=lambda: {"fldAbCdEfGh": "Stage"})
    assert list(raised.value.fields) == ["Stage"]
    assert "fldAbCdEfGh" not in str(raised.value)


def test_a_lasting_429_says_what_may_be_behind_it():
    recorded = json.loads(shared("payloads/airtable/errors/429.json").read_text())
    error = ask(429, recorded["body"])
    assert isinstance(error, RateLimitedError)
    assert error.retry_after > 0
    assert "calls for this month" in error.remedy
