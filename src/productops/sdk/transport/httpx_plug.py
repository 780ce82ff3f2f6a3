"""The policy as a transport that any httpx client takes, and so any client built on httpx (notion-client)."""

from __future__ import annotations

import httpx

from productops.errors import ConfigError, ProductOpsError
from productops.sdk.transport.exchange import Kind, Reply, Trouble, check_length, collect
from productops.sdk.transport.policy import Policy
from productops.sdk.transport.reasons import distrust, reason

NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
# Of no use once a body is read and decompressed; httpx would decompress it again.
SPENT_HEADERS = ("content-encoding", "content-length", "transfer-encoding")


class HttpxPlug(httpx.BaseTransport):
    """A transport that sends everything under a policy, through ``inner`` or a plain transport without retries.

    ``httpx.Client(transport=HttpxPlug(policy))``.
    """

    def __init__(self, policy: Policy, inner: httpx.BaseTransport | None = None) -> None:
        self.policy = policy
        self.inner: httpx.BaseTransport = inner or httpx.HTTPTransport(retries=0)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. Raises errors of our tree."""
        policy = self.policy
        request.read()  # so that it can be sent again, whatever its body came from
        connect, read = policy.timeout
        default = {"connect": connect, "read": read, "write": read, "pool": connect}
        asked = {name: value for name, value in request.extensions.get("timeout", {}).items() if value is not None}
        request.extensions = {**request.extensions, "timeout": {**default, **asked}}
        call = policy.call(request.method, str(request.url), authorization=request.headers.get("Authorization"))

        def once() -> Reply:
            try:
                response = self.inner.handle_request(request)
            except ProductOpsError:  # some of ours are OSErrors too
                raise
            except (httpx.UnsupportedProtocol, httpx.InvalidURL):
                raise ConfigError("the address in the settings is not a web address") from None
            except (httpx.TransportError, OSError) as error:
                raise _trouble(error) from None
            return self._read(response, request)

        native: httpx.Response = policy.send(call, once).native
        return native

    def close(self) -> None:
        """Close the connections."""
        self.inner.close()

    def _read(self, response: httpx.Response, request: httpx.Request) -> Reply:
        policy = self.policy
        deadline = policy.clock.monotonic() + policy.max_seconds
        try:
            body = collect(
                response.iter_bytes(),
                max_bytes=policy.max_bytes,
                deadline=deadline,
                monotonic=policy.clock.monotonic,
            )
        except (httpx.TransportError, httpx.DecodingError, OSError) as error:
            raise Trouble(Kind.LOST, reason(error)) from None
        finally:
            response.close()
        headers = {name.lower(): value for name, value in response.headers.items()}
        check_length(request.method, response.status_code, headers, body)
        kept = [(name, value) for name, value in response.headers.multi_items() if name.lower() not in SPENT_HEADERS]
        whole = httpx.Response(
            response.status_code, headers=kept, content=body, request=request, extensions=response.extensions
        )
        return Reply(response.status_code, headers, body, whole)


def _trouble(error: Exception) -> Trouble:
    """Tell a request that never left from one whose answer was lost."""
    if (why := distrust(error)) is not None:
        return Trouble(Kind.UNTRUSTED, why)
    never_sent = isinstance(error, (*NEVER_SENT, ConnectionRefusedError))
    return Trouble(Kind.NOT_SENT if never_sent else Kind.LOST, reason(error))
