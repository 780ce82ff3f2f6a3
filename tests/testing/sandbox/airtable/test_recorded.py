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


def exchange(name):
    return json.loads(shared(f"{FOLDER}/{name}").read_text())


def seeded(*rows, app="appA1Qak1T4cGoiP7", table=("tbln73pmkdKl4Khj1", "Empty"), scopes=None):
    columns = [{"name": f"f_{kind}", "type": kind, "options": dict(OPTIONS.get(kind, {}))} for kind in TYPES.split()]
    fields = [{"name": "Name", "type": "singleLineText"}, *columns]
    token = {} if scopes is None else {"scopes": scopes}
    linked = {
        "name": "Linked",
        "fields": [{"name": "Name", "type": "singleLineText"}, {"name": "Size", "type": "number"}],
        "records": [],
    }
    main = {"id": table[0], "name": table[1], "fields": fields, "records": list(rows)}
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


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("02-GET-404-v0_meta_bases_base_tables.json", {"scopes": ["data.records:read"]}),
        ("03-GET-401-v0_meta_bases.json", {}),
        ("04-GET-404-v0_base_Unknown_20Table.json", {}),
        ("14-POST-422-v0_base_Empty.json", {}),
        ("17-GET-404-v0_meta_bases_junk_tables.json", {}),
        ("21-GET-404-v0_base_tblBad.json", {"app": "app21Qak1T4cGoiP7"}),
        (
            "26-GET-404-v0_base_tbl273pmkdKl4Khj1_rec.json",
            {"app": "app21Qak1T4cGoiP7", "table": ("tbl273pmkdKl4Khj1", "T")},
        ),
        (
            "27-POST-422-v0_base_tbl273pmkdKl4Khj1.json",
            {"app": "app21Qak1T4cGoiP7", "table": ("tbl273pmkdKl4Khj1", "T")},
        ),
    ],
)
def test_recorded_refusals_are_answered_word_for_word(name, options):
    recorded = exchange(name)
    assert replay(seeded(**options), recorded) == (recorded["status"], recorded["responseBody"])


@pytest.mark.parametrize("name", ["07-GET-200-v0_base_tbln73pmkdKl4Khj1.json", "08-GET-200-v0_base_Empty.json"])
def test_a_recorded_empty_list(name):
    recorded = exchange(name)
    assert replay(seeded(), recorded) == (200, recorded["responseBody"])


def test_the_recorded_bases():
    recorded = exchange("01-GET-200-v0_meta_bases.json")
    status, body = replay(seeded(), recorded)
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
    account = seeded({"fields": {}, "number": 218})
    create, update, read = (
        exchange("09-POST-200-v0_base_Empty.json"),
        exchange("10-PATCH-200-v0_base_Empty.json"),
        exchange("11-GET-200-v0_base_tbln73pmkdKl4Khj1_rec.json"),
    )
    status, made = replay(account, create)
    assert (status, same_shape(made, create["responseBody"])) == (200, True)
    theirs, ours = create["responseBody"]["records"][0], made["records"][0]
    for field in ("f_autoNumber", "f_formula", "f_rollup", "f_count", "f_singleLineText"):
        assert ours["fields"][field] == theirs["fields"][field]
    update["requestBody"]["records"][0]["id"] = ours["id"]
    status, changed = replay(account, update, NOW + timedelta(seconds=2))
    assert (status, same_shape(changed, update["responseBody"])) == (200, True)
    assert changed["records"][0]["fields"]["f_lastModifiedTime"] == "2022-01-08T00:10:02.000Z"
    read["path"] = read["path"].rpartition("/")[0] + "/" + ours["id"]
    status, body = replay(account, read)
    assert (status, body) == (200, changed["records"][0])
    assert same_shape(body, read["responseBody"])


@pytest.mark.parametrize("name", ["12-DELETE-200-v0_base_Empty.json", "16-DELETE-200-v0_base_tbln73pmkdKl4Khj1.json"])
def test_a_recorded_delete(name):
    recorded = exchange(name)
    account = seeded(*({"id": row["id"], "fields": {}} for row in recorded["responseBody"]["records"]))
    assert replay(account, recorded) == (200, recorded["responseBody"])


def test_a_whole_recorded_session():
    """Every request of the recorded session gets its status, and every answer its shape."""
    account = seeded({"fields": {}, "number": 172}, app="app21Qak1T4cGoiP7", table=("tbl273pmkdKl4Khj1", "T"))
    hand = account.base("Base").table("T")
    hand.remove(hand.records()[0]["id"])
    ids = {}  # the recorded ids and ours
    for step, recorded in enumerate(exchange("sequence-export-records-with-meta-access.json")):
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
