"""What a service asked for is remembered in the state: the next process leaves it alone."""

import pytest

from productops.errors import RateLimitedError
from productops.sdk.transport.wary import is_wary
from sync.desk import Desk


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    desk.left.add(summary="One")
    desk.run()
    desk.asked, desk.refusing = [], True
    scan = desk.left.scan

    def refuse(*args):
        desk.asked.append(is_wary())
        if desk.refusing:
            raise RateLimitedError("too many requests", retry_after=90, system="memory")
        return scan(*args)

    desk.left.scan = refuse
    return desk


def test_the_next_process_sends_nothing_before_it_may(desk):
    with pytest.raises(RateLimitedError):
        desk.sync.run()
    asked = list(desk.asked)
    schema = desk.left.schema
    desk.left.schema = lambda **_: pytest.fail("it was asked")
    desk.later(seconds=80)
    for go in (desk.again().run, desk.again().adopt, lambda: desk.again().undo("plan-x")):
        with pytest.raises(RateLimitedError, match="asked an earlier run to wait, for another 10 s") as caught:
            go()
        assert caught.value.retry_after == pytest.approx(10)
    assert desk.asked == asked
    desk.left.schema = schema
    desk.later(seconds=11)
    desk.refusing = False
    assert desk.again().run().problems == []


def test_after_it_one_refusal_is_enough_until_it_answers(desk):
    with pytest.raises(RateLimitedError):
        desk.sync.run()
    desk.later(minutes=2)
    with pytest.raises(RateLimitedError):
        desk.again().run()
    desk.later(minutes=2)
    desk.refusing = False
    desk.again().run()
    desk.again().run()
    assert desk.asked == [False, True, True, False]


def test_a_minute_where_it_does_not_say(desk):
    desk.left.scan = lambda *_: (_ for _ in ()).throw(RateLimitedError("wait", system="memory"))
    with pytest.raises(RateLimitedError):
        desk.sync.run()
    desk.later(seconds=59)
    with pytest.raises(RateLimitedError, match="for another 1 s"):
        desk.again().run()
