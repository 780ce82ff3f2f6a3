"""The services a sandbox imitates: how each is made of a seed, and what a program needs to find it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from productops.testing.sandbox.airtable import Airtable
from productops.testing.sandbox.clock import Clock
from productops.testing.sandbox.jira import JiraSandbox
from productops.testing.sandbox.notion import Notion
from productops.testing.sandbox.productboard import Productboard
from productops.testing.sandbox.wire import Service


@dataclass(frozen=True, slots=True)
class Knobs:
    """What is set for all services at once; see ``Sandbox``."""

    factor: float
    search_lag: float
    late_commit: float
    clock: Clock


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of service. ``find`` says where its first project, base or database is; ``variables`` go as NAME_KEY."""

    make: Callable[[dict[str, Any], Knobs], Service]
    find: Callable[[Any], dict[str, str]]
    variables: tuple[str, ...]
    line: str  # what the command line says of it, filled with what ``find`` found


def _jira(seed: dict[str, Any], knobs: Knobs) -> Service:
    return JiraSandbox.from_json(
        seed,
        now=knobs.clock.now(),
        search_lag=knobs.search_lag,
        late_commit=knobs.late_commit,
        rate=knobs.factor,
    )


def _airtable(seed: dict[str, Any], knobs: Knobs) -> Service:
    account = Airtable.from_json(seed, limits=knobs.factor, clock=knobs.clock)
    account.settle = (knobs.late_commit, 0.0)
    return account


def _notion(seed: dict[str, Any], knobs: Knobs) -> Service:
    workspace = Notion.from_json(seed, limits=knobs.factor, search_lag=knobs.search_lag, clock=knobs.clock)
    workspace.settle = (knobs.late_commit, 0.0)
    return workspace


def _productboard(seed: dict[str, Any], knobs: Knobs) -> Service:
    board = Productboard.from_json(seed, limits=knobs.factor, search_lag=knobs.search_lag, clock=knobs.clock)
    board.late_commit = knobs.late_commit
    return board


def _in_jira(service: JiraSandbox) -> dict[str, str]:
    user = next(iter(service.site.users.values()))
    project = next(iter(service.site.projects.values())).key
    return {"email": user.email, "token": user.token, "project": project}


def _in_airtable(service: Airtable) -> dict[str, str]:
    base = next(iter(service.world.bases.values()), None)
    table = base.tables[0].name if base and base.tables else ""
    return {"token": next(iter(service.tokens)), "base": base.id if base else "", "table": table}


def _in_notion(service: Notion) -> dict[str, str]:
    source = next(iter(service.world.sources.values()), None)
    places = {"database": source.database if source else "", "data_source": source.id if source else ""}
    return {"token": next(iter(service.tokens)), **places}


def _in_productboard(service: Productboard) -> dict[str, str]:
    return {"token": next(iter(service.tokens)), "product": service.all("product")[0].id}


KINDS: Mapping[str, Kind] = {
    "jira": Kind(_jira, cast("Any", _in_jira), ("url", "email", "token"), "project {project}"),
    "airtable": Kind(_airtable, cast("Any", _in_airtable), ("url", "token"), "base {base}, table {table}"),
    "notion": Kind(_notion, cast("Any", _in_notion), ("url", "token"), "data source {data_source}"),
    "productboard": Kind(_productboard, cast("Any", _in_productboard), ("url", "token"), "product {product}"),
}


def listed(names: Mapping[str, Any] = KINDS) -> str:
    """Return the services' names as a sentence lists them."""
    *most, last = names
    return f"{', '.join(most)} and {last}"
