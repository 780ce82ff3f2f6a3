"""Creates, edits, transitions and what hangs on an issue, over the raw API."""

from sandbox_jira import INES, MIRA, TOMAS, doc

MISSING = "Issue does not exist or you do not have permission to see it."


def refused(world, fields, method="POST", path="issue", **body):
    status, found = world.ask(method, path, {"fields": fields, **body} if fields is not None else body)
    assert status == 400, found
    return found["errors"] or found["errorMessages"]


def story(**more):
    return {"project": {"key": "PROD"}, "issuetype": {"name": "Story"}, "summary": "A", **more}


def test_validation_texts(world):
    assert refused(world, story(summary=None)) == {"summary": "You must specify a summary of the issue."}
    assert refused(world, story(summary="a" * 256)) == {"summary": "Summary can't exceed 255 characters."}
    assert "newline" in refused(world, story(summary="a\nb"))["summary"]
    assert refused(world, {"summary": "x"}) == {"project": "valid project is required"}
    assert refused(world, story(labels=["a b"])) == {"labels": "The label 'a b' contains spaces which is invalid."}
    assert refused(world, story(labels="a")) == {"labels": "data was not an array"}
    assert refused(world, story(customfield_10030="x")) == {"customfield_10030": "Operation value must be a number"}
    assert refused(world, story(customfield_10031={"value": "No"})) == {
        "customfield_10031": "Option value 'No' is not valid"
    }
    assert refused(world, story(customfield_10031={"id": "1"})) == {"customfield_10031": "Option id '1' is not valid"}
    assert refused(world, story(assignee={"accountId": "nobody"})) == {
        "assignee": "User 'nobody' cannot be assigned issues."
    }
    assert refused(world, story(fixVersions=[{"name": "9"}])) == {"fixVersions": "Version name '9' is not valid"}
    assert refused(world, story(duedate="soon")) == {"duedate": "Error parsing date string: soon"}
    assert refused(world, story(issuetype={"name": "Sub-task"}))["parent"].startswith("Issue type is a sub-task")
    assert world.jira.issues() == []


def test_rich_text_rules(world):
    long = doc("a" * 32_768)
    assert "32,767" in refused(world, story(description=long))["description"]
    world.make(description=doc("a" * 32_767))
    bad = [
        {"type": "doc", "version": 1, "content": [{"type": "taskList", "attrs": {"localId": "1"}, "content": [
            {"type": "taskItem", "attrs": {"state": "TODO"}}]}]},
        {"type": "doc", "version": 1, "content": [{"type": "marquee"}]},
        doc(""),
    ]  # fmt: skip
    for one in bad:
        assert refused(world, story(description=one)) == ["INVALID_INPUT"]
    status, found = world.ask("POST", "/rest/api/2/issue", {"fields": story(description=doc("x"))})
    assert (status, found["errors"]) == (400, {"description": "Operation value must be a string"})


def test_every_kind_of_field_goes_in_and_comes_back(world):
    tomas, ines = world.jira.user(TOMAS).account_id, world.jira.user(INES).account_id
    sent = {
        "customfield_10030": 3,
        "customfield_10031": {"value": "Trust"},
        "customfield_10032": [{"value": "Shop"}, {"value": "Mail"}],
        "customfield_10033": {"value": "EU", "child": {"value": "FR"}},
        "customfield_10034": {"accountId": tomas},
        "customfield_10035": [{"accountId": ines}],
        "customfield_10036": "2026-01-31",
        "customfield_10037": "2026-01-31T09:00:00.000+0000",
        "customfield_10038": doc("Notes"),
        "customfield_10039": "https://example.com",
        "customfield_10040": "Falcon",
        "customfield_10043": ["x"],
        "customfield_10044": [{"name": "2.0"}],
        "components": [{"name": "Mail"}],
        "fixVersions": [{"name": "1.0"}],
        "assignee": {"accountId": tomas},
        "priority": {"name": "Low"},
        "duedate": "2026-02-01",
        "description": doc("Body"),
    }
    key = world.make(**sent)
    _, body = world.ask("GET", f"issue/{key}")
    read = body["fields"]
    assert read["customfield_10030"] == 3.0
    assert read["customfield_10031"]["value"] == "Trust"
    assert [one["value"] for one in read["customfield_10032"]] == ["Mail", "Shop"]
    assert (read["customfield_10033"]["value"], read["customfield_10033"]["child"]["value"]) == ("EU", "FR")
    assert read["customfield_10034"]["displayName"] == "Tomas Reed"
    assert [one["accountId"] for one in read["customfield_10035"]] == [ines]
    assert read["customfield_10036"] == "2026-01-31"
    assert read["customfield_10037"] == "2026-01-31T10:00:00.000+0100"
    assert read["customfield_10038"] == doc("Notes")
    assert read["customfield_10044"][0]["releaseDate"] == "2026-06-01"
    assert (read["components"][0]["name"], read["fixVersions"][0]["name"]) == ("Mail", "1.0")
    assert (read["priority"]["name"], read["reporter"]["displayName"]) == ("Low", "Mira Quill")
    assert sum(value is None for value in read.values()) >= 60
    assert read["created"] == "2026-01-05T10:00:00.000+0100"
    assert world.ask("GET", f"issue/{key}", user=TOMAS)[1]["fields"]["created"] == "2026-01-05T01:00:00.000-0800"
    assert world.ask("GET", f"/rest/api/2/issue/{key}")[1]["fields"]["description"] == "Body"


