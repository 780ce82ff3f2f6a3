"""A view yields the model it maps, and pairs of record and model."""

from productops import Mapping, RoadmapItem
from productops.connectors import Memory

table = Memory().collection("ideas", fields={"Name": "text", "Stage": ["Inbox", "Shipped"]})
view = Mapping(RoadmapItem, title="Name", status="Stage").on(table)
titles: list[str] = [item.title for item in view]
keys: dict[str, str | None] = {item.id: record.key for record, item in view.pairs()}
