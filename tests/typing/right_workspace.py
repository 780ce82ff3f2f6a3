"""A workspace gives back what went in, and says what it finds."""

from datetime import UTC, datetime

from productops import Feedback, RoadmapItem, Workspace

ws = Workspace("product.db", by="ada")
note: Feedback = ws.add(Feedback(text="x"), reason="asked", at=datetime(2026, 1, 1, tzinfo=UTC))
item: RoadmapItem = ws.get(RoadmapItem, "item_1")
titles: list[str] = [found.title for found in ws.find(RoadmapItem, lambda item: item.near, status="doing")]
earlier: RoadmapItem = ws.as_of(datetime(2026, 1, 1, tzinfo=UTC)).get(RoadmapItem, "item_1")
fields: list[str] = [event.field for event in ws.history(item)]
