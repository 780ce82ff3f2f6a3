"""A score without the period that its reach is counted in."""

from productops.model.roadmap import RoadmapItem
from productops.model.scores import rice

item = RoadmapItem(title="CSV export", scores={"rice": rice(500, 2, 0.8, 3)})  # expect: call-arg
