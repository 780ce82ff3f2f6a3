"""Tokens, versions, addresses, and from what a user writes to a data source."""

from datetime import timedelta

import pytest

from productops.connectors.notion import Notion
from productops.connectors.notion.finding import as_id
from productops.connectors.notion.wire import VERSIONS
from productops.errors import AccessError, AuthError, ConfigError
from productops.sdk.registry import connector

PLAIN = "0123456789abcdef0123456789abcdef"
DASHED = "01234567-89ab-cdef-0123-456789abcdef"


def test_the_registry_knows_it():
    assert connector("notion") is Notion


def test_from_env(monkeypatch):
    monkeypatch.delenv("NOTION_TOKEN", raising=False)
    with pytest.raises(ConfigError, match="NOTION_TOKEN"):
        Notion.from_env()
    monkeypatch.setenv("NOTION_TOKEN", "ntn_0123456789abcdef0123")
    monkeypatch.setenv("NOTION_VERSION", "2026-03-11")
    account = Notion.from_env()
    assert repr(account) == "<Notion api.notion.com 2026-03-11>"
    assert "ntn_0123456789abcdef0123" not in repr(vars(account)["token"])


@pytest.mark.parametrize(
    "given",
    [{"url": "http://notion.example.com"}, {"version": "2022-06-28"}, {"token": ""}, {"token": None}],
)
def test_what_cannot_work_is_refused_at_once(given):
    with pytest.raises(ConfigError):
        Notion(**{"token": "ntn_x", **given})


def test_a_given_client_is_left_as_it_is():
    import notion_client

    given = notion_client.Client(auth="ntn_x", notion_version="2026-03-11", base_url="http://localhost:1")
    account = Notion(client=given)
    assert (account.wire.version, account.wire.host) == ("2026-03-11", "localhost:1")
    assert account.client is not given
    assert given._max_retries == 2
    assert account.client._max_retries == 0


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        DASHED,
        f"https://www.notion.so/acme/Road-map-{PLAIN}?v={'f' * 32}",
        f"https://www.notion.so/{PLAIN}",
        f"https://app.notion.com/p/acme/{DASHED}",
    ],
)
def test_ids_are_found_in_what_people_copy(text):
    assert as_id(text) == DASHED


def test_a_name_is_no_id():
    assert as_id("Roadmap") is None
    assert as_id("https://www.notion.so/acme") is None


@pytest.mark.parametrize("version", VERSIONS)
def test_a_data_source_is_found_by_id_database_address_and_name(world):
    desk = world.desk
    link = f"https://www.notion.so/acme/Roadmap-{desk.database.replace('-', '')}?v={'0' * 32}"
    world.clock.advance(timedelta(seconds=30))  # the search is late
    for given in (desk.id, desk.database, link, "Roadmap"):
        assert world.account.data_source(given).layout().id == desk.id


def test_several_data_sources_are_named_in_the_error(world):
    second = world.service.hands.add_source("Roadmap", "Archive")
    with pytest.raises(ConfigError, match=rf"2 data sources.*'Archive' \({second.id}\)"):
        world.account.data_source(world.desk.database).schema()


def test_what_is_not_shared_says_how_to_share_it(world):
    with pytest.raises(AccessError, match="Connections"):
        world.account.data_source(DASHED).schema()
    with pytest.raises(ConfigError, match="no data source called 'Nope'"):
        world.account.data_source("Nope").schema()


def test_check(world, build):
    check = world.source().check()
    assert check.ok
    assert check.who == "Sync in Acme"
    assert any("2 people" in line for line in check.details)
    wrong = build(token="ntn_wrong")
    assert not wrong.source().check().ok
    with pytest.raises(AuthError, match="my-integrations"):
        wrong.source().schema()


@pytest.mark.parametrize("version", VERSIONS)
def test_the_version_goes_out_with_every_request(world):
    world.source().schema()
    versions = {exchange.request.headers["notion-version"] for exchange in world.endpoint.log}
    assert versions == {world.account.wire.version}


def test_no_more_than_three_requests_a_second(build):
    world = build(rate=3.0)
    source = world.source()
    pages = [world.add() for _ in range(40)]
    source.schema()
    began = world.now
    source.get(pages, ["title"])
    at_once = 3  # Notion counts on average and lets a few through together
    assert (40 - at_once) / (world.now - began).total_seconds() <= 3.0


def test_a_refusal_is_not_printed(world, capsys):
    assert world.source().get(["00000000-0000-4000-8000-00000000dead"]) == {}
    assert capsys.readouterr() == ("", "")
