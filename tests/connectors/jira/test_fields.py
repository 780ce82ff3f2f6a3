"""Values of fields, and recorded answers of real sites."""

import json
import math
from datetime import UTC, date, datetime
from typing import Any

import pytest

from productops.connectors.jira.adf.write import to_adf
from productops.connectors.jira.api import as_user
from productops.connectors.jira.fields import Spec, shape_of
from productops.errors import RejectedError
from productops.sdk import Field, Option, RichText, Unreadable, User
from shared import shared

TYPES = "com.atlassian.jira.plugin.system.customfieldtypes:"


def spec(id_: str = "customfield_1", *, cloud: bool = True, options: tuple[Option, ...] = (), **schema: Any) -> Spec:
    if "custom" in schema and ":" not in schema["custom"]:
        schema["custom"] = TYPES + schema["custom"]
    shape = shape_of(id_, schema, cloud=cloud)
    return Spec(Field(id_, id_, shape.kind, options, shape.read_only), shape, cloud)


OPTION = {"self": "https://jira.example.com/rest/api/3/customFieldOption/7", "id": "7", "value": "High"}
USER = {"accountId": "5b1", "displayName": "Ada Example", "emailAddress": "", "active": False}
CASES = [
    (spec("summary", type="string"), "One\nline ", "One line", "One line"),
    (spec(custom="float", type="number"), 3, 3.0, 3),
    (spec(custom="datepicker", type="date"), date(2026, 1, 31), "2026-01-31", date(2026, 1, 31)),
    (spec("duedate", type="date"), datetime(2026, 1, 31, 9, tzinfo=UTC), "2026-01-31", date(2026, 1, 31)),
    (
        spec(custom="datetime", type="datetime"),
        datetime.fromisoformat("2026-01-31T09:00:00.123456+01:00"),
        "2026-01-31T08:00:00.123+0000",
        datetime(2026, 1, 31, 8, 0, 0, 123000, tzinfo=UTC),
    ),
    (spec("labels", type="array", items="string"), ["a", "b", "a"], ["a", "b"], ["a", "b"]),
    (spec("parent", type="issuelink"), "10001", {"id": "10001"}, "10001"),
    (spec(custom="textfield", type="string"), "x", "x", "x"),
    (spec(custom="textarea", type="string", cloud=False), "h1. x", "h1. x", "h1. x"),
]


@pytest.mark.parametrize(("field", "value", "sent", "shown"), CASES)
def test_a_value_travels_there_and_back(field: Spec, value: Any, sent: Any, shown: Any) -> None:
    assert field.encode(value) == sent
    assert field.decode(sent) == shown


def test_options_are_written_by_id_and_read_with_their_name() -> None:
    one = spec(custom="select", type="option", options=(Option("7", "High"),))
    assert one.encode(Option("7")) == one.encode("High") == {"id": "7"}
    assert (one.decode(OPTION).id, one.decode(OPTION).name) == ("7", "High")
    many = spec(custom="multicheckboxes", type="array", items="option")
    assert many.encode([Option("7"), Option("8")]) == [{"id": "7"}, {"id": "8"}]
    assert many.decode([OPTION]) == [Option("7")]
    with pytest.raises(RejectedError, match="no option 'Low'"):
        one.encode("Low")
    for kind in ("priority", "version", "component", "issuetype", "securitylevel"):
        assert spec("x", type=kind).decode({"id": "3", "name": "N"}).name == "N"


def test_options_in_options() -> None:
    field = spec(custom="cascadingselect", type="option-with-child")
    assert field.encode(Option("7/9")) == {"id": "7", "child": {"id": "9"}}
    assert field.encode(Option("7")) == {"id": "7"}
    shown = field.decode({**OPTION, "child": {"id": "9", "value": "Very"}})
    assert (shown.id, shown.name) == ("7/9", "High > Very")


