"""What a request that failed for good means, as an error of our tree."""

from __future__ import annotations

import math

from productops.errors import (
    ConfigError,
    GuardError,
    ProductOpsError,
    RateLimitedError,
    UnavailableError,
    UnknownOutcomeError,
)
from productops.sdk.transport.answers import translate, unreadable
from productops.sdk.transport.exchange import Call, Kind, Reply, Trouble


def limited(system: str, call: Call, wait: float, reply: Reply | None = None) -> RateLimitedError:
    """Return the error for a service that asks to wait for longer than we do, in seconds."""
    said = _translated(system, call, reply).to_dict() if reply else {}
    return RateLimitedError(
        f"{system} asks to wait {math.ceil(wait)} s: too many requests",
        retry_after=wait,
        system=system,
        operation=f"{call.method} {call.path}",
        status=reply.status if reply else 429,
        request_id=said.get("request_id"),
        service_message=said.get("service_message"),
        remedy="Run it again later; it goes on where it stopped.",
    )


def told(system: str, trouble: Trouble) -> str:
    """Return a trouble as the beginning of a sentence.

    >>> told("jira", Trouble(Kind.NOT_SENT, "the connection was refused"))
    'jira could not be reached: the connection was refused'
    """
    if trouble.kind is Kind.FAILED and trouble.reply:
        return f"{system} answered {trouble.reply.status}"
    return f"{system} {trouble.kind.value}" + (f": {trouble.why}" if trouble.why else "")


def verdict(system: str, call: Call, trouble: Trouble) -> ProductOpsError:
    """Return the error that a trouble is, if it is not repeated."""
    if trouble.kind is Kind.FAILED and trouble.reply:
        return _translated(system, call, trouble.reply)
    if trouble.kind is Kind.GARBLED and trouble.reply:
        reply = trouble.reply
        return unreadable(reply.status, reply.headers, reply.body, system=system, method=call.method, safe=call.safe)
    operation = f"{call.method} {call.path}"
    where = f" at {call.host}" if trouble.kind is Kind.NOT_SENT else ""
    message = f"{system} {trouble.kind.value}{where} ({operation})"
    why = f"{message}: {trouble.why}" if trouble.why else message
    if trouble.kind is Kind.NOT_SENT:
        return UnavailableError(
            f"{why}; nothing was sent",
            system=system,
            operation=operation,
            remedy="Check the address and the network, or run it again later.",
        )
    if trouble.kind is Kind.UNTRUSTED:
        return ConfigError(
            f"{why}; nothing was sent",
            system=system,
            operation=operation,
            remedy="Check the address, and the certificates of this machine or its proxy.",
        )
    if not call.safe:
        return UnknownOutcomeError(
            f"{why}; the change may or may not have been made",
            system=system,
            operation=operation,
            remedy="Look whether the change arrived before sending it again.",
        )
    if trouble.kind is Kind.TOO_BIG:
        return GuardError(why, system=system, operation=operation, remedy="Ask for less at a time, or raise max_bytes.")
    return UnavailableError(why, system=system, operation=operation)


def _translated(system: str, call: Call, reply: Reply) -> ProductOpsError:
    return translate(
        reply.status,
        reply.headers,
        reply.body,
        system=system,
        operation=f"{call.method} {call.path}",
        method=call.method,
        safe=call.safe,
    )
