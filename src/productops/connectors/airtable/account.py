"""An Airtable account: a token, the bases it sees, and their tables."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from productops.connectors.airtable.table import AirtableTable
from productops.connectors.airtable.wire import PENALTY, READ, SCHEMA, SYSTEM, TOKENS, WRITE, Wire, base_of
from productops.errors import AccessError, AuthError, ConfigError, GoneError
from productops.redaction import Secret
from productops.sdk.collection import Check
from productops.sdk.connector import Connector, checked_address, from_environment, secret
from productops.sdk.transport import Clock, Policy, Settle

if TYPE_CHECKING:
    import pyairtable
    from requests import Session
    from requests.adapters import BaseAdapter

URL = "https://api.airtable.com"
LATE_COMMIT = timedelta(seconds=60)
MOST_BYTES = 64 * 2**20  # a page of a hundred rows whose text cells are full is that large
_BASE_ID = re.compile(r"app\w+")


class Airtable(Connector):
    """An Airtable account, by personal access token or OAuth access token.

    Args:
        token: made at https://airtable.com/create/tokens with the scopes ``data.records:read``,
            ``data.records:write`` and ``schema.bases:read``, and with access to the bases.
        url: another address, such as that of a sandbox; https, unless it is this machine.
        client: a ``pyairtable.Api`` to take token, address, timeout and session settings from. It is left as it
            is, and its retries are not used: they repeat creates after a lost answer.
        transport: a requests adapter to send through.
        clock: where time comes from.
        timeout: seconds for (connecting, reading).
        rate: requests a second for each base; Airtable allows 5 and locks a base for 30 s after more.
        late_commit: the longest time a request we gave up on can still take effect.

    Nothing is sent before the first question is asked.

    Raises:
        ConfigError: no token, or an address that is not https.

    >>> Airtable(token="pat-example-0000")
    <Airtable api.airtable.com>

    """

    system = SYSTEM

    def __init__(
        self,
        token: str | Secret | None = None,
        *,
        url: str = URL,
        client: pyairtable.Api | None = None,
        transport: BaseAdapter | None = None,
        clock: Clock | None = None,
        timeout: float | tuple[float, float] = (10.0, 60.0),
        rate: float = 5.0,
        late_commit: timedelta = LATE_COMMIT,
    ) -> None:
        from productops.sdk.transport.sender import Sender

        if client is not None:
            token, url = client.api_key, str(client.endpoint_url)
            timeout = client.timeout or timeout
        if not token:
            raise ConfigError("Airtable needs a token.", system=SYSTEM, remedy=f"Make one at {TOKENS}.")
        checked_address(url, name="Airtable", variable="AIRTABLE_URL", default=URL, system=SYSTEM)
        self.token: Secret = secret(token)
        patience = timeout if isinstance(timeout, tuple) else (float(timeout), float(timeout))
        self.policy: Policy = Policy(
            system=SYSTEM,
            clock=clock,
            timeout=patience,
            scope=base_of,
            rate=rate,
            default_429_wait=PENALTY,
            safe_posts=(r"/listRecords$",),
            max_bytes=MOST_BYTES,
            settle=Settle(late_commit.total_seconds(), 0.0),
        )
        self.session: Session = _session(self.token, url, self.policy, transport, client)
        self.wire: Wire = Wire(Sender(self.session, url, self.policy), url)
        self._tables: dict[str, list[dict[str, Any]]] = {}

    @cached_property
    def client(self) -> pyairtable.Api:
        """A pyairtable client, for what this library does not cover; its requests follow the same policy."""
        import pyairtable

        # pyairtable's annotation says whole seconds; requests takes fractions.
        seconds: Any = self.policy.timeout
        client = pyairtable.Api(self.token.reveal(), endpoint_url=self.wire.url, timeout=seconds, retry_strategy=None)
        client.session = self.session
        return client

    @classmethod
    def from_env(cls, **options: Any) -> Airtable:
        """Return the account of ``AIRTABLE_TOKEN``, at ``AIRTABLE_URL`` where that is set.

        Raises:
            ConfigError: AIRTABLE_TOKEN is not set.

        """
        token = from_environment("AIRTABLE_TOKEN", system=SYSTEM, remedy=f"Make a token at {TOKENS}.")
        return cls(token, **{"url": os.environ.get("AIRTABLE_URL", "").strip() or URL, **options})

    def __repr__(self) -> str:
        return f"<Airtable {self.wire.host}>"

    def table(
        self, base: str, table: str, key: str | None = None, view: str | None = None, formula: str | None = None
    ) -> AirtableTable:
        """Return a table, by the ids or names of base and table.

        Args:
            base: the base's id (``app...``, in the address of the base) or its name.
            table: the table's id (``tbl...``) or name; a name is resolved to its id once.
            key: the single line text field (name or id) that is kept for the marker by which a sync finds its
                records again. Needed to create records; no column of the user's own.
            view: list only the records of this view (id or name), in its order.
            formula: list only the records for which this Airtable formula is true.

        """
        return AirtableTable(self, base, table, key=key, view=view, formula=formula)

    def bases(self) -> list[dict[str, Any]]:
        """Return the bases the token can see: ``id``, ``name``, ``permissionLevel``."""
        found: list[dict[str, Any]] = []
        offset: str | None = None
        while True:
            params = {"offset": offset} if offset else None
            page = self.wire.call("GET", "meta", "bases", params=params, operation="read the bases")
            found += page.get("bases", [])
            if not page.get("offset") or page["offset"] == offset:
                return found
            offset = page["offset"]

    def base_id(self, base: str) -> str:
        """Return the id of a base given by id or name.

        Raises:
            ConfigError: no base has that name, or several do.

        """
        if _BASE_ID.fullmatch(base):
            return base
        bases = self.bases()
        found = [str(each["id"]) for each in bases if each.get("name") == base]
        if len(found) == 1:
            return found[0]
        raise ConfigError(
            f"{len(found) or 'No'} base{'s' if found else ''} that this token sees {'are' if found else 'is'} "
            f"called {base!r}.",
            system=SYSTEM,
            remedy=f"Use its id. {_seen(bases)}",
        )

    def tables(self, base: str, *, refresh: bool = False) -> list[dict[str, Any]]:
        """Return the tables of a base as the schema API describes them. Cached; ``refresh`` asks again.

        Raises:
            AccessError: the token lacks the base, or the scope ``schema.bases:read``; the remedy says which.

        """
        if refresh or base not in self._tables:
            try:
                answer = self.wire.call("GET", "meta", "bases", base, "tables", operation="read the tables")
            except (AccessError, GoneError) as error:
                error.remedy = self._why_hidden(base)
                raise
            self._tables[base] = answer.get("tables", [])
        return self._tables[base]

    def _why_hidden(self, base: str) -> str:
        """Find out why a base's tables cannot be read: the scope, or the base."""
        scope = f"Add the scope {SCHEMA} to the token at {TOKENS}."
        try:
            bases = self.bases()
        except (AccessError, GoneError):
            return scope
        if any(each.get("id") == base for each in bases):
            return scope
        return f"The token does not have the base {base}; add it at {TOKENS}. {_seen(bases)}"

    def check(self) -> Check:
        """Ask who the token belongs to and what it may do."""
        try:
            me = self.wire.call("GET", "meta", "whoami", operation="who am I")
        except AuthError as error:
            return Check(ok=False, details=(str(error),))
        details = []
        missing = missing_scopes(me)
        if missing:
            details.append(f"The token lacks {', '.join(missing)}: add it at {TOKENS}.")
        try:
            bases = self.bases()
            details.append(_seen(bases))
            details += [] if bases else [f"Give the token access to a base at {TOKENS}."]
        except (AccessError, GoneError):
            bases = []
            details.append(f"The bases cannot be listed: add the scope {SCHEMA} to the token at {TOKENS}.")
        return Check(ok=bool(bases) and not missing, who=who(me), details=tuple(details))


