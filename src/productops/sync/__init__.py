"""Keeps two views of the same things equal: plan, merge, guard, apply.

``engine`` is the way in. Below it stand six floors, and each knows only those under it: ``deciding`` makes a plan of
what both sides show, ``writing`` carries it out, ``reading`` takes in what changed, ``rules`` say what becomes of one
field, ``book`` tells what happened and what people decided, ``memory`` keeps it all. ``plan``, ``change``, ``conflict``
and ``report`` are the values that they speak of.
"""
