"""What needs no service: a workspace, and jobs over feedback."""

from __future__ import annotations

from functools import cache
from typing import Any

from benchmarks import model, notes, workspace
from benchmarks.job import Job

Prepared = dict[str, Any]
held: Prepared = {}  # what was made before the measured work


def prepare_workspace_add(job: Job) -> None:
    """Make the notes."""
    held["notes"] = list(workspace.notes(job.records))


def workspace_add(job: Job) -> int:
    """Add all notes to a new workspace in one batch."""
    from productops.workspace.home import Workspace

    file = job.folder / "new.db"
    for each in job.folder.glob("new.db*"):
        each.unlink()
    with Workspace(file, by="bench") as ws:
        ws.add_all(held["notes"])
    return len(held["notes"])


def prepare_workspace_read(job: Job) -> None:
    """Fill a workspace."""
    prepare_workspace_add(job)
    workspace_add(job)
    held.clear()


def workspace_read(job: Job) -> int:
    """Iterate over all notes of a workspace."""
    from productops.model.feedback import Feedback
    from productops.workspace.home import Workspace

    with Workspace(job.folder / "new.db", read_only=True) as ws:
        return sum(1 for _ in ws.all(Feedback))


def prepare_demand(job: Job) -> None:
    """Make notes, in groups, and the accounts that wrote them."""
    found, accounts, _insights, _closures = model.world(job.records)
    groups: dict[str, list[Any]] = {}
    for note in found:
        groups.setdefault(note.theme or "", []).append(note)
    held.update(groups=groups, accounts=accounts)


def demand(job: Job) -> int:
    """Compute the table of demand: who asks for what, and what that is worth."""
    table = model.demand_table(held["groups"], held["accounts"], as_of=model.NOW.date())
    assert len(table.index if hasattr(table, "index") else list(table)) == len(held["groups"])
    return job.records


@cache
def _pile(count: int) -> list[str]:
    return notes.pile(count, seed=5)[0][:count]


def prepare_duplicates(job: Job) -> None:
    """Make notes, two in five of them with spoilt copies."""
    _pile(job.records)


def duplicates(job: Job) -> int:
    """Find the copies among all notes."""
    from productops.insights.duplicates import duplicates as find

    groups = find(_pile(job.records))
    assert len(groups) > job.records / 20
    return job.records
