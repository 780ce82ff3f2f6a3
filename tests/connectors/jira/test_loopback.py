"""The same over real sockets: what the client library and urllib3 add must not double anything."""

import pytest

from jira_world import draft, record, seed
from productops.connectors import Jira
from productops.errors import UnavailableError, UnknownOutcomeError
from productops.testing.sandbox.jira import JiraSandbox

server = pytest.importorskip("productops.testing.sandbox.server", reason="the loopback server needs the sandbox extra")


def test_a_dropped_answer_is_one_post_on_a_real_socket() -> None:
    with server.Server(JiraSandbox.from_json(seed(), rate=0)) as running:
        issues = Jira(running.url, email="mira@example.com", token="mira-token", rate=None).issues("PROD", "Story")
        assert record(issues.create([draft("First", "m1")])[0]).fields["summary"] == "First"
        before = running.counts[("POST", "/rest/api/3/issue/bulk")]
        running.faults.add("POST", ".*/issue/bulk", "drop_after_commit")
        lost = issues.create([draft("Second", "m2")])
        assert isinstance(lost[0], UnknownOutcomeError)
        assert running.counts[("POST", "/rest/api/3/issue/bulk")] == before + 1
        since = issues.server_time().replace(hour=0, minute=0)
        assert len(issues.find(["m2"], since)["m2"]) == 1
        assert len(list(issues.scan(None, ["summary"]))) == 2
        assert issues.settle().total.total_seconds() == 0


def test_nobody_listens() -> None:
    account = Jira("http://127.0.0.1:9", email="mira@example.com", token="mira-token")
    account.api.policy.max_tries = 1
    with pytest.raises(UnavailableError, match="nothing was sent") as caught:
        account.check()
    assert caught.value.operation == "read the account"
