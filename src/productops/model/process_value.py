"""What processes cost and give back: hours a month, the budget of each PM, viability, and when to let one go."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from productops.model.base import EntityId, NonEmpty, Value
from productops.model.process import RUNNING, Process, ProcessFeedback, ProcessStatus, Run
from productops.model.scores import Score
from productops.model.share import Share
from productops.model.spread import Spread

HOUR = 60


def monthly_cost(process: Process, people: float, *, as_of: date, launches_per_month: float | None = None) -> Score:
    """Planned PM-hours a month: runs a month × people × minutes of the version in force / 60.

    Source of the formula: the project's notes on minimum viable processes; weekly, 4 PMs, 30 minutes make 8.67 h.
    What is missing (a cadence, a version, the launches a month) makes the value None, with a warning.
    """
    if people < 0:
        raise ValueError(f"people is at least 0, not {people:g}")
    version = process.current(as_of)
    runs = process.cadence.runs_per_month(launches_per_month) if process.cadence else None
    warnings = []
    if process.cadence is None:
        warnings.append("the process has no cadence")
    elif runs is None:
        warnings.append("the process runs per launch: say how many launches a month there are")
    if version is None:
        warnings.append(f"no version is in force on {as_of.isoformat()}")
    minutes = version.minutes if version else None
    return Score(
        value=None if runs is None or minutes is None else runs * people * minutes / HOUR,
        method="process_cost_hours_per_month",
        inputs={"runs_per_month": runs, "people": people, "minutes": minutes},
        warnings=tuple(warnings),
        as_of=as_of,
    )


def hours_spent(process: Process, runs: Iterable[Run], start: date, as_of: date) -> float:
    """Hours the recorded runs really took from `start` to `as_of`: minutes × participants / 60, summed."""
    return sum(
        run.minutes * run.participants / HOUR
        for run in runs
        if run.process_id == process.id and start <= run.on <= as_of
    )


def net_hours(saved: float | None, cost: float | None) -> Score:
    """Hours saved − hours cost, over one period; a missing side makes the value None, never 0.

    >>> net_hours(12, 8.5).value
    3.5
    """
    missing = [name for name, hours in (("saved", saved), ("cost", cost)) if hours is None]
    return Score(
        value=None if saved is None or cost is None else saved - cost,
        method="net_hours",
        inputs={"saved": saved, "cost": cost},
        warnings=tuple(f"the hours {name} are not known" for name in missing),
    )


class PersonLoad(Value):
    """The hours a month that processes take from one person.

    `over` is None where a process could not be counted and the known hours alone stay within the cap.
    """

    person: str
    hours: float
    by_process: dict[EntityId, float]
    over: bool | None


class BudgetReport(Value):
    """Each person's process hours a month against a cap, the heaviest load first."""

    cap: float
    people: tuple[PersonLoad, ...]
    warnings: tuple[str, ...] = ()

    @property
    def over(self) -> tuple[str, ...]:
        """Who is over the cap for certain."""
        return tuple(load.person for load in self.people if load.over)

    def to_dicts(self) -> list[dict[str, Any]]:
        """One row a person, of plain values."""
        return [{**load.model_dump(mode="json"), "cap": self.cap} for load in self.people]

    def __str__(self) -> str:
        lines = [f"Process hours a month, cap {self.cap:g} h:"]
        for load in self.people:
            word = {True: "over", False: "within", None: "at least"}[load.over]
            lines.append(f"{load.person}: {load.hours:.1f} h ({word})")
        return "\n".join(lines)


def budget(
    processes: Iterable[Process],
    people: Mapping[str, Collection[str]],
    *,
    as_of: date,
    cap: float = 4.0,
    launches_per_month: float | None = None,
    counted: Collection[ProcessStatus] = RUNNING,
) -> BudgetReport:
    """The sum of all processes in use for each PM, against `cap` hours a month.

    `people` gives for each process id the keys of those who take part. A pilot and a process about to end take hours
    too, so they count unless `counted` says otherwise. The default cap is ours, without a source. A process whose
    cost is unknown is named in a warning, and those who take part in it are never called within budget.
    """
    if cap < 0:
        raise ValueError(f"the cap is at least 0 hours, not {cap:g}")
    loads: dict[str, dict[str, float]] = {}
    unsure: set[str] = set()
    warnings: list[str] = []
    for process in processes:
        taking_part = set(people.get(process.id, ()))
        if process.status_on(as_of) not in counted:
            continue
        if not taking_part:
            warnings.append(f"{process.name}: nobody is named as taking part")
        cost = monthly_cost(process, 1, as_of=as_of, launches_per_month=launches_per_month)
        warnings += [f"{process.name}: {warning}" for warning in cost.warnings]
        for person in taking_part:
            own = loads.setdefault(person, {})
            if cost.value is None:
                unsure.add(person)
            else:
                own[process.id] = cost.value
    found = [
        PersonLoad(
            person=person,
            hours=sum(own.values()),
            by_process=dict(sorted(own.items())),
            over=True if sum(own.values()) > cap else None if person in unsure else False,
        )
        for person, own in loads.items()
    ]
    found.sort(key=lambda load: (-load.hours, load.person))
    return BudgetReport(cap=cap, people=tuple(found), warnings=tuple(warnings))


class Finding(Value):
    """One thing a check found: the rule's name and what to do about it."""

    rule: NonEmpty
    message: NonEmpty


