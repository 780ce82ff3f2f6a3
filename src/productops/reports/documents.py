"""Documents filled from data, in which what a person wrote stays when they are made again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from productops.model.templates import DocumentTemplate
from productops.reports.inline import plain

BLOCK = re.compile(
    r"^<!-- productops:begin (?P<key>[\w.-]+) (?P<digest>[0-9a-f]{12}) -->\n(?P<text>.*?)"
    r"^<!-- productops:end (?P=key) -->$",
    re.DOTALL | re.MULTILINE,
)
NOTHING = "–"
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Filled:
    """A document as text, and what became of its computed parts, by key.

    `kept` were edited by a person inside the markers and stayed as they are; `refreshed` are new or changed;
    `unchanged` say what they said.
    """

    text: str
    kept: tuple[str, ...] = ()
    refreshed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.text


def fill(
    template: DocumentTemplate,
    title: str,
    parts: Mapping[str, str],
    fields: Mapping[str, str] | None = None,
    existing: str | None = None,
) -> Filled:
    """Fill a template: `parts` are sections by key as Markdown, `fields` are short values and owners by key.

    What is computed stands between two comments, which Markdown does not show; the first holds a digest of the text
    between them. With an `existing` text only the blocks that nobody touched are written anew; everything outside the
    blocks, and every block somebody edited, stays letter by letter. A section whose heading is there without a block
    belongs to its writer. Sections the text has not got are added at its end; a part given as "" becomes a dash.

    >>> from productops.model.templates import load
    >>> strategy = load("strategy", into=DocumentTemplate)
    >>> first = fill(strategy, "Strategy", {"measures": "- calls: 9"})
    >>> fill(strategy, "Strategy", {"measures": "- calls: 8"}, existing=first.text).refreshed
    ('measures',)
    """
    heads = {key: value for key, value in (fields or {}).items() if value}
    made = {key: text.strip() for key, text in parts.items() if text.strip()}
    top = head_lines(template, heads)
    if existing is None:
        return first(template, title, made, top)
    # A part that is computed and comes to nothing now must not go on saying what it said.
    now = {key: made.get(key, NOTHING) for key in parts}
    return again(template, existing.replace("\r\n", "\n"), {"fields": top, **now} if top else now)


def head_lines(template: DocumentTemplate, heads: Mapping[str, str]) -> str:
    """The fields and owners as a list, in the template's order."""
    return "\n".join(
        f"- **{plain(part.title)}**: {plain(heads[part.key])}" for part in template.short_parts() if part.key in heads
    )


def digest(text: str) -> str:
    """What tells whether somebody edited a block."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def block(key: str, text: str) -> str:
    """A computed part between its markers; a marker inside the text cannot end it."""
    body = text.replace("<!-- productops:", "<!-- productops :").strip() + "\n"
    return f"<!-- productops:begin {key} {digest(body)} -->\n{body}<!-- productops:end {key} -->"


def first(template: DocumentTemplate, title: str, made: Mapping[str, str], top: str) -> Filled:
    """The document as it is made the first time: computed parts in blocks, guidance where a person is to write."""
    lines = [f"# {plain(title)}", ""]
    lines += [block("fields", top)] if top else []
    lines += [f"- **{part.title}**: " for part in template.short_parts() if f"**{plain(part.title)}**" not in top]
    for section in template.sections:
        lines += ["", f"## {section.title}", ""]
        if section.key in made:
            lines.append(block(section.key, made[section.key]))
        elif section.guidance:
            lines.append(f"*{section.guidance}*")
    refreshed = (["fields"] if top else []) + [section.key for section in template.sections if section.key in made]
    return Filled("\n".join(lines) + "\n", refreshed=tuple(refreshed))


def again(template: DocumentTemplate, existing: str, made: Mapping[str, str]) -> Filled:
    """The document made once more over an existing text."""
    kept: list[str] = []
    refreshed: list[str] = []
    unchanged: list[str] = []
    seen: set[str] = set()

    def renewed(found: re.Match[str]) -> str:
        key, body = found["key"], found["text"]
        seen.add(key)
        if digest(body) != found["digest"]:
            kept.append(key)
            return found[0]
        fresh = block(key, made[key]) if key in made else found[0]
        (unchanged if fresh == found[0] else refreshed).append(key)
        return fresh

    text = BLOCK.sub(renewed, existing)
    headings = {name.casefold() for name in HEADING.findall(existing)}
    for section in template.sections:
        if (
            made.get(section.key, NOTHING) != NOTHING
            and section.key not in seen
            and section.title.casefold() not in headings
        ):
            text = f"{text.rstrip()}\n\n## {section.title}\n\n{block(section.key, made[section.key])}\n"
            refreshed.append(section.key)
    return Filled(text, tuple(kept), tuple(refreshed), tuple(unchanged))


def listed(lines: Iterable[str]) -> str:
    """Lines of a list as one text."""
    return "\n".join(lines)
