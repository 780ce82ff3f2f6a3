"""Bad weather for a sandbox: scripted faults, and faults that are a pure function of a seed.

A fault says what happens to *one* request. Most kinds any service can suffer; the endpoint and the
plugs carry those out. ``partial_batch``, ``repeated_token``, ``stale_page`` and ``search_lag`` need
to know what a batch or a page is; a service takes part in them through ``Misbehaves``. What only rearranges a page
(``duplicate_page`` and its like) the endpoint does to whatever looks like one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, get_args, runtime_checkable

from productops.testing.sandbox.wire import Answer, Request

Kind = Literal[
    "drop_before_commit",  # the connection closes and the service never sees the request
    "drop_after_commit",  # the service does the work, the connection closes without an answer
    "late_commit",  # the connection closes now, the service does the work `seconds` later
    "rate_limited",  # 429, with Retry-After as `retry_after` says
    "error_500",  # 500, nothing done
    "bad_gateway_before",  # 502, nothing done
    "bad_gateway_after",  # 502, although the work is done
    "unavailable",  # 503, nothing done; may carry Retry-After
    "unauthorized",  # 401
    "forbidden",  # 403
    "not_found",  # 404, whatever was asked
    "malformed",  # the work is done, the JSON breaks off but the HTTP is whole
    "truncated",  # the work is done, the connection closes in the middle of the body
    "login_page",  # 200 with an HTML page, nothing done
    "partial_batch",  # `keep` elements of a batch are done, then 500
    "repeated_token",  # the page's token leads to the same page again
    "stale_page",  # a listing as it was `seconds` ago
    "search_lag",  # a listing chosen by what was indexed `seconds` ago, shown as it is
    "slow",  # the work is done, the answer comes `seconds` later
    "conflict",  # 409, nothing done
    "gateway_timeout_before",  # 504, nothing done
    "gateway_timeout_after",  # 504, although the work is done
    "overloaded",  # 529, nothing done; may carry Retry-After
    "html_502",  # 502 with the HTML page of a gateway, nothing done
    "duplicate_page",  # every row of the page is listed twice
    "missing_page",  # the page comes without its rows, and leads on to the next
    "partial_page",  # every second row of the page is left out
    "early_end",  # the page says that it is the last
    "empty_listing",  # the page has no rows and says that it is the last
]
KINDS: tuple[Kind, ...] = get_args(Kind)
SERVICE_KINDS = frozenset({"partial_batch", "repeated_token", "stale_page", "search_lag"})
PAGE_KINDS = frozenset({"duplicate_page", "missing_page", "partial_page", "early_end", "empty_listing"})
STANDARD_SECONDS = {"late_commit": 1.0, "slow": 1.0, "stale_page": 60.0, "search_lag": 5.0, "rate_limited": 30.0}


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one request.

    ``seconds`` is the delay or the age, by kind (None takes the kind's standard). ``retry_after`` is a
    number of seconds (0 too), ``"date"`` for an HTTP-date ``seconds`` from now, or None for no header.
    ``keep`` is how many elements of a batch are done. Raises ``ValueError`` for an unknown kind.
    """

    kind: Kind
    seconds: float | None = None
    retry_after: float | Literal["date"] | None = None
    keep: int = 1

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; the kinds are {', '.join(KINDS)}")

    @property
    def span(self) -> float:
        """The delay or age in seconds, the kind's standard where none was given."""
        return STANDARD_SECONDS.get(self.kind, 0.0) if self.seconds is None else self.seconds


@runtime_checkable
class Misbehaves(Protocol):
    """A service that can carry out the faults that need to know its batches and pages."""

    def misbehave(self, fault: Fault, request: Request, now: datetime) -> Answer | None:
        """Answer the request badly, or return None when the fault does not fit the request."""
        ...


@runtime_checkable
class Refuses(Protocol):
    """A service that words its own error bodies."""

    def refusal(self, status: int) -> Answer:
        """Return the service's own answer for a status such as 429 or 503."""
        ...


