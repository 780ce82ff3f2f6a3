"""How long to wait: what the service said, or exponential backoff, and always a little more, never less."""

from __future__ import annotations

import math
import random
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

FIRST_PAUSE = 1.0  # seconds before the first retry; doubled for each further one
LONGEST_PAUSE = 60.0
JITTER = 0.25  # at most this share is added, so that many waiting programs do not wake in the same instant

_SECONDS = re.compile(r"[0-9]{1,15}(\.[0-9]{0,9})?")


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds a ``Retry-After`` header asks for, or None when it asks for nothing usable.

    Understands whole seconds and HTTP dates (RFC 9110 §10.2.3) and, because services send them, fractions of
    seconds. Nothing, 0, a date that has passed and anything unreadable give None: the caller then backs off on its
    own. ``now`` is the server's time where known.

    >>> parse_retry_after("1.5", datetime(2024, 1, 1, tzinfo=UTC))
    1.5
    >>> parse_retry_after("Mon, 01 Jan 2024 00:01:00 GMT", datetime(2024, 1, 1, tzinfo=UTC))
    60.0
    """
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        seconds = float(text)
    else:
        date = parse_http_date(text)
        seconds = (date - now).total_seconds() if date else 0.0
    return seconds if seconds > 0 and math.isfinite(seconds) else None


def parse_http_date(value: str | None) -> datetime | None:
    """Return an HTTP date as aware UTC, or None when it is not one."""
    try:
        date = parsedate_to_datetime(value or "")
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def backoff(attempt: int) -> float:
    """Return the pause after the n-th failed attempt: 1, 2, 4 … at most 60 seconds, without jitter."""
    return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(attempt - 1, 10)))


def jittered(seconds: float, rng: random.Random) -> float:
    """Return the seconds and up to a quarter more; never less, because a service's wish is the least."""
    return seconds * (1 + JITTER * rng.random())
