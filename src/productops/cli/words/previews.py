"""What bringing a file in would change, as lines in the language spoken. In English they are what ``str()`` gives."""

from __future__ import annotations

from productops.cli.words import say, translated
from productops.workspace.preview import SHOWN, Preview


def preview_text(preview: Preview) -> str:
    """Return a preview as a person reads it."""
    lines = [summary(preview), *(f"  {translated(line)}" for line in preview.found.splitlines())]
    for title, items in (
        ("New", preview.new), ("Changed", preview.revisions),
        ("Kept as changed here", preview.kept), ("To look at", preview.problems),
    ):  # fmt: skip
        lines += (
            [say("{title}:", title=say(title)), *(f"  {translated(str(item))}" for item in items[:SHOWN])]
            if items
            else []
        )
        lines += ["  " + say("… and {count} more", count=f"{len(items) - SHOWN:,}")] if len(items) > SHOWN else []
    return "\n".join(lines)


def summary(preview: Preview) -> str:
    """Return a preview in one sentence."""
    counts = {
        "{count} new": len(preview.new), "{count} changed": len(preview.revisions), "{count} as they are": preview.same,
        "{count} kept as changed here": len(preview.kept), "{count} to look at": len(preview.problems),
    }  # fmt: skip
    always = ("{count} new", "{count} changed", "{count} as they are")
    parts = [say(text, count=f"{count:,}") for text, count in counts.items() if count or text in always]
    return say("{name}: {told}.", name=preview.name, told=", ".join(parts))
