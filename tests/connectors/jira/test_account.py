"""Accounts: what they need, what they send, what they say when something is wrong."""

from collections.abc import Callable
from datetime import timedelta

import jira as client_library
import pytest

from jira_world import URL, World
from productops.connectors import Jira
from productops.errors import AccessError, AuthError, ConfigError, UnavailableError
from productops.testing.sandbox.plugs import RequestsPlug

Make = Callable[..., World]


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({}, "address"),
        ({"url": "http://jira.example.com", "token": "t"}, "https"),
        ({"url": "ftp://jira.example.com", "token": "t"}, "https"),
        ({"url": "https://a:b@jira.example.com", "token": "t"}, "plain"),
        ({"url": URL}, "token"),
        ({"url": "https://your-site.atlassian.net", "token": "t"}, "e-mail"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_once(settings: dict[str, str], word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        Jira(**settings)


def test_http_is_fine_on_this_machine() -> None:
    assert Jira("http://127.0.0.1:8080/", token="some-token").url == "http://127.0.0.1:8080"


def test_the_mode_follows_from_the_credentials() -> None:
    assert Jira(URL, email="a@example.com", token="some-token").api.version == "3"
    assert Jira(URL, token="some-token").api.version == "2"
    assert Jira("https://api.atlassian.com/ex/jira/123", token="some-token").api.version == "3"
    assert Jira("your-site.atlassian.net", email="a@example.com", token="some-token").url.startswith("https://")


@pytest.mark.parametrize("missing", ["JIRA_URL", "JIRA_EMAIL", "JIRA_TOKEN"])
def test_a_missing_variable_is_named(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"JIRA_URL": URL, "JIRA_EMAIL": "a@example.com", "JIRA_TOKEN": "some-token"}.items():
        monkeypatch.setenv(name, value)
    assert Jira.from_env().api.cloud
    monkeypatch.delenv(missing)
    with pytest.raises(ConfigError, match=missing) as caught:
        Jira.from_env()
    assert caught.value.remedy


def test_no_secret_in_any_text(world: World) -> None:
    account = world.account(email="mira@example.com", token="wrong-secret-token")
    with pytest.raises(AuthError) as caught:
        account.check()
    for text in (repr(account), repr(account.issues("PROD")), str(caught.value), repr(caught.value)):
        assert "wrong-secret-token" not in text


def test_the_constructor_sends_nothing(world: World) -> None:
    world.account(email="mira@example.com", token="mira-token").issues("PROD")
    assert world.sent() == []


def test_check_says_who(either: World) -> None:
    found = either.jira.check()
    assert found
    assert found.who == "Mira Quill (mira@example.com)"
    assert either.sent() == [("GET", f"/rest/api/{either.jira.api.version}/myself")]


def test_a_wrong_token_is_told_with_a_remedy(either: World) -> None:
    mode = {"email": "mira@example.com"} if either.site.site.cloud else {}
    issues = either.account(token="wrong-token", **mode).issues("PROD")
    for ask in (issues.schema, issues.check, lambda: list(issues.scan()), lambda: issues.create([])):
        with pytest.raises(AuthError, match="token") as caught:
            ask()
        assert (caught.value.system, caught.value.operation) == ("jira", "read the account")
        assert caught.value.request_id


def test_a_token_revoked_later_is_no_empty_project(world: World) -> None:
    world.add()
    issues = world.issues()
    issues.schema()
    world.site.deactivate("mira@example.com")  # from now on the answers are those for a visitor
    with pytest.raises(AuthError):
        list(issues.scan())
    with pytest.raises(AuthError):
        issues.get(["10000"])


def test_an_unknown_project_names_the_known_ones(either: World) -> None:
    with pytest.raises(ConfigError, match="PROD, OPS") as caught:
        either.issues("NOPE").schema()
    assert caught.value.request_id


def test_an_unknown_type_names_the_known_ones(world: World) -> None:
    with pytest.raises(ConfigError, match="Story, Bug"):
        world.issues(type="Initiative").schema()


def test_types_are_found_whatever_their_case_or_by_id(world: World) -> None:
    assert [one.name for one in world.issues(type="story").layout().types] == ["Story"]
    id_ = world.issues().layout().types[0].id
    assert [one.name for one in world.issues(type=[id_, "Bug"]).layout().types] == ["Story", "Bug"]


def test_an_address_without_a_jira(world: World) -> None:
    world.jira.api.url = f"{URL}/wiki"
    with pytest.raises(ConfigError, match="There is no Jira"):
        world.jira.check()


def test_a_login_page_is_not_taken_for_an_answer(world: World) -> None:
    world.faults.add("GET", ".*/myself", "login_page", times=None)
    with pytest.raises(UnavailableError):
        world.jira.check()


def test_a_forbidden_answer_names_the_remedy(world: World) -> None:
    world.faults.add("GET", ".*/field", "forbidden")
    with pytest.raises(AccessError, match="permission") as caught:
        world.issues().schema()
    assert caught.value.operation == "list the fields"


def test_a_ready_client_is_used_and_left_as_it_is(world: World) -> None:
    client = client_library.JIRA(
        server=URL,
        basic_auth=("mira@example.com", "mira-token"),
        options={"rest_api_version": "3"},
        get_server_info=False,
        max_retries=0,
    )
    before = client._session.get_adapter(URL)
    account = Jira(client=client, transport=RequestsPlug(world.endpoint), clock=world.clock)
    assert account.client is client
    assert account.check().who.startswith("Mira Quill")
    assert account.api.version == "3"
    assert client._session.get_adapter(URL) is before
    client.close()


def test_our_client_follows_the_policy(world: World) -> None:
    world.add("From the client")
    assert world.jira.client.issue("PROD-1").fields.summary == "From the client"
    world.faults.add("POST", ".*/issue", "drop_before_commit", times=None)
    world.sent()
    with pytest.raises(Exception, match="did not answer"):
        world.jira.client.create_issue(fields={"project": "PROD", "summary": "x", "issuetype": "Story"}, prefetch=False)
    assert world.sent().count(("POST", "/rest/api/3/issue")) == 1


def test_times_are_settings_and_the_sandbox_declares_its_own(make: Make) -> None:
    world = make(search_lag=3.0, late_commit=2.0)
    assert world.issues().settle().total == timedelta(seconds=180)
    near = world.account("http://127.0.0.1:1", email="mira@example.com", token="mira-token").issues("PROD")
    near.schema()
    assert (near.settle().late, near.settle().lag) == (timedelta(seconds=2), timedelta(seconds=3))
    assert abs(near.server_time() - world.clock.now()) <= timedelta(seconds=1)  # a Date header has whole seconds


def test_the_address_of_people_where_the_api_lives_elsewhere(world: World) -> None:
    world.add()
    issues = world.account("https://api.atlassian.com", email="mira@example.com", token="mira-token").issues("PROD")
    assert [record.url for record in issues.scan()] == [f"{URL}/browse/PROD-1"]
    assert world.sent().count(("GET", "/rest/api/3/serverInfo")) == 1


def test_the_container_says_what_is_listed(world: World) -> None:
    one = world.issues(type=["Story", "Bug"], jql="labels = x")
    assert one.container == world.issues("prod", type=["Bug", "Story"], jql=" labels = x ").container
    assert one.container != world.issues().container
    assert one.name == "PROD Story, Bug issues"
    assert repr(one) == "<JiraIssues PROD Story, Bug issues>"
    assert world.sent() == []


def test_the_collection_tells_who_is_asking(either: World) -> None:
    mode = {} if either.jira.api.version == "2" else {"email": "tomas@example.com"}
    mine, other = either.issues().subject(), either.account(token="tomas-token", **mode).issues("PROD").subject()
    assert mine
    assert other not in ("", mine)
