"""How the invented company works: its canvas and two assessments, its five processes, and a round of user tests."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from productops.demo.cast import made, staff
from productops.demo.voices import CONTACTS
from productops.model.assessment import Assessment, Rating
from productops.model.canvas import Canvas, Capability, Criterion
from productops.model.canvas_trend import ImprovementAction
from productops.model.conformance import Document, Exemption
from productops.model.money import Money
from productops.model.process import Adoption, Process, ProcessFeedback, Run, Step
from productops.model.process_value import ProcessReview
from productops.model.share import Share
from productops.model.study import Participant, Quota, Session, Study

# key | name | area | weight | target | level in March | level in October
CAPABILITY_LINES = """
interviews|Talk to passengers|Discovery|2|best|good|better
evidence|Decide on evidence|Discovery|2|better|not_yet|good
experiments|Try before building|Discovery|1|better|good|good
roadmap|A roadmap people read|Planning|2|better|good|better
priorities|Say what comes first|Planning|1|better|not_yet|good
objectives|Objectives that steer|Planning|1|better|good|good
feedback|Answer those who ask|Feedback|2|best|not_yet|better
triage|Look at notes in two days|Feedback|1|better|good|better
launches|Launch without surprises|Delivery|2|better|good|better
measures|Measure what was launched|Delivery|1|better|not_yet|not_yet
pricing|Change prices|Delivery|1||n/a|n/a
archive|Keep what was learnt|Practice|1|good||
"""
ASK = (Criterion(id="try_one", text="One idea was tested before it was built"),)
TWICE = (Criterion(id="try_two", text="Two ideas a quarter were tested before they were built"),)


def capability(line: str) -> Capability:
    """One capability; `experiments` is judged by criteria."""
    key, name, area, weight, target, _, _ = line.split("|")
    criteria = {"good": ASK} if key == "experiments" else {}
    return Capability(id=key, name=name, area=area, weight=float(weight), target=target or None, criteria=criteria)


def canvases() -> list[Canvas]:
    """Two revisions: in the second, one capability asks for more."""
    capabilities = [capability(line) for line in CAPABILITY_LINES.strip().splitlines()]
    first = made(
        Canvas,
        "practice",
        name="Product practice",
        scope="team",
        capabilities=tuple(capabilities),
        author="Havn & Fjord",
    )
    harder = [
        each.model_copy(update={"criteria": {"good": TWICE}}) if each.id == "experiments" else each
        for each in capabilities
    ]
    return [first, first.revise(capabilities=tuple(harder), updated_at=datetime(2026, 9, 1, 9, tzinfo=UTC))]


def assessments(revisions: list[Canvas]) -> list[Assessment]:
    """March and October, one rating a capability by the team's lead, and a second voice on interviews."""
    found = []
    for number, (canvas, day) in enumerate(zip(revisions, (date(2026, 3, 10), date(2026, 10, 6)), strict=True)):
        ratings = []
        for line in CAPABILITY_LINES.strip().splitlines():
            parts = line.split("|")
            key, level = parts[0], parts[5 + number]
            if key == "experiments":
                ratings.append(
                    Rating(capability_id=key, rater=staff("mira"), met_criteria=(("try_one",), ("try_two",))[number])
                )
            elif level:
                ratings.append(Rating(capability_id=key, rater=staff("mira"), level=level, confidence=0.8))
        if number:
            ratings.append(
                Rating(capability_id="interviews", rater=staff("ines"), level="best", comment="Ask Mira Quill.")
            )
            ratings.append(Rating(capability_id="interviews", rater=staff("layla"), level="good"))
        found.append(
            Assessment.for_canvas(
                canvas,
                id=f"assess_{number + 1}",
                created_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
                team_id="team_booking",
                held_on=day,
                method="facilitated",
                participants=[staff("mira"), staff("ines"), staff("layla")],
                ratings=tuple(ratings),
                next_on=day + timedelta(days=90),
            )
        )
    return found


def actions() -> list[ImprovementAction]:
    """What the team does to get further."""
    return [
        made(
            ImprovementAction,
            "measures",
            title="Pick three numbers",
            capability_id="measures",
            from_level="not_yet",
            to_level="good",
            owner=staff("ines"),
            due=date(2026, 10, 30),
            status="doing",
        )
    ]


# key | name | cadence | minutes | status | started | review | owner
PROCESS_LINES = """
triage|Feedback triage|weekly|30|active|2026-02-02|2026-12-15|soren
update|Roadmap update|monthly|60|active|2026-02-02|2026-12-15|mira
review|Launch review|per launch|45|active|2026-03-02|2026-12-15|zoe
forms|Feature request form|weekly|25|active|2026-02-02|2026-06-30|tomas
diary|Discovery diary|every 2 weeks|20|pilot|2026-09-07|2026-12-01|ines
"""


def processes() -> list[Process]:
    """Five processes; the request form is past its review, with few who follow it and nothing gained."""
    found = []
    for line in PROCESS_LINES.strip().splitlines():
        key, name, cadence, minutes, status, started, review, owner = line.split("|")
        process = made(
            Process,
            key,
            name=name,
            cadence=cadence,
            owner=staff(owner),
            purpose=f"{name}, the same way everywhere.",
            problem="Everybody did it differently.",
            trigger="A launch" if cadence == "per launch" else "The calendar",
        )
        steps = [
            Step(key="prepare", title="Prepare", minutes=5),
            Step(key="meet", title="Meet", minutes=float(minutes) - 5),
        ]
        day = date.fromisoformat(started)
        process = process.publish(steps, day, success_metric="hours saved", review_on=date.fromisoformat(review))
        for way in ("pilot", "active")[: 1 if status == "pilot" else 2]:
            process = process.move(way, on=day, by="email:soren@example.com")
        found.append(process)
    return found


