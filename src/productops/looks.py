"""How a thing shows itself in a notebook: it asks, and whoever is installed answers.

A room that draws (ours are `reports` and `cli`) registers an entry point of the group `productops.html` under the
kind of thing it draws. Who asks imports none of them, and without one a notebook shows the plain text.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points
from typing import cast

GROUP = "productops.html"


@cache
def drawing(kind: str) -> Callable[[object], str] | None:
    """What draws a kind of thing, or None; looked up once."""
    for found in entry_points(group=GROUP, name=kind):
        return cast("Callable[[object], str]", found.load())
    return None


def as_html(thing: object, kind: str) -> str | None:
    """A thing as HTML, drawn by whoever registered for its kind; None where nobody did."""
    draw = drawing(kind)
    return draw(thing) if draw else None
