"""A clock that only moves when somebody sleeps, and an inner adapter that answers from a script."""

import json
import random
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from productops.sdk.transport import Limits, Policy

START = datetime(2024, 5, 1, 12, tzinfo=UTC)


class VirtualClock:
    def __init__(self) -> None:
        self.passed = 0.0
        self.slept: list[float] = []
        self.lock = threading.Lock()

    def now(self) -> datetime:
        return START + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        with self.lock:
            self.passed += seconds
            if seconds:
                self.slept.append(seconds)

    def http_date(self, ahead: float = 0) -> str:
        return format_datetime(self.now().replace(microsecond=0) + timedelta(seconds=ahead), usegmt=True)


class Script(BaseAdapter):
    """Answers with (status, headers, body), raises exceptions; the last step is repeated for ever."""

    def __init__(self, clock: VirtualClock, steps: Iterable[Any]) -> None:
        super().__init__()
        self.clock, self.steps = clock, list(steps)
        self.sent: list[tuple[float, requests.PreparedRequest, Any]] = []

    def send(self, request: requests.PreparedRequest, stream: bool = False, timeout: Any = None, **_: Any) -> Any:
        self.sent.append((self.clock.passed, request, timeout))
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, BaseException):
            raise step
        status, headers, body = step
        response = requests.Response()
        response.status_code, response.url, response.request = status, request.url or "", request
        response.headers.update(headers)
        response._content = body if isinstance(body, bytes) else json.dumps(body).encode()
        response._content_consumed = True
        return response

    def close(self) -> None:
        pass


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def make_policy(clock: VirtualClock) -> Callable[..., Policy]:
    def make(**options: Any) -> Policy:
        return Policy(**{"system": "jira", "limits": Limits(clock), "rng": random.Random(1), **options})

    return make


@pytest.fixture
def script(clock: VirtualClock) -> Callable[..., Script]:
    return lambda *steps: Script(clock, steps)
