"""A Productboard workspace, by access token."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self

from productops.connectors.productboard.collection import Things
from productops.connectors.productboard.customers import Customers
from productops.connectors.productboard.dialect import Dialect
from productops.connectors.productboard.values import user
from productops.connectors.productboard.wire import SYSTEM, Wire
from productops.errors import AuthError, ConfigError
from productops.redaction import Secret
from productops.sdk.collection import Check
from productops.sdk.connector import Connector, checked_address, from_environment, secret
from productops.sdk.record import User
from productops.sdk.transport import Clock, Policy, Settle

if TYPE_CHECKING:
    import httpx


class Productboard(Connector):
    """A Productboard workspace, or one of a service that speaks like it.

    Args:
        token: a public API token from the workspace's settings, or an OAuth access token.
        url: another address, such as that of a sandbox; https, unless it is this machine.
        transport: an httpx transport to send through.
        clock: where time comes from.
        timeout: seconds for (connecting, reading).
        rate: requests a second; Productboard allows 50.
        late_commit: the longest time a request we gave up on can still take effect.
        search_lag: the longest time a listing may not show what was written. Productboard promises nothing.

    Nothing is sent before the first question is asked.

    Raises:
        ConfigError: no token, or an address that is not https.

    >>> Productboard("pb-example")
    <Productboard api.productboard.com>

    """

    system = SYSTEM
    dialect: ClassVar[Dialect] = Dialect()

    def __init__(
        self,
        token: str | Secret | None = None,
        *,
        url: str | None = None,
        transport: httpx.BaseTransport | None = None,
        clock: Clock | None = None,
        timeout: tuple[float, float] = (10.0, 60.0),
        rate: float | None = None,
        late_commit: timedelta = timedelta(seconds=60),
        search_lag: timedelta = timedelta(seconds=60),
    ) -> None:
        name = self.dialect.name
        if not token:
            raise ConfigError(f"{name} needs a token.", system=SYSTEM, remedy="Make one in the workspace's settings.")
        url = url or self.dialect.url
        variable = f"{self.dialect.variable}_URL"
        checked_address(url, name=name, variable=variable, default=self.dialect.url, system=SYSTEM)
        self.token: Secret = secret(token)
        self.policy: Policy = Policy(
            system=SYSTEM,
            clock=clock,
            timeout=timeout,
            rate=rate or self.dialect.rate,
            safe_posts=(r"/search$",),
            settle=Settle(late_commit.total_seconds(), search_lag.total_seconds()),
        )
        self.wire: Wire = Wire(self.token, url, self.dialect, self.policy, transport)
        self.customers: Customers = Customers(self.wire)

    @classmethod
    def from_env(cls, **options: Any) -> Self:
        """Return the workspace of ``PRODUCTBOARD_TOKEN``, at ``PRODUCTBOARD_URL`` where that is set.

        Raises:
            ConfigError: PRODUCTBOARD_TOKEN is not set.

        """
        variable = cls.dialect.variable
        token = from_environment(
            f"{variable}_TOKEN", system=SYSTEM, remedy="Make an access token in the workspace's settings."
        )
        return cls(token, **{"url": os.environ.get(f"{variable}_URL", "").strip() or None, **options})

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.wire.host}>"

    def entities(self, type: str, parent: str | None = None, *, scores: bool = False) -> Things:  # noqa: A002 - its word
        """Return the entities of a type (``"feature"``).

        ``parent`` is the id below which new ones are made, where no mapped field says. ``scores`` adds the field
        Customer score, for one more request a record.
        """
        return Things(self, "entities", type, parent=parent, scores=scores)

    def notes(self) -> Things:
        """Return the notes that are one text. Conversations and opportunities are left alone."""
        return Things(self, "notes", "textNote")

    def features(self, parent: str | None = None, *, scores: bool = False) -> Things:
        """Return the features; ``scores`` adds the customer score to each."""
        return self.entities("feature", parent, scores=scores)

    def subfeatures(self, parent: str | None = None) -> Things:
        """Return the subfeatures."""
        return self.entities("subfeature", parent)

    def components(self, parent: str | None = None) -> Things:
        """Return the components."""
        return self.entities("component", parent)

    def products(self) -> Things:
        """Return the products."""
        return self.entities("product")

    def initiatives(self) -> Things:
        """Return the initiatives."""
        return self.entities("initiative")

    def objectives(self) -> Things:
        """Return the objectives."""
        return self.entities("objective")

    def key_results(self, parent: str | None = None) -> Things:
        """Return the key results."""
        return self.entities("keyResult", parent)

    def releases(self, parent: str | None = None) -> Things:
        """Return the releases."""
        return self.entities("release", parent)

    def companies(self) -> Things:
        """Return the customers' companies."""
        return self.entities("company")

    def users(self) -> Things:
        """Return the customers; the workspace's own people are :meth:`people`."""
        return self.entities("user")

    def people(self) -> Iterator[User]:
        """Yield the members of the workspace; e-mails only where the token may see them."""
        for page in self.wire.pages("GET", "members", operation="list members"):
            yield from (user(one) for one in page)

    def customer(self, email: str, name: str = "") -> str:
        """Return the id of the customer with this e-mail, made if there is none: notes take only existing ones.

        Raises:
            ConfigError: the text is no e-mail, or e-mails are hidden, so that the customer could be made twice.

        """
        if "@" not in email:
            raise ConfigError(f"{email!r} is no e-mail.", system=SYSTEM, remedy="Give the customer's e-mail.")
        return self.customers.id(email, name)

    def check(self) -> Check:
        """Ask for the configuration, the cheapest question; Productboard does not tell whose a token is."""
        try:
            answer = self.wire.call("GET", "entities", "configurations", operation="read the configuration")
        except AuthError as error:
            return Check(ok=False, details=(str(error),))
        kinds = [str(one.get("type")) for one in answer.get("data", [])]
        return Check(ok=True, who=self.wire.host, details=(f"It has {', '.join(kinds)}.",))
