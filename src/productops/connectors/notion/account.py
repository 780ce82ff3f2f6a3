"""A Notion account: an integration's token, the version it speaks, and what is shared with it."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from productops.connectors.notion.source import NotionSource
from productops.connectors.notion.values import user
from productops.connectors.notion.wire import INTEGRATIONS, OVERLOADED, SYSTEM, VERSIONS, Json, Wire
from productops.errors import AccessError, AuthError, ConfigError, GoneError
from productops.redaction import Secret
from productops.sdk.collection import Check
from productops.sdk.connector import Connector, checked_address, from_environment, secret
from productops.sdk.record import User
from productops.sdk.transport import Clock, Policy, Settle

if TYPE_CHECKING:
    import httpx
    import notion_client

URL = "https://api.notion.com"
MOST_BYTES = 32 * 2**20  # a hundred pages with full text properties are larger than the usual limit


class Notion(Connector):
    """A Notion workspace, by the secret of an integration or an OAuth access token.

    Args:
        token: the secret of an integration made at https://www.notion.so/my-integrations. Databases must be shared
            with it, one by one or with a page above them.
        url: another address, such as that of a sandbox; https, unless it is this machine.
        version: the version of Notion's interface, 2025-09-03 or 2026-03-11. It is pinned: Notion's own changes
            reach you when you change it.
        client: a ``notion_client.Client`` to take token, address and version from. It is left as it is.
        transport: an httpx transport to send through.
        clock: where time comes from.
        timeout: seconds for (connecting, reading); Notion itself gives up after 60.
        rate: requests a second; Notion allows 3 on average.
        late_commit: the longest time a request we gave up on can still take effect.
        search_lag: the longest time a query may not show what was written. Notion promises nothing.

    Nothing is sent before the first question is asked.

    Raises:
        ConfigError: no token, an address that is not https, or a version that is not known.

    >>> Notion(token="ntn_example")
    <Notion api.notion.com 2025-09-03>

    """

    system = SYSTEM

    def __init__(
        self,
        token: str | Secret | None = None,
        *,
        url: str = URL,
        version: str = VERSIONS[0],
        client: notion_client.Client | None = None,
        transport: httpx.BaseTransport | None = None,
        clock: Clock | None = None,
        timeout: tuple[float, float] = (10.0, 65.0),
        rate: float | None = 3.0,
        late_commit: timedelta = timedelta(seconds=60),
        search_lag: timedelta = timedelta(seconds=120),
    ) -> None:
        if client is not None:
            token, url, version = client.options.auth, client.options.base_url, client.options.notion_version
        if not token:
            raise ConfigError("Notion needs a token.", system=SYSTEM, remedy=f"Make one at {INTEGRATIONS}.")
        checked_address(url, name="Notion", variable="NOTION_URL", default=URL, system=SYSTEM)
        if version not in VERSIONS:
            raise ConfigError(
                f"Notion's version {version!r} is not one this library speaks.",
                system=SYSTEM,
                remedy=f"Use one of {', '.join(VERSIONS)}.",
            )
        self.token: Secret = secret(token)
        self.policy: Policy = Policy(
            system=SYSTEM,
            clock=clock,
            timeout=timeout,
            rate=rate,
            burst=3 if rate else 1,
            refusals=frozenset({OVERLOADED}),
            max_wait=180.0,  # the limit that a workspace's integrations share may ask for more than a minute
            safe_posts=(r"/query$", r"/v1/search$"),
            max_bytes=MOST_BYTES,
            settle=Settle(late_commit.total_seconds(), search_lag.total_seconds()),
        )
        self.client: notion_client.Client = _client(self.token, url, version, timeout, self.policy, transport)
        self.wire: Wire = Wire(self.client, url, version, self.policy)
        self._me: Json | None = None
        self._people: list[User] | None = None

    @classmethod
    def from_env(cls, **options: Any) -> Notion:
        """Return the account of ``NOTION_TOKEN``; ``NOTION_URL`` and ``NOTION_VERSION`` count where they are set.

        Raises:
            ConfigError: NOTION_TOKEN is not set.

        """
        token = from_environment(
            "NOTION_TOKEN", system=SYSTEM, remedy=f"Make an integration at {INTEGRATIONS} and copy its secret."
        )
        found = {name: os.environ.get(f"NOTION_{name.upper()}", "").strip() for name in ("url", "version")}
        return cls(token, **{**{name: value for name, value in found.items() if value}, **options})

    def __repr__(self) -> str:
        return f"<Notion {self.wire.host} {self.wire.version}>"

    def data_source(
        self,
        source: str,
        key: str | None = None,
        filter: Mapping[str, Any] | None = None,  # noqa: A002 - Notion's own word
        body: str = "Body",
        formatted: Sequence[str] = (),
    ) -> NotionSource:
        """Return a data source: the rows of a database, each of which is a page.

        Args:
            source: the id of the data source or of its database, the address of the database, or the name of the
                data source. Resolved to the data source's id once.
            key: the text property (name or id) that is kept for the marker by which a sync finds its pages again.
                Needed to create pages; no property of the user's own.
            filter: list only the pages that this filter of Notion's matches; properties by name or id.
            body: the name under which a mapping calls the text of the page itself.
            formatted: names of text properties that are read and written as Markdown, not as plain text.

        """
        return NotionSource(self, source, key=key, filter=filter, body=body, formatted=formatted)

    def check(self) -> Check:
        """Ask whose integration the token belongs to, and whether it sees people."""
        try:
            me = self.me()
        except AuthError as error:
            return Check(ok=False, details=(str(error),))
        details = []
        try:
            people = list(self.people())
            hidden = sum(1 for one in people if not one.email)
            details.append(f"It sees {len(people)} people{f', {hidden} of them without e-mail' if hidden else ''}.")
        except (AccessError, GoneError):
            details.append(
                f"It may not see people: give it the capability to read user information at {INTEGRATIONS} "
                "when person properties are to be written."
            )
        workspace = (me.get("bot") or {}).get("workspace_name")
        who = f"{me.get('name') or 'an integration'}{f' in {workspace}' if workspace else ''}"
        return Check(ok=True, who=who, details=tuple(details))

    def me(self) -> Json:
        """Return the bot user that the token belongs to. Asked once."""
        if self._me is None:
            self._me = dict(self.wire.call("GET", "users/me", operation="who am I"))
        return self._me

    def people(self, *, refresh: bool = False) -> Iterator[User]:
        """Yield the people of the workspace; e-mails only where the integration may see them. Guests are not listed.

        Raises:
            AccessError: the integration lacks the capability to read user information.

        """
        if self._people is None or refresh:
            pages = self.wire.pages("GET", "users", operation="list people")
            self._people = [
                user(one) for page in pages for one in page["results"] if one.get("type", "person") == "person"
            ]
        yield from self._people


def _client(
    token: Secret,
    url: str,
    version: str,
    timeout: tuple[float, float],
    policy: Policy,
    transport: httpx.BaseTransport | None,
) -> notion_client.Client:
    """Return a client without retries of its own, which sends under the policy."""
    import httpx
    import notion_client

    from productops.sdk.transport.httpx_plug import HttpxPlug

    # The client writes each refusal to standard output unless it is given a logger; ours are raised.
    quiet = logging.getLogger("productops.notion")
    return notion_client.Client(
        auth=token.reveal(),
        base_url=url.rstrip("/"),
        notion_version=version,
        timeout_ms=int(timeout[1] * 1000),
        retry=False,
        logger=quiet,
        log_level=logging.CRITICAL,
        client=httpx.Client(transport=HttpxPlug(policy, transport), trust_env=False),
    )
