"""Templates of checklists: which items a launch of a tier and kind gets, and when they are due."""

from collections.abc import Collection
from datetime import date
from typing import ClassVar, Self

from pydantic import Field, model_validator

from productops.model.base import NonEmpty, Value
from productops.model.checklist import Checklist, ChecklistItem, Need, WrittenOffset
from productops.model.dependencies import DependencyCycle, find_cycle
from productops.model.launch_status import LaunchKind
from productops.model.timebox import TimeBucket
from productops.model.whole import WholeEntity, refuse_doubles


class ItemTemplate(Value):
    """One line of a template.

    `tiers` (ranks, 1 is the biggest) and `kinds` say which launches it is for; empty means all. `need_by_tier`
    overrides `need`. `depends_on` names other lines by key.
    """

    key: NonEmpty
    title: NonEmpty
    area: NonEmpty = "general"
    owner_role: str | None = None
    tiers: tuple[int, ...] = ()
    kinds: tuple[LaunchKind, ...] = ()
    need: Need = Need.MUST
    need_by_tier: dict[int, Need] = Field(default_factory=dict)
    offset: WrittenOffset | None = None
    duration_days: int | None = Field(default=None, ge=0)
    depends_on: tuple[NonEmpty, ...] = ()
    evidence_required: bool = False
    gate: NonEmpty | None = None

    def applies(self, tier: int, kind: LaunchKind) -> bool:
        """Whether a launch of that tier and kind gets the item."""
        return (not self.tiers or tier in self.tiers) and (not self.kinds or kind in self.kinds)

    def need_for(self, tier: int) -> Need:
        """How badly a launch of that tier needs it."""
        return self.need_by_tier.get(tier, self.need)


class ChecklistTemplate(WholeEntity):
    """A reusable checklist; live launches change only when somebody applies a re-plan.

    Two lines with one key, a dependency on a line that does not exist, and circles raise ValueError.

    >>> template = ChecklistTemplate(key="standard", name="Standard", items=[
    ...     ItemTemplate(key="price", title="Price list", offset="T-6w"),
    ...     ItemTemplate(key="film", title="Film", tiers=[1], offset="T-2w", depends_on=["price"])])
    >>> [item.title for item in template.items_for(tier=2, kind="ga")]
    ['Price list']
    >>> template.instantiate(1, "ga", TimeBucket.day(date(2026, 12, 1)), as_of=date(2026, 9, 1)).items[0].due
    datetime.date(2026, 10, 20)
    """

    id_prefix: ClassVar[str] = "ctmpl"

    key: NonEmpty
    name: NonEmpty
    revision: int = Field(default=1, ge=1)
    items: tuple[ItemTemplate, ...] = ()

    @model_validator(mode="after")
    def keys_fit(self) -> Self:
        """Refuse doubled keys, unknown dependencies and circles."""
        keys = [item.key for item in self.items]
        refuse_doubles("keys", keys, " in the template")
        for item in self.items:
            unknown = [key for key in item.depends_on if key not in keys]
            if unknown:
                raise ValueError(f"{item.key!r} depends on {', '.join(unknown)}, which the template does not have")
        if cycle := find_cycle({item.key: item.depends_on for item in self.items}):
            raise DependencyCycle(cycle)
        return self

    def items_for(self, tier: int, kind: LaunchKind | str) -> list[ItemTemplate]:
        """The lines a launch gets; what depended on a line it does not get depends on what that one waited for."""
        wanted = LaunchKind(kind)
        chosen = {item.key for item in self.items if item.applies(tier, wanted)}
        return [
            item.model_copy(update={"depends_on": self.bridged(item, chosen)})
            for item in self.items
            if item.key in chosen
        ]

    def bridged(self, item: ItemTemplate, chosen: Collection[str]) -> tuple[str, ...]:
        """The dependencies of a line among the chosen ones, across those left out."""
        by_key = {other.key: other for other in self.items}
        found: dict[str, None] = {}
        seen: set[str] = set()
        stack = list(reversed(item.depends_on))
        while stack:
            key = stack.pop()
            if key in seen:
                continue
            seen.add(key)
            if key in chosen:
                found.setdefault(key)
            else:
                stack.extend(reversed(by_key[key].depends_on))
        return tuple(found)

    def instantiate(
        self,
        tier: int,
        kind: LaunchKind | str,
        target: TimeBucket,
        *,
        as_of: date,
        holidays: Collection[date] = (),
        launch_id: str | None = None,
    ) -> Checklist:
        """A new checklist for a launch, its items added on `as_of` and due by the target."""
        lines = self.items_for(tier, kind)
        items = [item_from(line, tier, as_of, launch_id) for line in lines]
        checklist = Checklist(template_key=self.key, template_revision=self.revision, items=items)
        checklist.reschedule(target, as_of, holidays)
        return checklist


def item_from(line: ItemTemplate, tier: int, added_on: date, launch_id: str | None = None) -> ChecklistItem:
    """A live item from a template's line, without its due day."""
    return ChecklistItem(
        title=line.title,
        launch_id=launch_id,
        template_key=line.key,
        area=line.area,
        need=line.need_for(tier),
        gate=line.gate,
        owner_role=line.owner_role,
        offset=line.offset,
        duration_days=line.duration_days,
        depends_on=line.depends_on,
        evidence_required=line.evidence_required,
        added_on=added_on,
    )
