"""Formatted text between services: what is the same, what has moved, and what Markdown cannot show.

* :func:`same_markdown`: two texts render alike
* :func:`split`: a text as blocks
* :func:`align`: which new block is which old one
* :func:`carry`: an edit of one side's spelling, done to the other side's
* :func:`constructs`, :func:`unshown`: what a text makes use of, and what a service cannot show of it
* :mod:`mentions`: people who are named in a text
* :class:`Placeholder`: the short line that stands for what Markdown cannot show
"""

from __future__ import annotations

from productops.sdk.richtext import mentions
from productops.sdk.richtext.aligning import align, likeness
from productops.sdk.richtext.blocks import Block, split
from productops.sdk.richtext.carrying import carry
from productops.sdk.richtext.constructs import constructs, unshown
from productops.sdk.richtext.parsing import parser, same_markdown
from productops.sdk.richtext.placeholders import Placeholder, placeholders

__all__ = [
    "Block",
    "Placeholder",
    "align",
    "carry",
    "constructs",
    "likeness",
    "mentions",
    "parser",
    "placeholders",
    "same_markdown",
    "split",
    "unshown",
]
