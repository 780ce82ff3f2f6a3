"""A codec of one's own, used in a mapping beside the others."""

from typing import Any

from productops import Mapping, RoadmapItem, once, read_only
from productops.sdk.codecs import Codec, HeldValueError
from productops.sdk.mapping import Spot


class Percent(Codec):
    """A share that the service shows as a percentage."""

    def decode(self, value: Any, spot: Spot) -> float:
        """Return the share."""
        if not isinstance(value, int | float):
            raise HeldValueError(f"{spot.where} is no number")
        return value / 100

    def encode(self, value: Any, spot: Spot) -> float | None:
        """Return the percentage."""
        return None if value is None else float(value) * 100


mapping: Mapping[RoadmapItem] = Mapping(
    RoadmapItem, title=once("Name"), confidence=Percent("Sure"), points=read_only(Percent("Points"))
)
