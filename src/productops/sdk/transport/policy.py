"""The one policy under which all requests go out, whichever client makes them.

What may be repeated follows from one question: can it have changed anything?

==========================  =========================================  ==================================
what happened               a read (or a POST the caller marked safe)  a write
==========================  =========================================  ==================================
429 (or in ``refusals``):   repeat after what it asks, and jitter      the same
the service refused
never sent                  repeat with backoff                        the same
no answer, 408, 5xx,        repeat with backoff (408, 500, 502, 503,   never repeated:
broken or unreadable 2xx    504), then ``UnavailableError``            ``UnknownOutcomeError``
other 4xx                   handed to the client                       handed to the client
==========================  =========================================  ==================================

All waiting goes through the clock. Repeats of reads and of what was never sent also cost from the retry budget;
repeats after a 429 do not, since the service's own wish and the breaker already hold them back.
"""

from __future__ import annotations

import logging
import math
import random
import re
import threading
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from productops.errors import ConfigError
from productops.redaction import redact
from productops.sdk.transport.answers import SAFE_METHODS, hand_over, request_id
from productops.sdk.transport.clock import Clock, SystemClock
from productops.sdk.transport.exchange import (
    Call,
    Kind,
    Reply,
    RequestEvent,
    Settle,
    Trouble,
    credential_key,
    host_of,
    place_of,
)
from productops.sdk.transport.leave import ask
from productops.sdk.transport.limits import PROCESS_LIMITS, Bucket, Limits
from productops.sdk.transport.parsing import Parse, parse_json
from productops.sdk.transport.patience import Wait, tries_of, watcher
from productops.sdk.transport.verdicts import limited, told, verdict
from productops.sdk.transport.waiting import JITTER, backoff, jittered, parse_http_date, parse_retry_after
from productops.sdk.transport.wary import is_wary

log: logging.Logger = logging.getLogger("productops.transport")

MIB = 2**20
NEWS = 2.0  # seconds without an answer that are told
PASSING = frozenset({408, 500, 502, 503, 504})  # statuses that may be gone a moment later
Rate = float | Callable[[Hashable], float | None] | None


