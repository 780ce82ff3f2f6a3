"""A process from draft to what it costs."""

from datetime import date

from productops import Process
from productops.model.adoption import AdoptionReport, adoption
from productops.model.process import Adoption, AdoptionState, Step
from productops.model.process_value import SunsetSuggestion, monthly_cost, suggest_sunset

process: Process = Process(name="Triage").publish([Step(key="look", title="Look", minutes=30)], date(2026, 9, 1))
process = process.move("pilot", on=date(2026, 9, 1))
taken = Adoption(
    process_id=process.id, team_id="team_web", state=AdoptionState.ADOPTED, since=date(2026, 9, 2), version="1.0"
)
report: AdoptionReport = adoption(process, [taken], ["team_web"], as_of=date(2026, 9, 30))
share: float | None = report.adopted.value
hours: float | None = monthly_cost(process, 4, as_of=date(2026, 9, 30)).value
advice: SunsetSuggestion = suggest_sunset(process, [], as_of=date(2026, 9, 30))