def adoptions() -> list[Adoption]:
    """Who follows what: everybody triages, one team fills in the form, one is exempt from the diary."""
    since = date(2026, 3, 2)
    rows = [("triage", team) for team in ("booking", "pier", "partners")]
    rows += [("update", "booking"), ("update", "partners"), ("forms", "pier"), ("review", "booking")]
    followed = [
        Adoption(process_id=f"proc_{process}", team_id=f"team_{team}", state="adopted", since=since, version="1.0")
        for process, team in rows
    ]
    exempt = Adoption(
        process_id="proc_diary",
        team_id="team_pier",
        state="exempt",
        since=date(2026, 9, 7),
        reason="Winter season",
        until=date(2026, 12, 31),
    )
    return [*followed, exempt]


def runs() -> list[Run]:
    """Every second Monday of triage since August, one step skipped now and then, and one launch review."""
    found = [
        made(
            Run,
            f"triage_{week:02d}",
            process_id="proc_triage",
            version="1.0",
            team_id="team_booking",
            minutes=30,
            on=date(2026, 8, 3) + timedelta(weeks=week),
            participants=4,
            skipped_steps=("prepare",) if week % 4 == 0 else (),
        )
        for week in range(0, 13, 2)
    ]
    return [
        *found,
        made(
            Run,
            "review",
            process_id="proc_review",
            version="1.0",
            team_id="team_booking",
            minutes=50,
            on=date(2026, 10, 20),
            participants=5,
            subject_id="launch_winter",
        ),
    ]


def process_feedback() -> list[ProcessFeedback]:
    """What colleagues think of the form."""
    return [
        made(
            ProcessFeedback,
            str(number),
            process_id="proc_forms",
            version="1.0",
            given_on=date(2026, 9, 1),
            score=score,
            said_by=staff(who),
            pain=pain,
        )
        for number, (who, score, pain) in enumerate(
            [("tomas", 2, "Nobody reads it."), ("zoe", 1, "Tomas Reed types it all again."), ("ines", 2, None)]
        )
    ]


def reviews() -> list[ProcessReview]:
    """Two reviews of the form."""
    return [
        ProcessReview(process_id="proc_forms", on=date(2026, 6, 30), adopted=Share(part=1, whole=3), net_hours=-2.0),
        ProcessReview(process_id="proc_forms", on=date(2026, 9, 30), adopted=Share(part=1, whole=3), net_hours=-3.5),
    ]


def study() -> Study:
    """A round of tests of the group booking."""
    return made(
        Study,
        "groups",
        title="Booking for a group",
        goal="Can a coach driver book 50 seats?",
        method="moderated",
        quotas=(Quota(segment="enterprise", needed=3), Quota(segment="small", needed=2)),
        owner=staff("soren"),
    )


def participants() -> list[Participant]:
    """Who may take part; one opted out, one has no consent."""
    consent = {"scope": {"contact", "recording"}, "given_on": date(2026, 9, 1), "until": date(2027, 3, 1)}
    rows = [
        ("kari", "enterprise"),
        ("helene", "enterprise"),
        ("oda", "enterprise"),
        ("per", "small"),
        ("vilde", "small"),
        ("gil", "small"),
        ("yuki", "enterprise"),
    ]
    return [
        made(
            Participant,
            who,
            person=CONTACTS[who],
            segment=segment,
            consent=None if who == "yuki" else consent,
            last_contacted=date(2026, 10, 5),
            opted_out_on=date(2026, 9, 20) if who == "gil" else None,
        )
        for who, segment in rows
    ]


def sessions() -> list[Session]:
    """Five sessions: three done, one missed, one still to come."""
    found = []
    for number, (who, ends) in enumerate(
        [("kari", "done"), ("helene", "done"), ("oda", "no_show"), ("per", "done"), ("vilde", "")]
    ):
        slot = datetime(2026, 10, 12 + number, 9, tzinfo=UTC) if ends else datetime(2026, 11, 4, 9, tzinfo=UTC)
        session = made(
            Session,
            who,
            study_id="study_groups",
            participant_id=f"part_{who}",
            slot=slot,
            incentive=Money(amount="40", currency="EUR"),
            recording_ref=f"recording-{who}" if ends == "done" else None,
            insight_ids=("ins_01",) if who == "kari" else (),
        )
        session = session.move("confirmed", at=datetime(2026, 10, 6, 9, tzinfo=UTC))
        found.append(session.move(ends, at=slot + timedelta(hours=1)) if ends else session)
    return found


def documents() -> list[Document]:
    """Two roadmap pages: one has what the template asks for, except the part it is exempt from; one is nearly empty."""
    return [
        Document(
            id="doc_booking",
            template_key="roadmap",
            title="Roadmap of Booking",
            team="Booking",
            region="Norway",
            fields={"period": "Q4 2026"},
            sections={"changes": "See Ines Vale."},
            owners={"owner": staff("mira")},
        ),
        Document(
            id="doc_pier",
            template_key="roadmap",
            title="Roadmap of Pier",
            team="Pier",
            region="Sweden",
            owners={"owner": staff("tomas")},
        ),
    ]


def exemptions() -> list[Exemption]:
    """One team need not have everything before the winter."""
    return [
        Exemption(
            requirement="*",
            team="Pier",
            reason="Winter season",
            approved_by=staff("soren"),
            approved_on=date(2026, 9, 1),
            until=date(2026, 12, 31),
        )
    ]
