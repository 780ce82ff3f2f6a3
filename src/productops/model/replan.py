"""What a new tier, kind or template revision would change in a live checklist; a value first, applied on request."""

from collections.abc import Collection, Iterator
from datetime import date

from pydantic import Field, JsonValue

from productops.model.base import Value
from productops.model.checklist import Checklist, ChecklistItem, RemovedItem
from productops.model.checklist_template import ChecklistTemplate, ItemTemplate, item_from
from productops.model.launch_status import LaunchKind
from productops.model.timebox import TimeBucket

FOLLOWED = ("need", "title", "area", "gate", "owner_role", "offset", "duration_days", "evidence_required", "depends_on")


class FieldChange(Value):
    """One field of one item that the template now has otherwise."""

    item_id: str
    key: str
    title: str
    field: str
    old: JsonValue = None
    new: JsonValue = None


class KeptItem(Value):
    """An item the template no longer asks for, which stays all the same, and why."""

    item_id: str
    title: str
    why: str


class ChecklistDiff(Value):
    """What a re-plan would do; it never removes or changes an item that is done.

    Printing it gives one line a change; it is falsy when there is nothing to do.
    """

    template_key: str
    template_revision: int
    tier: int
    kind: LaunchKind
    as_of: date
    add: tuple[ItemTemplate, ...] = ()
    remove: tuple[str, ...] = ()
    changes: tuple[FieldChange, ...] = ()
    kept: tuple[KeptItem, ...] = ()
    titles: dict[str, str] = Field(default_factory=dict)

    @property
    def need_changed(self) -> tuple[FieldChange, ...]:
        """The changes of need alone."""
        return tuple(change for change in self.changes if change.field == "need")

    def __bool__(self) -> bool:
        return bool(self.add or self.remove or self.changes)

    def __repr__(self) -> str:
        return f"<ChecklistDiff +{len(self.add)} -{len(self.remove)} ~{len(self.changes)} kept {len(self.kept)}>"

    def __str__(self) -> str:
        lines = [f"add: {line.title} ({line.need_for(self.tier).value})" for line in self.add]
        lines += [f"remove: {self.titles.get(item_id, item_id)}" for item_id in self.remove]
        lines += [f"change: {each.title}, {each.field}: {each.old} → {each.new}" for each in self.changes]
        lines += [f"keep: {each.title} ({each.why})" for each in self.kept]
        return "\n".join(lines) or "nothing to change"


def plan_changes(
    checklist: Checklist, template: ChecklistTemplate, tier: int, kind: LaunchKind | str, *, as_of: date
) -> ChecklistDiff:
    """Compare a live checklist with what a template gives a launch of that tier and kind now.

    Items added by hand are left alone. An item the template no longer asks for is removed unless it is done,
    pinned, or carries evidence or a waiver, for then somebody put work or a decision into it.
    """
    lines = {line.key: line for line in template.items_for(tier, kind)}
    live = {item.template_key: item for item in checklist.items if item.template_key is not None}
    gone = [item for key, item in live.items() if key not in lines]
    kept = [KeptItem(item_id=item.id, title=item.title, why=why) for item in gone if (why := why_kept(item, as_of))]
    kept_ids = {each.item_id for each in kept}
    remove = [item for item in gone if item.id not in kept_ids]
    unplanned = {item.key for item in checklist.items if item not in remove} - lines.keys()
    return ChecklistDiff(
        template_key=template.key,
        template_revision=template.revision,
        tier=tier,
        kind=LaunchKind(kind),
        as_of=as_of,
        add=tuple(line for key, line in lines.items() if key not in live),
        remove=tuple(item.id for item in remove),
        changes=tuple(
            change
            for key, item in live.items()
            if not item.is_done(as_of)
            for change in field_changes(item, lines.get(key), tier, unplanned)
        ),
        kept=tuple(kept),
        titles={item.id: item.title for item in remove},
    )


def why_kept(item: ChecklistItem, as_of: date) -> str | None:
    """Why an item stays although the template no longer asks for it, or None."""
    reasons = {
        "it is done": item.is_done(as_of) or item.done_on is not None,
        "its date is pinned": item.due_pinned,
        "it has evidence": bool(item.evidence),
        "it has a waiver": item.waiver is not None,
    }
    return next((why for why, holds in reasons.items() if holds), None)


def field_changes(
    item: ChecklistItem, line: ItemTemplate | None, tier: int, unplanned: Collection[str]
) -> Iterator[FieldChange]:
    """Fields which differ from the template; dependencies on items outside the template are kept."""
    old = item.model_dump(mode="json", include=set(FOLLOWED))
    if line is None:  # the item is removed, or kept as it is
        return
    new = item_from(line, tier, date.min).model_dump(mode="json", include=set(FOLLOWED))
    by_hand = [key for key in item.depends_on if key in unplanned]
    new["depends_on"] = [*new["depends_on"], *(key for key in by_hand if key not in new["depends_on"])]
    for field in FOLLOWED:
        if old[field] != new[field]:
            yield FieldChange(
                item_id=item.id, key=item.key, title=item.title, field=field, old=old[field], new=new[field]
            )


def apply_changes(
    checklist: Checklist, diff: ChecklistDiff, target: TimeBucket, *, holidays: Collection[date] = ()
) -> Checklist:
    """The checklist after a re-plan, as a new value; the old one is left as it was.

    Due days of what is neither done nor pinned are computed anew. Items finished since the diff was made stay.
    """
    fresh = checklist.model_copy(deep=True)
    leaving = [item for item in fresh.items if item.id in diff.remove and why_kept(item, diff.as_of) is None]
    gone = {item.id for item in leaving}
    items = [item for item in fresh.items if item.id not in gone]
    by_id = {item.id: item for item in items}
    for change in diff.changes:
        item = by_id.get(change.item_id)
        if item is not None and not item.is_done(diff.as_of):
            setattr(item, change.field, change.new)
    launch_id = next((item.launch_id for item in fresh.items if item.launch_id), None)
    there = {item.key for item in items}
    items += [item_from(line, diff.tier, diff.as_of, launch_id) for line in diff.add if line.key not in there]
    removed = [
        RemovedItem(key=item.key, title=item.title, added_on=item.added_on, removed_on=diff.as_of) for item in leaving
    ]
    return rebuilt(fresh, diff, items, removed, target, holidays)


def rebuilt(
    fresh: Checklist,
    diff: ChecklistDiff,
    items: list[ChecklistItem],
    removed: list[RemovedItem],
    target: TimeBucket,
    holidays: Collection[date],
) -> Checklist:
    """Put a checklist together again, without arrows to items that left, and with fresh due days."""
    keys = {item.key for item in items}
    for item in items:
        item.depends_on = tuple(key for key in item.depends_on if key in keys)
    again = Checklist(
        **{
            **{name: getattr(fresh, name) for name in Checklist.model_fields},
            "items": items,
            "removed": (*fresh.removed, *removed),
            "template_key": diff.template_key,
            "template_revision": diff.template_revision,
        }
    )
    again.reschedule(target, diff.as_of, holidays)
    return again
