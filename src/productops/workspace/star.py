"""A star of syncs: every spoke is kept equal with the workspace, and through it with all the others."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from productops.errors import ConfigError, GuardError, ProductOpsError
from productops.sdk.mapping import Side
from productops.sync.book.decisions import Take
from productops.sync.conflict import Conflict
from productops.sync.family import ordered
from productops.sync.plan import SIDES, Plan
from productops.sync.report import Report
from productops.workspace.spoke import SIDES as ROLES
from productops.workspace.spoke import Spoke

ROUNDS = 6  # after which a run ends even though something is still on its way; the next one goes on


@dataclass(slots=True)
class StarPlan:
    """What every spoke's sync would do now, as a value; falsy when none of them would write or link anything.

    What an apply brings into the workspace goes on to the other spokes with the next plan.
    """

    plans: dict[str, Plan] = field(default_factory=dict)  # name of the sync → its plan

    def __bool__(self) -> bool:
        return any(self.plans.values())

    def __iter__(self) -> Iterator[Plan]:
        """Yield the plans in the order in which they are applied."""
        return iter(self.plans.values())

    @property
    def writes(self) -> int:
        """How many records will be written, in all places together."""
        return sum(plan.writes for plan in self)

    @property
    def blocked(self) -> dict[str, list[str]]:
        """Name of the sync → why it would not be applied."""
        return {name: plan.blocked for name, plan in self.plans.items() if plan.blocked}

    def summary(self) -> str:
        """Return one sentence for each spoke that has something to do, or one for all."""
        told = [
            f"{name}: {plan.summary()}" for name, plan in self.plans.items() if plan or plan.blocked or plan.conflicts
        ]
        return "\n".join(told) or "Nothing to do."

    def __str__(self) -> str:
        return (
            "\n\n".join(f"{name}: {plan}" for name, plan in self.plans.items() if plan or plan.blocked)
            or self.summary()
        )

    def _repr_html_(self) -> str:
        return "".join(
            f"<h4>{name}</h4>{plan._repr_html_() or html.escape(str(plan))}" for name, plan in self.plans.items()
        )

    def __repr__(self) -> str:
        return f"<StarPlan of {', '.join(self.plans) or 'no spokes'}: {self.writes} writes>"

    def to_json(self, path: str | Path) -> None:
        """Write the plans into a folder, one file each, for a later apply."""
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        for name, plan in self.plans.items():
            plan.to_json(folder / f"{name.replace('/', ' ')}.json")

    @classmethod
    def from_json(cls, path: str | Path) -> StarPlan:
        """Read the plans of a folder again; they are applied in the order of the star."""
        return cls({plan.sync: plan for file in sorted(Path(path).glob("*.json")) for plan in [Plan.from_json(file)]})


@dataclass(slots=True)
class StarReport:
    """What a run or an apply did. ``reports`` are in the order in which things happened."""

    reports: list[Report] = field(default_factory=list)
    failed: dict[str, ProductOpsError] = field(default_factory=dict)  # name of the sync → why it stopped
    unfinished: bool = False  # something was still on its way when the run ended
    names: dict[str, dict[Side, str]] = field(default_factory=dict)  # name of the sync → what its two sides are called

    @property
    def writes(self) -> int:
        """How many records were written, in all places together."""
        return sum(report.writes for report in self.reports)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON-able values."""
        return {
            "reports": [report.to_dict() for report in self.reports],
            "failed": {name: error.to_dict() for name, error in self.failed.items()},
            "unfinished": self.unfinished,
        }

    def __str__(self) -> str:
        lines = [self._told(report) for report in self.reports if report.writes or report.linked or report.problems]
        lines += [f"{name} stopped: {error}" for name, error in self.failed.items()]
        return "\n".join(lines) or "nothing to do"

    def _told(self, report: Report) -> str:
        """Return a report with the places by their names."""
        first, *rest = str(report).split("\n")
        for side, name in self.names.get(report.sync, {}).items():
            plain = name.replace("\\", r"\\")
            first = re.sub(rf"(\d) {side}\b", rf"\1 in {plain}", first)
        return "\n".join([first, *rest])