def test_edit_null_clears_absent_leaves_and_update_merges(world):
    key = world.make(labels=["a", "b"], duedate="2026-02-01", description=doc("x"))
    world.later(5)
    update = {"labels": [{"add": "c"}, {"remove": "a"}]}
    body = {"fields": {"duedate": None, "status": {"name": "Done"}}, "update": update}
    status, none = world.ask("PUT", f"issue/{key}", body)
    assert (status, none) == (204, None)
    read = world.ask("GET", f"issue/{key}")[1]["fields"]
    assert (read["labels"], read["duedate"], read["description"]) == (["b", "c"], None, doc("x"))
    assert (read["status"]["name"], read["updated"]) == ("To Do", "2026-01-05T10:00:05.000+0100")
    status, whole = world.ask("PUT", f"issue/{key}", {"fields": {"summary": "New"}}, returnIssue="true")
    assert (status, whole["fields"]["summary"]) == (200, "New")
    assert "labels" in refused(world, {"labels": []}, "PUT", f"issue/{key}", update={"labels": [{"add": "q"}]})
    assert refused(world, {"summary": None}, "PUT", f"issue/{key}")["summary"].startswith("You must")
    history = world.ask("GET", f"issue/{key}/changelog")[1]["values"]
    assert sorted(item["field"] for one in history for item in one["items"]) == ["duedate", "labels", "summary"]
    _, bulk = world.ask("POST", "changelog/bulkfetch", {"issueIdsOrKeys": [key], "fieldIds": ["labels"]})
    assert len(bulk["issueChangeLogs"][0]["changeHistories"]) == 1
    assert len(world.ask("GET", f"issue/{key}", expand="changelog")[1]["changelog"]["histories"]) == 2


def test_bulk_create_names_the_failed_elements(world):
    batch = [
        {"fields": story()},
        {"fields": story(summary="")},
        {"fields": story(), "properties": [{"key": "m", "value": 1}]},
    ]
    status, body = world.ask("POST", "issue/bulk", {"issueUpdates": batch})
    assert status == 201
    assert [one["key"] for one in body["issues"]] == ["PROD-1", "PROD-2"]
    assert [(one["failedElementNumber"], one["status"]) for one in body["errors"]] == [(1, 400)]
    assert world.ask("GET", "issue/PROD-2/properties/m")[1] == {"key": "m", "value": 1}
    assert world.ask("POST", "issue/bulk", {"issueUpdates": [batch[1]]})[0] == 400
    assert world.ask("POST", "issue/bulk", {"issueUpdates": [batch[0]] * 51})[0] == 400


def test_bulk_fetch_sorts_by_id_and_leaves_out_the_missing(world):
    keys = [world.make(str(number)) for number in range(3)]
    _, body = world.ask(
        "POST", "issue/bulkfetch", {"issueIdsOrKeys": [keys[2], "PROD-99", keys[0]], "fields": ["summary"]}
    )
    assert [(one["key"], one["fields"]) for one in body["issues"]] == [
        ("PROD-1", {"summary": "0"}),
        ("PROD-3", {"summary": "2"}),
    ]
    assert world.ask("POST", "issue/bulkfetch", {"issueIdsOrKeys": [str(n) for n in range(101)]})[0] == 400


