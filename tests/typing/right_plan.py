"""A plan is read, saved, loaded and applied; the report is counted."""

from pathlib import Path

from productops import Plan, Sync
from productops.sync.report import Report


def careful(sync: Sync, path: Path, most: int) -> Report | None:
    """Apply a plan from a file unless it writes too much."""
    sync.plan().to_json(path)
    plan = Plan.from_json(path)
    if not plan or plan.writes > most or plan.blocked:
        return None
    return sync.apply(plan, confirm=plan.id)


def tell(report: Report) -> str:
    """One line about a run."""
    return f"{report.writes} written, {sum(report.created.values())} new, {len(report.problems)} problems"
