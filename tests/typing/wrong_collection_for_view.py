"""A collection where a view is wanted: the mapping was forgotten."""

from productops import Mapping, RoadmapItem, Sync
from productops.connectors import Memory

table = Memory().collection("ideas", fields={"Name": "text"})
view = Mapping(RoadmapItem, title="Name").on(table)
sync = Sync("ideas", left=view, right=table)  # expect: arg-type
