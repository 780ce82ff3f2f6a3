"""Templates of processes: a first version small enough to be followed, started on a day by an owner."""

from datetime import date, timedelta
from typing import ClassVar

from pydantic import Field

from productops.model.base import Entity, NonEmpty
from productops.model.cadence import WrittenCadence
from productops.model.people import PersonRef
from productops.model.process import Process, Step


class ProcessTemplate(Entity):
    """What a new process begins with; `start` makes the process, a draft with version 1.0."""

    id_prefix: ClassVar[str] = "tmpl"

    key: NonEmpty
    name: NonEmpty
    revision: int = Field(default=1, ge=1)
    problem: NonEmpty
    purpose: NonEmpty
    trigger: str | None = None
    cadence: WrittenCadence
    steps: tuple[Step, ...]
    hypothesis: str | None = None
    success_metric: NonEmpty
    sunset_criteria: str | None = None
    review_after_days: int = Field(default=60, ge=1)

    def start(self, effective_on: date, owner: PersonRef | None = None) -> Process:
        """A draft of the process, in force from a day on and to be reviewed `review_after_days` later."""
        process = Process(
            name=self.name,
            problem=self.problem,
            purpose=self.purpose,
            trigger=self.trigger,
            cadence=self.cadence,
            owner=owner,
            custom={"template": self.key, "template_revision": self.revision},
        )
        return process.publish(
            self.steps,
            effective_on,
            hypothesis=self.hypothesis,
            success_metric=self.success_metric,
            sunset_criteria=self.sunset_criteria,
            review_on=effective_on + timedelta(days=self.review_after_days),
        )
