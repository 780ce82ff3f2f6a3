"""What a view yields is the model, which has no such field."""

from productops import Mapping, RoadmapItem
from productops.connectors import Memory

view = Mapping(RoadmapItem, title="Name").on(Memory().collection("ideas", fields={"Name": "text"}))
names = [item.name for item in view]  # expect: attr-defined
