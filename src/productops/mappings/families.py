"""Entities that live in two places, put together: a launch and the items of its checklist."""

from __future__ import annotations

from collections.abc import Iterator

from productops.model.checklist import Checklist, ChecklistItem
from productops.model.launch import Launch
from productops.sdk.mapping import View


def launches(launch_view: View[Launch], item_view: View[ChecklistItem]) -> Iterator[Launch]:
    """Yield every launch of one collection with its checklist from another, whose items link to their launch.

    The mapping of the items needs ``launch_id=ref(...)``. An item whose launch is not shown is left out.

    ::

        for launch in launches(load("notion", Launch).on(plans), load("notion", ChecklistItem).on(items)):
            print(launch.readiness(as_of=date.today()))
    """
    items: dict[str, list[ChecklistItem]] = {}
    for _, item in item_view.pairs():
        if item.launch_id is not None:
            items.setdefault(item.launch_id, []).append(item)
    for record, launch in launch_view.pairs():
        mine = [item.model_copy(update={"launch_id": launch.id}) for item in items.get(record.id, ())]
        launch.checklist = Checklist(items=mine)
        yield launch
