"""A plan and a preview as a notebook shows them, in the language of PRODUCTOPS_LANG as all that shows itself there.

In a notebook people call the library, so its calls are told as calls and not as commands.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from productops.cli.words import plans as told
from productops.cli.words import retold, say, speak, spoken
from productops.cli.words.previews import preview_text
from productops.reports.language import Language
from productops.sync.change import SIDES, Change
from productops.sync.plan import SHOWN, Plan
from productops.workspace.preview import Preview


def plan(plan: Plan) -> str:
    """Return a plan: its sentence, what stops it, a table of its first changes, and lists of the rest."""
    with _notebook():
        changes = list(islice((change for change in plan.changes if change.kind != "agree"), SHOWN + 1))
        lists = "".join(_list(title, items) for title, items in _sections(plan))
        stops = "".join(
            f"<p><strong>{_text(say('Nothing will be written:'))}</strong> {_text(retold(why))}</p>"
            for why in plan.blocked
        )
        head = f"<p><strong>{_text(told.summary(plan))}</strong></p>"
        return f"<div>{head}{stops}{_table(changes, plan)}{lists}</div>"


def preview(preview: Preview) -> str:
    """Return what bringing a file in would change."""
    with _notebook():
        return f"<pre>{_text(str(preview) if spoken() == 'en' else preview_text(preview))}</pre>"


@contextmanager
def _notebook() -> Iterator[None]:
    """Speak as notebooks do, whatever language a command asked for."""
    before = spoken()
    speak(Language.spoken().code)
    try:
        yield
    finally:
        speak(before)


def _table(changes: list[Change], plan: Plan) -> str:
    if not changes:
        return ""
    names = [say("Title"), *(plan.names.get(side, side) for side in SIDES), say("What")]
    heads = "".join(f"<th>{_text(name)}</th>" for name in names)
    rows = "".join(f"<tr>{_row(change, plan)}</tr>" for change in changes[:SHOWN])
    more = say("The first {shown} of {count}.", shown=SHOWN, count=f"{len(plan.changes):,}")
    tail = f"<p>{_text(more)}</p>" if len(changes) > SHOWN else ""
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{tail}"


def _row(change: Change, plan: Plan) -> str:
    what = "; ".join(told.write_text(write, plan) for write in change.writes) or say("these two are the same")
    links = (_anchor(change.labels.get(side, {}).get("url") or "", change.key(side)) for side in SIDES)
    cells = [_text(change.title or say("(untitled)")), *links, _text(what)]
    return "".join(f"<td>{cell}</td>" for cell in cells)


def _anchor(url: str, key: str) -> str:
    label = _text(key or ("↗" if url else ""))
    return f'<a href="{_text(url)}">{label}</a>' if url.startswith(("https://", "http://")) else label


def _sections(plan: Plan) -> Iterator[tuple[str, list[str]]]:
    for title, items in plan._sections():
        conflicts = title == "Needs a decision"
        lines = [told.conflict_text(each) for each in plan.conflicts] if conflicts else [retold(line) for line in items]
        yield say(title), lines


def _list(title: str, items: list[str]) -> str:
    shown = "".join(f"<li>{_text(item)}</li>" for item in items[:SHOWN])
    return f"<h4>{_text(title)}</h4><ul>{shown}</ul>"


def _text(text: str) -> str:
    return html.escape(text)
