"""The limits by themselves: buckets, windows, the breaker."""

import heapq
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from productops import errors
from productops.sdk.transport import PROCESS_LIMITS, Bucket, Limits, Policy
from productops.sdk.transport.limits import CALM, CAREFUL


@given(rate=st.floats(0.1, 100), burst=st.integers(1, 10), gaps=st.lists(st.floats(0, 5), max_size=40))
def test_a_bucket_never_lets_more_through_than_its_rate(rate, burst, gaps) -> None:
    clock = type("Clock", (), {"time": 0.0, "monotonic": lambda self: self.time})()
    bucket, sent = Bucket(clock, rate, burst), []
    for gap in gaps:
        clock.time += gap
        clock.time += bucket.reserve()
        sent.append(clock.time)
    for at, start in enumerate(sent):
        for later in range(at, len(sent)):
            assert later - at + 1 <= burst + rate * (sent[later] - start) + 1e-6


def test_a_penalty_leaves_no_burst_behind_it(clock) -> None:
    bucket = Bucket(clock, rate=5, burst=5)
    bucket.penalise(30)
    bucket.penalise(10)  # never shortens
    assert bucket.blocked() == 30
    assert [bucket.reserve() for _ in range(3)] == pytest.approx([30, 30 + 0.2 / CAREFUL, 30 + 0.4 / CAREFUL])


def test_threads_are_spaced_too(clock) -> None:
    bucket, waits, lock = Bucket(clock, rate=10), [], threading.Lock()

    def ask() -> None:
        wait = bucket.reserve()
        with lock:
            waits.append(wait)

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == pytest.approx([at / 10 / CALM for at in range(20)])


def test_one_burst_of_refusals_counts_once(clock) -> None:
    breaker = Limits(clock).breaker("h")
    clock.sleep(1)
    for _ in range(10):
        breaker.refused(started=0.5)
    assert breaker.wait() == 0
    for _ in range(2):
        clock.sleep(1)
        breaker.refused(started=clock.passed)
    assert breaker.wait() == 60
    clock.sleep(60)
    assert (breaker.wait(), breaker.wait()) == (0, 60)
    breaker.answered()
    assert breaker.wait() == 0


def test_only_the_machines_own_time_is_shared(clock) -> None:
    assert Policy(system="a").limits is PROCESS_LIMITS is Policy(system="b").limits
    assert Policy(system="a", clock=clock).limits is not PROCESS_LIMITS
    for options in ({"rate": 0}, {"rate": -1}, {"burst": 0}):
        with pytest.raises(ValueError, match="bucket"):
            Limits(clock).bucket("h", "", "", **options)
    with pytest.raises(errors.ConfigError):
        Policy(system="a", max_tries=0)


# --- the window


class Way:
    """A bucket, the way to a service that counts arrivals in a sliding window, and the way back."""

    def __init__(self, rate: int, takes: float) -> None:
        self.time, self.rate, self.takes = 0.0, rate, takes
        self.bucket = Bucket(self, rate)
        self.arrived: list[float] = []
        self.coming: list[tuple[float, float]] = []

    def monotonic(self) -> float:
        return self.time

    def wait(self, until: float) -> None:
        while self.coming and self.coming[0][0] <= until:
            self.time, started = heapq.heappop(self.coming)
            self.bucket.answered(started, "PATCH")
        self.time = max(self.time, until)

    def send(self, held_up: float) -> None:
        """Send one without waiting for the answers of others. It is held up before it arrives."""
        self.wait(self.time + self.bucket.reserve())
        while seconds := self.bucket.leave():
            self.wait(self.time + seconds)
        self.arrived.append(self.time + held_up)
        heapq.heappush(self.coming, (self.time + held_up + self.takes, self.time))

    def most(self) -> int:
        """Return how many arrived within one second, at the worst."""
        times = sorted(self.arrived)
        return max(sum(start <= one < start + 1 for one in times) for start in times)


@given(
    rate=st.integers(1, 12),
    takes=st.floats(0, 0.8),
    held_up=st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.002, 0.03, 0.07, 0.1]), min_size=20, max_size=80),
)
def test_requests_that_were_held_up_do_not_meet_those_behind_them(rate, takes, held_up) -> None:
    way = Way(rate, takes)
    way.send(0.0)  # the quickest answer is known
    for one in held_up:
        way.send(one)
    assert way.most() <= rate


def test_a_calm_way_is_used_to_the_full() -> None:
    way = Way(5, 0.05)
    for _ in range(501):
        way.send(0.0)
    assert way.most() == 5
    assert way.time == pytest.approx(100 / CALM)


def test_a_slow_service_and_a_refusal_cost_no_more_than_care() -> None:
    slow = Way(5, 3.0)  # no answer is back when the window ends
    refused = Way(5, 0.05)
    refused.bucket.penalise(0)
    for way in (slow, refused):
        for _ in range(501):
            way.send(0.0)
        assert way.time == pytest.approx(100 / CAREFUL, rel=0.01)


def test_a_burst_is_left_to_services_that_allow_one() -> None:
    way = Way(10, 0.05)
    way.bucket = Bucket(way, 10, burst=10)
    for _ in range(10):
        way.send(0.0)
    assert way.time == 0
