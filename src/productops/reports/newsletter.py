"""The regular update: what changed in a period, from one source, for one circle of readers, in the form they read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from productops.errors import ConfigError, MissingExtraError
from productops.model.audience import POLICIES, ItemView, ViewPolicy, view, view_changes
from productops.model.evidence import alignment_coverage, insight_coverage
from productops.model.roadmap import Audience, Horizon, ItemStatus, RoadmapItem, Snapshot
from productops.model.roadmap_diff import ChangeKind, diff
from productops.model.templates import DocumentTemplate, load
from productops.model.timebox import TimeBucket
from productops.reports import inline
from productops.reports.inline import plain
from productops.reports.language import Language
from productops.reports.pages.changes import grouped, move_words, view_words
from productops.reports.pages.feedback import you_said
from productops.reports.pages.launches import in_order, pressing
from productops.reports.rendering import Rendering
from productops.reports.source import Source
from productops.reports.text import rich

INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Newsletter:
    """One issue. `markdown` is the issue itself; everything else is derived from it.

    `key` is the same for the same period, audience and language: what has gone out under a key need not go out again.
    """

    key: str
    title: str
    period: TimeBucket
    audience: str
    language: str
    changed: bool
    markdown: str

    def to_html(self, *, templates: Path | None = None) -> str:
        """The issue as an e-mail: every style inside its element, no image, no script, no request.

        Raises MissingExtraError without the `mail` extra.
        """
        try:
            import css_inline
        except ImportError as error:
            raise MissingExtraError("mail", purpose="An e-mail") from error
        rendering = Rendering(Language.read(self.language, templates), templates)
        page = rendering.render("mail.html", {"title": self.title, "body": rich(self.markdown)})
        return str(css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True).inline(page))

    def to_slack(self) -> str:
        """The issue as Slack's text."""
        return inline.to_slack(self.markdown)

    def to_notion(self) -> list[dict[str, Any]]:
        """The issue as Notion's blocks, as plain data."""
        return inline.to_notion(self.markdown)

    def _repr_html_(self) -> str:
        return str(rich(self.markdown))

    def __str__(self) -> str:
        return self.markdown


def newsletter(
    source: Source,
    period: TimeBucket,
    audience: ViewPolicy | Audience | str = INTERNAL,
    language: str = "en",
    *,
    written: Mapping[str, str] | None = None,
    templates: Path | None = None,
) -> Newsletter:
    """The issue of a period for an audience. The same period gives the same issue, whatever happens after its end.

    It compares the last snapshot up to the period's first day with the last one up to the day after it, for people
    keep a snapshot on the first morning of the next; where none is so early, the first there is begins. When nothing
    changed it says so, and that is a valid issue. Audiences other than `internal` are told from their view of the
    roadmap alone. `written` holds sections by their key (`headline`, `people` and so on) as Markdown; they replace
    what is computed. Raises ConfigError for a period without an end, an audience without a view, and where there are
    not two snapshots to compare.
    """
    lang = Language.read(language, templates)
    before, after = ends(source, period)
    source = as_it_was(source, period)
    parts = internal_parts(source, before, after, lang) if audience == INTERNAL else None
    who = INTERNAL
    if parts is None:
        policy = policy_of(audience)
        who = policy.audience.value
        parts = view_parts(source, before, after, policy, lang)
    changed = any(parts.get(name) for name in ("shipped", "changed"))
    parts["headline"] = headline(parts, lang)
    title = f"{source.name}: {lang.when(period)}"
    own = {key: text.strip() for key, text in (written or {}).items()}
    return Newsletter(
        key=hashlib.sha256(repr((source.name, period.code, who, lang.code)).encode()).hexdigest()[:16],
        title=title,
        period=period,
        audience=who,
        language=lang.code,
        changed=changed,
        markdown=assemble(title, parts, own, lang, who),
    )


def as_it_was(source: Source, period: TimeBucket) -> Source:
    """The source without what was linked or asked after the period, so that the issue stays what it was."""
    end = min(source.as_of, period.end) if period.end else source.as_of
    return replace(
        source,
        as_of=end,
        insights=[each for each in source.insights if each.at.date() <= end],
        decisions=[each for each in source.decisions if each.asked_at.date() <= end],
    )


def policy_of(audience: ViewPolicy | Audience | str) -> ViewPolicy:
    """The policy of an audience; ConfigError for one without a view."""
    if isinstance(audience, ViewPolicy):
        return audience
    try:
        return POLICIES[Audience(audience)]
    except (KeyError, ValueError):
        raise ConfigError(
            f"There is no view for {str(audience)!r}.", remedy="Use internal, exec, sales or public, or a ViewPolicy."
        ) from None


def ends(source: Source, period: TimeBucket) -> tuple[Snapshot, Snapshot]:
    """The snapshots to compare for a period."""
    if period.start is None or period.end is None:
        raise ConfigError("An issue needs a period with a start and an end.", remedy="Use TimeBucket.month or .week.")
    day_after = period.end + timedelta(days=1)
    known = sorted((each for each in source.snapshots if each.at.date() <= day_after), key=lambda each: each.at)
    earlier = [each for each in known if each.at.date() <= period.start]
    if len(known) < 2 or earlier[-1:] == known[-1:]:
        raise ConfigError(
            f"There are no two snapshots of the roadmap to compare for {period.label}.",
            remedy="Keep one at the end of each period: roadmap.snapshot(at).",
        )
    return (earlier[-1] if earlier else known[0]), known[-1]


Parts = dict[str, list[str]]


