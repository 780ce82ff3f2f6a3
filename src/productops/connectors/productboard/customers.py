"""Customers of a workspace, by their e-mail: a note takes only those that exist."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any

from productops.connectors.productboard.values import HIDDEN, REDACTED
from productops.connectors.productboard.wire import SYSTEM, Wire, made_id
from productops.errors import ConfigError, GoneError, UnknownOutcomeError
from productops.sdk.record import Unreadable
from productops.sdk.values import RefusalError

Json = Any
SINGLY = 30  # so many are read one by one before all are listed
FRESH = timedelta(seconds=60)  # how long a listing counts as what is there


def contact(text: str) -> tuple[str, str]:
    """Return the name and the e-mail in a text.

    Raises:
        RefusalError: there is no e-mail in it.

    >>> contact("Ada Lind <ada@example.com>")
    ('Ada Lind', 'ada@example.com')

    """
    text = " ".join(text.split())
    name, address = parseaddr(text) if text.endswith(">") else ("", text)
    if "@" not in address or " " in address:
        raise RefusalError(f"a customer is known by e-mail, and {text!r} has none")
    return name, address


class Customers:
    """The users that are customers. What was read is kept, so that one listing serves many notes."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self._shown: dict[str, str | Unreadable | None] = {}
        self._ids: dict[str, str] = {}  # e-mail in small letters → id
        self._listed: datetime | None = None
        self._hidden = False
        self._doubtful: dict[str, datetime] = {}  # e-mail → until when somebody may still be made by a lost request

    def forget(self) -> None:
        """Read again what people may have changed."""
        self._shown, self._ids, self._listed = {}, {}, None

    def text(self, id_: str) -> str | Unreadable | None:
        """Return a customer as ``name <e-mail>``, None where they are gone."""
        if id_ not in self._shown:
            if len(self._shown) >= SINGLY and self._listed is None:
                self._list()
            else:
                self._read(id_)
        return self._shown.setdefault(id_, None)

    def _read(self, id_: str) -> None:
        try:
            query = [("fields[]", "all")]
            self._keep(self.wire.call("GET", "entities", id_, operation="read a customer", query=query)["data"])
        except GoneError:
            self._shown[id_] = None

    def _list(self) -> None:
        query = [("type[]", "user"), ("fields[]", "all")]
        for page in self.wire.pages("GET", "entities", operation="look for a customer", query=query):
            for one in page:
                if one.get("type") == "user":
                    self._keep(one)
        self._listed = self.wire.policy.clock.now()

    def _keep(self, thing: Json) -> None:
        fields = thing.get("fields") or {}
        name, email = str(fields.get("name") or ""), str(fields.get("email") or "")
        id_ = str(thing["id"])
        if REDACTED in (name, email):
            self._shown[id_], self._hidden = HIDDEN, True
            return
        self._shown[id_] = f"{name} <{email}>" if name and email and name != email else email or name or None
        if email:
            self._ids.setdefault(email.casefold(), id_)

    def id(self, email: str, name: str = "") -> str:
        """Return the id of the customer with this e-mail, made if there is none.

        Raises:
            ConfigError: e-mails are hidden, so that somebody could be made twice.
            UnknownOutcomeError: the answer to making one was lost; nobody is made until it is certain.

        """
        wanted = email.strip().casefold()
        if wanted not in self._ids and (self._listed is None or self.wire.policy.clock.now() - self._listed > FRESH):
            self._list()
        if wanted in self._ids:
            return self._ids[wanted]
        if self._hidden:
            raise ConfigError(
                "Customers' e-mails are hidden from this token.",
                system=SYSTEM,
                remedy="Give it the scope users:pii:read.",
            )
        if (until := self._doubtful.get(wanted)) and self.wire.policy.clock.now() < until:
            raise UnknownOutcomeError(
                f"Whether the customer {email.strip()} was made is not known yet.",
                system=SYSTEM,
                operation="make a customer",
                remedy="The next run looks again.",
            )
        body = {"type": "user", "fields": {"name": name or email.strip(), "email": email.strip()}}
        try:
            id_ = made_id(self.wire.call("POST", "entities", operation="make a customer", body=body))
        except UnknownOutcomeError:
            self.forget()
            self._doubtful[wanted] = self.wire.policy.clock.now() + timedelta(seconds=sum(self.wire.policy.settle))
            raise
        self._keep({"id": id_, "fields": body["fields"]})
        return id_
