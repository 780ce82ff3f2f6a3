"""An invented company that sells tickets for ferries, as data: the same people, notes, plans and launches everywhere.

It is made to be awkward where real companies are: a launch that slipped twice, a waiver that expired, a roadmap item
that was split and one nobody says why it was dropped, notes in five scripts, revenue in three currencies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date

from pydantic import BaseModel

from productops.demo import cast, impact, plans, practice, releases, voices
from productops.demo.backlog import COMPANY
from productops.demo.cast import AS_OF, RATES
from productops.model.assessment import Assessment
from productops.model.base import ChangeEvent, Entity
from productops.model.business_case import BusinessCase
from productops.model.canvas import Canvas
from productops.model.canvas_trend import ImprovementAction
from productops.model.conformance import Document, Exemption
from productops.model.decision_record import DecisionRecord
from productops.model.feedback import Feedback, Insight, LoopClosure, Problem
from productops.model.initiative import Initiative, IntegrationPhase, Sponsor
from productops.model.launch import Launch
from productops.model.launch_report import KpiReading
from productops.model.money import Rates
from productops.model.people import Account, Person, Product, Region, Team
from productops.model.process import Adoption, Process, ProcessFeedback, Run
from productops.model.process_value import ProcessReview
from productops.model.pulse import PulseSurvey
from productops.model.roadmap import Roadmap, Snapshot
from productops.model.study import Participant, Session, Study
from productops.model.time_use import TaskCategory, TimeSample


@dataclass(frozen=True, kw_only=True, slots=True)
class Company:
    """Everything that is known of the company on the day `as_of`.

    `canvas` is the revision in use; `canvases` has both, one for each assessment. `snapshots` are the roadmap on the
    first days of September, October and November 2026, and the last of them is `roadmap`.
    """

    name: str
    as_of: date
    people: Sequence[Person]
    teams: Sequence[Team]
    products: Sequence[Product]
    regions: Sequence[Region]
    accounts: Sequence[Account]
    rates: Rates
    feedback: Sequence[Feedback]
    insights: Sequence[Insight]
    closures: Sequence[LoopClosure]
    problems: Sequence[Problem]
    roadmap: Roadmap
    snapshots: Sequence[Snapshot]
    events: Sequence[ChangeEvent]
    launches: Sequence[Launch]
    readings: Sequence[KpiReading]
    canvases: Sequence[Canvas]
    assessments: Sequence[Assessment]
    actions: Sequence[ImprovementAction]
    processes: Sequence[Process]
    adoptions: Sequence[Adoption]
    runs: Sequence[Run]
    process_feedback: Sequence[ProcessFeedback]
    reviews: Sequence[ProcessReview]
    decisions: Sequence[DecisionRecord]
    study: Study
    participants: Sequence[Participant]
    sessions: Sequence[Session]
    categories: Sequence[TaskCategory]
    time_samples: Sequence[TimeSample]
    sponsor: Sponsor
    initiatives: Sequence[Initiative]
    phases: Sequence[IntegrationPhase]
    case: BusinessCase
    pulses: Sequence[PulseSurvey]
    priorities: Mapping[str, Sequence[str]]
    documents: Sequence[Document]
    exemptions: Sequence[Exemption]

    @property
    def canvas(self) -> Canvas:
        """The revision in use."""
        return self.canvases[-1]

    @property
    def studies(self) -> tuple[Study, ...]:
        """The one study, as reports take them."""
        return (self.study,)

    def launch(self, name: str) -> Launch:
        """A launch by the last part of its id: winter, groups or loyalty; raises KeyError."""
        found = {launch.id.partition("_")[2]: launch for launch in self.launches}
        return found[name]

    def records(self) -> Iterator[BaseModel]:
        """Every record, one after the other; the items of the roadmap are in the roadmap."""
        for field in fields(self):
            value = getattr(self, field.name)
            values = value if isinstance(value, list) else [value]
            yield from (each for each in values if isinstance(each, BaseModel))

    def entities(self) -> Iterator[Entity]:
        """Every entity, with those that are part of another."""
        for record in self.records():
            yield from within(record)

    def __repr__(self) -> str:
        counts = f"{len(self.feedback)} notes, {len(self.roadmap.items)} items, {len(self.launches)} launches"
        return f"<Company {self.name!r} on {self.as_of}: {counts}>"


def within(value: object) -> Iterator[Entity]:
    """A value if it is an entity, and the entities it is made of."""
    if isinstance(value, Entity):
        yield value
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from within(getattr(value, name))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from within(part)


def company() -> Company:
    """The company, made afresh: change it as you like, the next call knows nothing of it.

    >>> company()
    <Company 'Havn & Fjord' on 2026-11-02: 60 notes, 20 items, 3 launches>
    """
    notes, roadmap, canvases = voices.feedback(), plans.roadmap(), practice.canvases()
    return Company(
        name=COMPANY,
        as_of=AS_OF,
        people=cast.people(),
        teams=cast.teams(),
        products=cast.products(),
        regions=cast.regions(),
        accounts=cast.accounts(),
        rates=RATES,
        feedback=notes,
        insights=voices.insights(notes),
        closures=voices.closures(notes),
        problems=voices.problems(),
        roadmap=roadmap,
        snapshots=plans.snapshots(roadmap.items),
        events=plans.events(),
        launches=releases.launches(),
        readings=releases.readings(),
        canvases=canvases,
        assessments=practice.assessments(canvases),
        actions=practice.actions(),
        processes=practice.processes(),
        adoptions=practice.adoptions(),
        runs=practice.runs(),
        process_feedback=practice.process_feedback(),
        reviews=practice.reviews(),
        decisions=impact.decisions(),
        study=practice.study(),
        participants=practice.participants(),
        sessions=practice.sessions(),
        categories=impact.categories(),
        time_samples=impact.time_samples(),
        sponsor=impact.sponsor(),
        initiatives=impact.initiatives(),
        phases=impact.phases(),
        case=impact.case(),
        pulses=impact.pulses(),
        priorities=impact.priorities(),
        documents=practice.documents(),
        exemptions=practice.exemptions(),
    )
