"""An item's time may be missing, and who asks it has to look."""

from productops.model.roadmap import RoadmapItem

item = RoadmapItem(title="CSV export")
label: str = item.bucket.label  # expect: union-attr
