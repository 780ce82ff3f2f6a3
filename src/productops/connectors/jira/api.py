"""Requests to one Jira: the session of a ``jira`` client under our policy, and errors that say what to do.

The client signs the requests; sending, parsing and errors are ours. Its own methods retry a create on a dropped
connection, parse every issue into objects, and lack the endpoints that read a hundred issues at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from productops.errors import AccessError, AuthError, ConfigError, ProductOpsError, RejectedError
from productops.sdk.record import User
from productops.sdk.transport import Parse, Policy, parse_json, require_json, translate
from productops.sdk.values import text_or_none

if TYPE_CHECKING:
    from requests import Session
    from requests.adapters import BaseAdapter

    from productops.sdk.transport.answers import Response
    from productops.sdk.transport.sender import Sender

SYSTEM = "jira"
# POSTs that only read, so that they may be repeated.
SAFE_POSTS = (r"/rest/api/\d+/search(/jql)?$", r"/rest/api/\d+/(issue|changelog)/bulkfetch$")
CLOUD_TOKENS = "https://id.atlassian.com/manage-profile/security/api-tokens"
NEW_TOKEN = {
    True: f"Make a new API token at {CLOUD_TOKENS} and check that it belongs to the e-mail; a token with scopes needs "
    "the address https://api.atlassian.com/ex/jira/<cloud id>.",
    False: "Make a new personal access token in your Jira profile, under Personal Access Tokens.",
}
NOT_ALLOWED = "Ask an administrator of the project for the permission; check() on the collection lists what is missing."


class Api:
    """The REST API of one Jira. ``version`` is "3" on Cloud and "2" on Data Center.

    ``connect`` makes the session when the first request is sent; ``inner`` is the adapter to send through, for
    tests and the sandbox.
    """

    def __init__(
        self, url: str, version: str, policy: Policy, connect: Callable[[], Session], inner: BaseAdapter | None = None
    ) -> None:
        self.url: str = url.rstrip("/")
        self.version: str = version
        self.policy: Policy = policy
        self.connect: Callable[[], Session] = connect
        self.inner: BaseAdapter | None = inner
        self.cloud: bool = version == "3"
        self._sender: Sender | None = None
        self._me: Mapping[str, Any] | None = None
        self._hearsay = False  # whether another process was told who asks
        self._site: str | None = None

    def call(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        json: Any = None,
        params: Mapping[str, Any] | None = None,
        record: str | None = None,
        batch: bool = False,
        parse: Parse | None = None,
    ) -> Any:
        """Send one request and return the JSON of its answer (None when it is empty).

        ``parse`` makes of the answer's text what is wanted of it.
        ``batch`` says that a 400 may list what became of each element; that answer is returned too.

        Raises:
            ProductOpsError: what the answer means, naming the operation and the record.

        """
        try:
            response = self.sender.send(method, f"/{path}", params, json, parse)
        except ProductOpsError as error:
            error.operation, error.record = operation, error.record or record
            raise
        if batch and response.status_code == 400 and (body := _elements(response)) is not None:
            return body
        if refusal := self._refusal(response, method, operation, record):
            raise refusal
        return require_json(response, system=SYSTEM, operation=operation)

    @property
    def sender(self) -> Sender:
        """What sends through the session, made on first use."""
        if self._sender is None:
            from productops.sdk.transport.sender import Sender

            # A client that was handed to us keeps its own adapters; only our requests go out under the policy.
            self._sender = Sender(self.connect(), f"{self.url}/rest/api/{self.version}", self.policy, self.inner)
        return self._sender

    def _refusal(self, response: Response, method: str, operation: str, record: str | None) -> ProductOpsError | None:
        # A wrong token is answered like a visitor without one: with empty lists and 404. The header tells.
        reason = response.headers.get("x-seraph-loginreason", "").upper()
        anonymous = "AUTHENTICATED_FAILED" in reason or "AUTHENTICATION_DENIED" in reason
        if 200 <= response.status_code < 300 and not anonymous:
            return None
        headers = {name.lower(): value for name, value in response.headers.items()}
        status = 401 if anonymous else response.status_code
        remedies = {401: NEW_TOKEN[self.cloud], 403: NOT_ALLOWED}
        if headers.get("x-authentication-denied-reason"):
            remedies[403] = "Jira wants a captcha: sign in once in a browser, then run this again."
        return translate(
            status,
            headers,
            b"" if anonymous and response.status_code < 300 else response.content or b"",
            system=SYSTEM,
            operation=operation,
            record=record,
            method=method,
            remedies=remedies,
        )

    # --- what every collection of the account shares

    def me(self) -> Mapping[str, Any]:
        """Return the account that asks. The first request of all: other endpoints hide a wrong token.

        Raises:
            AuthError: the token is not accepted.

        """
        if self._me is None:
            try:
                self._me = self.call("GET", "myself", operation="read the account")
            except AccessError as error:
                if error.status != 404:
                    raise
                raise ConfigError(
                    f"There is no Jira at {self.url}.",
                    system=SYSTEM,
                    operation=error.operation,
                    status=404,
                    remedy="Use the address of the site, such as https://your-site.atlassian.net.",
                ) from error
            if not self._me:
                raise AuthError("Jira does not say who is asking.", system=SYSTEM, remedy=NEW_TOKEN[self.cloud])
        return self._me

    def recall(self, me: Mapping[str, Any]) -> None:
        """Take who asks from another process; see :meth:`afresh`."""
        if self._me is None:
            self._me, self._hearsay = me, True

    def afresh(self) -> Api:
        """Return this, with what another process was told to be asked again."""
        if self._hearsay:
            self._me, self._hearsay = None, False
        return self

    def zone(self) -> ZoneInfo | None:
        """Return the time zone in which Jira reads this account's queries; None when it is not known here."""
        try:
            return ZoneInfo(str(self.me().get("timeZone") or ""))
        except (ZoneInfoNotFoundError, ValueError):
            return None

    def site(self) -> str:
        """Return the address that people open. One more request where the API has another host."""
        if self._site is None:
            self._site = self.url
            if urlsplit(self.url).hostname == "api.atlassian.com":
                found = self.call("GET", "serverInfo", operation="read the site's address")
                self._site = str(found.get("baseUrl") or self.url).rstrip("/")
        return self._site

    def project(self, key: str) -> Mapping[str, Any]:
        """Return a project by key or id.

        Raises:
            ConfigError: there is none that this account can see; the visible ones are named.

        """
        operation = f"read project {key}"
        try:
            found: Mapping[str, Any] = self.call("GET", f"project/{quote(key, safe='')}", operation=operation)
        except AccessError as error:
            if error.status != 404:
                raise
            keys = ", ".join(self.project_keys()) or "none"
            raise ConfigError(
                f"Jira has no project {key!r}, or does not show it to this account.",
                system=SYSTEM,
                operation=operation,
                status=404,
                request_id=error.request_id,
                service_message=error.service_message,
                remedy=f"The projects it can see: {keys}.",
            ) from error
        return found

    def project_keys(self) -> list[str]:
        """Return the keys of (at most 50) projects that the account can see."""
        operation = "list projects"
        if not self.cloud:
            return [str(one["key"]) for one in self.call("GET", "project", operation=operation)][:50]
        page = self.call("GET", "project/search", params={"maxResults": 50}, operation=operation)
        return [str(one["key"]) for one in page.get("values") or []]

    def pages(self, path: str, *names: str, operation: str, size: int = 200) -> list[Mapping[str, Any]]:
        """Return all elements of an offset-paged list, whose name differs between endpoints and versions."""
        found: list[Mapping[str, Any]] = []
        while True:
            params = {"startAt": len(found), "maxResults": size}
            page = self.call("GET", path, params=params, operation=operation)
            part: list[Mapping[str, Any]] = next((page[name] for name in names if isinstance(page.get(name), list)), [])
            found += part
            if not part or page.get("isLast") or len(found) >= int(page.get("total") or 0):
                return found


