"""A launch, its readiness and a decision."""

from datetime import UTC, date, datetime

from productops import Checklist, Launch, PersonRef, TimeBucket
from productops.model.checklist import ChecklistItem
from productops.model.decision import Decision
from productops.model.readiness import Gate, Readiness

launch = Launch(name="Checkout 2", target=TimeBucket.day(date(2026, 12, 1)), gates=[Gate(key="go", name="Go")])
launch.checklist = Checklist(items=[ChecklistItem(title="Price list", gate="go")])
launch.move("planned", on=date(2026, 9, 1))
seen: Readiness = launch.readiness(date(2026, 11, 2), gate="go")
why: list[str] = [reason.why for reason in seen.blockers]
progress: float | None = seen.progress
decision: Decision = launch.decide(
    "go", "no_go", by=[PersonRef(name="Bo")], at=datetime(2026, 11, 27, tzinfo=UTC), reconvene_on=date(2026, 12, 4)
)
ready: bool = bool(seen)
