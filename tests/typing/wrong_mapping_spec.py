"""A mapping takes names and codecs; a list of names is neither."""

from productops import Mapping, RoadmapItem, markdown

mapping = Mapping(
    RoadmapItem,
    description=markdown("Notes"),
    title=["Name", "Title"],  # expect: arg-type
)
