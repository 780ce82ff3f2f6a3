"""The first page: what needs a decision, and the one picture of each part that tells most."""

from __future__ import annotations

from typing import Any

from productops.model.roadmap import Horizon
from productops.reports.language import Language
from productops.reports.pages.launches import OVER, file_name, in_order, line, pressing, state
from productops.reports.pages.roadmap import board, facts
from productops.reports.source import Source

SHOWN = 5


def page(source: Source, lang: Language) -> dict[str, Any]:
    """What is open first, then the roadmap and the launches in brief."""
    ordered = in_order(source.launches)
    seen = {launch.id: launch.readiness(source.as_of) for launch in ordered}
    ahead = [launch for launch in ordered if launch.status not in OVER]
    columns = board([item for item in source.items if item.horizon in (Horizon.NOW, Horizon.NEXT)], lang, source)
    return {
        "facts": facts(source, lang) if source.items else [],
        "decisions": [
            {
                "name": launch.name,
                "href": file_name(launch.id),
                "state": state(launch, seen[launch.id], lang),
                "words": lang("launch_has_blockers", len(seen[launch.id].blockers)),
                "when": lang.when(launch.target),
            }
            for launch in ahead
            if pressing(launch, seen[launch.id], source.as_of)
        ][:SHOWN],
        "launches": [line(launch, seen[launch.id], lang) for launch in (ahead or ordered)[:SHOWN]],
        "board": [
            {**column, "cards": column["cards"][:SHOWN], "more": max(0, len(column["cards"]) - SHOWN)}
            for column in columns
            if column["key"] in ("now", "next")
        ],
    }