def _elements(response: Response) -> Mapping[str, Any] | None:
    """Return the body of a refused batch when it says of each element what is wrong with it."""
    try:
        body = parse_json(response.content or b"")
    except ValueError:
        return None
    errors = body.get("errors") if isinstance(body, dict) else None
    if not isinstance(errors, list) or not errors or not all(isinstance(one, dict) for one in errors):
        return None
    return body if all(isinstance(one.get("failedElementNumber"), int) for one in errors) else None


def as_user(raw: Mapping[str, Any]) -> User:
    """Return a person. Data Center knows people by user name; e-mails are often hidden."""
    id_ = raw.get("accountId") or raw.get("name") or raw.get("key") or ""
    name, email = text_or_none(raw.get("displayName")), text_or_none(raw.get("emailAddress"))
    return _known_user(str(id_), name, email, bool(raw.get("active", True)))


@lru_cache(maxsize=4096)
def _known_user(id_: str, name: str | None, email: str | None, active: bool) -> User:  # noqa: FBT001, RUF100 - positional, for the cache
    """Return a person; the same few come up in every issue."""
    return User(id_, name, email, active)


def rejected(message: str, field: str, why: str, **context: Any) -> RejectedError:
    """Return the error for one field that Jira would not take."""
    return RejectedError(message, fields={field: why}, system=SYSTEM, **context)
