"""Demand by theme, segment and area: every account once, and what nobody plans."""

from __future__ import annotations

from datetime import date

import pytest

from productops.errors import ConfigError
from productops.insights.demand import theme_demand
from productops.insights.themes import themes
from productops.model.feedback import Feedback, Insight
from productops.model.people import Account
from productops.model.roadmap import RoadmapItem

DAY = date(2026, 9, 30)


def account(name: str, segment: str, arr: int) -> Account:
    return Account(name=name, segment=segment, status="customer", arr=arr, currency="EUR", arr_as_of=date(2026, 9, 1))


BIG, SMALL = account("Big", "enterprise", 100), account("Small", "self-serve", 7)
NOTES = [
    Feedback(text=text, account_id=owner.id, area=area, received_at="2026-09-02T00:00Z")
    for text, owner, area in (
        ("sso please", BIG, "login"), ("we need sso", BIG, "login"), ("sso for all", SMALL, "login"),
        ("dark mode", BIG, "ui"), ("a dark mode", SMALL, "ui"),
    )
]  # fmt: skip
NAMES = {note.id: "sso" if "sso" in note.text else "dark mode" for note in NOTES}


def table(items=(), insights=()):
    return theme_demand(NOTES, NAMES, [BIG, SMALL], as_of=DAY, items=items, insights=insights)


def test_every_cell_counts_its_accounts_once():
    found = {(row.theme, row.segment, row.area): row for row in table()}
    assert set(found) == {
        (theme, segment, area)
        for theme, area in (("sso", "login"), ("dark mode", "ui"))
        for segment in ("enterprise", "self-serve")
    }
    row = found["sso", "enterprise", "login"]
    assert (row.demand.mentions, row.demand.accounts, str(row.demand.arr)) == (2, 1, "100 EUR")


def test_what_enterprise_asks_for_and_nobody_plans():
    planned = RoadmapItem(title="Dark mode", status="planned")
    link = Insight(feedback_id=NOTES[3].id, target_id=planned.id)
    unmet = table([planned], [link]).unmet(segment="enterprise")
    assert [(row.theme, str(row.demand.arr)) for row in unmet] == [("sso", "100 EUR")]
    assert table([planned], [link]).unmet(area="ui") == []
    assert [row.committed for row in table([planned], [link]) if row.theme == "dark mode"] == [(planned.id,)] * 2


def test_an_idea_is_no_promise_and_a_dropped_item_covers_nothing():
    idea, dropped = RoadmapItem(title="SSO", theme="sso"), RoadmapItem(title="SSO", theme="sso", status="dropped")
    rows = [row for row in table([idea, dropped]) if row.theme == "sso"]
    assert all((row.committed, row.considered, row.on_roadmap) == ((), (idea.id,), True) for row in rows)


def test_themes_found_are_themes_counted():
    found = themes(NOTES, 2)
    rows = theme_demand(NOTES, found, [BIG, SMALL], as_of=DAY)
    assert {row.theme_id for row in rows} == {theme.id for theme in found}
    assert sum(row.demand.mentions for row in rows) == len(NOTES)
    flat = rows.to_rows()
    assert {"theme", "segment", "area", "accounts", "arr", "on_roadmap"} <= set(flat[0])


def test_only_feedback_is_counted():
    with pytest.raises(ConfigError, match="not over str"):
        theme_demand(["dark mode"], {}, as_of=DAY)
