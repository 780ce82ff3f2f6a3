"""A run that is told to stop: it stops, says so with its exit code, and the next one goes on from there."""

import contextlib
import signal
import subprocess
import time
import weakref
from datetime import UTC, datetime

import pytest
from sqlalchemy import event

import productops.cli.app
from cli_desk import Desk, hearing
from productops.cli import main
from productops.cli.stopping import stoppable
from productops.sync.memory.state import State, open_engine


@pytest.fixture(autouse=True)
def _hearing():
    with hearing():
        yield


SIGNS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


def _stopped(desk: Desk, sign: signal.Signals) -> tuple[int, str]:
    """Start a run over many issues and stop it while it waits for the answer to its third write."""
    desk.sandbox.airtable.faults.add("PATCH", r"/v0/[^/]+/[^/]+", "slow", nth=3, seconds=600)
    process = desk.start("run")
    while process.poll() is None and not any(one.fault for one in list(desk.sandbox.airtable.log)):
        time.sleep(0.005)
    assert process.poll() is None, process.communicate()
    process.send_signal(sign)
    try:
        _, err = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:  # it tells where it stands
        process.send_signal(signal.SIGABRT)
        _, err = process.communicate(timeout=60)
        pytest.fail(f"the run did not end within a minute:\n{err[-4000:]}")
    return process.returncode, err


def test_ctrl_c_leaves_a_state_that_goes_on(desk):
    titles = [f"No. {number:03}" for number in range(120)]
    for start in range(0, 120, 40):
        desk.make_issues(*titles[start : start + 40])
    code, err = _stopped(desk, signal.SIGINT)
    assert (code, "Traceback" in err) == (130, False), err
    assert "the next run goes on from here" in err
    assert desk.titles() == titles[: len(desk.titles())] != titles
    time.sleep(desk.sandbox.settle + 0.2)
    for _ in range(3):
        assert desk.run("run", "--wait", "20").code in (0, 1)
    assert desk.titles() == titles


def test_sigterm_ends_likewise(desk):
    desk.make_issues(*[f"No. {number:03}" for number in range(40)])
    code, err = _stopped(desk, signal.SIGTERM)
    assert (code, "Traceback" in err) == (143, False), err


class Thing:
    """Something to watch by a weak reference."""


def _while_python_tidies_up(sign: signal.Signals) -> None:
    """What is raised in the callback of a weak reference is dropped; the run would go on for ever."""
    thing = Thing()
    watched = weakref.ref(thing, lambda _: signal.raise_signal(sign))
    del thing
    assert watched() is None
    for _ in range(500):
        time.sleep(0.01)


def _while_a_library_tidies_up(sign: signal.Signals) -> None:
    """It finds things half done, and says that instead."""
    try:
        signal.raise_signal(sign)
    finally:
        raise AssertionError("half closed")


def _where_a_library_goes_on(sign: signal.Signals) -> None:
    with contextlib.suppress(BaseException):
        signal.raise_signal(sign)


@pytest.mark.parametrize(("sign", "code"), SIGNS)
@pytest.mark.parametrize("work", [_while_python_tidies_up, _while_a_library_tidies_up, _where_a_library_goes_on])
def test_who_was_told_to_stop_stops_wherever_the_signal_came(work, sign, code, capsys):
    before = signal.getsignal(sign)
    with pytest.raises(SystemExit) as ended, stoppable():
        work(sign)
    assert ended.value.code == code
    said = capsys.readouterr().err
    assert "the next run goes on from here" in said
    assert "Traceback" not in said
    assert signal.getsignal(sign) == before


def _for_ever() -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        time.sleep(0.001)


@pytest.mark.parametrize(("sign", "code"), SIGNS)
def test_a_signal_in_the_middle_of_a_transaction_waits_for_its_end(tmp_path, sign, code):
    engine = open_engine(tmp_path / "state.db")
    state = State(engine, "one")

    def run():
        event.listen(engine, "commit", lambda _: signal.raise_signal(sign), once=True)
        assert state.take_lease("me", datetime.now(UTC), 600) is not None
        _for_ever()

    with pytest.raises(SystemExit) as ended, stoppable():
        run()
    assert ended.value.code == code
    assert state.take_lease("another", datetime.now(UTC), 600) is None  # what was begun was done


@pytest.mark.parametrize(("sign", "code"), SIGNS)
def test_but_not_for_a_database_that_does_not_answer(tmp_path, monkeypatch, sign, code):
    monkeypatch.setattr("productops.cli.stopping.MOST", 0.05)
    engine = open_engine(tmp_path / "state.db")

    def silent(_connection):
        signal.raise_signal(sign)
        _for_ever()

    event.listen(engine, "commit", silent, once=True)
    with pytest.raises(SystemExit) as ended, stoppable():
        State(engine, "one").take_lease("me", datetime.now(UTC), 600)
    assert ended.value.code == code


def test_what_goes_wrong_without_a_signal_is_told():
    with pytest.raises(AssertionError, match="half closed"), stoppable():
        raise AssertionError("half closed")


def test_a_signal_that_the_process_ignores_stays_ignored():
    """So it is in a shell's background: Ctrl-C is meant for what runs before it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stoppable():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def test_ctrl_c_before_a_command_has_begun_ends_it_quietly(monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(productops.cli.app, "run", interrupted)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
