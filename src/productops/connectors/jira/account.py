"""An account in Jira."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from productops.connectors.jira.api import CLOUD_TOKENS, SAFE_POSTS, SYSTEM, Api
from productops.connectors.jira.collection import JiraIssues
from productops.errors import ConfigError
from productops.redaction import Secret
from productops.sdk.collection import Check
from productops.sdk.connector import Connector, from_environment, secret
from productops.sdk.transport import Clock, Policy, Settle
from productops.sdk.transport.exchange import is_loopback

if TYPE_CHECKING:
    from requests import Session
    from requests.adapters import BaseAdapter

MIB = 2**20
# Jira's own limit is 100 GETs and 50 PUTs a second for a whole site; people work there too.
RATE = 20.0


class Jira(Connector):
    """An account in Jira Cloud, or with ``token`` alone in Jira Data Center.

    ``Jira(url="https://your-site.atlassian.net", email=..., token=...)`` is Cloud with an API token; a token with
    scopes works with the address ``https://api.atlassian.com/ex/jira/<cloud id>``. ``Jira(url=..., token=...)`` is
    Data Center with a personal access token. ``Jira(client=jira.JIRA(...))`` uses that client's sign-in and address.

    ``late_commit`` is the longest time, in seconds, in which a request we gave up on may still take effect (D), and
    ``search_lag`` the longest time until a write is found by a search (V). ``rate`` is in requests a second,
    ``timeout`` in seconds (connect, read). ``transport`` is an adapter of the ``requests`` library to send through.
    The constructor sends nothing.

    Raises:
        ConfigError: the address or a credential is missing, or the address is not https.

    """

    system = SYSTEM

    def __init__(
        self,
        url: str | None = None,
        *,
        email: str | None = None,
        token: str | Secret | None = None,
        client: Any = None,
        transport: BaseAdapter | None = None,
        clock: Clock | None = None,
        timeout: tuple[float, float] = (10.0, 60.0),
        rate: float | None = RATE,
        late_commit: float = 60.0,
        search_lag: float = 120.0,
    ) -> None:
        if client is not None:
            url = url or str(client._options["server"])
        self.url: str = _address(url)
        self.email: str | None = email
        self._token = secret(token) if token else None
        self._given = client
        self._made: Any = None
        if client is None:
            self._check_credentials()
        policy = Policy(
            system=SYSTEM,
            clock=clock,
            timeout=timeout,
            rate=rate,
            burst=max(1, int(rate or 1)),
            safe_posts=SAFE_POSTS,
            settle=Settle(late_commit, search_lag),
            max_bytes=64 * MIB,  # a hundred issues with long descriptions are larger than the usual limit
        )
        self.api: Api = Api(self.url, self._version(), policy, self._session, transport)

    @classmethod
    def from_env(cls, **settings: Any) -> Jira:
        """Read JIRA_URL, JIRA_EMAIL and JIRA_TOKEN from the environment; ``settings`` are the constructor's others.

        Raises:
            ConfigError: one is missing; the error names it.

        """
        where = f"Make an API token at {CLOUD_TOKENS}"
        url = from_environment(
            "JIRA_URL", system=SYSTEM, remedy="Set it to the address of the site: https://your-site.atlassian.net."
        )
        email = from_environment(
            "JIRA_EMAIL",
            system=SYSTEM,
            remedy="Set it to the e-mail of the account that owns the token; for Data Center use Jira(url=, token=).",
        )
        token = from_environment("JIRA_TOKEN", system=SYSTEM, remedy=f"{where} and set the variable to it.")
        return cls(url, email=email, token=token, **settings)

    @property
    def client(self) -> Any:
        """The ``jira.JIRA`` client, for what this library does not cover; its requests follow the same policy."""
        if self._given is not None:
            return self._given
        if self._made is None:
            self._made = self._connect()
        return self._made

    def issues(self, project: str, type: str | Sequence[str] | None = None, jql: str | None = None) -> JiraIssues:  # noqa: A002 - Jira's own word
        """Return the issues of a project, of one or several types, and those of them that a query finds.

        ``jql`` narrows the listing ("labels = roadmap"); it takes no ORDER BY.

        Raises:
            ConfigError: the query is not one.

        """
        types = (type,) if isinstance(type, str) else tuple(type or ())
        return JiraIssues(self.api, project, types, jql)

    def check(self) -> Check:
        """Tell whose credentials these are.

        Raises:
            AuthError: Jira does not accept them.

        """
        me = self.api.me()
        kind = "Cloud" if self.api.cloud else "Data Center"
        name, email = me.get("displayName") or me.get("name") or "somebody", me.get("emailAddress")
        return Check(
            ok=True,
            who=f"{name} ({email})" if email else str(name),
            details=(f"Jira {kind} at {self.url}", f"time zone {me.get('timeZone') or 'unknown'}"),
        )

    def __repr__(self) -> str:
        return f"<Jira {self.url}>"

    def _check_credentials(self) -> None:
        host = urlsplit(self.url).hostname or ""
        if self._token is None:
            raise ConfigError(
                "Jira needs a token.", system=SYSTEM, remedy=f"Make an API token at {CLOUD_TOKENS}, or pass client=."
            )
        if not self.email and host.endswith(".atlassian.net"):
            raise ConfigError(
                "Jira Cloud needs the e-mail that belongs to the token.",
                system=SYSTEM,
                remedy="Pass email= as well; a token alone is for Data Center.",
            )

    def _version(self) -> str:
        host = urlsplit(self.url).hostname or ""
        if self._given is not None:
            known = {"Cloud": "3", "Server": "2", "DataCenter": "2"}.get(
                str(getattr(self._given, "deploymentType", ""))
            )
            cloud = host.endswith(".atlassian.net") or str(self._given._options.get("rest_api_version")) == "3"
            return known or ("3" if cloud else "2")
        return "3" if self.email or host == "api.atlassian.com" else "2"

    def _session(self) -> Session:
        """Return what signs our requests: the session of a client where one is given, else one of our own."""
        if self._given is not None:
            given: Session = self._given._session
            return given
        from productops.sdk.transport.sender import session_of

        token, bearer = self._token.reveal() if self._token else "", {}
        if not self.email:
            bearer = {"Authorization": f"Bearer {token}"}
        session = session_of(self.api.policy, self.api.inner, Accept="application/json", **bearer)
        if self.email:
            session.auth = self.email, token
        return session

    def _connect(self) -> Any:
        from jira import JIRA

        from productops.sdk.transport.requests_plug import RequestsPlug

        token = self._token.reveal() if self._token else ""
        client = JIRA(
            server=self.url,
            basic_auth=(self.email, token) if self.email else None,
            token_auth=None if self.email else token,
            options={"rest_api_version": self.api.version, "check_update": False},
            max_retries=0,
            timeout=self.api.policy.timeout,
            get_server_info=False,
            validate=False,
        )
        for scheme in ("https://", "http://"):
            client._session.mount(scheme, RequestsPlug(self.api.policy, self.api.inner))
        return client


def _address(url: str | None) -> str:
    """Return the address without a slash at its end."""
    text = (url or "").strip().rstrip("/")
    if not text:
        raise ConfigError(
            "Jira needs the address of the site.", system=SYSTEM, remedy="Pass url=, or client= with a jira.JIRA."
        )
    parts = urlsplit(text if "://" in text else f"https://{text}")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(text)):
        raise ConfigError(
            "The address of Jira must start with https://.", system=SYSTEM, remedy="Tokens never travel unencrypted."
        )
    if not parts.hostname or parts.username or parts.password:
        raise ConfigError(
            "The address of Jira is not a plain web address.",
            system=SYSTEM,
            remedy="Pass https://your-site.atlassian.net, and the credentials by name.",
        )
    return parts._replace(query="", fragment="").geturl().rstrip("/")
