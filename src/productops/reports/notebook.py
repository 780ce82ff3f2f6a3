"""What a launch, a roadmap, a canvas and a table of demand look like in a notebook: small, and readable in the dark.

The model knows nothing of this module: it asks for the entry point `productops.html` of its kind. Colours are those of
the notebook; a state is a word, with a sign before it. The words are in the language of PRODUCTOPS_LANG.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from markupsafe import Markup, escape

from productops.model.canvas import Canvas
from productops.model.demand import Demand
from productops.model.launch import Launch
from productops.model.readiness import Reason
from productops.model.roadmap import Horizon, Roadmap
from productops.reports.language import Language
from productops.reports.pages.launch import answer, why
from productops.reports.pages.roadmap import COLUMNS, card
from productops.reports.text import shown

MOST = 12  # rows or cards that a notebook shows
CELL = "padding:.3em .8em .3em 0;text-align:left;vertical-align:top;border-bottom:1px solid rgba(128,128,128,.35)"
BOX = "max-width:64em;overflow-wrap:anywhere"
SIGNS = {"red": "■", "amber": "▲", "green": "✓", "grey": "○"}


def tell(text: object) -> Markup:
    """Text as HTML, with no direction but its own."""
    return Markup("<bdi>{}</bdi>").format(shown(str(text)))


def table(heads: Iterable[object], rows: Iterable[Iterable[object]]) -> Markup:
    """A table; whatever is no markup is escaped."""
    cell = Markup('<td style="{}">{}</td>')
    head = Markup("").join(Markup('<th scope="col" style="{}">{}</th>').format(CELL, each) for each in heads)
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(Markup("").join(cell.format(CELL, each) for each in row)) for row in rows
    )
    return Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(head, body)


def boxed(*parts: Markup) -> str:
    """Parts in one box, which no long word makes wider."""
    return str(Markup('<div style="{}">{}</div>').format(BOX, Markup("").join(parts)))


def more(count: int) -> Markup:
    """How many are not shown."""
    return Markup("<p>{}</p>").format(Language.spoken()("more_items", count)) if count > 0 else Markup("")


def launch(found: Launch) -> str:
    """A launch: its answer, its areas and what blocks, as of today."""
    lang, today = Language.spoken(), date.today()  # noqa: DTZ011 - a notebook shows the present, and says of which day it is
    seen = found.readiness(today)
    rows = [
        (
            tell(area.area),
            f"{SIGNS[area.rag.value]} {lang.word('rag', area.rag.value)}",
            f"{area.done}/{area.applicable}",
        )
        for area in seen.areas
    ]
    head = Markup("<p><strong>{}</strong> · {} · {} · {}</p><p>{}</p>").format(
        tell(found.name),
        lang.when(found.target),
        lang("tier_is", tier=found.tier) if not found.tier_label else tell(found.tier_label),
        lang.word("launch_status", found.status.value),
        shown(answer(found, seen, lang)["said"]),
    )
    blockers = Markup("<ul>{}</ul>").format(reasons(seen.blockers, found, today, lang)) if seen.blockers else Markup("")
    return boxed(
        head, blockers, table((lang("area_col"), lang("state"), lang("mark_done")), rows) if rows else Markup("")
    )


def reasons(found: Iterable[Reason], launch: Launch, today: date, lang: Language) -> Markup:
    """Blockers as the entries of a list."""
    items = {each.id: each for each in launch.checklist.items}
    return Markup("").join(
        Markup("<li>{}: {} ({})</li>").format(
            tell(each.title),
            shown(why(items[each.item_id], today, lang)),
            tell(each.owner.label if each.owner else lang("nobody")),
        )
        for each in found
    )


def roadmap(found: Roadmap) -> str:
    """A roadmap: now, next and later side by side."""
    lang = Language.spoken()
    columns = [[card(item, lang) for item in found.items if item.horizon is horizon] for horizon in COLUMNS]
    cells = [Markup("").join(tile(each) for each in cards[:MOST]) + more(len(cards) - MOST) for cards in columns]
    over = sum(item.horizon in (Horizon.DONE, Horizon.DROPPED) for item in found.items)
    heads = [f"{lang.word('horizon', key.value)} ({len(cards)})" for key, cards in zip(COLUMNS, columns, strict=True)]
    title = Markup("<p><strong>{}</strong></p>").format(tell(found.title))
    return boxed(title, table(heads, [cells]), Markup("<p>{}: {}</p>").format(lang("over_items"), over))


def tile(each: Mapping[str, Any]) -> Markup:
    """One item in a few words."""
    words = [
        each["when"],
        each["status"],
        each["confidence"] and Language.spoken()("confidence_is", word=each["confidence"]),
    ]
    return Markup("<p>{}<br><small>{}</small></p>").format(tell(each["title"]), " · ".join(filter(None, words)))


def canvas(found: Canvas) -> str:
    """A canvas: its capabilities by area with their targets; what a team reached is in an assessment."""
    lang = Language.spoken()
    top = found.ladder.levels
    rows = []
    for each in found.current():
        rank = found.ladder.rank(each.target) if each.target else 0
        marks = " ".join("○" if level.rank <= rank else "·" for level in top)
        rows.append(
            (tell(each.area), tell(each.name), marks, tell(found.ladder.label(rank, lang.code)) if rank else "–")
        )
    heads = (
        lang("area_col"),
        lang("capability"),
        ", ".join(shown(level.label_in(lang.code)) for level in top),
        lang("target"),
    )
    title = Markup("<p><strong>{}</strong>, {}</p>").format(tell(found.name), lang("revision", n=found.revision))
    return boxed(title, table(heads, rows))


def demand(found: Demand) -> str:
    """What one set of notes amounts to."""
    return demand_table({"": found})


def demand_table(found: Mapping[str, Demand]) -> str:
    """Who asks for what, the most accounts first; revenue and pipeline side by side, never added."""
    lang = Language.spoken()
    order = sorted(found, key=lambda key: (-found[key].accounts, -found[key].people, key))
    rows = [
        (
            tell(key),
            found[key].mentions,
            found[key].accounts,
            found[key].people,
            lang.money(found[key].arr),
            lang.money(found[key].pipeline),
        )
        for key in order[: 2 * MOST]
    ]
    heads = ("", lang("notes"), lang("by_accounts"), lang("people"), lang("by_arr"), lang("pipeline_short"))
    warnings = dict.fromkeys(warning for each in found.values() for warning in each.warnings)
    notes = Markup("").join(
        Markup("<p><small>{}</small></p>").format(escape(shown(lang.retold(text)))) for text in warnings
    )
    return boxed(table(heads, rows), more(len(order) - 2 * MOST), notes)
