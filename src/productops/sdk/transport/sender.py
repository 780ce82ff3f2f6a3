"""Our own requests through a client's session: its sign-in, proxies and certificates, asked once.

``requests`` prepares every request from nothing and reads proxies and certificates from the environment each time,
which takes longer than parsing a page. A session is asked again when it was changed. Where its adapter is a plain one
and no proxy lies between, the request goes straight to the adapter's connection pool.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import requests
import urllib3
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.utils import requote_uri, select_proxy

from productops.sdk.transport.answers import Response
from productops.sdk.transport.exchange import Kind, Reply, Trouble, check_length, collect
from productops.sdk.transport.parsing import Parse
from productops.sdk.transport.policy import Policy
from productops.sdk.transport.reasons import reason
from productops.sdk.transport.requests_plug import CHUNK, RequestsPlug, trouble

# NaN is no JSON: refused here, before anything is sent.
_encode = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode
_BODY_HEADERS = ("Content-Length", "Content-Type")
Params = Mapping[str, Any] | str | None


def session_of(policy: Policy, inner: BaseAdapter | None = None, **headers: str) -> requests.Session:
    """Return a session that sends everything under a policy, through ``inner`` or a plain adapter.

    ``headers`` go along with every request, underscores in their names as dashes; they are the sign-in, unless
    ``session.auth`` is set: an entry of the user's .netrc for the host, which would replace it, is not looked for.

    >>> session_of(Policy(system="example"), X_Token="example").headers["X-Token"]
    'example'
    """
    session = requests.Session()
    session.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    session.auth = _signed_already
    plug = RequestsPlug(policy, inner)
    for scheme in ("https://", "http://"):
        session.mount(scheme, plug)
    return session


def _signed_already(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


class Asked(NamedTuple):
    """A request as it goes to the pool."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None


class Answer:
    """A whole answer that was read from the pool, with what connectors ask of a response."""

    def __init__(self, status: int, headers: Mapping[str, str], content: bytes, request: Any) -> None:
        self.status_code: int = status
        self.headers: Mapping[str, str] = headers
        self.content: bytes = content
        self.request: Any = request


