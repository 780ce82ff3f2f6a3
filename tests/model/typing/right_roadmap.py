"""A roadmap, two snapshots and what changed."""

from datetime import UTC, date, datetime

from productops import PersonRef, Roadmap, RoadmapItem, TimeBucket
from productops.model.base import new_id
from productops.model.roadmap_diff import RoadmapDiff, diff
from productops.model.roadmap_measures import churn
from productops.model.share import ItemShare

item = RoadmapItem(
    id=new_id("item"), title="CSV export", bucket=TimeBucket.quarter(2026, 4), owner=PersonRef(name="Ada")
)
roadmap = Roadmap(title="Shop", items=[item], external=[])
before = roadmap.snapshot(datetime(2026, 9, 1, tzinfo=UTC))
item.due = date(2026, 12, 1)
changes: RoadmapDiff = diff(before, roadmap.snapshot(datetime(2026, 10, 1, tzinfo=UTC)))
reasons: list[str | None] = [change.reason for change in changes.changes]
share: ItemShare = churn(before, changes)
found: RoadmapItem | None = roadmap.get("item_1")
label: str = item.when.label if item.when else "no date"