def test_people_have_another_id_on_data_center() -> None:
    cloud, server = spec("assignee", type="user"), spec("assignee", type="user", cloud=False)
    assert cloud.encode(User("5b1")) == {"accountId": "5b1"}
    assert server.encode(User("ada")) == {"name": "ada"}
    assert cloud.decode(USER) == User("5b1")
    assert (cloud.decode(USER).email, cloud.decode(USER).active) == (None, False)
    assert as_user({"key": "JIRAUSER1", "name": "ada", "displayName": "Ada"}).id == "ada"
    with pytest.raises(RejectedError, match=r"ada@example\.com"):
        cloud.encode(User("", email="ada@example.com"))


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        (spec("summary", type="string"), "x" * 256, "255"),
        (spec("summary", type="string"), "  \n", "empty"),
        (spec("summary", type="string"), None, "empty"),
        (spec("description", type="string"), "x" * 32_768, "32,767"),
        (spec("description", type="string", cloud=False), "x" * 32_768, "32,767"),
        (spec("labels", type="array", items="string"), ["two words"], "space"),
        (spec("labels", type="array", items="string"), ["x" * 256], "255"),
        (spec(custom="float", type="number"), math.inf, "number"),
        (spec(custom="float", type="number"), True, "number"),
        (spec(custom="float", type="number"), "many", "number"),
        (spec("duedate", type="date"), "soon", "date"),
        (spec(custom="datetime", type="datetime"), datetime(2026, 1, 1), "zone"),  # noqa: DTZ001 - that is the point
        (spec("created", type="string"), Unreadable("secret"), "readable"),
        (spec(custom="com.example.app:opaque", type="any"), "x", "app"),
    ],
)
def test_what_jira_would_refuse_is_never_sent(field: Spec, value: Any, why: str) -> None:
    with pytest.raises(RejectedError, match=why) as caught:
        field.encode(value)
    assert list(caught.value.fields) == [field.field.id]


def test_clearing() -> None:
    assert spec("description", type="string").encode("") is None
    assert spec("description", type="string").encode("   ") is None
    assert spec("labels", type="array", items="string").encode(None) == []
    assert spec(custom="multiselect", type="array", items="option").encode([]) == []
    assert spec("assignee", type="user").encode(None) is None
    assert spec(custom="float", type="number").encode(None) is None
    assert spec(custom="float", type="number").encode(0) == 0.0


def test_formatted_text_is_a_document_and_long_text_is_converted_late() -> None:
    field = spec("description", type="string")
    assert field.encode("a *b*") == to_adf("a *b*")
    shown = field.decode(to_adf("a *b*"))
    assert isinstance(shown, RichText)
    assert shown.markdown == "a *b*"


def test_a_strange_form_is_unreadable_and_not_a_guess() -> None:
    for field, raw in [
        (spec(custom="float", type="number"), "three"),
        (spec("duedate", type="date"), "never"),
        (spec(custom="datetime", type="datetime"), "2026-01-01T00:00:00"),
        (spec("assignee", type="user"), 7),
        (spec(custom="select", type="option"), []),
        (spec("summary", type="string"), {"type": "doc"}),
    ]:
        shown = field.decode(raw)
        assert isinstance(shown, Unreadable) or shown == User("7")


def test_every_recorded_field_has_a_kind() -> None:
    rows = json.loads(shared("payloads/jira/fields/faros-v3-field-list.json").read_text())
    shapes = {row["id"]: shape_of(row["id"], row.get("schema") or {}, cloud=True) for row in rows}
    assert shapes["fixVersions"].kind == "choices"
    assert shapes["statuscategorychangedate"].kind == "datetime"
    assert shapes["customfield_10030"].kind == "datetime"
    assert len(shapes) > 30


def issues_in(raw: Any) -> list[dict[str, Any]]:
    if isinstance(raw, list):
        return [found for one in raw for found in issues_in(one)]
    if isinstance(raw, dict):
        if isinstance(raw.get("fields"), dict) and "key" in raw:
            return [raw]
        return [found for one in raw.values() for found in issues_in(one)]
    return []


def test_recorded_issues_decode_whole() -> None:
    rows = json.loads(shared("payloads/jira/fields/faros-v3-field-list.json").read_text())
    known = {row["id"]: row.get("schema") or {} for row in rows}
    seen = 0
    for path in sorted(shared("payloads/jira/issues").glob("*.json")):
        found = issues_in(json.loads(path.read_text()))
        assert found, path.name
        for issue in found:
            for id_, raw in issue["fields"].items():
                value = spec(id_, **known.get(id_, {})).decode(raw)
                # Custom fields of other sites are other fields, whatever their number.
                assert not isinstance(value, Unreadable) or id_.startswith("customfield_"), (path.name, id_, raw)
                if isinstance(value, RichText):
                    assert isinstance(value.markdown, str)
                seen += 1
    assert seen > 300


def test_recorded_users_and_statuses() -> None:
    for row in json.loads(shared("payloads/jira/users/devlake-users.json").read_text()):
        assert as_user(row["data"]).id.startswith(("5", "6", "7", "q"))
    field = spec("status", type="status")
    for row in json.loads(shared("payloads/jira/status/faros-v3-statuses.json").read_text()):
        assert field.decode(row) == Option(row["id"])
        assert field.decode(row).name == row["name"]


def test_a_person_whose_name_is_no_text_is_still_that_person() -> None:
    found = as_user({"accountId": "5b", "displayName": ["Ada"], "emailAddress": {"hidden": True}, "active": 1})
    assert (found.id, found.name, found.email, found.active) == ("5b", None, None, True)
