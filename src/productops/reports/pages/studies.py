"""How people come into user tests, study by study."""

from __future__ import annotations

from typing import Any

from productops.model.recruiting import recruiting_funnel
from productops.model.study import Study
from productops.reports.language import Language
from productops.reports.source import Source
from productops.reports.svg import el, percent, strip


def studies(source: Source, lang: Language) -> list[dict[str, Any]]:
    """A funnel for each study that somebody was invited to."""
    return [found for study in source.studies if (found := recruiting(study, source, lang))]


def recruiting(study: Study, source: Source, lang: Language) -> dict[str, Any] | None:
    """Who could be asked, was invited, said yes, came, and gave an insight."""
    asked = {each.participant_id for each in source.sessions if each.study_id == study.id}
    if not asked:
        return None
    wanted = {quota.segment for quota in study.quotas}
    could = {each.id for each in source.participants if not wanted or each.segment in wanted}
    found = recruiting_funnel(study, len(could | asked), source.sessions)
    most = max(1, *(step.reached.part for step in found.steps))
    return {
        "title": study.title,
        "rows": [
            {
                "name": lang.word("recruiting", step.name),
                "words": lang.number(step.reached.part)
                + (f" ({lang.share(step.reached.value)})" if at and step.reached.whole else ""),
                "picture": strip(
                    el("rect", x=0, y=4, width=percent(100 * step.reached.part / most), height=16, class_="bar doing"),
                    height=24,
                ),
            }
            for at, step in enumerate(found.steps)
        ],
        "hint": lang(
            "recruiting_hint", show=lang.share(found.show_rate.value), missed=found.no_show, off=found.cancelled
        ),
    }
