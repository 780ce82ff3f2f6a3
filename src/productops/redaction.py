"""Secrets that do not print themselves, and the removal of secrets from any text.

Two nets, one behind the other. Every :class:`Secret` registers its value, so :func:`redact` removes that very value
wherever it turns up, also percent-encoded, JSON-escaped or inside base64 (the ``Basic`` form). Patterns then catch
what was never wrapped: authorization headers, cookies, tokens in queries, userinfo in URLs.

Errors, logs and plans pass their texts through here. This module imports nothing else of the library.
"""

from __future__ import annotations

import base64
import hmac
import json
import logging
import re
import threading
from collections import OrderedDict
from typing import NoReturn, Self
from urllib.parse import quote, quote_plus

MASK = "***"
# Shorter values (a PIN, "abc") occur in ordinary words; replacing those would make every text unreadable.
SHORTEST = 4
# The core of a base64 form is only looked for when it is too long to be an ordinary word.
SHORTEST_BASE64 = 8
# Rotating tokens in a year-long process must not grow the registry for ever; the oldest are forgotten.
MOST_SECRETS = 1_000


class Secret:
    """A string that shows itself only when asked to.

    ``repr``, ``str`` and ``format`` give a mask, comparison takes the same time whatever differs, pickling is refused,
    and the value is registered so that :func:`redact` removes it from errors and logs.

    >>> token = Secret("correct horse")
    >>> print(token, token.reveal() == "correct horse")
    *** True
    """

    __slots__ = ("_value",)
    _value: str

    def __init__(self, value: str) -> None:
        if not isinstance(value, str):
            raise TypeError(f"a secret is a str, not {type(value).__name__}")
        object.__setattr__(self, "_value", value)
        _registry.add(value)

    def reveal(self) -> str:
        """Return the value itself."""
        return self._value

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a secret does not change; make a new one")

    def __repr__(self) -> str:
        return f"Secret('{MASK}')" if self._value else "Secret('')"

    def __str__(self) -> str:
        return MASK if self._value else ""

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(_bytes(self._value), _bytes(other._value))

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret is never pickled; pass the place it comes from instead")


def redact(text: str) -> str:
    """Return the text with every registered secret and everything that looks like one replaced by ``***``.

    >>> redact("GET https://ann:hunter2@example.com/?access_token=abc&page=2")
    'GET https://***@example.com/?access_token=***&page=2'
    """
    text = _registry.remove_from(text)
    for pattern, replacement in PATTERNS:
        text = pattern.sub(replacement, text)
    return _registry.remove_from(text)


# Names of query parameters, form fields and JSON members whose value is a secret.
NAMES = (
    r"(?:access|refresh|id|auth|api|bot)[_-]?token|token|client[_-]?secret|api[_-]?key|password|passwd|sig|signature"
    r"|x-amz-signature|x-amz-security-token"
)
# Every pattern is linear in the text: each starts at a word boundary or a literal, and no repetition is nested.
PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        # "Authorization": "Bearer x" in a dict or in JSON, possibly JSON inside JSON
        (
            r"\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key)(\\?[\"']\s*[:=,]\s*b?\\?)([\"'])(?:(?!\3|\\[\"']).)*",
            rf"\1\2\3{MASK}",
        ),
        # Authorization: Bearer x, on a line of its own: all of it, because cookies and digests have many parts
        (r"\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key)(\s*[:=][ \t]*)(?![\s\"'])[^\r\n]*", rf"\1\2{MASK}"),
        (r"\b(bearer|basic)(\s+)(?=[\w.~+/-]*[\d=])[\w.~+/-]{6,}=*", rf"\1\2{MASK}"),
        (rf"\b({NAMES})(\\?[\"']?\s*[=:]\s*\\?[\"']?)[^\s&\"'\\<>;,#)}}\]]+", rf"\1\2{MASK}"),
        (r"\bpat[a-z0-9]{8,}\.[a-z0-9]{8,}", MASK),  # Airtable
        (r"\b(?:ATATT3|ATCTT3|ntn_|secret_)[\w=-]{16,}", MASK),  # Atlassian, Notion
        (r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*", MASK),  # JSON web tokens (Productboard)
        (r"(?<=://)[^\s/?#\"'<>]+@", f"{MASK}@"),
    )
)


