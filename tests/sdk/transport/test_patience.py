"""Whoever waits is told for whom, why in plain words, and until when; whoever is in a hurry waits less."""

import errno
import http.client
import logging
import socket
import ssl

import httpx
import pytest
import requests
import urllib3

from productops.cli import words
from productops.errors import ConfigError, UnavailableError
from productops.sdk.transport.patience import patience, tries_of, watcher
from productops.sdk.transport.reasons import reason
from productops.sdk.transport.requests_plug import RequestsPlug

URL = "https://api.example.com/things"
REFUSED = requests.ConnectionError(
    urllib3.exceptions.MaxRetryError(None, "/", urllib3.exceptions.NewConnectionError(None, "x"))
)
REFUSED.args[0].reason.__cause__ = ConnectionRefusedError(errno.ECONNREFUSED, "refused")
OK = (200, {}, {"ok": True})
REASONS = {
    "the connection was refused": [ConnectionRefusedError(111, "x"), REFUSED],
    "the host is not known": [socket.gaierror(socket.EAI_NONAME, "x")],
    "the name of the host cannot be looked up now": [socket.gaierror(socket.EAI_AGAIN, "x")],
    "it took too long": [TimeoutError(), requests.ReadTimeout("x"), httpx.ConnectTimeout("x")],
    "the connection was closed": [
        ConnectionResetError(104, "x"),
        http.client.RemoteDisconnected("x"),
        urllib3.exceptions.ProtocolError("x"),
        httpx.RemoteProtocolError("x"),
    ],
    "the network does not lead there": [OSError(errno.ENETUNREACH, "x")],
    "no secure connection could be made": [ssl.SSLError(1, "wrong version number")],
    "the proxy did not let it through": [requests.exceptions.ProxyError(OSError("tunnel")), httpx.ProxyError("x")],
    "": [requests.ConnectionError("x"), OSError("x")],
}


class Told:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def asking(self, system: str) -> None:
        self.lines.append(f"{system} is asked")

    def waiting(self, wait: object) -> None:
        self.lines.append(str(wait))

    def answered(self) -> None:
        self.lines.append("over")


@pytest.fixture
def asked(make_policy, script):
    """Send a GET; the service's answers follow a script. Return what it was asked."""

    def ask(*steps, **options):
        inner = script(*steps)
        session = requests.Session()
        session.trust_env = False
        session.mount("https://", RequestsPlug(make_policy(**options), inner))
        try:
            session.get(URL)
        finally:
            session.close()
            ask.sent = len(inner.sent)

    return ask


@pytest.mark.parametrize(("words", "error"), [(words, one) for words, found in REASONS.items() for one in found])
def test_a_reason_is_told_in_plain_words(words, error):
    assert reason(error) == words


@pytest.mark.parametrize("made", [requests.Session, lambda: httpx.Client(trust_env=False)])
def test_what_clients_really_raise_is_told_likewise(made):
    with made() as client, pytest.raises(Exception, match=r".") as caught:
        client.get("http://127.0.0.1:9/")
    assert reason(caught.value) == "the connection was refused"


def test_the_reason_stands_in_the_last_error(asked):
    with pytest.raises(UnavailableError) as caught:
        asked(REFUSED)
    assert caught.value.message == (
        "jira could not be reached at api.example.com (GET /things): the connection was refused; nothing was sent"
    )


def _expired():
    refused = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")
    refused.verify_message = "certificate has expired"
    return requests.exceptions.SSLError(
        urllib3.exceptions.MaxRetryError(None, "/", urllib3.exceptions.SSLError(refused))
    )


def test_a_certificate_that_is_not_believed_is_a_setting_and_is_asked_for_once(asked):
    with pytest.raises(ConfigError) as caught:
        asked(_expired())
    assert caught.value.message == (
        "jira has a certificate that could not be verified (GET /things): certificate has expired; nothing was sent"
    )
    assert asked.sent == 1
    words.speak("fr")
    told = words.translated(caught.value.message)
    words.speak("en")
    assert told == (
        "jira a un certificat qui n'a pas pu être vérifié (GET /things) : il a expiré ; rien n'a été envoyé"
    )


def test_who_watches_is_told_until_when(asked, clock):
    told = Told()
    with patience(watcher=told), pytest.raises(UnavailableError):
        asked(REFUSED, max_tries=3)
    wait = "jira could not be reached: the connection was refused; trying again until 12:00:0{} UTC"
    assert told.lines == [
        "jira is asked",
        wait.format(3),
        "jira is asked",
        wait.format(3),
        "jira is asked",
        "over",
    ]
    assert 3 <= clock.passed < 4  # so it was given up when it was said
    assert watcher() is None


def test_who_watches_is_told_when_a_service_that_refused_is_asked_again(asked):
    told = Told()
    with patience(watcher=told):
        asked((429, {"Retry-After": "40"}, b""), OK)
    assert told.lines[0] == "jira is asked"
    assert told.lines[1].startswith("jira asks to wait; asking again at 12:00:4")
    assert told.lines[2:] == ["jira is asked", "over"]


def test_a_service_that_is_back_at_once_is_no_news_in_the_log(asked, caplog):
    caplog.set_level(logging.INFO, "productops")
    asked((503, {}, b""), OK)
    assert [(one.levelname, one.message) for one in caplog.records] == [
        ("INFO", "jira answered 503; trying again until 12:00:18 UTC")
    ]


def test_one_that_stays_away_is_warned_of_once(asked, caplog):
    with pytest.raises(UnavailableError):
        asked(REFUSED)
    (warning,) = (one for one in caplog.records if one.levelno >= logging.WARNING)
    assert warning.message.startswith("jira could not be reached: the connection was refused; trying again until 12:00")
    caplog.clear()
    with patience(watcher=Told()), pytest.raises(UnavailableError):
        asked(REFUSED)  # a person sees it
    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []


def test_who_is_in_a_hurry_tries_less_often(asked, clock):
    with patience(tries=2), pytest.raises(UnavailableError):
        asked(REFUSED)
    assert asked.sent == 2
    assert clock.passed <= 1.25
    assert tries_of(5) == 5


def test_what_a_block_does_not_say_stays_as_around_it():
    told = Told()
    with patience(tries=2), patience(watcher=told):
        assert (tries_of(5), watcher()) == (2, told)
        with patience(tries=1):
            assert (tries_of(5), watcher()) == (1, told)
