"""People with and without e-mail, accounts, money and rates."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from productops.model.base import ExternalRef
from productops.model.money import MissingRate, MixedCurrencies, Money, Rate, Rates
from productops.model.people import Account, AccountStatus, Person, PersonRef, pseudonymise

SALT = "a secret salt"
amounts = st.decimals(-(10**9), 10**9, places=2)


def jira(key):
    return ExternalRef(system="jira", key=key)


def test_people_are_counted_by_address_then_account_then_name():
    assert PersonRef(name="A", email="X@Example.com", external=(jira("1"),)).key == "email:x@example.com"
    assert PersonRef(name="A", external=(jira("2"), jira("1"))).key == "jira:1"
    assert PersonRef(name="Zoë  Muster").key == PersonRef(name="ZOE\u0308 MUSTER").key


def test_a_person_without_address_has_a_label():
    assert PersonRef(external=(jira("7"),)).label == "jira user 7"
    assert PersonRef(name="Ada", email="a@example.com").label == "Ada"
    assert PersonRef(email="a@example.com").label == "a@example.com"


def test_nobody_is_refused():
    with pytest.raises(ValidationError, match="None for nobody"):
        PersonRef()


def test_a_person_of_whom_only_the_id_is_known_can_be_referred_to():
    assert Person(id="person_1").as_ref.key == "productops:person_1"


@settings(max_examples=50)
@given(st.emails(), st.emails())
def test_pseudonyms_are_stable_distinct_and_tell_nothing(one, other):
    first = PersonRef(name="Ada Muster", email=one)
    pseudonym = pseudonymise(first, SALT)
    assert pseudonym == pseudonymise(PersonRef(email=one.upper()), SALT) or one.upper().casefold() != one.casefold()
    assert pseudonym != pseudonymise(first, SALT + "2")
    assert (pseudonym == pseudonymise(PersonRef(email=other), SALT)) == (first.key == PersonRef(email=other).key)
    assert (pseudonym.email, pseudonym.external) == (None, ())
    assert "Ada" not in pseudonym.label


def test_a_short_salt_is_refused():
    with pytest.raises(ValueError, match="salt"):
        pseudonymise(PersonRef(name="A"), "")


@pytest.mark.parametrize("amount", ["arr", "pipeline"])
def test_amounts_need_a_currency_and_a_refused_assignment_changes_nothing(amount):
    with pytest.raises(ValidationError, match=f"{amount} needs a currency"):
        Account(name="Acme", **{amount: 100})
    account = Account(name="Acme")
    with pytest.raises(ValidationError, match="currency"):
        setattr(account, amount, Decimal(5))
    assert getattr(account, amount) is None
    account.currency = "eur"
    setattr(account, amount, Decimal(5))
    assert account.revenue == (Money(amount=5, currency="EUR") if amount == "arr" else None)
    with pytest.raises(ValidationError, match=f"clear {amount} first"):
        account.currency = None
    assert account.currency == "EUR"


def test_an_account_survives_json_and_is_not_its_own_parent():
    account = Account(name="Acme", arr="120000.10", currency="EUR", arr_as_of=date(2026, 9, 1), status="customer")
    assert Account.model_validate_json(account.model_dump_json()) == account
    assert account.status is AccountStatus.CUSTOMER
    with pytest.raises(ValidationError, match="own parent"):
        account.parent_id = account.id


@given(amounts, amounts)
def test_money_adds_like_numbers_and_never_across_currencies(one, other):
    a, b = Money(amount=one, currency="EUR"), Money(amount=other, currency="EUR")
    assert (a + b - b, (a < b), Money.total([a, b], "EUR")) == (a, one < other, b + a)
    with pytest.raises(MixedCurrencies):
        a + Money(amount=other, currency="USD")


@pytest.mark.parametrize("code", ["EU", "EURO", "E1R", ""])
def test_a_currency_has_three_letters(code):
    with pytest.raises(ValidationError):
        Money(amount=1, currency=code)


TABLE = Rates(
    base="EUR",
    rates=[
        Rate(currency="USD", rate="0.9", on=date(2026, 9, 1)),
        Rate(currency="USD", rate="0.8", on=date(2026, 6, 1)),
        Rate(currency="GBP", rate="1.2", on=date(2026, 6, 1)),
    ],
    max_age_days=60,
)


def test_the_last_rate_before_the_day_is_used():
    ten = Money(amount=10, currency="USD")
    assert TABLE.convert(ten, "eur", on=date(2026, 7, 31)).amount == 8
    assert TABLE.convert(ten, "EUR", on=date(2026, 9, 1)).amount == 9
    assert TABLE.convert(Money(amount=12, currency="USD"), "GBP", on=date(2026, 7, 1)).amount == 8


@pytest.mark.parametrize(
    ("currency", "on"), [("JPY", date(2026, 9, 1)), ("USD", date(2026, 1, 1)), ("GBP", date(2026, 9, 1))]
)
def test_a_missing_or_old_rate_is_never_silent(currency, on):
    money = Money(amount=10, currency=currency)
    with pytest.raises(MissingRate, match=currency):
        TABLE.convert(money, "EUR", on=on)
    tried = TABLE.try_convert(money, "EUR", on=on)
    assert tried.money is None
    assert currency in tried.warnings[0]
    assert TABLE.convert(money, currency, on=on) == money
