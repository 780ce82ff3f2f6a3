"""After the last write of a change: what is agreed now, pair by pair, and an inbox without what is settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from productops.sync.memory import tables as t
from productops.sync.memory.lease import Lease
from productops.sync.plan import Change
from productops.sync.reading.pair import Pair
from productops.sync.reading.reader import inbox_row
from productops.sync.report import Report
from productops.sync.writing import agreed
from productops.sync.writing.task import Task
from productops.sync.writing.undelete import finish_revived


def finish(pair: Pair, report: Report, lease: Lease, window: Sequence[Task]) -> None:
    """Commit what is agreed now by the changes that were not finished together with their last write."""
    tasks = [task for task in window if not task.held_up and not task.finished]
    if tasks:
        with pair.state.transaction():
            lease.renew()
            finish_within(pair, report, tasks)
            pair.state.bump()


def finish_within(pair: Pair, report: Report, tasks: Sequence[Task]) -> None:
    """Note what is agreed now, and empty the inbox of what is settled, inside the caller's transaction."""
    for task in tasks:
        task.finished = True
    halves = [op for task in tasks for op in task.halves]
    pair.state.whole_intents(halves)
    _close_conflicts(pair, [task.change for task in tasks if task.change.settles])
    _deleted(pair, [task for task in tasks if task.change.kind == "delete"])
    tasks = [task for task in tasks if task.change.kind != "delete"]
    _linked(pair, report, [task.change for task in tasks if task.change.kind == "link"])
    finish_revived(pair, [task.change for task in tasks if task.change.kind == "restore"])
    bases, doubts = {}, {}
    for task in tasks:
        bases[task.change.link], doubts[task.change.link] = agreed.agreed_base(pair, task.change, task.echoes)
    pair.state.merge_base(bases, fresh={task.change.link for task in tasks if task.fresh})
    _empty_inbox(pair, report, tasks, doubts)


def _deleted(pair: Pair, tasks: Sequence[Task]) -> None:
    for task in tasks:
        pair.state.set_link_state(task.change.link, "undone" if task.change.undoes else "deleted")
        for table in (t.tombstones, t.inbox, t.ends):
            pair.state.drop(table, link=task.change.link)


def _linked(pair: Pair, report: Report, changes: Sequence[Change]) -> None:
    if not changes:
        return
    ends = {
        change.link: {side: (remote, change.labels.get(side, {})) for side, remote in change.ends.items()}
        for change in changes
    }
    pair.state.save_links(ends, pair.now())
    report.linked += len(changes)


def _close_conflicts(pair: Pair, changes: Sequence[Change]) -> None:
    settled = {id_ for change in changes for id_ in change.settles}
    links = [change.link for change in changes]
    for conflict in pair.state.conflicts("open", "decided", links=links) if links else ():
        if conflict.id in settled:
            conflict.state = "closed"
            pair.state.save_conflict(conflict, pair.now())


def _empty_inbox(pair: Pair, report: Report, tasks: Sequence[Task], doubts: Mapping[str, Sequence[str]]) -> None:
    """Take out what is settled; put in what an answer showed beyond what was asked."""
    settled, stays, shown = [], [], []
    now = pair.now().timestamp()
    for task in tasks:
        change = task.change
        if change.kind == "restore":
            continue  # both are read again
        for name in doubts[change.link]:
            report.problem(f"{change.name}: {name} was sent, and the service shows something else")
        done = change.complete and not doubts[change.link]
        for side, remote in change.ends.items():
            echo = task.echoes.get(side)
            whole = echo is None or echo.cells.keys() >= pair.lanes.keys()
            if done and whole and not agreed.surprises(pair, change, echo):
                settled.append((side, remote, change.stamps.get(side, now)))
            elif echo is not None and whole:
                shown.append(inbox_row(pair, side, echo, change.link))
            elif echo is not None:
                pair.state.mark_dirty(side, [remote], pair.now())
            else:
                stays.append((side, remote, change.link))
    pair.state.settle_seen(settled)
    _doubt_older_looks(pair, [task.change for task in tasks])
    pair.state.link_seen(stays)
    pair.state.receive(shown)


def _doubt_older_looks(pair: Pair, changes: Sequence[Change]) -> None:
    """Have the records read again that another runner saw after the plan and, for all we know, before our write.

    What it saw would look as if somebody had taken the write back, and be carried to the other side.
    """
    written = {
        (change.link, write.side): change.ends[write.side]
        for change in changes
        for write in change.writes
        if write.kind == "update" and write.fields
    }
    seen = pair.state.inbox_of(sorted({link for link, _ in written})) if written else {}
    for (link, side), remote in written.items():
        row = seen.get((link, side))
        if row is not None and row.seen and pair.collection(side).features.get:
            pair.state.mark_dirty(side, [remote], pair.now())
