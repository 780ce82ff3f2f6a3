"""The invented company's three launches: one out after two slips, one on hold by an expired waiver, one cancelled."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from productops.demo.cast import made, staff
from productops.model.checklist import Checklist, ChecklistItem
from productops.model.decision import Condition, Vote
from productops.model.launch import KpiTarget, Launch
from productops.model.launch_report import KpiReading
from productops.model.readiness import Gate
from productops.model.timebox import TimeBucket
from productops.model.waiver import Raci, Waiver

GATES: tuple[dict[str, Any], ...] = (
    {"key": "enablement", "name": "Enablement", "offset": "T-2w", "areas": ("support", "sales")},
    {"key": "go_no_go", "name": "Go/no-go", "offset": "T-3bd", "whole_list": True},
)
# key | title | area | need | offset | owner | waits for | done on, n/a on (with /) or nothing
WINTER = """
tests|Test the timetable on both ships|quality|must|T-4w|layla||2026-09-10
load|Load test for the first snow|quality|must|T-3w|layla|tests|2026-09-18
texts|Translate the screens|content|must|T-3w|soren||2026-09-21
help|Help page|support|must|T-2w|zoe|texts|2026-09-28
crew|Brief the crews|support|must|T-2w|tomas||2026-10-02
press|Note to the press|marketing|should|T-1w|mira||2026-10-06
price|Check the winter fares|sales|must|T-2w|mira||2026-09-25
rules|Passenger rights|legal|must|T-3w|soren||2026-09-20
watch|Alarms on delays|quality|must|T-1w|layla|load|2026-10-08
film|Short film|marketing|could|T-1w|ines||/2026-09-30
survey|Ask passengers how it went|research|should|T+4w|soren||
"""
GROUPS = """
flow|Test groups of 50|quality|must|T-4w|layla||2026-10-05
price|Group prices agreed|sales|must|T-4w|zoe||2026-10-07
pages|Screens in three languages|content|must|T-3w|soren||2026-10-12
legal|Terms for groups|legal|must|T-3w|soren||2026-10-14
sales|Train the sales people|sales|must|T-2w|zoe|price|2026-10-16
desk|Train the ticket office|support|must|T-2w|tomas||2026-10-19
mail|Letter to agencies|marketing|should|T-2w|zoe||2026-10-19
fraud|Refuse doubtful cards|quality|must|T-3w|ines||2026-10-19
refund|Refund one person of a group|quality|must|T-2w|ines|flow|
film|Short film|marketing|could|T-1w|ines||/2026-10-01
"""
POINTS = """
idea|Ask twenty passengers|research|must|T-8w|soren||2026-05-20
cost|Cost of the points|sales|must|T-6w|zoe||
law|Points and tax|legal|must|T-6w|soren||
shop|What points buy|content|should|T-4w|mira||
"""


def checklist(key: str, lines: str, target: TimeBucket) -> Checklist:
    """The checklist of one launch."""
    items = []
    for line in lines.strip().splitlines():
        own, title, area, need, offset, owner, waits, ended = line.split("|")
        day = date.fromisoformat(ended.strip("/")) if ended else None
        state: dict[str, Any] = {}
        if day and ended.startswith("/"):
            state = {"status": "n/a", "na_on": day, "na_reason": "No film this year."}
        elif day:
            state = {"status": "done", "done_on": day, "done_by": staff(owner)}
        items.append(
            made(
                ChecklistItem,
                f"{key}_{own}",
                title=title,
                launch_id=f"launch_{key}",
                template_key=own,
                area=area,
                need=need,
                offset=offset,
                owner=staff(owner),
                depends_on=(waits,) if waits else (),
                added_on=date(2026, 5, 1),
                raci=Raci(responsible=(staff(owner),), accountable=(staff("mira"),)),
                **state,
            )
        )
    found = made(Checklist, key, template_key="standard", template_revision=1, items=items)
    found.reschedule(target, date(2026, 5, 1))
    return found


def launch(key: str, name: str, tier: int, lines: str, target: date, **fields: Any) -> Launch:
    """A launch in preparation, with its first date committed."""
    bucket = TimeBucket.day(target)
    found = made(
        Launch,
        key,
        name=name,
        tier=tier,
        product_id="prod_tickets",
        owner=staff(fields.pop("owner")),
        checklist=checklist(key, lines, bucket),
        gates=[Gate(**{**gate, "deciders": (staff("mira"), staff("soren"))}) for gate in GATES],
        **fields,
    )
    found.retarget(bucket, on=date(2026, 5, 4), by=staff("mira"), reason="The first plan.")
    for status in ("planned", "in_prep"):
        found.move(status, on=date(2026, 5, 4))
    return found


def winter() -> Launch:
    """Tier 1: promised for 15 September, slipped twice, out on 13 October."""
    found = launch(
        "winter",
        "Winter timetable",
        1,
        WINTER,
        date(2026, 9, 15),
        owner="ines",
        team_ids=["team_booking", "team_pier"],
        roadmap_item_ids=["item_01"],
        region_ids=["region_no", "region_se"],
        segments=["enterprise", "small"],
        goals=[KpiTarget(key="calls", name="Calls per 100 trips", baseline=12, target=9)],
    )
    for day, moved, why in (
        (date(2026, 9, 29), date(2026, 8, 31), "The import of the Swedish routes."),
        (date(2026, 10, 13), date(2026, 9, 22), "Two crews were not briefed."),
    ):
        found.retarget(TimeBucket.day(day), on=moved, by=staff("ines"), reason=why)
    found.decide(
        "go_no_go",
        "go",
        by=[staff("mira"), staff("soren")],
        at=datetime(2026, 10, 8, 12, tzinfo=UTC),
        id="gono_winter",
        created_at=datetime(2026, 10, 8, 12, tzinfo=UTC),
    )
    found.move("go", on=date(2026, 10, 8))
    found.move("launched", on=date(2026, 10, 13))
    return found


def groups() -> Launch:
    """Tier 2: a conditional go under a waiver which has expired since."""
    found = launch(
        "groups",
        "Group tickets",
        2,
        GROUPS,
        date(2026, 11, 10),
        owner="zoe",
        team_ids=["team_partners"],
        roadmap_item_ids=["item_02"],
        segments=["enterprise", "mid"],
        goals=[KpiTarget(key="groups", name="Group trips booked online", unit="%", baseline=10, target=50)],
    )
    found.checklist.item("refund").waive(
        Waiver(
            reason="The office refunds by hand until then.",
            risk="An hour of work a day.",
            accepted_by=staff("mira"),
            granted_on=date(2026, 10, 19),
            expires_on=date(2026, 10, 31),
            follow_up="Refund in two taps",
        )
    )
    found.decide(
        "go_no_go",
        "conditional_go",
        by=[staff("mira"), staff("soren")],
        at=datetime(2026, 10, 20, 12, tzinfo=UTC),
        id="gono_groups",
        created_at=datetime(2026, 10, 20, 12, tzinfo=UTC),
        conditions=(Condition(text="Refund one person of a group", owner=staff("ines"), due=date(2026, 10, 31)),),
        votes=(Vote(by=staff("mira"), vote="go"), Vote(by=staff("soren"), vote="go", comment="Only with the refund.")),
    )
    found.move("go", on=date(2026, 10, 20))
    return found


def points() -> Launch:
    """Tier 3: cancelled in summer."""
    found = launch("loyalty", "Loyalty points", 3, POINTS, date(2026, 9, 1), owner="zoe", roadmap_item_ids=["item_12"])
    found.move("cancelled", on=date(2026, 7, 6))
    return found


def launches() -> list[Launch]:
    """All three."""
    return [winter(), groups(), points()]


def readings() -> list[KpiReading]:
    """What was measured after the winter timetable was out."""
    return [KpiReading(key="calls", on=date(2026, 10, 20), value=8.5)]