def test_transitions_follow_the_graph_and_its_screens(world):
    key = world.make(project="TEAM")
    _, body = world.ask("GET", f"issue/{key}/transitions", expand="transitions.fields")
    (arrow,) = body["transitions"]
    assert (arrow["to"]["name"], arrow["fields"]["resolution"]["required"]) == ("Shut", True)
    assert world.ask("GET", f"issue/{key}/transitions", transitionId="999")[1]["transitions"] == []
    move = {"transition": {"id": arrow["id"]}}
    assert refused(world, None, path=f"issue/{key}/transitions", **move) == {"resolution": "Resolution is required."}
    assert refused(world, None, path=f"issue/{key}/transitions", transition={"id": "42"})
    done = {**move, "fields": {"resolution": {"name": "Duplicate"}}}
    assert world.ask("POST", f"issue/{key}/transitions", done)[0] == 204
    read = world.ask("GET", f"issue/{key}")[1]["fields"]
    assert (read["status"]["name"], read["resolution"]["name"]) == ("Shut", "Duplicate")
    assert read["resolutiondate"] is not None
    assert world.ask("GET", f"issue/{key}/transitions")[1]["transitions"] == []


def test_delete_needs_leave_for_subtasks(world):
    parent = world.make()
    child = world.make(kind="Sub-task", parent={"key": parent})
    assert world.ask("GET", f"issue/{parent}")[1]["fields"]["subtasks"][0]["key"] == child
    assert world.ask("DELETE", f"issue/{parent}")[0] == 400
    assert world.ask("DELETE", f"issue/{parent}", deleteSubtasks="true")[0] == 204
    assert world.ask("GET", f"issue/{child}") == (404, {"errorMessages": [MISSING], "errors": {}})


def test_remote_link_is_an_upsert_that_forgets(world):
    key = world.make()
    thing = {"url": "https://example.com/1", "title": "One"}
    first = world.ask("POST", f"issue/{key}/remotelink", {"globalId": "g", "relationship": "r", "object": thing})
    second = world.ask("POST", f"issue/{key}/remotelink", {"globalId": "g", "object": thing})
    assert (first[0], second[0], first[1]["id"]) == (201, 200, second[1]["id"])
    (link,) = world.ask("GET", f"issue/{key}/remotelink")[1]
    assert "relationship" not in link
    assert world.ask("DELETE", f"issue/{key}/remotelink", globalId="g")[0] == 204


def test_a_duplicate_link_does_nothing_but_comment(world):
    one, two = world.make("One"), world.make("Two")
    body = {"type": {"name": "Blocks"}, "inwardIssue": {"key": one}, "outwardIssue": {"key": two}}
    assert world.answer("POST", "issueLink", body).body == b""
    assert world.ask("POST", "issueLink", {**body, "comment": {"body": doc("again")}})[0] == 201
    read = world.ask("GET", f"issue/{one}")[1]["fields"]
    assert (len(read["issuelinks"]), read["comment"]["total"]) == (1, 1)
    link = read["issuelinks"][0]
    assert link["outwardIssue"]["key"] == two
    assert world.ask("DELETE", f"issueLink/{link['id']}")[0] == 204


def test_properties_and_comments(world):
    key = world.make()
    assert world.ask("PUT", f"issue/{key}/properties/p", {"a": 1})[0] == 201
    assert world.ask("PUT", f"issue/{key}/properties/p", {"a": 2})[0] == 200
    assert world.ask("PUT", f"issue/{key}/properties/p", "x" * 32_768)[0] == 400
    assert world.ask("GET", f"issue/{key}/properties")[1]["keys"][0]["key"] == "p"
    assert world.ask("DELETE", f"issue/{key}/properties/p")[0] == 204
    assert world.ask("GET", f"issue/{key}/properties/p")[0] == 404
    _, made = world.ask("POST", f"issue/{key}/comment", {"body": doc("Hi")})
    assert world.ask("PUT", f"issue/{key}/comment/{made['id']}", {"body": doc("Ho")})[1]["body"] == doc("Ho")
    assert world.ask("GET", f"/rest/api/2/issue/{key}/comment")[1]["comments"][0]["body"] == "Ho"
    assert world.ask("DELETE", f"issue/{key}/comment/{made['id']}")[0] == 204
    assert world.ask("POST", f"issue/{key}/comment", {"body": "text"})[0] == 400


def test_archive_is_for_administrators(world):
    key = world.make()
    assert world.ask("PUT", "issue/archive", {"issueIdsOrKeys": [key]}, user=TOMAS)[0] == 403
    status, body = world.ask("PUT", "issue/archive", {"issueIdsOrKeys": [key, "PROD-9"]})
    assert (status, body["numberOfIssuesUpdated"]) == (200, 1)
    assert world.find("project = PROD") == []
    world.ask("PUT", "issue/unarchive", {"issueIdsOrKeys": [key]}, user=MIRA)
    assert world.find("project = PROD") == [key]
