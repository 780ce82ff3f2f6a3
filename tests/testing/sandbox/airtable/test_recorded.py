"""The sandbox answers recorded exchanges as the service did: status, error body, and the shape of records.

The account is seeded from the recording itself: the fields it shows, and the rows it reads.
"""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pytest

from productops.testing.sandbox.airtable import Airtable
from productops.testing.sandbox.wire import Request
from shared import shared

FOLDER = "payloads/airtable/grouparoo-recorded-http"
NOW = datetime(2022, 1, 8, 0, 10, tzinfo=UTC)
USER = {"id": "usrRecorded000001", "email": "recorded@example.com", "name": "Recorded"}
OPTIONS = {
    "button": {"label": "Open URL", "url": "https://example.com"},
    "formula": {"formula": "{Name} & {f_autoNumber}"},
    "rollup": {"link": "f_multipleRecordLinks", "field": "Size", "formula": "AVERAGE(values)"},
    "multipleLookupValues": {"link": "f_multipleRecordLinks", "field": "Size"},
    "count": {"link": "f_multipleRecordLinks"},
    "multipleRecordLinks": {"linkedTable": "Linked"},
    "singleSelect": {"choices": ["Red", "Green", "Blue"]},
    "multipleSelects": {"choices": ["Red", "Green", "Blue"]},
}
TYPES = """
singleLineText multilineText richText email url phoneNumber number currency percent duration rating checkbox date
dateTime singleSelect multipleSelects singleCollaborator multipleCollaborators multipleRecordLinks barcode
multipleAttachments autoNumber button count createdBy createdTime formula lastModifiedBy lastModifiedTime
multipleLookupValues rollup
"""


def exchange(number):
    (path,) = shared(FOLDER).glob(f"{number}-*.json")
    return json.loads(path.read_text())


def place_of(recorded):
    """Return the base and the table that a recorded path names, or stand-ins."""
    parts = recorded["path"].split("/")
    app = next((part for part in parts if part.startswith("app")), "appRecorded000001")
    table = next((part for part in parts if part.startswith("tbl") and len(part) == 17), "tblRecorded000001")
    return app, table


def seeded(recorded, *rows, scopes=None):
    app, table = place_of(recorded)
    columns = [{"name": f"f_{kind}", "type": kind, "options": dict(OPTIONS.get(kind, {}))} for kind in TYPES.split()]
    fields = [{"name": "Name", "type": "singleLineText"}, *columns]
    token = {} if scopes is None else {"scopes": scopes}
    linked = {
        "name": "Linked",
        "fields": [{"name": "Name", "type": "singleLineText"}, {"name": "Size", "type": "number"}],
        "records": [],
    }
    main = {"id": table, "name": "Empty", "fields": fields, "records": list(rows)}
    data = {
        "users": [USER],
        "tokens": {"patRecorded": token},
        "bases": [{"id": app, "name": "Base", "tables": [main, linked]}],
    }
    return Airtable.from_json(data, errors="2022", limits=None)


def replay(account, recorded, now=NOW):
    """Send a recorded request and return the status and the body."""
    query = []
    for name, value in (recorded["query"] or {}).items():
        query += [(unquote(name), unquote(item)) for item in (value if isinstance(value, list) else [value])]
    body = b"" if recorded["requestBody"] is None else json.dumps(recorded["requestBody"]).encode()
    token = "patWrong" if recorded["status"] == 401 else "patRecorded"
    headers = {"authorization": f"Bearer {token}"}
    answer = account.handle(Request(recorded["method"], recorded["path"], tuple(query), headers, body), now)
    return answer.status, json.loads(answer.body)


@pytest.mark.parametrize("number", ["02", "03", "04", "14", "17", "21", "26", "27"])
def test_recorded_refusals_are_answered_word_for_word(number):
    recorded = exchange(number)
    scopes = ["data.records:read"] if number == "02" else None  # that account could not read metadata
    assert replay(seeded(recorded, scopes=scopes), recorded) == (recorded["status"], recorded["responseBody"])


