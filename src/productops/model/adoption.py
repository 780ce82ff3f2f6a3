"""Whether teams follow a process: adoption, runs done against runs expected, and the steps that get skipped."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from productops.model.base import EntityId, Value
from productops.model.cadence import Cadence, Every, kept
from productops.model.process import Adoption, AdoptionState, Process, Run
from productops.model.share import Share


class TeamState(Value):
    """Where one team stands; `expired` when an exemption has ended and the team counts again."""

    team_id: EntityId
    state: AdoptionState
    version: str | None = None
    reason: str | None = None
    until: date | None = None
    expired: bool = False


class AdoptionReport(Value):
    """Adopted teams of those eligible and not exempt, and how many of the adopted are on the current version."""

    process_id: EntityId
    as_of: date
    adopted: Share
    on_current: Share
    teams: tuple[TeamState, ...]
    warnings: tuple[str, ...] = ()

    @property
    def exempt(self) -> tuple[TeamState, ...]:
        """Teams whose exemption holds."""
        return tuple(team for team in self.teams if team.state is AdoptionState.EXEMPT)

    def to_dicts(self) -> list[dict[str, Any]]:
        """One row a team, of plain values."""
        return [team.model_dump(mode="json") for team in self.teams]

    def __str__(self) -> str:
        return f"adopted {self.adopted}, on the current version {self.on_current}, exempt {len(self.exempt)}"


def team_state(team_id: str, records: Iterable[Adoption], as_of: date) -> TeamState:
    """The last entry of a team up to a day; none is `not_started`, and so is an exemption that has ended."""
    mine = [record for record in records if record.team_id == team_id and record.since <= as_of]
    if not mine:
        return TeamState(team_id=team_id, state=AdoptionState.NOT_STARTED)
    # Of two entries of one day the one written later holds, and max gives the first it meets.
    last = max(reversed(mine), key=lambda record: record.since)
    expired = last.state is AdoptionState.EXEMPT and last.until is not None and last.until < as_of
    return TeamState(
        team_id=team_id,
        state=AdoptionState.NOT_STARTED if expired else last.state,
        version=last.version,
        reason=last.reason,
        until=last.until,
        expired=expired,
    )


def adoption(process: Process, records: Iterable[Adoption], teams: Collection[str], *, as_of: date) -> AdoptionReport:
    """Adoption = adopted / (eligible − exempt), and the share of the adopted on the version in force.

    `teams` are the ids of all teams the process is meant for. Source of the formula: the project's notes on minimum
    viable processes, where 7 of 11 teams with one exempt make 7/10 = 70 %, and 5/7 are on the current version.
    """
    mine = [record for record in records if record.process_id == process.id]
    eligible = sorted(set(teams))
    states = tuple(team_state(team, mine, as_of) for team in eligible)
    adopted = [state for state in states if state.state is AdoptionState.ADOPTED]
    exempt = sum(state.state is AdoptionState.EXEMPT for state in states)
    current = process.current(as_of)
    others = sorted({record.team_id for record in mine} - set(eligible))
    warnings = [f"{state.team_id}: the exemption ended on {state.until}" for state in states if state.expired]
    if others:
        warnings.append(f"not among the eligible teams, so not counted: {', '.join(others)}")
    return AdoptionReport(
        process_id=process.id,
        as_of=as_of,
        adopted=Share(part=len(adopted), whole=len(states) - exempt),
        on_current=Share(
            part=sum(current is not None and state.version == current.number for state in adopted), whole=len(adopted)
        ),
        teams=states,
        warnings=tuple(warnings),
    )


class ComplianceReport(Value):
    """Runs done of runs expected, all teams together and each alone; `extra` runs make up for no missed one."""

    process_id: EntityId
    total: Share
    by_team: dict[EntityId, Share]
    extra: int = 0
    warnings: tuple[str, ...] = ()

    def to_dicts(self) -> list[dict[str, Any]]:
        """One row a team, of plain values."""
        return [
            {"team_id": team, "done": share.part, "expected": share.whole, "share": share.value}
            for team, share in self.by_team.items()
        ]

    def __str__(self) -> str:
        return f"runs done {self.total}, {self.extra} extra"


def compliance(
    process: Process,
    runs: Iterable[Run],
    since: Mapping[str, date],
    *,
    as_of: date,
    launches: Mapping[str, Mapping[str, date]] | None = None,
) -> ComplianceReport:
    """Compliance = runs done / runs expected by the cadence, counted for each team from its day in `since`.

    A window (a week, a month, ...) is kept by one run in it; three runs in one week do not keep three weeks. A window
    that is not over expects nothing yet. Per launch, `launches` gives each team's launches and their days, and a
    launch is kept by a run about it (`Run.subject_id`). Raises ValueError where the process has no cadence or where
    launches are needed and missing.
    """
    if process.cadence is None:
        raise ValueError(f"{process.name} has no cadence, so nobody can say how many runs it expects")
    if process.cadence.every is Every.LAUNCH and launches is None:
        raise ValueError(f"{process.name} runs per launch: pass launches=")
    by_team: dict[str, Share] = {}
    extra = 0
    mine = [run for run in runs if run.process_id == process.id and run.on <= as_of]
    for team, start in sorted(since.items()):
        own = [run for run in mine if run.team_id == team and run.on >= start]
        if process.cadence.every is Every.LAUNCH:
            due = {launch for launch, day in (launches or {}).get(team, {}).items() if start <= day <= as_of}
            own = [run for run in own if run.subject_id in due]
            share = Share(part=len({run.subject_id for run in own}), whole=len(due))
        else:
            share, own = by_calendar(process.cadence, own, start, as_of)
        by_team[team] = share
        extra += len(own) - share.part
    total = Share(part=sum(share.part for share in by_team.values()), whole=sum(s.whole for s in by_team.values()))
    warnings = () if total.whole else ("no run was expected yet",)
    return ComplianceReport(process_id=process.id, total=total, by_team=by_team, extra=extra, warnings=warnings)


def by_calendar(cadence: Cadence, runs: list[Run], start: date, as_of: date) -> tuple[Share, list[Run]]:
    """Windows kept of windows over, and the runs that lie in these windows."""
    windows = cadence.windows(start, as_of)
    inside = [run for run in runs if windows and run.on <= windows[-1].end]
    return Share(part=kept(windows, (run.on for run in inside)), whole=len(windows)), inside


class StepSkipping(Value):
    """How often a step was left out, and since which run it is always left out (None while it lives)."""

    key: str
    title: str
    mandatory: bool
    skipped: Share
    first_skipped_on: date | None = None
    died_on: date | None = None


class SkippingReport(Value):
    """Every step of the process's versions, the most skipped first; `dies_first` is the step that died earliest."""

    process_id: EntityId
    steps: tuple[StepSkipping, ...]
    dies_first: str | None = None
    warnings: tuple[str, ...] = ()

    def to_dicts(self) -> list[dict[str, Any]]:
        """One row a step, of plain values."""
        return [
            {**step.model_dump(mode="json", exclude={"skipped"}), "skipped": step.skipped.part,
             "runs": step.skipped.whole, "share": step.skipped.value}
            for step in self.steps
        ]  # fmt: skip


