"""Names that a roadmap item does not have."""

from productops import RoadmapItem

item = RoadmapItem(title="CSV export", deadline="2026-12-01")  # expect: call-arg
str(item.deadline)  # expect: attr-defined
RoadmapItem()  # expect: call-arg
