"""What the shipped documents are filled with: the launch report, the roadmap and the strategy of a source."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from productops.model.launch import Launch
from productops.model.launch_report import LaunchReport, launch_report
from productops.model.roadmap import Horizon, RoadmapItem
from productops.model.templates import DocumentTemplate, load
from productops.reports.documents import Filled, fill, listed
from productops.reports.inline import plain
from productops.reports.language import Language
from productops.reports.pages.changes import grouped, last_diff
from productops.reports.source import Source

SAID = ("incidents", "learned", "actions")  # sections people tell, beside those that are computed


def launch_document(
    launch: Launch,
    source: Source,
    language: str = "en",
    existing: str | None = None,
    *,
    template: DocumentTemplate | None = None,
    **said: Any,
) -> Filled:
    """The look back at a launch as a document; `said` goes to `launch_report`: incidents, went_well, actions and so on.

    Raises ValueError for a launch that did not go out.
    """
    lang = Language(language)
    found = launch_report(launch, source.as_of, readings=source.readings, **said)
    fields = {
        "launch": launch.name,
        "tier": launch.tier_name,
        "first_planned": lang.when(found.first_planned),
        "last_planned": lang.when(found.last_planned),
        "launched_on": lang.date(found.launched_on),
        "launch_owner": launch.owner.label if launch.owner else "",
    }
    title = f"{launch.name}: {template_of('launch_report', lang, template).name}"
    # What people reported before is not taken back by a call that does not repeat it.
    parts = {key: text for key, text in report_parts(found, lang).items() if text or key not in SAID}
    return fill(template_of("launch_report", lang, template), title, parts, fields, existing)


def template_of(name: str, lang: Language, own: DocumentTemplate | None) -> DocumentTemplate:
    """The user's own template, else ours in the reader's language."""
    return own or load(name, "fr" if lang.french else "en", into=DocumentTemplate)


def report_parts(found: LaunchReport, lang: Language) -> dict[str, str]:
    """The computed sections of a launch report."""
    slips = [
        lang("slip_first" if name == "first" else "slip_last", days=days_late(days, lang))
        for name, days in (("first", found.slip.against_first), ("last", found.slip.against_last))
        if days is not None
    ]
    return {
        "dates": listed(f"- {each}" for each in [*slips, lang("date_changes", found.target_changes)]),
        "readiness": listed(
            f"- {each.at} ({lang.date(each.day)}): {lang('done_of', done=each.done, of=each.applicable)}, "
            f"{lang('ready' if each.ready else 'not_ready')}"
            for each in found.readiness
        ),
        "numbers": listed(
            f"- {plain(each.name)}, {each.at} ({lang.date(each.day)}): "
            + (
                lang("not_measured")
                if each.value is None
                else f"{lang.number(each.value, 2)}, {lang('target').lower()} {lang.number(each.target, 2)}"
                f"{': ' + lang('met' if each.met else 'not_met') if each.met is not None else ''}"
            )
            for each in found.kpis
        ),
        "incidents": listed(f"- {plain(each)}" for each in found.incidents),
        "waivers": listed(
            f"- {plain(each.title)}: {plain(each.reason)} ({lang('waiver_' + each.outcome.replace(' ', '_'))})"
            for each in found.waivers
        ),
        "learned": listed(f"- {plain(each)}" for each in (*found.went_well, *found.went_badly)),
        "actions": listed(f"- {plain(each.text)}{owner_and_day(each.owner, each.due, lang)}" for each in found.actions),
    }


def days_late(days: int, lang: Language) -> str:
    """So many days late or early, or on time."""
    if days == 0:
        return lang("on_time")
    return lang("days_late" if days > 0 else "days_early", abs(days))


def owner_and_day(owner: Any, due: date | None, lang: Language) -> str:
    """Who and until when, in brackets, as far as it is known."""
    known = [plain(owner.label)] if owner else []
    known += [lang.date(due)] if due else []
    return f" ({', '.join(known)})" if known else ""


def roadmap_document(
    source: Source, language: str = "en", existing: str | None = None, *, template: DocumentTemplate | None = None
) -> Filled:
    """The roadmap as a document: objectives, now, next, later, what will not be done, and what changed."""
    lang = Language(language)
    goals = source.roadmap.objectives if source.roadmap else []
    changes = last_diff(source)
    rests = [item for item in source.items if item.near and (item.insight_ids or heard(item, source))]
    parts = {
        "objectives": listed(
            f"- **{plain(goal.title)}**"
            + "".join(
                f"\n    - {plain(each.metric)}: "
                + lang(
                    "from_now_to",
                    start=amount(each.start, lang),
                    now=amount(each.current, lang),
                    target=amount(each.target, lang),
                )
                for each in goal.key_results
            )
            for goal in goals
        ),
        "now": item_lines(source.items, Horizon.NOW, source, lang),
        "next": item_lines(source.items, Horizon.NEXT, source, lang),
        "later": item_lines(source.items, Horizon.LATER, source, lang),
        "not_doing": item_lines(source.items, Horizon.DROPPED, source, lang),
        "evidence": listed(f"- {plain(item.title)}: {lang('count_notes', heard(item, source))}" for item in rests),
        "dependencies": listed(
            f"- {plain(item.title)}: {lang('waits_for')} "
            + ", ".join(plain(source.item_titles.get(each, each)) for each in item.dependencies)
            for item in source.items
            if item.dependencies
        ),
        "changes": listed(
            f"- {plain(each['title'])}: {plain(each['words'])}"
            + (f" ({plain(each['reason'])})" if each["reason"] else "")
            for each in (grouped([*changes.changes], lang, source) if changes else ())
        ),
    }
    title = source.roadmap.title if source.roadmap else source.name
    fields = {"updated_on": lang.date(source.as_of), "audience": "internal"}
    return fill(template_of("roadmap", lang, template), title, parts, fields, existing)


def amount(value: float | None, lang: Language) -> str:
    """A number, or a dash."""
    return "–" if value is None else lang.number(value, 2)


def heard(item: RoadmapItem, source: Source) -> int:
    """How many insights stand behind an item."""
    return sum(each.target_id == item.id for each in source.insights)


def item_lines(items: Iterable[RoadmapItem], horizon: Horizon, source: Source, lang: Language) -> str:
    """The items of a horizon as a list, with time, team and the objectives they serve."""
    goals = {each.id: each.title for each in source.roadmap.objectives} if source.roadmap else {}
    lines = []
    for item in items:
        if item.horizon is horizon:
            more = [lang.when(item.when)] if item.when and item.when.known else []
            more += [source.team(item.team) or ""] + [goals.get(each, each) for each in item.objective_ids]
            lines.append(
                f"- **{plain(item.title)}**" + (f": {plain(' · '.join(filter(None, more)))}" if any(more) else "")
            )
    return listed(lines)


def strategy_document(
    source: Source, language: str = "en", existing: str | None = None, *, template: DocumentTemplate | None = None
) -> Filled:
    """The strategy with what can be computed (for whom, and how we will know); the rest is for people to write."""
    from productops.model.demand import Books

    lang = Language(language)
    goals = source.roadmap.objectives if source.roadmap else []
    books = Books(source.accounts, as_of=source.as_of, rates=source.rates)
    segments: dict[str, set[str]] = {}
    for account in source.accounts:
        segments.setdefault(account.segment or lang("no_segment"), set()).add(account.id)
    rows = []
    for name in sorted(segments):
        found = books.count(note for note in source.feedback if note.account_id in segments[name])
        rows.append(
            f"- {plain(name)}: {lang('count_accounts', len(segments[name]))}, {lang('count_notes', found.mentions)}"
        )
    parts = {
        "customers": listed(rows),
        "measures": listed(
            f"- {plain(each.metric)} ({plain(goal.title)}): {amount(each.current, lang)}, "
            f"{lang('target').lower()} {amount(each.target, lang)}"
            for goal in goals
            for each in goal.key_results
        ),
    }
    sponsor = {"sponsor": source.sponsor.person.label} if source.sponsor else {}
    return fill(template_of("strategy", lang, template), source.name, parts, sponsor, existing)
