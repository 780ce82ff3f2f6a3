"""What a roadmap's changes amount to: churn, delivery on time, and the order its dependencies allow."""

from collections.abc import Callable, Iterable
from datetime import date

from productops.model.dependencies import in_order
from productops.model.roadmap import ItemStatus, RoadmapItem, Snapshot
from productops.model.roadmap_diff import ChangeKind, RoadmapDiff
from productops.model.share import ItemShare

# An item counts as changed by these; a new owner, confidence or wording changes no promise.
CHURN_KINDS = frozenset(
    {
        ChangeKind.REMOVED,
        ChangeKind.MERGED,
        ChangeKind.MOVED_EARLIER,
        ChangeKind.MOVED_LATER,
        ChangeKind.HORIZON,
        ChangeKind.RESCOPED,
    }
)


def is_committed(item: RoadmapItem) -> bool:
    """What the item says of itself; pass another rule where yours differs."""
    return item.committed


def churn(
    before: Snapshot,
    changes: RoadmapDiff,
    *,
    kinds: frozenset[ChangeKind] = CHURN_KINDS,
    committed: Callable[[RoadmapItem], bool] = is_committed,
) -> ItemShare:
    """Committed items that changed ÷ committed items at the start; done on the way is no churn, dropped is.

    Which kinds count is a setting (the default is ours), and so is what committed means.
    """
    at_start = {item.id for item in before.items if committed(item)}
    changed = []
    for change in changes.changes:
        dropped = change.kind is ChangeKind.STATUS and change.new == ItemStatus.DROPPED.value
        delivered = change.kind is ChangeKind.HORIZON and change.new == "done"
        if change.item_id in at_start and (dropped or (change.kind in kinds and not delivered)):
            changed.append(change.item_id)
    ids = tuple(dict.fromkeys(changed))
    return ItemShare(part=len(ids), whole=len(at_start), ids=ids)


def on_time(
    before: Snapshot,
    after: Snapshot,
    *,
    as_of: date,
    committed: Callable[[RoadmapItem], bool] = is_committed,
) -> ItemShare:
    """Items delivered by the end of their original time ÷ items committed at the start with a time.

    Items not delivered whose original time is not over by `as_of` are pending and not counted. An item done
    without `delivered_on` is not on time, for nobody knows; one delivered early is. `ids` are those on time.
    """
    now = {item.id: item for item in after.items}
    good, of, pending = [], 0, 0
    for item in before.items:
        end = item.when.end if item.when else None
        if not committed(item) or end is None:
            continue
        delivered = now[item.id].delivered_on if item.id in now else None
        if delivered is not None and delivered <= as_of:
            of += 1
            if delivered <= end:
                good.append(item.id)
        elif as_of <= end and item.id in now and committed(now[item.id]):
            pending += 1
        else:
            of += 1
    return ItemShare(part=len(good), whole=of, ids=tuple(good), pending=pending)


def dependency_order(items: Iterable[RoadmapItem]) -> list[str]:
    """The ids of all items, each after those it depends on, else in the order of ids.

    Dependencies on items that are not given are no hindrance. Raises DependencyCycle.

    >>> api = RoadmapItem(id="item_2", title="API")
    >>> dependency_order([RoadmapItem(id="item_1", title="App", dependencies=["item_2"]), api])
    ['item_2', 'item_1']
    """
    listed = sorted(items, key=lambda item: item.id)
    titles = {item.id: item.title for item in listed}
    return in_order({item.id: item.dependencies for item in listed}, titles)


def missing_dependencies(items: Iterable[RoadmapItem]) -> dict[str, list[str]]:
    """For each item the dependencies that are not among the items given."""
    listed = list(items)
    known = {item.id for item in listed}
    found = {item.id: [key for key in item.dependencies if key not in known] for item in listed}
    return {key: missing for key, missing in found.items() if missing}
