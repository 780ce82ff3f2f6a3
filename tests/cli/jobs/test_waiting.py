"""A person at a terminal sees whom a command waits for; scripts and pipes see nothing of it."""

import io
import sys
from datetime import UTC, datetime

import pytest

from productops.cli import words
from productops.cli.speaking import Voice
from productops.cli.waiting import Waiting
from productops.sdk.transport.patience import Wait, watcher

UNTIL = datetime(2026, 9, 1, 9, 41, 20, tzinfo=UTC)
AWAY = Wait("jira", "jira could not be reached: the connection was refused", UNTIL)
REFUSED = Wait("airtable", "airtable asks to wait", UNTIL, refused=True)
HERE = f"{UNTIL.astimezone():%H:%M:%S}"


class Terminal(io.StringIO):
    """Standard error that somebody looks at."""

    def isatty(self) -> bool:
        return True


class Clock:
    """Tells the time that a test sets."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture(autouse=True)
def _english():
    words.speak("en")
    yield
    words.speak("en")


@pytest.mark.parametrize(
    ("language", "wait", "told"),
    [
        ("en", AWAY, f"Jira could not be reached: the connection was refused; trying again until {HERE}."),
        ("en", REFUSED, f"Airtable asks to wait; asking again at {HERE}."),
        ("fr", AWAY, f"Jira est injoignable : la connexion a été refusée ; nouvel essai jusqu'à {HERE}."),
        ("fr", REFUSED, f"Airtable demande d'attendre ; nouvelle demande à {HERE}."),
    ],
)
def test_whom_it_waits_for_is_told_after_a_moment_in_the_language_spoken(language, wait, told):
    words.speak(language)
    words.missing.clear()
    waiting = Waiting(clock := Clock())
    waiting.waiting(wait)
    assert waiting.line() == ""
    clock.at = 1.5  # and once more
    waiting.waiting(wait)
    assert waiting.line() == told
    assert words.missing == set()
    waiting.answered()
    assert waiting.line() == ""


@pytest.mark.parametrize(
    ("language", "told"), [("en", "Jira has not answered for 3 s."), ("fr", "Jira ne répond pas depuis 3 s.")]
)
def test_an_answer_that_does_not_come_is_told_before_it_is_given_up(language, told):
    words.speak(language)
    waiting = Waiting(clock := Clock())
    waiting.asking("jira")
    clock.at = 1.9
    assert waiting.line() == ""
    clock.at = 3.2
    assert waiting.line() == told
    assert language == "en" or told not in words.missing


def test_the_line_stands_below_the_bar_and_goes_away(monkeypatch):
    monkeypatch.setattr(sys, "stderr", seen := Terminal())
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    with Voice("en", as_json=False).working():
        bar = watcher()
        bar._clock = clock = Clock()
        bar.waiting(AWAY)
        clock.at = 2.0
        assert "trying again until" in bar.line()
        drawn = seen.tell()
    assert watcher() is None
    assert "trying again until" in seen.getvalue()[drawn:]  # the last look, before everything is wiped away
    assert seen.getvalue().rstrip().endswith("\x1b[2K")


@pytest.mark.parametrize("verb", ["check", "plan", "run", "undo"])
def test_every_command_that_asks_services_tells_whom_it_waits_for(verb, desk, monkeypatch):
    desk.make_issues("One")
    run = desk.run("run", "--json").json[0]["run"]
    asked = []
    monkeypatch.setattr(Waiting, "asking", lambda self, system: asked.append(system))
    more = {"undo": [run], "check": []}.get(verb, ["--full"])
    monkeypatch.setattr(io, "StringIO", Terminal)  # where the desk lets commands talk to
    assert desk.run(verb, *more).code == 0
    assert set(asked) == {"jira", "airtable"}
    asked.clear()
    assert desk.run(verb, *more, "--json").code == 0
    assert asked == []


def test_check_does_not_try_for_long_and_says_why(desk, monkeypatch):
    monkeypatch.setenv("JIRA_URL", "http://127.0.0.1:9")
    slept = []
    monkeypatch.setattr("productops.sdk.transport.clock.time.sleep", slept.append)
    said = desk.run("check")
    assert said.code == 3
    assert "jira could not be reached at 127.0.0.1:9 (GET /rest/api/3/myself): the connection was refused" in said.err
    assert sum(slept) < 3
    slept.clear()
    assert desk.run("plan").code == 3
    assert sum(slept) > 10
