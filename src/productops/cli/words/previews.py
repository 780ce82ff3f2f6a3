"""What bringing a file in would change, in the language spoken, with days and numbers as its readers write them."""

from __future__ import annotations

from collections.abc import Set
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from productops.cli.words import say, spoken, translated
from productops.model.money import Money
from productops.model.timebox import TimeBucket
from productops.reports.language import Language
from productops.workspace.preview import SHOWN, Preview, Revision, introduced
from productops.workspace.values import plainly, short

DIGITS = 6


def preview_text(preview: Preview) -> str:
    """Return a preview as a person reads it."""
    lines = [summary(preview), *(f"  {translated(line)}" for line in preview.found.splitlines())]
    for title, items in (
        ("New", preview.new), ("Changed", preview.revisions),
        ("Kept as changed here", preview.kept), ("To look at", preview.problems),
    ):  # fmt: skip
        shown = (item_text(item, preview) for item in items[:SHOWN])
        lines += [say("{title}:", title=say(title)), *(f"  {line}" for line in shown)] if items else []
        lines += ["  " + say("… and {count} more", count=f"{len(items) - SHOWN:,}")] if len(items) > SHOWN else []
    return "\n".join(lines)


def item_text(item: BaseModel | Revision | str, preview: Preview) -> str:
    """Return one line of a preview."""
    if isinstance(item, BaseModel):
        return introduced(item, preview.mapped, value_text)
    if isinstance(item, Revision):
        return f"{item.title or item.id} ({translated(item.record)})  {'; '.join(item.told(value_text))}"
    return translated(item)


def value_text(value: Any) -> str:
    """Return a value as the reader of the language writes it."""
    lang = Language(spoken())
    if value is None or value == "":
        return say("(empty)")
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, int | float | Decimal):
        return lang.number(value, DIGITS)
    if isinstance(value, datetime):
        return f"{lang.date(value)} {plainly(value).partition(' ')[2]}"
    if isinstance(value, date):
        return lang.date(value)
    if isinstance(value, TimeBucket):
        return lang.when(value)
    if isinstance(value, Money):
        return f"{lang.number(value.amount, 2)} {value.currency}"
    if isinstance(value, list | tuple | Set):
        return short(", ".join(map(value_text, value))) or say("(empty)")
    return plainly(value)


def summary(preview: Preview) -> str:
    """Return a preview in one sentence."""
    counts = {
        "{count} new": len(preview.new), "{count} changed": len(preview.revisions), "{count} as they are": preview.same,
        "{count} kept as changed here": len(preview.kept), "{count} to look at": len(preview.problems),
    }  # fmt: skip
    always = ("{count} new", "{count} changed", "{count} as they are")
    parts = [say(text, count=f"{count:,}") for text, count in counts.items() if count or text in always]
    return say("{name}: {told}.", name=preview.name, told=", ".join(parts))
