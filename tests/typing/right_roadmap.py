"""Roadmap items with times and scores."""

from datetime import date

from productops.model.roadmap import Horizon, ItemStatus, RoadmapItem
from productops.model.scores import Score, rank, rice
from productops.model.timebox import TimeBucket

score: Score = rice(500, 2, 0.8, 3, period="quarter", as_of=date(2026, 9, 1))
item = RoadmapItem(title="CSV export", status=ItemStatus.PLANNED, horizon=Horizon.NEXT,
                   bucket=TimeBucket.quarter(2026, 4), scores={"rice": score})  # fmt: skip
later = item.bucket.shift(1).label if item.bucket else "no time"
places: list[int | None] = [place.rank for place in rank({item.id: score})]
start: date | None = item.when.start if item.when is not None else None
