"""A user's own entity, with an upgrade of old data."""

from typing import ClassVar

from productops import RoadmapItem
from productops.model.base import Entity, ExternalRef, NonEmpty, OpenEnum


class Mood(OpenEnum):
    """How it felt."""

    FINE = "fine"
    UNKNOWN = "unknown"


class Retro(Entity):
    """What a team said."""

    id_prefix: ClassVar[str] = "retro"
    title: NonEmpty
    mood: Mood = Mood.UNKNOWN


class BigItem(RoadmapItem):
    """An item with a budget."""

    budget: int = 0


retro = Retro(title="Spring")
retro.take("mood", Mood.read("so-so"))
there: ExternalRef | None = retro.ref("notion")
item = BigItem(title="Two", budget=5)
budget: int = item.budget
schema: dict[str, object] = Retro.json_schema()