@pytest.mark.parametrize("number", ["07", "08", "20"])
def test_a_recorded_empty_list(number):
    recorded = exchange(number)
    assert replay(seeded(recorded), recorded) == (200, recorded["responseBody"])


def test_the_recorded_bases():
    recorded = exchange("01")
    status, body = replay(seeded(recorded), recorded)
    assert status == 200
    assert body["bases"][0].keys() == recorded["responseBody"]["bases"][0].keys()
    assert body["bases"][0]["permissionLevel"] == "create"


def same_shape(ours, theirs):
    """Return whether two JSON values have the same keys and kinds, whatever the ids, names and times."""
    if isinstance(theirs, dict):
        return (
            isinstance(ours, dict)
            and ours.keys() == theirs.keys()
            and all(same_shape(ours[k], theirs[k]) for k in theirs)
        )
    if isinstance(theirs, list):
        return isinstance(ours, list) and len(ours) == len(theirs) and all(map(same_shape, ours, theirs))
    if isinstance(theirs, (int, float)) and not isinstance(theirs, bool):
        return isinstance(ours, (int, float)) and not isinstance(ours, bool)
    return type(ours) is type(theirs)


def test_a_recorded_create_update_read_and_delete():
    create, update, read = exchange("09"), exchange("10"), exchange("11")
    account = seeded(create, {"fields": {}, "number": 218})
    status, made = replay(account, create)
    assert (status, same_shape(made, create["responseBody"])) == (200, True)
    theirs, ours = create["responseBody"]["records"][0], made["records"][0]
    for field in ("f_autoNumber", "f_formula", "f_rollup", "f_count", "f_singleLineText"):
        assert ours["fields"][field] == theirs["fields"][field]
    update["requestBody"]["records"][0]["id"] = ours["id"]
    status, changed = replay(account, update, NOW + timedelta(seconds=2))
    assert (status, same_shape(changed, update["responseBody"])) == (200, True)
    assert changed["records"][0]["fields"]["f_lastModifiedTime"] == "2022-01-08T00:10:02.000Z"
    read["path"] = create["path"] + ours["id"]
    status, body = replay(account, read)
    assert (status, body) == (200, changed["records"][0])
    assert same_shape(body, read["responseBody"])


@pytest.mark.parametrize("number", ["12", "16", "25"])
def test_a_recorded_delete(number):
    recorded = exchange(number)
    account = seeded(recorded, *({"id": row["id"], "fields": {}} for row in recorded["responseBody"]["records"]))
    assert replay(account, recorded) == (200, recorded["responseBody"])


def test_a_whole_recorded_session():
    """Every request of the recorded session gets its status, and every answer its shape."""
    session = json.loads(shared(f"{FOLDER}/sequence-export-records-with-meta-access.json").read_text())
    account = seeded(session[0], {"fields": {}, "number": 172})
    hand = account.base("Base").table("Empty")
    hand.remove(hand.records()[0]["id"])
    ids = {}  # the recorded ids and ours
    for step, recorded in enumerate(session):
        text = json.dumps(recorded)
        for theirs, ours in ids.items():
            text = text.replace(theirs, ours)
        recorded = json.loads(text)
        status, body = replay(account, recorded, NOW + timedelta(seconds=step))
        wanted = recorded["responseBody"]
        assert status == recorded["status"], (step, body)
        if status != 200:
            assert body == wanted, step
            continue
        for answer in (body, wanted):  # a list without sort has no order
            if recorded["method"] == "GET" and "records" in answer:
                answer["records"].sort(key=lambda record: record["fields"]["f_autoNumber"])
        assert same_shape(body, wanted), (step, body, wanted)
        if recorded["method"] == "POST":
            ids |= {their["id"]: our["id"] for our, their in zip(body["records"], wanted["records"], strict=True)}
            for our, their in zip(body["records"], wanted["records"], strict=True):
                given = [name for name in their["fields"] if name not in ("f_button", "f_multipleAttachments")]
                plain = [n for n in given if not n.endswith(("By", "Time")) or n == "f_dateTime"]
                assert {n: our["fields"][n] for n in plain} == {n: their["fields"][n] for n in plain}, step
    assert len(ids) >= 5
