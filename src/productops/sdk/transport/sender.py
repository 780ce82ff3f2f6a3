"""Our own requests through a client's session: its sign-in, proxies and certificates, asked once.

``requests`` prepares every request from nothing and reads proxies and certificates from the environment each time,
which takes longer than parsing a page. A session is asked again when it was changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import requests
from requests.adapters import BaseAdapter
from requests.utils import requote_uri

from productops.sdk.transport.policy import Policy
from productops.sdk.transport.requests_plug import RequestsPlug

# NaN is no JSON: refused here, before anything is sent.
_encode = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode
_BODY_HEADERS = ("Content-Length", "Content-Type")


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
        self._sign: Callable[[requests.PreparedRequest], Any] | None = None
        self._plug = RequestsPlug(policy, inner)

    def send(
        self, method: str, path: str, params: Mapping[str, Any] | None = None, body: Any = None
    ) -> requests.Response:
        """Send one request; ``path`` begins with a slash, ``body`` is written as JSON.

        Raises:
            ProductOpsError: the absence of a usable answer, as the policy tells it.
            ValueError: the body has no form in JSON.

        """
        prepared = self.prepared(method, path, params, body)
        return self._plug.send(prepared, **self._settings)

    def prepared(
        self, method: str, path: str, params: Mapping[str, Any] | None = None, body: Any = None
    ) -> requests.PreparedRequest:
        """Return the request, signed."""
        self._ask()
        request = self._template.copy()
        asked = {name: each for name, each in {**self._params, **(params or {})}.items() if each is not None}
        address = f"{request.url}{requote_uri(path)}"
        request.method, request.url = method, f"{address}?{urlencode(asked, doseq=True)}" if asked else address
        if body is not None:
            request.body = _encode(body).encode()
            request.headers["Content-Type"] = "application/json"
        if body is not None or method not in ("GET", "HEAD"):
            request.headers["Content-Length"] = str(len(request.body or b""))
        if self.session.cookies:
            request.prepare_cookies(self.session.cookies)
        return self._sign(request) if self._sign else request

    def _ask(self) -> None:
        """Ask the session for what every request has in common, unless it says the same as before."""
        session = self.session
        adapter = session.get_adapter(self.url)
        shared: Any = session.params  # the annotation allows more than a mapping
        said: tuple[Any, ...] = (adapter, session.auth, session.verify, session.cert, session.trust_env)
        said += (dict(shared), dict(session.proxies), list(session.headers.items()))
        if said == self._asked:
            return
        prepared = session.prepare_request(requests.Request("GET", f"{self.url}/"))
        for name in ("Cookie", *_BODY_HEADERS):
            prepared.headers.pop(name, None)
        prepared.url = str(prepared.url).partition("?")[0].rstrip("/")
        self._template, self._params = prepared, dict(shared)
        self._settings = dict(session.merge_environment_settings(prepared.url, {}, False, None, None))
        self._plug = adapter if isinstance(adapter, RequestsPlug) else RequestsPlug(self.policy, self.inner or adapter)
        # Name and password are in the header already; anything else may sign the address or the body.
        self._sign = session.auth if callable(session.auth) else None
        self._asked = said
