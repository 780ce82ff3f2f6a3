import pickle
from datetime import timedelta

import pyairtable
import pytest

from productops.connectors.airtable import Airtable
from productops.errors import AccessError, AuthError, ConfigError
from productops.testing.sandbox.airtable import STANDARD_TOKEN
from productops.testing.sandbox.plugs import RequestsPlug

TOKEN = "pat12345678.abcdefabcdef"


def test_the_constructor_sends_nothing_and_hides_the_token(world):
    assert TOKEN not in repr(Airtable(TOKEN)) + str(vars(Airtable(TOKEN)))
    world.table()
    assert world.endpoint.counts.total() == 0


@pytest.mark.parametrize("url", ["http://api.example.com", "ftp://example.com", "http://127.0.0.1.example.com", "api"])
def test_a_token_is_not_sent_unencrypted(url):
    with pytest.raises(ConfigError, match="https"):
        Airtable(TOKEN, url=url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost:1", "http://[::1]:1", "https://a.example"])
def test_this_machine_and_https_will_do(url):
    assert Airtable(TOKEN, url=url).wire.url == url


def test_from_env_names_the_missing_variable(monkeypatch):
    monkeypatch.delenv("AIRTABLE_TOKEN", raising=False)
    with pytest.raises(ConfigError, match=r"AIRTABLE_TOKEN.*airtable\.com/create/tokens"):
        Airtable.from_env()
    monkeypatch.setenv("AIRTABLE_TOKEN", TOKEN)
    monkeypatch.setenv("AIRTABLE_URL", "http://127.0.0.1:9")
    assert Airtable.from_env(rate=2).wire.url == "http://127.0.0.1:9"
    with pytest.raises(ConfigError, match="needs a token"):
        Airtable()


def test_a_pyairtable_client_is_taken_over_without_its_retries_and_left_alone(world):
    client = pyairtable.Api(STANDARD_TOKEN, timeout=(3, 7))
    client.session.mount("https://", RequestsPlug(world.endpoint))
    before = dict(client.session.adapters)
    account = Airtable(client=client, clock=world.clock)
    table = account.table(world.service.base("Work").id, "Roadmap", key="Sync key")
    world.fault("POST", "drop_after_commit")
    assert list(table.scan()) == []
    assert account.policy.timeout == (3, 7)
    assert client.session.adapters == before


def test_a_netrc_entry_does_not_replace_the_token(world, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine api.airtable.com login someone password else")
    monkeypatch.setenv("NETRC", str(netrc))
    assert world.account.check()


def test_a_base_may_be_named(world):
    assert world.account.table("Work", "Roadmap").schema().field("Name").kind == "text"
    with pytest.raises(ConfigError, match=r"No base.*'Home'.*Work \(app"):
        world.account.table("Home", "Roadmap").schema()


def test_check_names_account_bases_and_what_is_missing(build):
    good = build().account.check()
    assert good
    assert good.who == "ada@example.com"
    assert "1 base: Work" in str(good)
    scoped = build(scopes=["data.records:read", "schema.bases:read"]).account.check()
    assert not scoped
    assert "data.records:write" in str(scoped)
    blind = build(scopes=["data.records:read", "data.records:write"]).account.check()
    assert not blind
    assert "schema.bases:read" in str(blind)
    empty = build(bases=[]).account.check()
    assert not empty
    assert "access to a base" in str(empty)


def test_check_with_a_wrong_token_tells_what_to_do(world):
    wrong = Airtable("pat-wrong-token", transport=RequestsPlug(world.endpoint), clock=world.clock)
    assert not wrong.check()
    assert "airtable.com/create/tokens" in str(wrong.check())
    with pytest.raises(AuthError, match="does not know this token"):
        wrong.table(world.service.base("Work").id, "Roadmap").schema()


def test_the_table_checks_itself(world, build):
    assert world.table().check()
    assert 'key="Sync key"' in str(world.table(key=None).check())
    missing = world.table(key="Marker").check()
    assert not missing
    assert "single line text field named 'Marker'" in str(missing)
    assert "may only read" in str(build(permission="comment").table().check())
    unread = build(scopes=["data.records:write", "schema.bases:read"])
    assert "data.records:read" in str(unread.table().check())


def test_a_missing_scope_and_a_missing_base_are_told_apart(build):
    with pytest.raises(AccessError, match=r"Add the scope schema\.bases:read"):
        build(scopes=["data.records:read"]).table().schema()
    world = build()
    with pytest.raises(AccessError, match=r"does not have the base app00000000000000.*Work"):
        world.account.table("app00000000000000", "Roadmap").schema()


def test_settle_is_a_setting_and_a_sandbox_on_loopback_declares_its_own(build):
    assert build().table().settle().late == timedelta(seconds=60)
    assert build().table().settle().lag == timedelta(0)
    near = build(url="http://127.0.0.1:5")
    near.table().schema()
    assert near.table().settle().late == timedelta(seconds=1)
    assert near.table().server_time() == near.clock.now()
    custom = Airtable(TOKEN, late_commit=timedelta(seconds=5)).table("app1", "T")
    assert custom.settle().total == timedelta(seconds=5)


def test_the_token_is_never_pickled():
    with pytest.raises(TypeError):
        pickle.dumps(Airtable(TOKEN).token)
