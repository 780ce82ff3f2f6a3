"""The policy as an adapter that any requests session takes, and so any client built on requests (jira, pyairtable)."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

import requests
import urllib3.exceptions
from requests.adapters import BaseAdapter, HTTPAdapter

from productops.errors import ConfigError, ProductOpsError
from productops.sdk.transport.exchange import Kind, Reply, Trouble, check_length, collect
from productops.sdk.transport.parsing import Parse
from productops.sdk.transport.policy import Policy
from productops.sdk.transport.reasons import distrust, layers, reason

CHUNK = 65_536
NEVER_SENT = (
    requests.exceptions.ConnectTimeout,
    requests.exceptions.ProxyError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ProxyError,
    ConnectionRefusedError,
    socket.gaierror,
)


class RequestsPlug(BaseAdapter):
    """An adapter that sends everything under a policy, through ``inner`` or a plain adapter without retries.

    ``session.mount("https://", RequestsPlug(policy))``. The client's own retries must be off. The body is read
    whole and checked before the client sees it, also for ``stream=True``.
    """

    def __init__(self, policy: Policy, inner: BaseAdapter | None = None) -> None:
        super().__init__()
        self.policy = policy
        self.inner: BaseAdapter | HTTPAdapter = inner or HTTPAdapter(max_retries=0)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
        *,
        parse: Parse | None = None,
    ) -> requests.Response:
        """Send one prepared request. Raises errors of our tree."""
        policy = self.policy
        call = policy.call(
            request.method or "GET",
            request.url or "",
            authorization=request.headers.get("Authorization"),
            repeatable=request.body is None or isinstance(request.body, (bytes, str)),
            parse=parse,
        )
        options = {"timeout": _timeout(timeout, policy.timeout), "verify": verify, "cert": cert, "proxies": proxies}

        def once() -> Reply:
            try:
                response = self.inner.send(request, stream=True, **options)
            except ProductOpsError:  # some of ours are OSErrors too
                raise
            except (OSError, urllib3.exceptions.HTTPError) as error:  # what requests raises is an OSError
                raise trouble(error) from None
            return self._read(response, call.method)

        native: requests.Response = policy.send(call, once).native
        return native

    def close(self) -> None:
        """Close the connections."""
        self.inner.close()

    def _read(self, response: requests.Response, method: str) -> Reply:
        policy = self.policy
        deadline = policy.clock.monotonic() + policy.max_seconds
        try:
            body = collect(
                response.iter_content(CHUNK),
                max_bytes=policy.max_bytes,
                deadline=deadline,
                monotonic=policy.clock.monotonic,
            )
        except Trouble:
            response.close()
            raise
        except (OSError, urllib3.exceptions.HTTPError) as error:
            response.close()
            raise Trouble(Kind.LOST, reason(error)) from None
        headers = {name.lower(): value for name, value in response.headers.items()}
        check_length(method, response.status_code, headers, body)
        # What requests itself keeps after reading a body; there is no public way to hand it a body it has not read.
        response._content = body
        response._content_consumed = True  # type: ignore[attr-defined] # the stubs leave it out
        return Reply(response.status_code, headers, body, response)


def _timeout(asked: Any, default: tuple[float, float]) -> Any:
    """Return the client's timeout with every hole filled: without one a request may hang for ever."""
    if asked is None:
        return default
    if isinstance(asked, tuple):
        return tuple(default[at] if part is None else part for at, part in enumerate(asked))
    return asked


def trouble(error: BaseException) -> Trouble:
    """Tell a request that never left from one whose answer was lost. Raises ``ConfigError`` for a bad address."""
    if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
        raise ConfigError("the address in the settings is not a web address") from None
    if (why := distrust(error)) is not None:
        return Trouble(Kind.UNTRUSTED, why)
    return Trouble(Kind.NOT_SENT if _never_sent(error) else Kind.LOST, reason(error))


def _never_sent(error: BaseException) -> bool:
    """Look for a failed connection in what the layers wrapped around it. Anything not recognised counts as sent."""
    return any(isinstance(one, NEVER_SENT) for one in layers(error))
