"""A launch, its day, and the one error for all illegal steps."""

from datetime import date

from productops.model.launch import Launch
from productops.model.launch_status import LaunchStatus
from productops.model.timebox import TimeBucket
from productops.model.transitions import IllegalTransition

launch = Launch(name="Checkout 2", tier=1, target=TimeBucket.day(date(2026, 12, 1)))
try:
    launch.move(LaunchStatus.PLANNED, on=date(2026, 9, 1))
except IllegalTransition as error:
    why: str = str(error)
day: date | None = launch.day
headline: str = launch.readiness(as_of=date(2026, 11, 2)).headline()
