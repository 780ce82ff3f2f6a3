"""The key flows once more, with the state in PostgreSQL, shared by many syncs and runners."""

import json
import threading

import pytest
from sqlalchemy import create_engine, text

from flows.world import World
from productops.errors import UnavailableError
from productops.sync.memory import tables as t
from productops.sync.memory.state import State, open_engine
from productops.sync.writing.apply import LEASE
from sync import test_history
from sync.desk import Desk
from sync.postgres import server


@pytest.fixture(scope="module")
def running():
    with server() as url:
        yield url


@pytest.fixture
def url(running, request):
    """The URL of a database of this test's own."""
    name = f"db{abs(hash(request.node.name))}"
    engine = create_engine(running.format(name="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    url = running.format(name=name)
    yield url
    open_engine(url).dispose()


@pytest.fixture
def desk(tmp_path, url):
    desk = Desk(tmp_path, state=url)
    desk.left.add(summary="Dark mode", due="mon")
    desk.left.add(summary="Export", due="tue")
    desk.run()
    return desk


@pytest.mark.parametrize(
    "flow",
    [
        test_history.test_a_field_tells_who_wrote_it_when_and_by_which_rule,
        test_history.test_a_record_is_found_by_id_key_link_and_address_on_either_side,
        test_history.test_a_decision_and_a_rule_are_told,
        test_history.test_undo_restores_what_a_run_overwrote_and_the_next_run_is_quiet,
        test_history.test_undo_of_creations_trashes_only_what_nobody_touched_and_does_not_make_it_again,
        test_history.test_records_that_come_back_are_linked_again_not_made_twice,
        test_history.test_what_was_deleted_is_listed_with_its_last_values,
    ],
    ids=lambda flow: flow.__name__,
)
def test_history_on_postgresql(desk, flow):
    flow(desk)


def test_conflicts_answers_and_findings(desk, tmp_path):
    desk.left.edit("left-1", due="50 % :left ?")
    desk.right.edit("right-1", Due="right's é🙂")
    first = desk.run()
    second = desk.run()
    assert (len(first.new_problems), second.new_problems, len(second.known_problems)) == (1, [], 1)
    path = tmp_path / "answers.yaml"
    desk.sync.inbox_file(path)
    path.write_text(path.read_text(encoding="utf-8").replace("\n  take:\n", "\n  take: left\n"), encoding="utf-8")
    desk.sync.answer(path)
    desk.run()
    assert desk.row("Dark mode").fields["Due"] == "50 % :left ?"
    assert [conflict.right for conflict in desk.sync.conflicts(closed=True)] == ["right's é🙂"]


def test_the_main_job_and_a_lost_answer(tmp_path, url):
    world = World(tmp_path)
    for number in range(12):
        world.issue(f"Idea {number}")
    world.later()
    sync = world.sync(state=url)
    world.at["airtable"].faults.add("PATCH", r"/v0/.*", "drop_after_commit")
    assert sync.run().uncertain == 10
    for _ in range(4):
        world.later()
        sync.run()
    assert sorted(world.rows()) == sorted(f"Idea {number}" for number in range(12))
    world.hand.edit(world.rows()["Idea 1"]["id"], {"Stage": "Building"})
    world.later()
    assert sync.run().updated["left"] == 1
    world.later()
    assert not sync.plan(full=True)


def test_many_syncs_share_a_database_and_see_only_their_own(tmp_path, url):
    mine, other = Desk(tmp_path, state=url), Desk(tmp_path, state=url)
    other.sync.name = "other"
    for desk in (mine, other):
        desk.left.add(summary=f"From {desk.sync.name}")
        desk.run()
    assert (mine.sync.state.count_links(), other.sync.state.count_links()) == (1, 1)
    assert [report.sync for report in mine.sync.runs()] == ["desk"]
    state = State(open_engine(url), "nobody")
    assert state.rows(state.pick(t.links)) == []


def test_of_many_runners_one_gets_the_lease(desk, url):
    states = [State(open_engine(url), "desk") for _ in range(4)]
    for turn in range(25):
        got, start = [], threading.Barrier(len(states))

        def take(number, turn=turn, got=got, start=start):
            start.wait()
            if states[number].take_lease(f"{turn}/{number}", desk.now(), LEASE) is not None:
                got.append(f"{turn}/{number}")

        runners = [threading.Thread(target=take, args=(number,)) for number in range(len(states))]
        for runner in runners:
            runner.start()
        for runner in runners:
            runner.join()
        assert len(got) == 1
        desk.left.edit("left-1", due=f"day {turn}")
        with pytest.raises(UnavailableError):
            desk.run()
        states[0].free_lease(got[0])


def test_the_same_history_gives_the_same_report_as_on_sqlite(tmp_path, url):
    told = []
    for state in (url, "state.db"):
        desk = Desk(tmp_path, state=state)
        for number in range(30):
            desk.left.add(summary=f"Idea {number}", due="mon", labels=["a"])
        desk.run()
        for number in range(1, 6):
            desk.left.edit(f"left-{number}", labels=["a", "l"])
            desk.right.edit(f"right-{number}", Tags=["a", "r"], Due=f"day {number}")
        desk.left.edit("left-3", due="other")
        report = desk.run().to_dict()
        told.append(json.dumps({name: value for name, value in report.items() if name != "run"}))
    assert told[0] == told[1]
