"""Why a service was not reached or did not answer, in plain words instead of the name of a library's class.

What a client raises is wrapped in several layers; the reason is what lies inside.

>>> try:
...     raise OSError("pool") from ConnectionRefusedError(111, "refused")
... except OSError as error:
...     reason(error)
'the connection was refused'
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator

UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN})
LATER = frozenset({socket.EAI_AGAIN})


def layers(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and those wrapped in it, whether as cause, as reason or as first argument."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or any(one is other for other in seen):
            continue
        yield one
        seen.append(one)
        waiting += [*one.args[:1], getattr(one, "reason", None), one.__cause__]


def reason(error: BaseException) -> str:
    """Return why a request failed, or nothing where no layer says it plainly."""
    found = list(layers(error))
    if any("Proxy" in type(one).__name__ for one in found):
        return "the proxy did not let it through"
    return next((words for one in reversed(found) if (words := _words(one))), "")


def distrust(error: BaseException) -> str | None:
    """Return why a certificate was refused, which may be nothing; ``None`` where something else went wrong."""
    for one in layers(error):
        if isinstance(one, ssl.SSLCertVerificationError):
            return str(getattr(one, "verify_message", "")).rstrip(".")
    return "" if "CERTIFICATE_VERIFY_FAILED" in str(error) else None


def _words(one: BaseException) -> str:
    """Return what one layer says."""
    if isinstance(one, socket.gaierror):
        return "the name of the host cannot be looked up now" if one.errno in LATER else "the host is not known"
    if isinstance(one, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(one, TimeoutError) or "Timeout" in type(one).__name__:
        return "it took too long"
    if isinstance(one, ssl.SSLError):
        return "no secure connection could be made"
    if isinstance(one, OSError) and one.errno in UNREACHABLE:
        return "the network does not lead there"
    closed = ("RemoteProtocolError", "ProtocolError", "IncompleteRead", "ChunkedEncodingError")
    if isinstance(one, ConnectionError) or type(one).__name__ in closed:
        return "the connection was closed"
    return ""