def internal_parts(source: Source, before: Snapshot, after: Snapshot, lang: Language) -> Parts:
    """Everything colleagues may read, as lines of Markdown by section."""
    found = diff(before, after, events=source.events)
    out = shipped_between(before, after)
    rest = [each for each in found.changes if each.item_id not in {item.id for item in out}]
    return {
        "shipped": [entry(item.title, lang.date(item.delivered_on) if item.delivered_on else "") for item in out],
        "changed": [
            entry(title, words, why)
            for title, words, why in (
                (each["title"], each["words"], each["reason"]) for each in grouped(rest, lang, source)
            )
        ],
        "next": [entry(item.title, lang.when(item.when)) for item in coming(after.items)],
        "decisions": [*open_decisions(source, lang)],
        "metrics": [*metrics(source, after, lang)],
        "you_said": [
            entry(each["did"], f"“{each['said']}”" if each["said"] else each["asked"])
            for each in you_said(source, lang)
            if each["did"] in {item.title for item in out}
        ],
    }


def shipped_between(before: Snapshot, after: Snapshot) -> list[RoadmapItem]:
    """Items that became done between two snapshots."""
    earlier = {item.id: item.status for item in before.items}
    return [
        item for item in after.items if item.status is ItemStatus.DONE and earlier.get(item.id) is not ItemStatus.DONE
    ]


def coming(items: tuple[RoadmapItem, ...] | tuple[ItemView, ...]) -> list[Any]:
    """What is in now, the earliest first; without a time last."""
    now = [item for item in items if item.horizon is Horizon.NOW]
    return sorted(now, key=lambda item: ((item.when or TimeBucket.unknown()).sort_key(), item.title))


def open_decisions(source: Source, lang: Language) -> Iterator[str]:
    """Launches with blockers, and questions nobody has decided yet, as they stood at the end of the period."""
    for launch in in_order(source.launches):
        seen = launch.readiness(source.as_of)
        if pressing(launch, seen, source.as_of):
            owner = launch.owner.label if launch.owner else lang("nobody")
            yield entry(
                launch.name, lang("launch_has_blockers", len(seen.blockers)), f"{owner}, {lang.when(launch.target)}"
            )
    for asked in source.decisions:
        if not asked.decided(source.as_of):
            yield entry(asked.question, lang("asked_on", day=lang.date(asked.asked_at)))


def metrics(source: Source, after: Snapshot, lang: Language) -> Iterator[str]:
    """What the roadmap rests on, always with its numbers."""
    serves, heard = alignment_coverage(after.items), insight_coverage(after.items, source.insights)
    for label, share in (("serve_objective", serves), ("rest_on_feedback", heard)):
        counted = lang("part_of_whole", part=share.part, whole=share.whole)
        yield f"- {plain(lang(label))}: {plain(lang.share(share.value))} ({plain(counted)})"


def view_parts(source: Source, before: Snapshot, after: Snapshot, policy: ViewPolicy, lang: Language) -> Parts:
    """What an audience may read, made from its two views and nothing else."""
    themes = source.roadmap.themes if source.roadmap else ()
    old = {item.key: item for item in view(before.items, policy, themes).items}
    new = {item.key: item for item in view(after.items, policy, themes).items}
    out = [
        item
        for key, item in new.items()
        if item.status is ItemStatus.DONE and not (key in old and old[key].status is ItemStatus.DONE)
    ]
    done = {item.key for item in out}
    words: dict[str, list[str]] = {}
    titles: dict[str, str] = {}
    for change in view_changes(before, after, policy, themes):
        if change.key in done:
            continue
        titles[change.key] = change.title
        moved = change.kind in (ChangeKind.MOVED_EARLIER, ChangeKind.MOVED_LATER, ChangeKind.PRECISION)
        times = [side[change.key].when if change.key in side else None for side in (old, new)]
        said = move_words(times[0], times[1], change.slip, lang) if moved else view_words(change, lang)
        words.setdefault(change.key, []).append(said)
    return {
        "shipped": [entry(item.title, item.text or "") for item in out],
        "changed": [entry(titles[key], "; ".join(each)) for key, each in words.items()],
        "next": [entry(item.title, lang.when(item.when)) for item in coming(tuple(new.values()))],
    }


def entry(title: str, words: str = "", more: str = "") -> str:
    """One line of a list."""
    said = f"- **{plain(title)}**" + (f": {plain(words)}" if words else "")
    return f"{said} ({plain(more)})" if more else said


def headline(parts: Parts, lang: Language) -> list[str]:
    """One sentence; that nothing changed is worth saying too."""
    shipped, changed = len(parts["shipped"]), len(parts["changed"])
    if not shipped and not changed:
        return [lang("nothing_moved")]
    return [f"{lang('count_shipped', shipped)}, {lang('count_changed', changed)}."]


def assemble(title: str, parts: Parts, own: Mapping[str, str], lang: Language, audience: str) -> str:
    """The sections in the order of the template, each with its heading; empty ones are left out."""
    template = load("newsletter", lang.code if lang.french else "en", into=DocumentTemplate)
    known = {section.key for section in template.sections}
    if unknown := sorted(set(own) - known):
        raise ConfigError(
            f"There is no section {', '.join(map(repr, unknown))} in a newsletter.",
            remedy=f"Use one of {', '.join(sorted(known))}.",
        )
    lines = [f"# {plain(title)}", ""]
    for section in template.sections:
        text = own.get(section.key) or "\n".join(parts.get(section.key, ()))
        if not text:
            continue
        lines += [text, ""] if section.key == "headline" else [f"## {plain(section.title)}", "", text, ""]
    return "\n".join(lines).rstrip("\n") + "\n"
