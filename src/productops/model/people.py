"""People, teams, products and customers; reports work where e-mail addresses are hidden."""

import hashlib
import hmac
import unicodedata
from datetime import date
from decimal import Decimal
from typing import ClassVar, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from productops.model.base import Entity, EntityId, ExternalRef, NonEmpty, OpenEnum, Value
from productops.model.money import Currency, Money

SHORTEST_SALT = 8


def same_text(text: str) -> str:
    """Fold a name or address so that two spellings of the same one are equal."""
    joined = " ".join(text.split())
    return (joined if joined.isascii() else unicodedata.normalize("NFKC", joined)).casefold()


class PersonRef(Value):
    """A person as some system shows them: a name, an e-mail address or an account there, at least one of these.

    >>> PersonRef(name="Ada Muster", email="Ada@example.com").key
    'email:ada@example.com'
    """

    name: NonEmpty | None = None
    email: NonEmpty | None = None
    external: tuple[ExternalRef, ...] = ()

    @model_validator(mode="after")
    def is_somebody(self) -> Self:
        """Refuse a reference to nobody: it could not be counted."""
        if not (self.name or self.email or self.external):
            raise ValueError("a person needs a name, an e-mail address or an external account; use None for nobody")
        return self

    @property
    def key(self) -> str:
        """Text to count people by: e-mail, else the first account by system and key, else the name."""
        if self.email:
            return f"email:{same_text(self.email)}"
        if self.external:
            system, key = min((ref.system, ref.key) for ref in self.external)
            return f"{system}:{key}"
        return f"name:{same_text(self.name or '')}"

    @property
    def label(self) -> str:
        """What to show: the name, else the account; an address only when there is nothing else."""
        if self.name:
            return self.name
        if self.external:
            system, key = min((ref.system, ref.key) for ref in self.external)
            return f"{system} user {key}"
        return self.email or ""


class Person(Entity):
    """Somebody we know across systems; every part but the id may be hidden."""

    id_prefix: ClassVar[str] = "person"

    name: NonEmpty | None = None
    email: NonEmpty | None = None
    role: str | None = None
    team_id: EntityId | None = None

    @property
    def as_ref(self) -> PersonRef:
        """The person as a reference; one of whom nothing else is known is referred to by our id."""
        external = tuple(self.external)
        if not (self.name or self.email or external):
            external = (ExternalRef(system="productops", key=self.id),)
        return PersonRef(name=self.name, email=self.email, external=external)


class Team(Entity):
    """A team and its members, by the ids of `Person`."""

    id_prefix: ClassVar[str] = "team"

    name: NonEmpty
    member_ids: list[EntityId] = Field(default_factory=list)
    product_ids: list[EntityId] = Field(default_factory=list)


class Product(Entity):
    """A product or a part of one."""

    id_prefix: ClassVar[str] = "prod"

    name: NonEmpty
    parent_id: EntityId | None = None
    owner: PersonRef | None = None


class Region(Entity):
    """A market or area; `code` is whatever the company uses, for instance "DACH" or "BR"."""

    id_prefix: ClassVar[str] = "region"

    name: NonEmpty
    code: NonEmpty | None = None
    parent_id: EntityId | None = None


class AccountStatus(OpenEnum):
    """What an account is to us; prospects and churned accounts are counted apart from customers."""

    PROSPECT = "prospect"
    CUSTOMER = "customer"
    CHURNED = "churned"
    UNKNOWN = "unknown"


class Health(OpenEnum):
    """How an account is doing."""

    GOOD = "good"
    AT_RISK = "at_risk"
    POOR = "poor"
    UNKNOWN = "unknown"


class Account(Entity):
    """A company that buys, bought or may buy.

    `arr` is yearly recurring revenue in `currency`, as known on `arr_as_of`; `pipeline` is the value of what is
    still being sold to them, and never added to it. An amount without a currency raises ValueError. Assign the
    currency before the amount.
    """

    id_prefix: ClassVar[str] = "acc"

    name: NonEmpty
    segment: str | None = None
    plan: str | None = None
    currency: Currency | None = None
    arr: Decimal | None = Field(default=None, ge=0)
    arr_as_of: date | None = None
    pipeline: Decimal | None = Field(default=None, ge=0)
    renewal_on: date | None = None
    health: Health = Health.UNKNOWN
    status: AccountStatus = AccountStatus.UNKNOWN
    parent_id: EntityId | None = None

    # Field validators, not a model validator: on assignment a model validator fails only after the value is set.
    @field_validator("arr", "pipeline")
    @classmethod
    def amount_has_currency(cls, amount: Decimal | None, info: ValidationInfo) -> Decimal | None:
        """Refuse an amount nobody can add up; a currency that failed itself is reported once, not twice."""
        if amount is not None and "currency" in info.data and info.data["currency"] is None:
            raise ValueError(f"{info.field_name} needs a currency, for instance currency='EUR'")
        return amount

    @field_validator("currency")
    @classmethod
    def currency_stays(cls, currency: str | None, info: ValidationInfo) -> str | None:
        """Refuse to take the currency away from an amount."""
        for name in ("arr", "pipeline"):
            if currency is None and info.data.get(name) is not None:
                raise ValueError(f"{name} is set, so the currency must stay; clear {name} first")
        return currency

    @field_validator("parent_id")
    @classmethod
    def not_own_parent(cls, parent_id: str | None, info: ValidationInfo) -> str | None:
        """Refuse an account as its own parent, which would count its revenue for ever."""
        if parent_id is not None and parent_id == info.data.get("id"):
            raise ValueError("an account cannot be its own parent")
        return parent_id

    @property
    def revenue(self) -> Money | None:
        """The yearly recurring revenue with its currency, or None when it is not known."""
        return None if self.arr is None or self.currency is None else Money(amount=self.arr, currency=self.currency)


def pseudonymise(person: PersonRef | Person, salt: str) -> PersonRef:
    """Replace a person by a stable pseudonym: same key and salt, same pseudonym; nothing else is kept.

    Without the salt (at least 8 characters, kept secret) the pseudonym cannot be computed from a guessed address.

    >>> pseudonymise(PersonRef(email="ada@example.com"), "a secret salt").email is None
    True
    """
    if len(salt) < SHORTEST_SALT:
        raise ValueError(f"the salt needs at least {SHORTEST_SALT} characters, or pseudonyms can be guessed")
    key = (person.as_ref if isinstance(person, Person) else person).key
    digest = hmac.new(salt.encode(), key.encode(), hashlib.sha256).hexdigest()[:16]
    return PersonRef(name=f"Person {digest}")
