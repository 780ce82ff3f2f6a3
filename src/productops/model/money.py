"""Money in one currency, and dated exchange rates: a missing rate is never passed over in silence."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

from productops.model.base import Value


def upper(code: object) -> object:
    """Bring a currency code to capitals, as ISO 4217 writes it."""
    return code.strip().upper() if isinstance(code, str) else code


Currency = Annotated[str, BeforeValidator(upper), StringConstraints(pattern=r"^[A-Z]{3}$")]


class MixedCurrencies(ValueError):  # noqa: N818 - named after what is wrong
    """Two amounts in different currencies were put together."""


class MissingRate(LookupError):  # noqa: N818 - named after what is wrong
    """No exchange rate was known on that day."""


class Money(Value):
    """An amount in a currency (three letters, ISO 4217); different currencies never add up.

    >>> str(Money(amount="2.50", currency="eur") + Money(amount=1, currency="EUR"))
    '3.50 EUR'
    """

    amount: Decimal
    currency: Currency

    def same(self, other: "Money") -> Decimal:
        """The other amount, if it is in the same currency; else MixedCurrencies is raised."""
        if self.currency != other.currency:
            raise MixedCurrencies(f"{self} and {other} differ in currency; convert one with Rates.convert first")
        return other.amount

    def __add__(self, other: "Money") -> "Money":
        return Money(amount=self.amount + self.same(other), currency=self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(amount=self.amount - self.same(other), currency=self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self.same(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self.same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.amount > self.same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.amount >= self.same(other)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    @classmethod
    def total(cls, amounts: Iterable["Money"], currency: str) -> "Money":
        """Add amounts of one currency; no amounts make zero."""
        return sum(amounts, cls(amount=Decimal(0), currency=currency))


class Rate(Value):
    """On that day one unit of `currency` was worth `rate` units of the table's base currency."""

    currency: Currency
    rate: Decimal = Field(gt=0)
    on: date


class Converted(Value):
    """The outcome of a conversion that may fail: an amount, or None and a warning."""

    money: Money | None
    warnings: tuple[str, ...] = ()


class Rates(Value):
    """Dated rates against one base currency.

    A conversion on a day uses the last rate on or before it, no older than `max_age_days` (None: any age).

    >>> rates = Rates(base="EUR", rates=[Rate(currency="USD", rate="0.8", on=date(2026, 9, 1))])
    >>> str(rates.convert(Money(amount=10, currency="USD"), "EUR", on=date(2026, 9, 30)))
    '8.0 EUR'
    """

    base: Currency
    rates: tuple[Rate, ...] = ()
    max_age_days: int | None = Field(default=None, ge=0)

    def rate(self, currency: str, on: date) -> Decimal:
        """Base units for one unit of the currency on a day; raises MissingRate."""
        if currency == self.base:
            return Decimal(1)
        dated = [rate for rate in self.rates if rate.currency == currency and rate.on <= on]
        latest = max(dated, key=lambda rate: rate.on, default=None)
        if latest is None:
            raise MissingRate(f"there is no rate from {currency} to {self.base} on or before {on.isoformat()}")
        if self.max_age_days is not None and on - latest.on > timedelta(days=self.max_age_days):
            raise MissingRate(
                f"the last rate from {currency} to {self.base} before {on.isoformat()} is of {latest.on.isoformat()}, "
                f"older than {self.max_age_days} days"
            )
        return latest.rate

    def convert(self, money: Money, to: str, *, on: date) -> Money:
        """Convert at the rates of a day, without rounding to cents; raises MissingRate."""
        target = Money(amount=Decimal(0), currency=to).currency
        if money.currency == target:
            return money
        return Money(amount=money.amount * self.rate(money.currency, on) / self.rate(target, on), currency=target)

    def try_convert(self, money: Money, to: str, *, on: date) -> Converted:
        """Convert, or give None and a warning where a rate is missing."""
        try:
            return Converted(money=self.convert(money, to, on=on))
        except MissingRate as error:
            return Converted(money=None, warnings=(f"{money} left out: {error}",))
