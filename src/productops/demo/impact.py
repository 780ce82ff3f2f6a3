"""What product operations gives the invented company: decisions, hours, initiatives, a business case, two pulses."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from productops.demo.cast import made, staff
from productops.model.business_case import BusinessCase, CapacityBenefit, Cost
from productops.model.decision_record import DecisionRecord, Revisit
from productops.model.initiative import HoursClaim, Initiative, IntegrationPhase, Measurement, Sponsor
from productops.model.money import Money
from productops.model.pulse import PulseAnswer, PulseItem, PulseSurvey
from productops.model.time_use import TaskCategory, TimeSample
from productops.model.timebox import TimeBucket

# question | asked | days to the decision, or nothing | chance | outcome | evidence | by
DECISION_LINES = """
Sell group tickets online?|02-09|7|0.8|hit|ins_01,ins_02|mira
Wait for the Swedish routes?|03-02|3|0.6|miss|ins_11|ines
Calendar before the app?|04-13|10|0.9|hit|ins_12|tomas
Own scanners or telephones?|05-11|21|0.7|||tomas
Drop the café?|09-21|2||||tomas
Invoices by e-mail or portal?|09-28|14|0.6||ins_03,ins_04|zoe
Points or discounts?|06-01|28||||zoe
Which pier first?|10-12|||||
"""
PMS = ("mira", "tomas", "ines", "zoe")
BEFORE, AFTER = TimeBucket.week(2026, 11), TimeBucket.week(2026, 42)
# key | name | pillar | others could take over | minutes a week of each PM before | and after
TASK_LINES = """
reports|Write reports|process_and_practices|0.8|300,240,360,300|90,60,120,90
notes|Sort feedback|customer_and_market_insights|0.5|180,120,240,180|60,60,90,60
numbers|Look for numbers|business_data_and_insights|0.6|120,180,120,60|120,150,120,60
tradeoffs|Agree with stakeholders|process_and_practices||240,240,240,240|240,240,240,240
"""


def decisions() -> list[DecisionRecord]:
    """Eight decisions: three reviewed, one taken up again, one without evidence that nobody gave a chance, one open."""
    found = []
    for number, line in enumerate(DECISION_LINES.strip().splitlines(), 1):
        question, asked, days, chance, outcome, evidence, by = line.split("|")
        start = datetime(2026, int(asked[:2]), int(asked[3:]), 9, tzinfo=UTC)
        fields: dict[str, Any] = {}
        if days:
            fields = {"decided_at": start + timedelta(days=int(days)), "decided_by": staff(by), "chosen": "yes"}
        if outcome:
            fields.update(outcome=outcome, reviewed_on=date(2026, 9, 1))
        found.append(
            made(
                DecisionRecord,
                str(number),
                created_at=start,
                question=question,
                asked_at=start,
                probability=float(chance) if chance else None,
                evidence_ids=tuple(evidence.split(",")) if evidence else (),
                review_on=date(2026, 9, 1) if number < 5 else None,
                revisits=(Revisit(on=date(2026, 8, 3), reason="The tax."),) if number == 7 else (),
                **fields,
            )
        )
    return found


def categories() -> list[TaskCategory]:
    """Four kinds of work; one stays with the product managers."""
    rows = [line.split("|") for line in TASK_LINES.strip().splitlines()]
    return [
        made(
            TaskCategory, key, name=name, pillar=pillar, core=not share, takeover_share=float(share) if share else None
        )
        for key, name, pillar, share, _, _ in rows
    ]


def time_samples() -> list[TimeSample]:
    """A week in March and one in October of each product manager."""
    found = []
    for line in TASK_LINES.strip().splitlines():
        key, _, _, _, *weeks = line.split("|")
        for name, period, minutes in zip(("before", "after"), (BEFORE, AFTER), weeks, strict=True):
            found += [
                made(
                    TimeSample,
                    f"{key}_{name}_{who}",
                    category_id=f"task_{key}",
                    minutes=float(each),
                    period=period,
                    method="survey",
                    person=staff(who),
                    role="Product manager",
                )
                for who, each in zip(PMS, minutes.split(","), strict=True)
            ]
    return found


def sponsor() -> Sponsor:
    """Who stands behind it."""
    return made(
        Sponsor,
        "mira",
        person=staff("mira"),
        role="Head of product",
        commitment="Two days a month",
        review_cadence="quarterly",
        success_criteria=("Hours given back", "Decisions with evidence"),
    )


def initiatives() -> list[Initiative]:
    """Three initiatives; two of them claim the same hours."""
    year = TimeBucket.half(2026, 2)

    def claim(category: str, hours: float) -> HoursClaim:
        return HoursClaim(category_id=f"task_{category}", group="pms", hours_per_week=hours, period=year)

    def hours(value: float, month: int) -> Measurement:
        return Measurement(value=value, unit="h/week", on=date(2026, month, 15))

    return [
        made(
            Initiative,
            "sync",
            name="One roadmap in two tools",
            pillar="process_and_practices",
            sponsor_id="spon_mira",
            hypothesis="Nobody copies rows.",
            baseline=hours(6, 3),
            target=hours(2, 9),
            measured=hours(2.5, 10),
            started_on=date(2026, 4, 1),
            lag_days=60,
            status="running",
            impact_class="outcome",
            cost=Money(amount="92000", currency="EUR"),
            claims=(claim("reports", 3.5),),
        ),
        made(
            Initiative,
            "templates",
            name="Templates",
            pillar="process_and_practices",
            status="running",
            started_on=date(2026, 5, 1),
            claims=(claim("reports", 1.0),),
        ),
        made(
            Initiative,
            "inbox",
            name="One inbox for feedback",
            pillar="customer_and_market_insights",
            sponsor_id="spon_mira",
            hypothesis="Notes are seen in two days.",
            baseline=hours(3, 3),
            started_on=date(2026, 6, 1),
            lag_days=30,
            status="running",
            claims=(claim("notes", 1.5),),
        ),
    ]


def phases() -> list[IntegrationPhase]:
    """How product operations came in."""
    return [
        IntegrationPhase(
            order=1,
            goal="See where the hours go",
            exit=("four weeks of samples",),
            quick_win="One report less",
            entered_on=date(2026, 2, 2),
            left_on=date(2026, 3, 31),
        ),
        IntegrationPhase(
            order=2, goal="One roadmap", entry=("a sponsor",), exit=("no second list",), entered_on=date(2026, 4, 1)
        ),
    ]


def case() -> BusinessCase:
    """The case of the sync: (6 - 2.5) hours, 12 people, 46 weeks, at 75 an hour, for 92,000."""
    return made(
        BusinessCase,
        "sync",
        name="One roadmap in two tools",
        initiative_id="init_sync",
        currency="EUR",
        costs=(Cost(title="Setting up", amount="92000"),),
        assumptions=("Twelve product managers",),
        capacity=(
            CapacityBenefit(
                title="Copying",
                before="6",
                after="2.5",
                people="12",
                weeks="46",
                hourly_rate="75",
                category_id="task_reports",
            ),
        ),
        priced_on=date(2026, 4, 1),
        realisation={"low": "0.6", "base": "0.8", "high": "1"},
    )


def pulses() -> list[PulseSurvey]:
    """The same question before and after, to the same six people."""
    item = PulseItem(key="clear", text="I know what comes first.")
    return [
        made(
            PulseSurvey,
            str(day.month),
            name="Pulse",
            held_on=day,
            invited=6,
            items=(item,),
            answers=tuple(PulseAnswer(respondent=f"r{n}", ratings={"clear": each}) for n, each in enumerate(given)),
        )
        for day, given in ((date(2026, 3, 16), (2, 3, 3, 2, 4, 3)), (date(2026, 10, 12), (4, 4, 5, 3, 4, 4)))
    ]


def priorities() -> dict[str, list[str]]:
    """What three people put first."""
    return {
        "mira": ["item_02", "item_04", "item_10"],
        "zoe": ["item_02", "item_04", "item_08"],
        "tomas": ["item_05", "item_20", "item_02"],
    }
