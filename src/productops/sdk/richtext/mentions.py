r"""People named in a text: ``[@Ada Example](user:5b10)``.

The connector of a service that can mention people reads and writes a mention as a link to ``user:`` and the service's
own id. On the way to the model the id becomes what the directory of people knows, ``person:ada@example.com``, and on
the way to another service that service's id, or a plain ``@Ada Example`` where there are no mentions.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, unquote

SAFE = "@:-_.~+"
USER = re.compile(r"\[@((?:\\.|[^\[\]\\\n])*)\]\(<?user:([^()<>\s]+)>?\)")
PERSON = re.compile(r"\[@((?:\\.|[^\[\]\\\n])*)\]\(<?person:([^()<>\s]+)>?\)")
SPECIAL = re.compile(r"([\\`*_\[\]<>~])")


def link(name: str, to: str, *, kind: str = "user") -> str:
    """Return a mention as Markdown.

    >>> link("Ada Example", "5b10"), link("Ada", "ada@example.com", kind="person")
    ('[@Ada Example](user:5b10)', '[@Ada](person:ada@example.com)')
    """
    return f"[@{escaped(name)}]({kind}:{quote(to, safe=SAFE)})"


def escaped(name: str) -> str:
    """Return a name in which nothing is Markdown."""
    return SPECIAL.sub(r"\\\1", " ".join(name.split()))


def translated(markdown: str, pattern: re.Pattern[str], write: Callable[[str, str], str]) -> str:
    """Return a text with each mention written anew from its name and the id or person that it leads to.

    >>> translated("Ask [@Ada](user:5b10).", USER, lambda name, to: f"@{name}")
    'Ask @Ada.'
    """
    return pattern.sub(lambda found: write(re.sub(r"\\(.)", r"\1", found[1]), unquote(found[2])), markdown)


def named(markdown: str) -> str:
    """Return a text with names in place of mentions.

    >>> named("Ask [@Ada](person:ada@example.com).")
    'Ask @Ada.'
    """
    if "](" not in markdown:
        return markdown
    for pattern in (PERSON, USER):
        markdown = pattern.sub(lambda found: f"@{found[1]}", markdown)
    return markdown


def mentioned_again(before: str, now: str, there: str) -> str:
    """Return an edited text in which names that are mentions on the other side are mentions.

    Args:
        before: the text as the edited side showed it, which has names only.
        now: the text as it shows it now.
        there: the text as the other side shows it, with mentions.

    >>> mentioned_again("Ask @Ada.", "Do ask @Ada!", "Ask [@Ada](person:ada@example.com).")
    'Do ask [@Ada](person:ada@example.com)!'

    """
    if "](person:" not in there:
        return now
    for found in PERSON.finditer(there):
        plain = f"@{found[1]}"
        if found[0] not in before and found[0] not in now and plain in before:
            place = re.search(rf"(?<!\[){re.escape(plain)}(?!\w)", now)
            now = now[: place.start()] + found[0] + now[place.end() :] if place else now
    return now
