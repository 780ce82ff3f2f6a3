"""Faults over the Airtable service, and the unmodified client on the loopback server."""

import threading

import pyairtable
import pytest
import requests
from pyairtable.api.retrying import retry_strategy

from productops.testing.sandbox.airtable import Airtable
from productops.testing.sandbox.endpoint import Endpoint


def api_with_default_retries(server):
    """pyairtable as it comes, but for the waiting between its retries."""
    return pyairtable.Api(
        "patAda", endpoint_url=server.url, timeout=(5, 5), retry_strategy=retry_strategy(backoff_factor=0)
    )


def test_one_post_and_a_lost_answer_leave_one_record(served, server, hand):
    server.faults.add("POST", r"/v0/.*", "drop_after_commit", times=1)
    with pytest.raises(requests.ConnectionError):
        served.create({"Name": "x"})
    assert [record["fields"]["Name"] for record in hand.records()] == ["x"]
    assert server.endpoint.requests("POST") == 1


def test_the_clients_own_retries_double_a_record_when_answers_are_lost(server, hand, served):
    server.faults.add("POST", r"/v0/.*", "drop_after_commit", times=5)
    table = api_with_default_retries(server).table(served.base.id, "Ideas")
    table.create({"Name": "x"})
    assert len(hand.records()) == 6
    assert server.endpoint.requests("POST") == 6


def test_an_upsert_survives_lost_answers(served, server, hand):
    server.faults.add("PATCH", r"/v0/.*", "drop_after_commit", times=3)
    table = api_with_default_retries(server).table(served.base.id, "Ideas")
    table.batch_upsert([{"fields": {"Key": "k", "Name": "x"}}], key_fields=["Key"])
    assert len(hand.records()) == 1
    assert server.endpoint.requests("PATCH") == 4


def test_the_client_on_the_server_reads_writes_and_pages(served, server):
    served.batch_create([{"Name": f"n{n:02d}"} for n in range(25)])
    assert len(served.all(page_size=10)) == 25
    found = served.first(formula="{Name}='n07'")
    served.update(found["id"], {"Votes": 3})
    assert served.get(found["id"])["fields"]["Votes"] == 3
    served.delete(found["id"])
    assert len(served.all()) == 24
    assert [base.name for base in served.api.bases()] == ["Work", "Other"]
    assert server.log[-1].request.headers["authorization"] == "[hidden]"


def test_what_a_client_on_loopback_may_learn(server):
    answer = requests.get(server.url + "/v0/meta/whoami", timeout=5)
    assert answer.status_code == 401
    assert answer.headers["X-Sandbox-Settle"] == "1,0"
    assert "X-Sandbox-Rate" not in answer.headers  # this account has no limits
    assert Airtable().requests_per_second == 5


def test_many_threads_and_a_person_at_once(served, server, hand):
    def write():
        api = pyairtable.Api("patAda", endpoint_url=server.url, retry_strategy=None, timeout=(5, 5))
        api.table(served.base.id, "Ideas").batch_create([{"Name": "x"} for _ in range(30)])

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(30):
        hand.add({"Name": "by hand"})
        hand.records()
    for thread in threads:
        thread.join()
    numbers = [record["fields"]["No"] for record in hand.records()]
    assert sorted(numbers) == list(range(1, 151))


@pytest.mark.parametrize("keep", [1, 2, 99])
def test_a_partial_batch(ideas, endpoint, hand, refused, keep):
    endpoint.faults.add("POST", ".*", "partial_batch", keep=keep)
    status, error = refused(ideas.batch_create, [{"Name": name} for name in "abc"])
    assert (status, error["type"]) == (500, "SERVER_ERROR")
    assert [record["fields"]["Name"] for record in hand.records()] == list("abc")[: min(keep, 2)]


def test_a_partial_delete(ideas, endpoint, hand, refused):
    records = [record["id"] for record in ideas.batch_create([{"Name": name} for name in "abc"])]
    endpoint.faults.add("DELETE", ".*", "partial_batch")
    assert refused(ideas.batch_delete, records)[0] == 500
    assert hand.trash() == records[:1]


def test_a_repeated_token_leads_to_the_same_page(ideas, endpoint):
    ideas.batch_create([{"Name": str(n)} for n in range(5)])
    endpoint.faults.add("GET", ".*", "repeated_token", nth=2)
    pages = list(ideas.iterate(page_size=2, sort=["Name"]))
    assert [[r["fields"]["Name"] for r in page] for page in pages] == [["0", "1"], ["2", "3"], ["2", "3"], ["4"]]
    tokens = [exchange.answer.body.rpartition(b'"offset"')[2] for exchange in list(endpoint.log)[-4:-1]]
    assert tokens[0] == tokens[1] != tokens[2]


def test_a_stale_page_shows_what_was(ideas, endpoint, hand, clock):
    kept, gone = (record["id"] for record in ideas.batch_create([{"Name": "old"}, {"Name": "gone"}]))
    clock.advance(100)
    hand.edit(kept, {"Name": "new"})
    hand.remove(gone)
    hand.add({"Name": "later"})
    endpoint.faults.add("GET", ".*", "stale_page", seconds=50)
    assert sorted(record["fields"]["Name"] for record in ideas.all()) == ["gone", "old"]
    assert sorted(record["fields"]["Name"] for record in ideas.all()) == ["later", "new"]


def test_search_lag_finds_by_the_old_and_shows_the_new(ideas, endpoint, hand, clock):
    record = ideas.create({"Name": "old"})["id"]
    clock.advance(100)
    hand.edit(record, {"Name": "new"})
    hand.add({"Name": "new"})
    endpoint.faults.add("GET", ".*", "search_lag", seconds=5, times=2)
    assert ideas.all(formula="{Name}='new'") == []
    assert [found["fields"]["Name"] for found in ideas.all(formula="{Name}='old'")] == ["new"]
    assert len(ideas.all(formula="{Name}='new'")) == 2


def test_the_services_own_words_for_faults(ideas, endpoint, refused):
    for kind, status, words in [
        ("rate_limited", 429, "RATE_LIMIT_REACHED"),
        ("unavailable", 503, "RETRIABLE_ERROR"),
        ("unauthorized", 401, "AUTHENTICATION_REQUIRED"),
        ("forbidden", 403, "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND"),
    ]:
        endpoint.faults.add("GET", ".*", kind)
        got, error = refused(ideas.all)
        assert (got, error["type"]) == (status, words)


def test_two_endpoints_may_share_one_account(account, clock, api_for, ideas):
    other = api_for(endpoint=Endpoint(account, clock=clock, side="right")).table(ideas.base.id, "Ideas")
    other.create({"Name": "x"})
    assert len(ideas.all()) == 1