def who(me: Mapping[str, Any]) -> str:
    """Return the account's e-mail when the token may see it, else its id."""
    return str(me.get("email") or me.get("id") or "")


def missing_scopes(me: Mapping[str, Any]) -> list[str]:
    """Return the scopes the token should have and has not, where Airtable says so (for OAuth tokens)."""
    scopes = me.get("scopes")
    return [] if not isinstance(scopes, list) else [each for each in (READ, WRITE, SCHEMA) if each not in scopes]


def _seen(bases: list[dict[str, Any]]) -> str:
    names = [f"{each.get('name')} ({each.get('id')})" for each in bases[:10]]
    return f"It sees {len(bases)} base{'' if len(bases) == 1 else 's'}{': ' if names else ''}{', '.join(names)}."


def _session(
    token: Secret, url: str, policy: Policy, transport: BaseAdapter | None, given: pyairtable.Api | None
) -> Session:
    """Return a session whose requests ask the policy, with the settings of a client where one is given."""
    from requests.adapters import HTTPAdapter

    from productops.sdk.transport.sender import session_of

    if given is not None and transport is None:
        adapter = given.session.get_adapter(url)
        # A plain adapter may hold retries; one that somebody wrote is wanted.
        transport = None if type(adapter) is HTTPAdapter else adapter
    session = session_of(policy, transport, Authorization=f"Bearer {token.reveal()}")
    if given is not None:
        for name in ("proxies", "verify", "cert", "trust_env"):
            setattr(session, name, getattr(given.session, name))
        session.headers.update({k: v for k, v in given.session.headers.items() if k.lower() != "authorization"})
    return session
