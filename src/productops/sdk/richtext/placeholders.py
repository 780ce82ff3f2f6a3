"""The short line that stands for what Markdown cannot show.

``⟦image: Meadow · 1a2b3c4d⟧`` names a kind, perhaps a few words, and eight characters by which the service that owns
the thing finds it again. Every connector writes it this way and reads its own back; to the others it is a text like
any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_LABEL = 40
GRAMMAR = re.compile(r"⟦([^⟦⟧\n:·]+?)(?:: ([^⟦⟧\n]*?))? · ([0-9a-f]{8})⟧")
# What could be Markdown in a label is left out of it, so that it comes back as it was written.
_UNSAFE = re.compile(r"[^\w .,:;?-]+|_")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """What stands for one thing.

    >>> str(Placeholder.of("image", "The **Meadow**", "1a2b3c4d"))
    '⟦image: The Meadow · 1a2b3c4d⟧'
    >>> Placeholder.only("⟦divider · 0000000f⟧ ")
    Placeholder(kind='divider', label='', id='0000000f')
    """

    kind: str
    label: str
    id: str  # eight hexadecimal digits

    @classmethod
    def of(cls, kind: str, label: str, id_: str) -> Placeholder:
        """Make one; the label is cut to forty characters without Markdown in them."""
        told = " ".join(_UNSAFE.sub(" ", label).split())
        told = told if len(told) <= LONGEST_LABEL else told[:LONGEST_LABEL].rstrip() + "…"
        return cls(kind, told, id_)

    @classmethod
    def only(cls, text: str) -> Placeholder | None:
        """Return the placeholder that a text consists of, or ``None``."""
        found = GRAMMAR.fullmatch(text.strip())
        return cls(found[1], found[2] or "", found[3]) if found else None

    def __str__(self) -> str:
        return f"⟦{self.kind}{f': {self.label}' if self.label else ''} · {self.id}⟧"


def placeholders(markdown: str) -> Iterator[Placeholder]:
    """Yield the placeholders in a text, in order."""
    for found in GRAMMAR.finditer(markdown):
        yield Placeholder(found[1], found[2] or "", found[3])
