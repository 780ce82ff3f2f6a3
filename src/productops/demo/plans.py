"""The invented company's roadmap on three days, what it serves, and why it changed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from productops.demo.cast import made, staff
from productops.model.base import ChangeEvent
from productops.model.roadmap import KeyResult, Objective, Roadmap, RoadmapItem, Snapshot, Theme
from productops.model.scores import rice
from productops.model.timebox import TimeBucket

FIRST, SECOND, THIRD = (datetime(2026, month, 1, 6, tzinfo=UTC) for month in (9, 10, 11))
THEMES = {"fares": "Fares", "pier": "At the pier", "partners": "Partners", "access": "For everybody", "trust": "Trust"}
OBJECTIVES = (
    ("calls", "Fewer calls before a trip", "calls per 100 trips", 12, 6, 9),
    ("groups", "Groups book themselves", "share of group trips booked online", 10, 50, 18),
)
# number | title | horizon | time | status | objective | theme | team | owner | confidence | R,I,C,E | audience
ITEM_LINES = """
01|Winter timetable in the app|done|2026-10-13|done|calls|pier|booking|ines|high|900,1,1,2|public
02|Group tickets|now|2026-11-10|doing|groups|fares|partners|zoe|high|360,2,0.8,3|sales
03|Refund in two taps|now|2026-Q4|doing|calls|trust|booking|mira|0.8|500,2,0.8,4|public
04|Pay by invoice|now|2026-Q4|doing|groups|partners|partners|zoe|0.7|120,3,0.8,2|sales
05|Delay alerts by text message|now|2026-11|doing|calls|pier|pier|tomas|high|800,1,1,1.5|public
06|Accessible seat map|next|2027-Q1|planned|calls|access|booking|mira|medium|90,3,0.5,4|exec
07|Offline tickets|next|2027-Q1|planned||trust|pier|tomas|0.6|400,1,0.8,5|internal
08|Change a departure|next|2026-Q4|planned|calls|trust|booking|ines|medium|600,2,0.5,6|public
09|Ticket scanner for the old pier|next|2027-Q2|planned||pier|pier|tomas|low|60,1,0.5,3|internal
10|Booking in three steps|next|2026-Q4|planned|groups|fares|booking|mira|medium|700,2,0.8,5|exec
11|الحجز باللغة العربية|later||idea||access|booking|ines|low|150,2,0.5,4|public
12|Loyalty points|later||on_hold||fares|partners|zoe|low|300,0.5,0.5,6|internal
13|Preisliste für Fährgesellschaften|next|2027-Q1|planned|groups|partners|partners|zoe|medium|40,1,0.8,1|sales
14|Dark mode 🌙|later||idea||access|booking|ines|low||internal
15|Bicycle places|later|2027|idea|groups|fares|pier|tomas||200,1,0.5,2|public
16|Café pre-order ☕|dropped||dropped||pier|pier|tomas|low|80,0.5,0.5,2|internal
17|Timetable as a calendar feed|done|2026-09|done|calls|pier|pier|tomas|high|250,0.5,1,0.5|public
18|School classes|later||idea|groups|fares|partners|zoe|low|30,2,0.5,2|sales
19|Change a departure for a group|next|2027-Q1|planned|calls|trust|booking|ines|low|80,2,0.5,3|exec
20|Storm mode|now|2026-11|doing|calls|pier|pier|layla|0.9|900,2,0.8,1|public
"""
DELIVERED = {"01": date(2026, 10, 13), "17": date(2026, 9, 24)}
DEPENDS = {"06": ["item_10"], "07": ["item_09"], "19": ["item_08"], "04": ["item_02"]}
LAUNCH_OF = {"01": "launch_winter", "02": "launch_groups", "12": "launch_loyalty"}


def theme(key: str, name: str) -> Theme:
    """A theme."""
    return made(Theme, key, name=name, owner=staff("soren") if key == "trust" else None)


def objectives() -> list[Objective]:
    """Two objectives with a key result each."""
    return [
        made(
            Objective,
            key,
            title=title,
            owner=staff("mira"),
            bucket=TimeBucket.half(2026, 2),
            key_results=[
                made(KeyResult, key, metric=metric, start=start, target=target, current=now, objective_id=f"obj_{key}")
            ],
        )
        for key, title, metric, start, target, now in OBJECTIVES
    ]


def item(line: str) -> RoadmapItem:
    """One item as it is at the last snapshot."""
    number, title, horizon, time, status, objective, area, team, owner, confidence, inputs, audience = line.split("|")
    numbers: list[float] = [float(each) for each in inputs.split(",") if each]
    fields: dict[str, Any] = {"confidence": confidence or None}
    if confidence.startswith("0"):
        fields["confidence"] = float(confidence)
    if numbers:
        reach, impact, sure, effort = numbers
        score = rice(reach, impact, sure, effort, period="quarter", as_of=THIRD.date())
        fields.update(estimate=effort, scores={"rice": score})
    return made(
        RoadmapItem,
        number,
        title=title,
        horizon=horizon,
        bucket=TimeBucket.parse(time) if time else None,
        status=status,
        objective_ids=[f"obj_{objective}"] if objective else [],
        theme=f"theme_{area}",
        team=f"team_{team}",
        owner=staff(owner),
        audience=audience,
        delivered_on=DELIVERED.get(number),
        dependencies=DEPENDS.get(number, []),
        launch_id=LAUNCH_OF.get(number),
        split_from="item_08" if number == "19" else None,
        description="One passenger." if number == "08" else "",
        product_id="prod_tickets",
        **fields,
    )


def before(items: list[RoadmapItem], **changes: dict[str, Any]) -> list[RoadmapItem]:
    """The items as they were: `changes` names the fields that were different, by item."""
    return [RoadmapItem.model_validate({**each.model_dump(), **changes.get(each.id, {})}) for each in items]


def snapshots(items: list[RoadmapItem]) -> list[Snapshot]:
    """Three months: a rename and a slip in September; a split, a lost precision and a drop in October."""
    alone = [each for each in items if each.id != "item_19"]
    october = before(
        alone,
        item_08={"description": "One passenger or a group."},
        item_10={"bucket": TimeBucket.parse("2026-12-15")},
        item_16={"horizon": "later", "status": "idea"},
        item_01={"horizon": "now", "status": "doing", "delivered_on": None},
    )
    september = before(
        october,
        item_02={"title": "Réservation de groupe"},
        item_06={"bucket": TimeBucket.quarter(2026, 4)},
        item_17={"horizon": "now", "status": "doing", "delivered_on": None},
    )
    return [
        Snapshot(at=at, items=tuple(there))
        for at, there in ((FIRST, september), (SECOND, october), (THIRD, before(items)))
    ]


def events() -> list[ChangeEvent]:
    """Why it changed, as far as somebody said so; nobody said why the café was dropped."""
    slip = {
        "old": TimeBucket.quarter(2026, 4).model_dump(mode="json"),
        "new": TimeBucket.quarter(2027, 1).model_dump(mode="json"),
    }
    rows: list[dict[str, Any]] = [
        {"entity_id": "item_06", "field": "bucket", "reason": "The seat plans of two ships are missing.", **slip},
        {"entity_id": "item_02", "field": "title", "old": "Réservation de groupe", "new": "Group tickets"},
    ]
    return [
        ChangeEvent(
            entity_kind="roadmap_item", at=datetime(2026, 9, 14, 10, tzinfo=UTC), by="email:mira@example.com", **row
        )
        for row in rows
    ]


def roadmap() -> Roadmap:
    """The roadmap at the last snapshot."""
    return made(
        Roadmap,
        "tickets",
        title="Ferry tickets",
        product_id="prod_tickets",
        items=[item(line) for line in ITEM_LINES.strip().splitlines()],
        objectives=objectives(),
        themes=[theme(key, name) for key, name in THEMES.items()],
    )
