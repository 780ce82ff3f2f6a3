"""Who appears in the invented company: its people, teams and products, its customers, and how currencies compare."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, TypeVar

from productops.demo.backlog import PEOPLE
from productops.model.base import Entity, ExternalRef
from productops.model.money import Rate, Rates
from productops.model.people import Account, Person, PersonRef, Product, Region, Team

AS_OF = date(2026, 11, 2)
FOUNDED = datetime(2026, 1, 5, 9, tzinfo=UTC)
E = TypeVar("E", bound=Entity)

ROLES = ("Product manager",) * 3 + ("Head of product operations", "Product manager", "Lead engineer")
TEAMS = (
    ("team_booking", "Booking", ("mira", "ines")),
    ("team_pier", "Pier", ("tomas", "layla")),
    ("team_partners", "Partners", ("zoe", "soren")),
)
# id | name | status | currency | yearly revenue | pipeline | revenue as of | segment | parent
ACCOUNT_LINES = """
aurora|Aurora Reiser|customer|NOK|1200000||2026-09-30|enterprise|
aurora_nord|Aurora Reiser Nord|customer|NOK|300000||2026-09-30|enterprise|aurora
brise|Brise Voyages|customer|EUR|80000||2026-10-15|enterprise|
kai|Kai & Söhne|customer|EUR|45000||2026-10-01|mid|
lunde|Lunde Buss|customer|NOK|400000||2026-08-15|mid|
skargard|Skärgård Turism|customer|SEK|500000||2026-10-20|mid|
nordlys|Nordlys Hotell|customer|NOK|150000||2026-03-01|small|
vannvei|Vannvei Skole|customer|EUR|6000||2026-09-01|small|
oya|Øya Kommune|customer|NOK|250000||2026-10-05|public|
marina|Marina Azul|customer|EUR|30000||2026-09-12|mid|
tide|Tide Tours|churned|EUR|20000||2026-01-31|small|
polstjerna|Polstjerna|customer|||||small|
baltic|Baltic Coaches|prospect|EUR||50000||enterprise|
sol|Sol Cruises|prospect|SEK||300000||mid|
hikari|光ツアーズ|prospect|EUR||20000||small|
"""
RATES = Rates(
    base="EUR",
    rates=(
        Rate(currency="NOK", rate="0.08", on=date(2026, 10, 30)),
        Rate(currency="SEK", rate="0.09", on=date(2026, 10, 30)),
    ),
)


def made(kind: type[E], key: str, /, **fields: Any) -> E:
    """An entity with a fixed id and fixed times, so that two runs make the same company."""
    fields.setdefault("created_at", FOUNDED)
    return kind(id=f"{kind.id_prefix}_{key}", **fields)


def staff(key: str) -> PersonRef:
    """A colleague by the first part of the address."""
    return PersonRef(
        name=next(name for name, email in PEOPLE if email == f"{key}@example.com"), email=f"{key}@example.com"
    )


def people() -> list[Person]:
    """Everybody who works there, each with an account in Jira."""
    team_of = {key: team for team, _, members in TEAMS for key in members}
    return [
        made(
            Person,
            email.partition("@")[0],
            name=name,
            email=email,
            role=role,
            team_id=team_of[email.partition("@")[0]],
            external=[ExternalRef(system="jira", key=f"acc-{1000 + number}-{email[:3]}")],
        )
        for number, ((name, email), role) in enumerate(zip(PEOPLE, ROLES, strict=True))
    ]


def teams() -> list[Team]:
    """The three teams."""
    return [
        made(Team, key.partition("_")[2], name=name, member_ids=[f"person_{member}" for member in members])
        for key, name, members in TEAMS
    ]


def products() -> list[Product]:
    """The product and a part of it."""
    return [
        made(Product, "tickets", name="Ferry tickets", owner=staff("mira")),
        made(Product, "app", name="App", parent_id="prod_tickets", owner=staff("ines")),
    ]


def regions() -> list[Region]:
    """Two markets."""
    return [made(Region, "no", name="Norway", code="NO"), made(Region, "se", name="Sweden", code="SE")]


def accounts() -> list[Account]:
    """Fifteen accounts: three prospects, one that left, one below another, one of unknown revenue, one long unread."""
    found = []
    for line in ACCOUNT_LINES.strip().splitlines():
        key, name, status, currency, arr, pipeline, dated, segment, parent = line.split("|")
        found.append(
            made(
                Account,
                key,
                name=name,
                status=status,
                currency=currency or None,
                arr=arr or None,
                pipeline=pipeline or None,
                arr_as_of=dated or None,
                segment=segment,
                parent_id=f"acc_{parent}" if parent else None,
            )
        )
    return found