class Sender:
    """Sends under a policy to one address, as a session of ``requests`` would.

    A session whose adapter is a plug already sends through that; the adapter of any other is wrapped, or ``inner`` in
    its place. Sign-in that depends on the request is asked for each. Cookies that answers set are not kept.

    >>> session = requests.Session()
    >>> session.headers["Authorization"] = "Bearer example"
    >>> Sender(session, "https://api.example.com", Policy(system="example")).prepared("GET", "/v0/x", {"a b": 1}).url
    'https://api.example.com/v0/x?a+b=1'
    """

    def __init__(self, session: requests.Session, url: str, policy: Policy, inner: BaseAdapter | None = None) -> None:
        self.session: requests.Session = session
        self.url: str = url.rstrip("/")
        self.policy: Policy = policy
        self.inner: BaseAdapter | None = inner
        self._asked: Any = None  # what the session said when it was asked last
        self._template = requests.PreparedRequest()
        self._settings: dict[str, Any] = {}
        self._params: dict[str, Any] = {}
        self._headers: dict[str, str] = {}
        self._before = ""  # the part of the address that is a path
        self._sign: Callable[[requests.PreparedRequest], Any] | None = None
        self._plug = RequestsPlug(policy, inner)
        self._pool: urllib3.HTTPConnectionPool | None = None  # where the adapter has nothing to add

    def send(
        self, method: str, path: str, params: Params = None, body: Any = None, parse: Parse | None = None
    ) -> Response:
        """Send one request; ``path`` begins with a slash, ``body`` is written as JSON.

        ``parse`` makes of the answer's text what :func:`~productops.sdk.transport.require_json` then gives.

        Raises:
            ProductOpsError: the absence of a usable answer, as the policy tells it.
            ValueError: the body has no form in JSON.

        """
        self._ask()
        pool = self._pool
        if pool is None or self._sign or self.session.cookies:
            return self._plug.send(self.prepared(method, path, params, body), **self._settings, parse=parse)
        data, headers = self._headed(method, body, dict(self._headers))
        target = self._target(path, params)
        request = Asked(method, f"{self._before}{target}", headers, data)
        policy = self._plug.policy
        # Without the query, which differs from page to page and tells nothing of what a request is.
        url = f"{self._template.url}{target.partition('?')[0]}"
        call = policy.call(method, url, authorization=headers.get("Authorization"), parse=parse)
        answer: Response = policy.send(call, lambda: _through(pool, request, policy)).native
        return answer

    def prepared(self, method: str, path: str, params: Params = None, body: Any = None) -> requests.PreparedRequest:
        """Return the request, signed. ``params`` may be written out already."""
        self._ask()
        request = self._template.copy()
        request.method, request.url = method, f"{request.url}{self._target(path, params)}"
        request.body, headers = self._headed(method, body, {})
        request.headers.update(headers)
        if self.session.cookies:
            request.prepare_cookies(self.session.cookies)
        return self._sign(request) if self._sign else request

    def _target(self, path: str, params: Params) -> str:
        query = "&".join(filter(None, (_written(self._params), _written(params))))
        return f"{requote_uri(path)}?{query}" if query else requote_uri(path)

    def _headed(self, method: str, body: Any, headers: dict[str, str]) -> tuple[bytes | None, dict[str, str]]:
        """Return the body as it is sent, and the headers with what is to be said of it."""
        data = None if body is None else _encode(body).encode()
        if data is not None:
            headers["Content-Type"] = "application/json"
        if data is not None or method not in ("GET", "HEAD"):
            headers["Content-Length"] = str(len(data or b""))
        return data, headers

    def _ask(self) -> None:
        """Ask the session for what every request has in common, unless it says the same as before."""
        session = self.session
        adapter = session.get_adapter(self.url)
        shared: Any = session.params  # the annotation allows more than a mapping
        said: tuple[Any, ...] = (adapter, session.auth, session.verify, session.cert, session.trust_env)
        headers: Any = session.headers  # a mapping that ignores case, which its annotation leaves open
        said += (dict(shared), dict(session.proxies), list(headers.lower_items()))
        if said == self._asked:
            return
        prepared = session.prepare_request(requests.Request("GET", f"{self.url}/"))
        for name in ("Cookie", *_BODY_HEADERS):
            prepared.headers.pop(name, None)
        prepared.url = str(prepared.url).partition("?")[0].rstrip("/")
        self._template, self._params = prepared, dict(shared)
        self._settings = dict(session.merge_environment_settings(prepared.url, {}, False, None, None))
        self._plug = adapter if isinstance(adapter, RequestsPlug) else RequestsPlug(self.policy, self.inner or adapter)
        self._pool = self._straight(self._plug.inner)
        # Name and password are in the header already; anything else may sign the address or the body.
        self._sign = session.auth if callable(session.auth) and session.auth is not _signed_already else None
        self._headers, self._before = dict(prepared.headers), urlsplit(prepared.url).path
        self._asked = said

    def _straight(self, adapter: BaseAdapter) -> urllib3.HTTPConnectionPool | None:
        """Return the pool of a plain adapter, which would do nothing else for each request than for the first."""
        settings = self._settings
        if type(adapter) is not HTTPAdapter or select_proxy(str(self._template.url), settings["proxies"]):
            return None
        try:
            pool: Any = adapter.get_connection_with_tls_context(
                self._template, settings["verify"], proxies=settings["proxies"], cert=settings["cert"]
            )
            plain: Any = adapter
            plain.cert_verify(pool, str(self._template.url), settings["verify"], settings["cert"])
        except (OSError, requests.RequestException):  # told with the request that meets it
            return None
        found: urllib3.HTTPConnectionPool = pool
        return found


def _written(params: Params) -> str:
    if params is None or isinstance(params, str):
        return params or ""
    return urlencode({name: each for name, each in params.items() if each is not None}, doseq=True)


def _through(pool: urllib3.HTTPConnectionPool, request: Asked, policy: Policy) -> Reply:
    """Make one attempt and read the answer whole."""
    connect, read = policy.timeout
    raw = None
    try:
        raw = pool.urlopen(
            request.method,
            request.path,
            body=request.body,
            headers=request.headers,
            retries=_NEVER_AGAIN,
            redirect=False,
            assert_same_host=False,
            timeout=urllib3.Timeout(connect=connect, read=read),
            preload_content=False,
            decode_content=False,
        )
        deadline = policy.clock.monotonic() + policy.max_seconds
        chunks = raw.stream(CHUNK, decode_content="content-encoding" in raw.headers)
        body = collect(chunks, max_bytes=policy.max_bytes, deadline=deadline, monotonic=policy.clock.monotonic)
    except Trouble:
        if raw is not None:
            raw.close()
        raise
    except (OSError, urllib3.exceptions.HTTPError) as error:
        if raw is None:
            raise trouble(error) from None
        raw.close()
        raise Trouble(Kind.LOST, reason(error)) from None
    headers = {name.lower(): value for name, value in raw.headers.items()}
    check_length(request.method, raw.status, headers, body)
    return Reply(raw.status, headers, body, Answer(raw.status, headers, body, request))


_NEVER_AGAIN = urllib3.Retry(0, read=False)  # the policy repeats, and nobody else