@dataclass(frozen=True, slots=True)
class SeededFaults:
    """Faults as a pure function of (seed, side, operation, attempt): the same run meets the same weather.

    ``rate`` is the share of requests hit, 0 to 1. ``late`` is the longest late commit in seconds; keep it at
    or below the settle time D that the service declares. ``operations`` limits the faults to operations
    (``"POST /v0/*/*"``) that the regular expression finds.

    >>> weather = SeededFaults(7, 0.5)
    >>> weather.pick("left", "POST /v0/*/*", 3) == weather.pick("left", "POST /v0/*/*", 3)
    True
    """

    seed: int
    rate: float
    kinds: Sequence[Kind] = KINDS
    late: float = 1.0
    operations: str = ""

    def pick(self, side: str, operation: str, attempt: int) -> Fault | None:
        """Return the fault for the ``attempt``-th request of this operation on this side, or None."""
        if not self.kinds or not re.search(self.operations, operation):
            return None
        text = f"{self.seed}\0{side}\0{operation}\0{attempt}".encode()
        digest = hashlib.blake2b(text, digest_size=16).digest()
        if int.from_bytes(digest[:8]) / 2**64 >= self.rate:
            return None
        kind = self.kinds[int.from_bytes(digest[8:10]) % len(self.kinds)]
        share = digest[10] / 255
        retry: tuple[float | Literal["date"] | None, ...] = (None, 0, 1, 5, "date")
        return Fault(
            kind,
            seconds=self.late * share if kind == "late_commit" else 5.0 if kind == "rate_limited" else None,
            retry_after=retry[digest[11] % len(retry)] if kind in ("rate_limited", "unavailable") else None,
            keep=1 + digest[12] % 9 if kind == "partial_batch" else 1,
        )


@dataclass(slots=True)
class Rule:
    """One line of a script: which requests, and which fault."""

    method: str
    path: re.Pattern[str]
    fault: Fault
    skip: int
    times: int | None

    def fits(self, request: Request) -> bool:
        """Return whether the rule speaks of this request."""
        return self.method in ("*", request.method) and self.path.fullmatch(request.path) is not None


@dataclass(slots=True)
class Script:
    """Faults in the order they were written, and after them the seeded ones, if any.

    >>> script = Script()
    >>> script.add("POST", r"/v0/.*", "drop_after_commit", times=1)
    >>> script.pick(Request("POST", "/v0/app1/tbl1"), "", "POST /v0/*/*", 0).kind
    'drop_after_commit'
    >>> script.pick(Request("POST", "/v0/app1/tbl1"), "", "POST /v0/*/*", 1) is None
    True
    """

    seeded: SeededFaults | None = None
    rules: list[Rule] = field(default_factory=list)

    def add(
        self,
        method: str,
        path: str,
        fault: Kind | Fault,
        *,
        nth: int = 1,
        times: int | None = 1,
        seconds: float | None = None,
        retry_after: float | Literal["date"] | None = None,
        keep: int = 1,
    ) -> None:
        """Hit requests of a method (``"*"`` for any) whose whole path matches a regular expression.

        The first hit is the ``nth`` such request from now on, ``times`` in all (None: for ever).
        The other arguments are those of ``Fault``. Raises ``ValueError`` for an unknown kind.
        """
        if not isinstance(fault, Fault):
            fault = Fault(fault, seconds=seconds, retry_after=retry_after, keep=keep)
        self.rules.append(Rule(method.upper(), re.compile(path), fault, nth - 1, times))

    def clear(self) -> None:
        """Forget every rule and the seeded faults."""
        self.rules.clear()
        self.seeded = None

    def pick(self, request: Request, side: str, operation: str, attempt: int) -> Fault | None:
        """Return the fault for a request and use up the rule it came from."""
        for rule in self.rules:
            if not rule.fits(request) or rule.times == 0:
                continue
            if rule.skip:
                rule.skip -= 1
                continue
            if rule.times is not None:
                rule.times -= 1
            return rule.fault
        return self.seeded.pick(side, operation, attempt) if self.seeded else None
