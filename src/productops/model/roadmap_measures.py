"""What a roadmap's changes amount to: churn, delivery on time, and the order its dependencies allow."""

from collections.abc import Callable, Iterable
from datetime import date
from graphlib import CycleError, TopologicalSorter

from productops.model.base import Value
from productops.model.dependencies import DependencyCycle
from productops.model.roadmap import ItemStatus, RoadmapItem, Snapshot
from productops.model.roadmap_diff import ChangeKind, RoadmapDiff

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


class Rate(Value):
    """A share of committed items; `pending` ones are left out because their time is not over."""

    share: float | None
    count: int
    of: int
    pending: int = 0
    item_ids: tuple[str, ...] = ()


def is_committed(item: RoadmapItem) -> bool:
    """What the item says of itself; pass another rule where yours differs."""
    return item.committed


def churn(
    before: Snapshot,
    changes: RoadmapDiff,
    *,
    kinds: frozenset[ChangeKind] = CHURN_KINDS,
    committed: Callable[[RoadmapItem], bool] = is_committed,
) -> Rate:
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
    return Rate(share=len(ids) / len(at_start) if at_start else None, count=len(ids), of=len(at_start), item_ids=ids)


def on_time(
    before: Snapshot,
    after: Snapshot,
    *,
    as_of: date,
    committed: Callable[[RoadmapItem], bool] = is_committed,
) -> Rate:
    """Items delivered by the end of their original time ÷ items committed at the start with a time.

    Items not delivered whose original time is not over by `as_of` are pending and not counted. An item done
    without `delivered_on` is not on time, for nobody knows; one delivered early is. `item_ids` are those on time.
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
    share = len(good) / of if of else None
    return Rate(share=share, count=len(good), of=of, pending=pending, item_ids=tuple(good))


def dependency_order(items: Iterable[RoadmapItem]) -> list[str]:
    """The ids of all items, each after those it depends on, else in the given order of ids.

    Dependencies on items that are not given are no hindrance. Raises DependencyCycle.

    >>> api = RoadmapItem(id="item_2", title="API")
    >>> dependency_order([RoadmapItem(id="item_1", title="App", dependencies=["item_2"]), api])
    ['item_2', 'item_1']
    """
    listed = sorted(items, key=lambda item: item.id)
    titles = {item.id: item.title for item in listed}
    sorter = TopologicalSorter({item.id: [d for d in item.dependencies if d in titles] for item in listed})
    try:
        sorter.prepare()
    except CycleError as error:
        # The sorter names each item before the one that waits for it; people read "waits for".
        raise DependencyCycle(list(reversed(error.args[1])), titles) from None
    ordered: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        ordered += ready
        sorter.done(*ready)
    return ordered


def missing_dependencies(items: Iterable[RoadmapItem]) -> dict[str, list[str]]:
    """For each item the dependencies that are not among the items given."""
    listed = list(items)
    known = {item.id for item in listed}
    found = {item.id: [key for key in item.dependencies if key not in known] for item in listed}
    return {key: missing for key, missing in found.items() if missing}