class Policy:
    """How requests to one system go out. Give it to a plug, and the plug to the client.

    ``timeout`` is (connect, read) in seconds; ``max_tries`` counts attempts of one call; ``max_wait`` is the longest
    a call waits in all for a service that refuses, in seconds, before it gives up with ``RateLimitedError``;
    ``max_bytes`` limits a decompressed body and ``max_seconds`` the reading of it. ``scope(method, url)`` names the
    limit a request falls under and ``rate`` (requests a second, or a function of the scope) says how wide it is.
    ``default_429_wait`` is the wait in seconds after a 429 without ``Retry-After``. ``refusals`` are statuses by which
    a service says, as by 429, that it did nothing and wants to be asked later. ``safe_posts`` are regular
    expressions searched for in the paths of POSTs that only read; ``raw_paths`` in those of answers that are not JSON.
    ``settle`` says how late the service may be. ``on_request`` is called with a ``RequestEvent`` per attempt.
    """

    def __init__(
        self,
        *,
        system: str,
        clock: Clock | None = None,
        limits: Limits | None = None,
        timeout: tuple[float, float] = (10.0, 60.0),
        max_tries: int = 5,
        max_wait: float = 120.0,
        max_bytes: int = 10 * MIB,
        max_seconds: float = 300.0,
        scope: Callable[[str, str], Hashable] | None = None,
        rate: Rate = None,
        burst: int = 1,
        default_429_wait: float | None = None,
        refusals: frozenset[int] = frozenset(),
        safe_posts: tuple[str, ...] = (),
        raw_paths: tuple[str, ...] = (),
        settle: Settle = Settle(120.0, 120.0),  # noqa: B008 - a tuple, which does not change
        on_request: Callable[[RequestEvent], None] | None = None,
        rng: random.Random | None = None,
    ) -> None:
        if max_tries < 1:
            raise ConfigError("max_tries must be at least 1")
        self.system: str = system
        self.timeout: tuple[float, float] = timeout
        self.clock: Clock = clock or (limits.clock if limits else SystemClock())
        # Limits of another clock's time would wait for ever or not at all; only the machine's own is shared by all.
        self.limits: Limits = limits or (PROCESS_LIMITS if isinstance(self.clock, SystemClock) else Limits(self.clock))
        self.max_tries: int = max_tries
        self.max_wait: float = max_wait
        self.max_bytes: int = max_bytes
        self.max_seconds: float = max_seconds
        self.scope: Callable[[str, str], Hashable] | None = scope
        self.rate: Rate = rate
        self.burst: int = burst
        self.default_429_wait = default_429_wait
        self.refusals: frozenset[int] = refusals | {429}
        self.safe_posts: tuple[re.Pattern[str], ...] = tuple(re.compile(each) for each in safe_posts)
        self.raw_paths: tuple[re.Pattern[str], ...] = tuple(re.compile(each) for each in raw_paths)
        self.settle: Settle = settle
        self.on_request: Callable[[RequestEvent], None] | None = on_request
        self.rng: random.Random = rng or random.Random()  # noqa: S311 - spreads waits, guards nothing
        self.requests: int = 0
        self._lock = threading.Lock()
        self._server: tuple[datetime, float] | None = None

    def server_time(self) -> datetime:
        """Return the service's time: its last ``Date`` header and what has passed since; our own before the first."""
        if self._server is None:
            return self.clock.now()
        date, then = self._server
        return date + timedelta(seconds=self.clock.monotonic() - then)

    def call(
        self,
        method: str,
        url: str,
        *,
        authorization: str | bytes | None = None,
        repeatable: bool = True,
        parse: Parse | None = None,
    ) -> Call:
        """Describe one request of a client. For plugs."""
        parts = urlsplit(url)
        method, path = method.upper(), parts.path or "/"
        host, loopback = place_of(parts.scheme, parts.netloc)
        return Call(
            method=method,
            url=url,
            host=host,
            path=path,
            scope=self.scope(method, url) if self.scope else "",
            credential=credential_key(authorization),
            safe=method in SAFE_METHODS or (method == "POST" and any(each.search(path) for each in self.safe_posts)),
            repeatable=repeatable,
            loopback=loopback,
            parse=parse or parse_json,
        )

    def send(self, call: Call, once: Callable[[], Reply]) -> Reply:
        """Do a call: wait for its turn, let ``once`` make an attempt, judge, and perhaps repeat. For plugs.

        ``once`` returns a whole ``Reply`` or raises ``Trouble``. Returns replies that are definite (2xx, 3xx on the
        same host, 4xx but 408, 429 and ``refusals``). Raises ``RateLimitedError``, ``UnavailableError``,
        ``UnknownOutcomeError``, ``GuardError`` (an answer larger than allowed) and ``ConfigError`` (a redirect to
        somewhere else).
        """
        who = watcher()
        try:
            return self._sent(call, once)
        finally:
            if who is not None:
                who.answered()

    def _sent(self, call: Call, once: Callable[[], Reply]) -> Reply:
        self.limits.budget(call.host).earn()
        waited, attempt = 0.0, 0
        while True:
            attempt += 1
            waited = self._wait_for_turn(call, waited)
            if not call.safe:
                ask()
            began = self.clock.monotonic()
            result = self._attempt(call, once, attempt)
            if isinstance(result, Trouble):
                # Raised here and not where it was caught: the client's exceptions carry requests, and so tokens.
                if not self._may_repeat(call, result, attempt):
                    raise verdict(self.system, call, result)
                self._wait_to_repeat(result, attempt, self.clock.monotonic() - began)
            elif result.status in self.refusals:
                self._refused(call, result, attempt, waited)
            else:
                return result

    # --- before

    def _bucket(self, call: Call) -> Bucket:
        rate = self.rate(call.scope) if callable(self.rate) else self.rate
        return self.limits.bucket(call.host, call.credential, call.scope, rate, self.burst)

    def _wait_for_turn(self, call: Call, waited: float) -> float:
        """Wait for penalty, breaker and bucket; return the seconds this call has waited because it was refused."""
        bucket, breaker = self._bucket(call), self.limits.breaker(call.host)
        while True:
            refused = bucket.blocked() or breaker.wait()
            if refused:
                if waited + refused > self.max_wait:
                    raise limited(self.system, call, refused)
                self._wait(Wait(self.system, f"{self.system} asks to wait", self._in(refused), refused=True))
                self.clock.sleep(refused)
                waited += refused
                continue
            self.clock.sleep(bucket.reserve())
            while wait := bucket.leave():
                self.clock.sleep(wait)
            if not bucket.blocked():  # another thread may have been refused while this one waited for its token
                return waited

    # --- the attempt

    def _attempt(self, call: Call, once: Callable[[], Reply], attempt: int) -> Reply | Trouble:
        with self._lock:
            self.requests += 1
        started, breaker = self.clock.monotonic(), self.limits.breaker(call.host)
        result: Reply | Trouble | None = None
        if (who := watcher()) is not None:
            who.asking(self.system)
        try:
            result = once()
        except Trouble as trouble:
            result = trouble
        finally:  # also when a client raises something else
            reply = result.reply if isinstance(result, Trouble) else result
            self._tell(call, reply, self.clock.monotonic() - started, attempt)
        if reply is None:
            return result
        self._bucket(call).answered(started, call.method)
        self._learn(call, reply)
        if reply.status in self.refusals:
            breaker.refused(started)
        else:
            breaker.answered()
        return self._check(call, reply) or result

    def _check(self, call: Call, reply: Reply) -> Trouble | None:
        """Return the ``Trouble`` of an answer that decides nothing, and refuse redirects that lead elsewhere."""
        if reply.status in self.refusals:
            return None
        if reply.status >= 500 or reply.status == 408:
            return Trouble(Kind.FAILED, f"status {reply.status}", reply)
        if 300 <= reply.status < 400 and reply.headers.get("location"):
            self._check_redirect(call, reply)
        if not 200 <= reply.status < 300 or not reply.body.strip() or call.method == "HEAD":
            return None
        if any(each.search(call.path) for each in self.raw_paths):
            return None
        try:
            hand_over(reply.native, call.parse(reply.body))
        except ValueError:
            return Trouble(Kind.GARBLED, "not JSON", reply)
        return None

    def _check_redirect(self, call: Call, reply: Reply) -> None:
        """Let a client follow only what stays on the host, encrypted as before, and keeps a write a write.

        A client would send its cookies and own headers along to another host, and would turn a redirected POST into
        a GET whose 200 then looks like a successful write.
        """
        target = urljoin(call.url, reply.headers["location"])
        before, after = urlsplit(call.url), urlsplit(target)
        same = host_of(target) == call.host and after.scheme in (before.scheme, "https")
        if same and (call.method in SAFE_METHODS or reply.status in (307, 308)):
            return
        raise ConfigError(
            f"{self.system} sends this request on to {after.scheme}://{host_of(target)}, which was not followed",
            system=self.system,
            operation=f"{call.method} {call.path}",
            status=reply.status,
            request_id=request_id(reply.headers),
            remedy="Check the address in the settings; a sign-in page there means that the token was not accepted.",
        )

    def _learn(self, call: Call, reply: Reply) -> None:
        if date := _dated(reply.headers.get("date")):
            self._server = date, self.clock.monotonic()
        # Our own sandbox declares its small times this way. On any other host these headers are ignored: whoever
        # answers there must not be able to make us faster than its service allows, or sure before it is settled.
        if not call.loopback:
            return
        settle = _numbers(reply.headers.get("x-sandbox-settle"))
        if len(settle) == 2:
            self.settle = Settle(*settle)
        rate = _numbers(reply.headers.get("x-sandbox-rate"))
        if len(rate) == 1 and rate[0] > 0:
            self._bucket(call).rate = rate[0]

    def _tell(self, call: Call, reply: Reply | None, seconds: float, attempt: int) -> None:
        if not (self.on_request or log.isEnabledFor(logging.DEBUG)):
            return
        status, reference = (reply.status, request_id(reply.headers)) if reply else (None, None)
        path = redact(call.path)
        log.debug(
            "%s %s %s: %s in %.3f s, attempt %d, %s",
            self.system,
            call.method,
            path,
            status,
            seconds,
            attempt,
            reference,
        )
        if self.on_request:
            try:
                self.on_request(RequestEvent(self.system, call.method, path, status, seconds, reference, attempt))
            except Exception:  # a broken progress bar must not lose the answer to a write
                log.warning("the on_request callback failed", exc_info=True)

    # --- after

    def _refused(self, call: Call, reply: Reply, attempt: int, waited: float) -> None:
        """Make the whole scope wait after a 429, or give up when that is too long."""
        asked = parse_retry_after(reply.headers.get("retry-after"), self.server_time())
        wait = asked if asked is not None else max(self.default_429_wait or 0.0, backoff(attempt))
        pause = jittered(wait, self.rng)
        self._bucket(call).penalise(pause)
        if waited + pause > self.max_wait or attempt >= tries_of(self.max_tries) or not call.repeatable or is_wary():
            raise limited(self.system, call, wait, reply)

    def _may_repeat(self, call: Call, trouble: Trouble, attempt: int) -> bool:
        harmless = trouble.kind is Kind.NOT_SENT or (call.safe and trouble.kind not in (Kind.TOO_BIG, Kind.UNTRUSTED))
        if trouble.kind is Kind.FAILED and trouble.reply and trouble.reply.status not in PASSING:
            harmless = False
        if not (harmless and call.repeatable and attempt < tries_of(self.max_tries)):
            return False
        if trouble.reply and self._asked(trouble.reply) > self.max_wait:
            return False
        return self.limits.budget(call.host).spend()

    def _wait_to_repeat(self, trouble: Trouble, attempt: int, took: float) -> None:
        """Wait before the next attempt; whoever watches is told until when there will be any."""
        pause = self._pause(trouble, attempt)
        more = range(attempt + 1, tries_of(self.max_tries))
        longest = pause + sum(backoff(each) * (1 + JITTER) + took for each in more) + took
        # What works again at the first repetition is no news.
        level = logging.WARNING if attempt == 2 or took > NEWS else logging.INFO
        self._wait(Wait(self.system, told(self.system, trouble), self._in(longest)), level)
        self.clock.sleep(pause)

    def _in(self, seconds: float) -> datetime:
        return self.clock.now() + timedelta(seconds=seconds)

    def _wait(self, wait: Wait, level: int = logging.INFO) -> None:
        if (who := watcher()) is not None:
            who.waiting(wait)
            level = logging.INFO  # a person sees it
        log.log(level, "%s", wait)

    def _asked(self, reply: Reply) -> float:
        return parse_retry_after(reply.headers.get("retry-after"), self.server_time()) or 0.0

    def _pause(self, trouble: Trouble, attempt: int) -> float:
        asked = self._asked(trouble.reply) if trouble.reply else 0.0
        return jittered(max(asked, backoff(attempt)), self.rng)


@lru_cache(maxsize=64)
def _dated(header: str | None) -> datetime | None:
    """Return the time of a ``Date`` header. Kept: the answers of one second all say the same."""
    return parse_http_date(header)


def _numbers(header: str | None) -> list[float]:
    """Return the finite, non-negative numbers of a header, or nothing when one of them is something else."""
    try:
        numbers = [float(part) for part in (header or "").split(",")]
    except ValueError:
        return []
    return numbers if all(math.isfinite(number) and number >= 0 for number in numbers) else []