def died(skips: Sequence[tuple[date, bool]], streak: int) -> date | None:
    """The day a final unbroken row of at least `streak` skips began, in runs sorted by day; else None."""
    start = None
    length = 0
    for day, skipped in skips:
        start, length = ((start or day), length + 1) if skipped else (None, 0)
    return start if length >= streak else None


def skipping(process: Process, runs: Iterable[Run], *, as_of: date, streak: int = 3) -> SkippingReport:
    """Which steps are skipped, and which one died first: skipped in every run since, in at least `streak` of them.

    A step counts in the runs of versions that contain it; the latest title of a key is shown. The default of
    `streak` is ours, without a source.
    """
    mine = sorted(
        (run for run in runs if run.process_id == process.id and run.on <= as_of), key=lambda run: (run.on, run.id)
    )
    warnings: dict[str, None] = {}
    seen: dict[str, list[tuple[date, bool]]] = {}
    for run in mine:
        version = process.version(run.version)
        if version is None:
            warnings[f"runs of the unknown version {run.version} were left out"] = None
            continue
        keys = {step.key for step in version.steps}
        for key in keys:
            seen.setdefault(key, []).append((run.on, key in run.skipped_steps))
        for key in sorted(set(run.skipped_steps) - keys):
            warnings[f"version {run.version} has no step {key!r}, yet a run skipped it"] = None
    latest = {step.key: step for version in process.versions for step in version.steps}
    steps = [
        StepSkipping(
            key=key,
            title=step.title,
            mandatory=step.mandatory,
            skipped=Share(part=sum(skip for _, skip in seen.get(key, [])), whole=len(seen.get(key, []))),
            first_skipped_on=next((day for day, skip in seen.get(key, []) if skip), None),
            died_on=died(seen.get(key, []), streak),
        )
        for key, step in latest.items()
    ]
    steps.sort(key=lambda step: (-(step.skipped.value or 0), step.key))
    dead = [step for step in steps if step.died_on is not None]
    first = min(dead, key=lambda step: (step.died_on or as_of, step.key), default=None)
    return SkippingReport(
        process_id=process.id,
        steps=tuple(steps),
        dies_first=first.key if first else None,
        warnings=tuple(warnings),
    )


def team_starts(records: Iterable[Adoption], process: Process, *, as_of: date) -> dict[str, date]:
    """Since when each team that has adopted the process has followed it without a break: what `compliance` takes.

    A team now exempt, lapsed or on trial is left out. Moving to a newer version is no break.
    """
    starts: dict[str, date] = {}
    mine = [record for record in records if record.process_id == process.id and record.since <= as_of]
    for record in sorted(mine, key=lambda record: record.since):
        if record.state is AdoptionState.ADOPTED:
            starts.setdefault(record.team_id, record.since)
        else:
            starts.pop(record.team_id, None)
    return starts