def lint_first_version(
    process: Process, *, max_mandatory_steps: int = 7, max_minutes: float = 30
) -> tuple[Finding, ...]:
    """What a first version lacks to be viable: owner, purpose, problem, metric, review day; too many steps or minutes.

    Nothing found means viable. The limits are our defaults, without a source.
    """
    found = [
        Finding(rule=name, message=f"{process.name} has no {name}")
        for name in ("owner", "purpose", "problem")
        if not str(getattr(process, name) or "").strip()
    ]
    if not process.versions:
        return (*found, Finding(rule="version", message=f"{process.name} has no version yet"))
    first = process.versions[0]
    if not (first.success_metric or "").strip():
        found.append(Finding(rule="metric", message="say how success will be measured"))
    if first.review_on is None:
        found.append(Finding(rule="review_on", message="say on which day the process will be reviewed"))
    steps = len(first.mandatory)
    if steps == 0:
        found.append(Finding(rule="steps", message="there is no mandatory step, so nothing would be done"))
    if steps > max_mandatory_steps:
        found.append(
            Finding(rule="steps", message=f"{steps} mandatory steps; start with {max_mandatory_steps} or fewer")
        )
    if first.minutes > max_minutes:
        found.append(
            Finding(rule="minutes", message=f"{first.minutes:g} minutes a run; start with {max_minutes:g} or fewer")
        )
    return tuple(found)


class ProcessReview(Value):
    """What a review of a process found; None for what was not measured."""

    process_id: EntityId | None = None
    on: date
    adopted: Share | None = None
    net_hours: float | None = None


class SunsetSuggestion(Value):
    """Whether to talk about ending a process, and why. It is a suggestion: the status changes only by `move`."""

    process_id: EntityId
    suggested: bool
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        return (
            f"{'consider ending it' if self.suggested else 'keep'}: {'; '.join(self.reasons) or 'no reason to end it'}"
        )


def suggest_sunset(
    process: Process,
    reviews: Iterable[ProcessReview],
    *,
    as_of: date,
    min_adoption: float = 0.4,
    losing_reviews: int = 2,
) -> SunsetSuggestion:
    """Suggest to end a process past its review day if few adopted it or it cost more than it gave.

    The rule: past `review_on` of the version in force, and (adoption in the latest review that measured it below
    `min_adoption`, or net hours of 0 or less in each of the last `losing_reviews` reviews that measured them). Both
    limits are our defaults, without a source. Nothing is ever ended automatically.
    """
    if losing_reviews < 1:
        raise ValueError(f"losing_reviews is at least 1, not {losing_reviews}")
    version = process.current(as_of)
    past = sorted((review for review in reviews if review.on <= as_of), key=lambda review: review.on)
    shares = [r.adopted.value for r in past if r.adopted is not None and r.adopted.value is not None]
    nets = [review.net_hours for review in past if review.net_hours is not None]
    warnings = [
        f"no review measured {name}" for name, known in (("adoption", shares), ("net hours", nets)) if not known
    ]
    if process.status_on(as_of) not in (ProcessStatus.PILOT, ProcessStatus.ACTIVE):
        return SunsetSuggestion(process_id=process.id, suggested=False, reasons=("the process is not in use",))
    if version is None or version.review_on is None:
        return SunsetSuggestion(process_id=process.id, suggested=False, warnings=(*warnings, "there is no review day"))
    if as_of <= version.review_on:
        reason = f"the review is on {version.review_on.isoformat()}"
        return SunsetSuggestion(process_id=process.id, suggested=False, reasons=(reason,), warnings=tuple(warnings))
    reasons = []
    if shares and shares[-1] < min_adoption:
        reasons.append(f"adoption {shares[-1]:.0%} is below {min_adoption:.0%}")
    last = nets[-losing_reviews:]
    if len(last) == losing_reviews and all(net <= 0 for net in last):
        reasons.append(f"net hours were 0 or less in the last {losing_reviews} reviews")
    return SunsetSuggestion(
        process_id=process.id, suggested=bool(reasons), reasons=tuple(reasons), warnings=tuple(warnings)
    )


def feedback_scores(
    process: Process, feedback: Iterable[ProcessFeedback], *, as_of: date, version: str | None = None
) -> Spread | None:
    """The scores people gave a process up to a day, of one version if it is named; None while there is none.

    A person who scored more than once counts with the latest score; nameless scores each count.
    """
    latest: dict[str, int] = {}
    for item in sorted(feedback, key=lambda item: item.given_on):
        if item.process_id == process.id and item.given_on <= as_of and version in (None, item.version):
            latest[item.said_by.key if item.said_by else item.id] = item.score
    return Spread.of(latest.values())


class OneInOneOut(Value):
    """Which processes came into use and which left it between two days; `kept` when no more came than left."""

    entered: tuple[EntityId, ...]
    left: tuple[EntityId, ...]

    @property
    def kept(self) -> bool:
        """Whether the rule was kept."""
        return len(self.entered) <= len(self.left)


def one_in_one_out(processes: Sequence[Process], since: date, *, as_of: date) -> OneInOneOut:
    """Compare the processes in use at the ends of two days; one that is sunsetting has left.

    Told from each process's history, so a process that came and went in between counts in neither list.
    """
    places = {ProcessStatus.PILOT, ProcessStatus.ACTIVE}
    before, after = (
        {process.id for process in processes if process.status_on(day) in places} for day in (since, as_of)
    )
    return OneInOneOut(entered=tuple(sorted(after - before)), left=tuple(sorted(before - after)))