class RedactingFilter(logging.Filter):
    """A logging filter that redacts the message, the traceback and every extra string of a record.

    It belongs on handlers: a filter on a logger does not see what its children log. The record's ``exc_info`` is
    replaced by its redacted text, because the exception objects themselves cannot be cleaned.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean the record in place; always let it through."""
        try:
            record.msg, record.args = redact(record.getMessage()), ()
        except (TypeError, ValueError, KeyError):  # a malformed log call: keep what there is, cleaned
            record.msg, record.args = redact(f"{record.msg} {record.args!r}"), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        record.exc_info = None
        for name, value in list(vars(record).items()):
            if isinstance(value, str) and name not in _OWN_NAMES:
                setattr(record, name, redact(value))
        return True


# Where a record comes from; no secret reaches these, and "msg" is clean already.
_OWN_NAMES = frozenset(
    {"name", "msg", "levelname", "pathname", "filename", "module", "funcName", "threadName", "processName", "taskName"}
)


def install_log_redaction(*loggers: logging.Logger) -> RedactingFilter:
    """Put one :class:`RedactingFilter` on every handler of the root logger, of ``productops`` and of ``loggers``.

    Call it after the handlers are configured. Calling it again adds the filter to new handlers only.
    """
    for logger in (logging.getLogger(), logging.getLogger("productops"), *loggers):
        for handler in logger.handlers:
            if _installed not in handler.filters:
                handler.addFilter(_installed)
    return _installed


_installed = RedactingFilter()


class _Registry:
    """The registered values, newest last, and one compiled expression that finds any form of any of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forms: OrderedDict[str, frozenset[str]] = OrderedDict()
        self._pattern: re.Pattern[str] | None = None

    def add(self, value: str) -> None:
        if len(value) < SHORTEST:
            return
        with self._lock:
            if value in self._forms:
                self._forms.move_to_end(value)
                return
            self._forms[value] = _forms(value)
            while len(self._forms) > MOST_SECRETS:
                self._forms.popitem(last=False)
            every = sorted(set().union(*self._forms.values()), key=lambda form: (-len(form), form))
            self._pattern = re.compile("|".join(map(re.escape, every)))

    def remove_from(self, text: str) -> str:
        pattern = self._pattern
        if pattern is None:
            return text
        # A secret with "*" in it could be completed by our own mask, hence again until nothing is found. Every
        # form is longer than the mask, so the text shrinks each time and this ends.
        found = 1
        while found:
            text, found = pattern.subn(MASK, text)
        return text


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def _forms(value: str) -> frozenset[str]:
    """Every way a value is commonly written: plain, percent-encoded, escaped, base64 (at each of three offsets)."""
    raw = _bytes(value)
    forms = {
        value,
        value.strip(),
        repr(value)[1:-1],
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
    }
    encoded = {quote(raw, safe=""), quote(raw), quote_plus(raw)}
    forms |= encoded | {re.sub(r"%[0-9A-F]{2}", lambda found: found[0].lower(), form) for form in encoded}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for offset in range(3):
            # Characters that also carry bits of what stands before or after are left out: they are not ours alone.
            text = encode(b"\0" * offset + raw).decode().rstrip("=")
            core = text[(0, 2, 3)[offset] : (offset + len(raw)) * 8 // 6]
            if len(core) >= SHORTEST_BASE64:
                forms |= {core, quote(core, safe="")}
    return frozenset(form for form in forms if len(form) >= SHORTEST)


_registry = _Registry()
