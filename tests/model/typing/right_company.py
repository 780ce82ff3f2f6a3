"""The invented company."""

from datetime import date

from productops import demo
from productops.model.base import Entity
from productops.model.forget import Forgotten, forget

company: demo.Company = demo.company()
day: date = demo.AS_OF
names: list[str] = [launch.name for launch in company.launches]
ids: set[str] = {entity.id for entity in company.entities()}
some: list[Entity] = [*company.people, *company.processes, company.roadmap]
found: Forgotten = forget(company.people[0], salt="a secret salt", feedback=company.feedback, records=some)
