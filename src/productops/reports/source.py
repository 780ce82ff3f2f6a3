"""What reports are made of: plain lists of entities, from wherever they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property
from typing import Any

from productops.model.assessment import Assessment
from productops.model.base import ChangeEvent
from productops.model.business_case import BusinessCase
from productops.model.canvas import Canvas
from productops.model.canvas_trend import ImprovementAction
from productops.model.conformance import Document, Exemption
from productops.model.decision_record import DecisionRecord
from productops.model.feedback import Feedback, Insight, LoopClosure
from productops.model.initiative import Initiative, IntegrationPhase, Sponsor
from productops.model.launch import Launch
from productops.model.launch_report import KpiReading
from productops.model.money import Rates
from productops.model.people import Account, Person, Product, Team
from productops.model.process import Adoption, Process, ProcessFeedback, Run
from productops.model.process_value import ProcessReview
from productops.model.pulse import PulseSurvey
from productops.model.roadmap import Roadmap, RoadmapItem, Snapshot
from productops.model.study import Participant, Session, Study
from productops.model.time_use import TaskCategory, TimeSample


@dataclass(frozen=True, kw_only=True)
class Source:
    """Everything a report may show, on the day `as_of`; what is not given is not shown.

    `snapshots` are the roadmap in earlier times, the oldest first. `canvases` are revisions, the current one last.

    >>> Source(name="Havn & Fjord", as_of=date(2026, 11, 2)).items
    ()
    """

    name: str
    as_of: date
    people: Sequence[Person] = ()
    teams: Sequence[Team] = ()
    products: Sequence[Product] = ()
    accounts: Sequence[Account] = ()
    rates: Rates | None = None
    feedback: Sequence[Feedback] = ()
    insights: Sequence[Insight] = ()
    closures: Sequence[LoopClosure] = ()
    roadmap: Roadmap | None = None
    snapshots: Sequence[Snapshot] = ()
    events: Sequence[ChangeEvent] = ()
    launches: Sequence[Launch] = ()
    readings: Sequence[KpiReading] = ()
    canvases: Sequence[Canvas] = ()
    assessments: Sequence[Assessment] = ()
    actions: Sequence[ImprovementAction] = ()
    processes: Sequence[Process] = ()
    adoptions: Sequence[Adoption] = ()
    runs: Sequence[Run] = ()
    process_feedback: Sequence[ProcessFeedback] = ()
    reviews: Sequence[ProcessReview] = ()
    decisions: Sequence[DecisionRecord] = ()
    categories: Sequence[TaskCategory] = ()
    time_samples: Sequence[TimeSample] = ()
    sponsor: Sponsor | None = None
    initiatives: Sequence[Initiative] = ()
    phases: Sequence[IntegrationPhase] = ()
    case: BusinessCase | None = None
    pulses: Sequence[PulseSurvey] = ()
    priorities: Mapping[str, Sequence[str]] = field(default_factory=dict)
    studies: Sequence[Study] = ()
    participants: Sequence[Participant] = ()
    sessions: Sequence[Session] = ()
    documents: Sequence[Document] = ()
    exemptions: Sequence[Exemption] = ()

    @classmethod
    def of(cls, thing: object, **changes: Any) -> Source:
        """A source of what `thing` has under our names (`demo.company()` has it all), and of `changes`."""
        found = {each.name: getattr(thing, each.name) for each in fields(cls) if hasattr(thing, each.name)}
        return cls(**{**found, **changes})

    @property
    def items(self) -> tuple[RoadmapItem, ...]:
        """The items of the roadmap."""
        return tuple(self.roadmap.items) if self.roadmap else ()

    @cached_property
    def team_names(self) -> dict[str, str]:
        """Team id → name."""
        return {team.id: team.name for team in self.teams}

    @cached_property
    def theme_names(self) -> dict[str, str]:
        """Theme id → name."""
        return {theme.id: theme.name for theme in self.roadmap.themes} if self.roadmap else {}

    @cached_property
    def item_titles(self) -> dict[str, str]:
        """Item id → title."""
        return {item.id: item.title for item in self.items}

    def team(self, team_id: str | None) -> str | None:
        """A team's name; the text itself where it is no id of ours."""
        return self.team_names.get(team_id, team_id) if team_id else None

    def theme(self, theme_id: str | None) -> str | None:
        """A theme's name; the text itself where it is no id of ours."""
        return self.theme_names.get(theme_id, theme_id) if theme_id else None

    def reviews_of(self, process_id: str) -> list[ProcessReview]:
        """The reviews of a process, the oldest first; those which do not say which process they are of are left out."""
        return sorted((each for each in self.reviews if each.process_id == process_id), key=lambda each: each.on)