class Star:
    """The spokes of one workspace.

    ``news`` returns the number of the last event about a kind, by which the star sees whom an arrival concerns.
    """

    def __init__(self, news: Callable[[str], int]) -> None:
        self.spokes: dict[str, Spoke] = {}
        self._news = news

    def add(self, spoke: Spoke) -> None:
        """Take a spoke in.

        Raises:
            ConfigError: there is one of that name for that class.

        """
        if spoke.sync.name in self.spokes:
            raise ConfigError(
                f"{spoke.name!r} is connected with {spoke.kind.model.__name__} already.", remedy="Give it another name."
            )
        self.spokes[spoke.sync.name] = spoke

    def ordered(self) -> list[Spoke]:
        """Return the spokes in the order in which they were connected, but what is linked to first.

        Raises:
            ConfigError: a link leads to what its spoke does not keep.

        """
        for each in self.spokes.values():
            each.find_targets(self.spokes.keys())
        targets = {name: spoke.targets for name, spoke in self.spokes.items()}
        for name, wanted in targets.items():
            if lost := sorted(wanted - set(self.spokes)):
                spoke, _, kind = lost[0].partition("/")
                raise ConfigError(
                    f"{name!r} has links to {kind!r}, which {spoke!r} does not keep.",
                    remedy=f"Connect that, too: ws.connect({spoke!r}, ...); or correct to= (it has: "
                    f"{', '.join(sorted(one.kind.name for one in self.spokes.values() if one.name == spoke))}).",
                )
        return [self.spokes[name] for name in ordered(targets)[0]]

    def plan(self, *, full: bool = False) -> StarPlan:
        """Return what every spoke's sync would do."""
        return StarPlan({spoke.sync.name: spoke.sync.plan(full=full) for spoke in self.ordered()})

    def apply(self, plan: StarPlan, *, confirm: Sequence[str] = (), wait: float = 0.0) -> StarReport:
        """Do what the plans say. A spoke that fails does not keep the others; its error is raised at the end."""
        report = StarReport()
        for spoke in self.ordered():
            if (mine := plan.plans.get(spoke.sync.name)) is not None:
                sure = mine.id if mine.id in confirm else None
                act = partial(spoke.apply, mine, confirm=sure, wait=wait)
                self._try(spoke, report, act)
        return _told(report)

    def run(self, *, full: bool = False, wait: float = 0.0) -> StarReport:
        """Plan and apply until nothing is on its way any more.

        Each spoke is read once, and again only when another one brought something that it has to get.
        """
        report, visited, made = StarReport(), dict[str, tuple[int, int]](), dict[str, int]()
        order = self.ordered()
        for number in range(ROUNDS):
            due = [spoke for spoke in order if self._due(spoke, visited, made) and spoke.sync.name not in report.failed]
            if not due:
                return _told(report)
            for spoke in due:
                if number and not self._due(spoke, visited, made):
                    continue
                self._visit(spoke, report, made, full=full and not number, wait=wait)
                visited[spoke.sync.name] = (self._news(spoke.kind.name), made.get(spoke.name, 0))
        report.unfinished = any(
            self._due(spoke, visited, made) for spoke in order if spoke.sync.name not in report.failed
        )
        return _told(report)

    def _due(self, spoke: Spoke, visited: Mapping[str, tuple[int, int]], made: Mapping[str, int]) -> bool:
        """Tell whether a spoke has to be looked at: never yet, or there is news, or what its links led to was made."""
        if (then := visited.get(spoke.sync.name)) is None:
            return True
        return self._news(spoke.kind.name) > then[0] or (bool(spoke.targets) and made.get(spoke.name, 0) > then[1])

    def _visit(self, spoke: Spoke, report: StarReport, made: dict[str, int], *, full: bool, wait: float) -> None:
        done = self._try(spoke, report, lambda: spoke.apply(spoke.sync.plan(full=full), wait=wait))
        if done is not None:
            made[spoke.name] = made.get(spoke.name, 0) + done.linked + sum(done.created[side] for side in SIDES)

    def _try(self, spoke: Spoke, report: StarReport, act: Callable[[], Report]) -> Report | None:
        try:
            done = act()
        except ProductOpsError as error:
            report.failed[spoke.sync.name] = error
            return None
        report.reports.append(done)
        report.names[spoke.sync.name] = {side: view.collection.name for side, view in spoke.sync.views.items()}
        return done

    # --- conflicts

    def conflicts(self, *, closed: bool = False) -> list[Conflict]:
        """Return what needs a decision in any of the syncs."""
        return [conflict for spoke in self.spokes.values() for conflict in spoke.sync.conflicts(closed=closed)]

    def resolve(self, conflict: Conflict | str, take: Take | str, value: Any = None) -> Conflict:
        """Decide a conflict: ``spoke`` or ``hub`` wins, or as in :meth:`Sync.resolve`.

        Raises:
            ConfigError: there is no such open conflict, or the decision does not fit it.

        """
        id_ = conflict if isinstance(conflict, str) else conflict.id
        for spoke in self.spokes.values():
            if any(one.id == id_ for one in spoke.sync.conflicts()):
                return spoke.sync.resolve(id_, ROLES.get(take, take), value)
        raise ConfigError(f"There is no open conflict {id_!r}.", remedy="See ws.conflicts().")


def _told(report: StarReport) -> StarReport:
    """Raise what stopped a spoke, now that the others are done."""
    if report.failed:
        first, *others = report.failed.items()
        for name, error in others:
            first[1].add_note(f"{name} stopped, too: {error}")
        first[1].add_note(f"It stopped the sync {first[0]!r}; the others were done.")
        if isinstance(first[1], GuardError) and "adopt(" in first[1].message:
            first[1].add_note("A spoke, which connect() returns, is adopted by spoke.apply(spoke.sync.adopt(...)).")
        raise first[1]
    return report
