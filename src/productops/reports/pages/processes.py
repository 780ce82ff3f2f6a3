"""Processes side by side: what each costs, who follows it, whether it pays, and when it is looked at again."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from productops.model.adoption import adoption, skipping
from productops.model.conformance import Conformance, conformance
from productops.model.process import AdoptionState, Process
from productops.model.process_value import budget, feedback_scores, hours_spent, monthly_cost, suggest_sunset
from productops.model.share import Share
from productops.model.templates import DocumentTemplate, load, names
from productops.reports.language import Language
from productops.reports.pages.versions import versions
from productops.reports.source import Source
from productops.reports.svg import curve, el, month_after, percent, stretched, strip

MONTHS = 6
FOLLOWS = (AdoptionState.ADOPTED, AdoptionState.TRIAL)
FILLS = ("one", "two", "three", "four", "five", "six")


def page(source: Source, lang: Language) -> dict[str, Any]:
    """The portfolio, the hours, the load of each person, skipped steps, and how far documents follow templates."""
    processes = sorted(source.processes, key=lambda each: (each.status_on(source.as_of).value, each.name))
    return {
        "rows": [portfolio(each, source, lang) for each in processes],
        "versions": [found for each in processes if (found := versions(each, source, lang))],
        "hours": hours(processes, source, lang),
        "budget": load_of_people(processes, source, lang),
        "skipping": [found for each in processes if (found := skipped(each, source, lang))],
        "conformance": [found for key in template_keys(source) if (found := deviations(key, source, lang))],
    }


def people_in(process: Process, source: Source) -> set[str]:
    """The members of the teams that follow a process or try it."""
    report = adoption(process, source.adoptions, [team.id for team in source.teams], as_of=source.as_of)
    following = {each.team_id for each in report.teams if each.state in FOLLOWS}
    return {member for team in source.teams if team.id in following for member in team.member_ids}


def launches_per_month(source: Source) -> float | None:
    """Launches a month in the last half year, for processes that follow each launch."""
    since = source.as_of - timedelta(days=182)
    out = sum(each.launched_on is not None and since < each.launched_on <= source.as_of for each in source.launches)
    return out / MONTHS if source.launches else None


def portfolio(process: Process, source: Source, lang: Language) -> dict[str, Any]:
    """One line of the portfolio."""
    report = adoption(process, source.adoptions, [team.id for team in source.teams], as_of=source.as_of)
    people = people_in(process, source)
    cost = monthly_cost(process, len(people), as_of=source.as_of, launches_per_month=launches_per_month(source))
    reviews = [each for each in source.reviews_of(process.id) if each.on <= source.as_of]
    sunset = suggest_sunset(process, reviews, as_of=source.as_of)
    version = process.current(source.as_of)
    score = feedback_scores(process, source.process_feedback, as_of=source.as_of)
    net = next((each.net_hours for each in reversed(reviews) if each.net_hours is not None), None)
    late = version is not None and version.review_on is not None and version.review_on < source.as_of
    return {
        "name": process.name,
        "purpose": process.purpose or "",
        "status": lang.word("process", process.status_on(source.as_of).value),
        "owner": process.owner.label if process.owner else lang("nobody"),
        "version": version.number if version else "–",
        "cost": lang.hours(cost.value),
        "people": lang("count_people", len(people)),
        "adopted": share_words(report.adopted, lang),
        "meter": meter(report.adopted),
        "spark": spark(process, source),
        "exempt": lang("exempt_count", len(report.exempt)) if report.exempt else "",
        "net": lang.hours(net) if net is not None else lang("not_measured"),
        "review": lang.date(version.review_on) if version and version.review_on else lang("no_date"),
        "late": late,
        "score": lang("score_of", score=lang.number(score.median, 1), n=score.n) if score else "",
        "sunset": sunset.suggested,
    }


def spark(process: Process, source: Source) -> Markup:
    """The share of teams that had adopted it at the end of each of the last twelve months, as a line of steps."""
    teams = [team.id for team in source.teams]
    ends = [min(end, source.as_of) for _, end in last_months(source.as_of, 2 * MONTHS)]
    shares = [adoption(process, source.adoptions, teams, as_of=end).adopted.value or 0.0 for end in ends]
    points = [(100 * step / len(shares), 8 + 84 * share) for step, share in enumerate([shares[0], *shares])]
    steps = [each for before, after in pairwise(points) for each in ((before[0], after[1]), after)]
    return strip(stretched(curve(steps, "line done")), height=22, class_="strip spark")


def share_words(share: Share, lang: Language) -> str:
    """So many of so many, with the percentage."""
    counted = lang("part_of_whole", part=share.part, whole=share.whole)
    return counted if share.value is None else f"{counted} ({lang.share(share.value)})"


def meter(share: Share) -> Any:
    """A share as a thin bar; nothing of nothing has none."""
    if not share.whole:
        return ""
    return strip(
        el("rect", x=0, y=2, width="100%", height=8, rx=4, class_="track"),
        el("rect", x=0, y=2, width=percent(100 * (share.value or 0.0)), height=8, rx=4, class_="bar doing"),
        height=12,
        class_="strip meter",
    )


def hours(processes: list[Process], source: Source, lang: Language) -> dict[str, Any] | None:
    """Hours really spent by month, stacked by process; each stretch has its pattern and its words."""
    months = last_months(source.as_of)
    spent = {
        each.name: [hours_spent(each, source.runs, start, min(end, source.as_of)) for start, end in months]
        for each in processes
    }
    spent = {name: values for name, values in spent.items() if any(values)}
    if not spent:
        return None
    most = max(sum(values[index] for values in spent.values()) for index in range(len(months))) or 1.0
    fills = {name: FILLS[number % len(FILLS)] for number, name in enumerate(spent)}
    rows = []
    for index, (start, _) in enumerate(months):
        parts, at = [], 0.0
        for name, values in spent.items():
            width = 100 * values[index] / most
            if width:
                parts.append(
                    el("rect", x=percent(at), y=4, width=percent(width), height=16, class_=f"part {fills[name]}")
                )
                at += width
        total = sum(values[index] for values in spent.values())
        words = ", ".join(f"{name} {lang.hours(values[index])}" for name, values in spent.items() if values[index])
        rows.append(
            {
                "name": f"{lang.month(start.month)} {start.year}",
                "total": lang.hours(total),
                "words": words,
                "picture": strip(*parts, height=24),
            }
        )
    return {"rows": rows, "legend": [{"name": name, "fill": fills[name]} for name in spent]}


def last_months(as_of: date, count: int = MONTHS) -> list[tuple[date, date]]:
    """The last calendar months up to the present one."""
    found = []
    start = as_of.replace(day=1)
    for _ in range(count):
        found.append((start, month_after(start) - timedelta(days=1)))
        start = (start - timedelta(days=1)).replace(day=1)
    return found[::-1]


def load_of_people(processes: list[Process], source: Source, lang: Language) -> dict[str, Any] | None:
    """The hours a month that processes take from each person, against the cap."""
    taking = {each.id: people_in(each, source) for each in processes}
    report = budget(processes, taking, as_of=source.as_of, launches_per_month=launches_per_month(source))
    if not report.people:
        return None
    labels = {person.id: person.as_ref.label for person in source.people}
    most = max(report.cap, *(each.hours for each in report.people)) * 1.05
    line = el(
        "line", x1=percent(100 * report.cap / most), x2=percent(100 * report.cap / most), y1=0, y2="100%", class_="day"
    )
    return {
        "cap": lang.hours(report.cap),
        "rows": [
            {
                "name": labels.get(each.person, each.person),
                "hours": lang.hours(each.hours),
                "state": lang("over_cap")
                if each.over
                else lang("within_cap")
                if each.over is False
                else lang("not_known"),
                "over": bool(each.over),
                "picture": strip(
                    el(
                        "rect",
                        x=0,
                        y=4,
                        width=percent(100 * each.hours / most),
                        height=16,
                        class_=f"bar {'late' if each.over else 'doing'}",
                    ),
                    line,
                    height=24,
                ),
            }
            for each in report.people
        ],
    }


def skipped(process: Process, source: Source, lang: Language) -> dict[str, Any] | None:
    """Which steps are left out, the most skipped first; None where every step is done."""
    found = skipping(process, source.runs, as_of=source.as_of)
    rows = [each for each in found.steps if each.skipped.part]
    if not rows:
        return None
    titles = {each.key: each.title for each in found.steps}
    return {
        "name": process.name,
        "dies": lang("dies_first", step=titles[found.dies_first]) if found.dies_first else "",
        "rows": [
            {
                "name": each.title,
                "words": share_words(each.skipped, lang),
                "picture": strip(
                    el(
                        "rect",
                        x=0,
                        y=4,
                        width=percent(100 * (each.skipped.value or 0)),
                        height=16,
                        class_="bar planned",
                    ),
                    height=24,
                ),
            }
            for each in rows
        ],
    }


def template_keys(source: Source) -> list[str]:
    """The templates that documents say they follow, as far as we have them."""
    return sorted({each.template_key for each in source.documents if each.template_key} & set(names()))


def deviations(key: str, source: Source, lang: Language) -> dict[str, Any] | None:
    """How far documents follow one template, by team and by product, and what each lacks."""
    template = load(key, lang.code if lang.code in ("en", "fr") else "en")
    if not isinstance(template, DocumentTemplate):
        return None
    documents = [each for each in source.documents if each.template_key == key]
    found = conformance(documents, template, source.exemptions, as_of=source.as_of)
    return {
        "name": template.name,
        "total": share_words(found.total.share, lang),
        "groups": [{"by": lang(f"by_{by}"), "rows": tallies(found, by, source, lang)} for by in ("team", "product")],
        "rows": [
            {
                "title": title,
                "part": ", ".join(labels),
                "state": lang(f"part_{state}"),
                "key": state,
                "why": why,
            }
            for (title, state, why), labels in by_document(found, lang).items()
        ],
    }


def by_document(found: Conformance, lang: Language) -> dict[tuple[str, str, str], list[str]]:
    """The parts each document lacks, together where state and reason are the same."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for each in found.rows:
        until = lang("until_day", day=lang.date(each.until)) if each.until else ""
        groups.setdefault((each.title, each.state, " · ".join(filter(None, (each.reason, until)))), []).append(
            each.label
        )
    return groups


def tallies(found: Conformance, by: Any, source: Source, lang: Language) -> list[dict[str, Any]]:
    """One line for each team or product."""
    products = {each.id: each.name for each in source.products}
    return [
        {
            "name": source.team(products.get(each.group or "", each.group)) or lang("none_named"),
            "words": share_words(each.share, lang),
            "missing": lang.number(each.missing + each.expired),
            "exempt": lang.number(each.exempt),
            "meter": meter(each.share),
        }
        for each in found.totals(by)
    ]
