"""What waits for what: the order of dependent things, and an error that prints the circle."""

from collections.abc import Collection, Iterator, Mapping


class DependencyCycle(ValueError):  # noqa: N818 - named after what is wrong
    """Things wait for each other in a circle; `cycle` lists it, with the first key again at the end.

    The message names the things by their keys, or by `names` (key → what people call it) as far as given.

    >>> print(DependencyCycle(["a", "b", "a"], {"a": "App"}))
    these wait for each other in a circle: 'App' (a) → b → 'App' (a); remove one of the arrows
    """

    def __init__(self, cycle: list[str], names: Mapping[str, str] | None = None) -> None:
        known = names or {}
        ring = " → ".join(f"{known[key]!r} ({key})" if key in known else key for key in cycle)
        super().__init__(f"these wait for each other in a circle: {ring}; remove one of the arrows")
        self.cycle = cycle


def find_cycle(waits_for: Mapping[str, Collection[str]]) -> list[str] | None:
    """One circle, from a key back to itself, or None; keys nobody lists as their own are passed over.

    >>> find_cycle({"a": ["b"], "b": ["c"], "c": ["b"]})
    ['b', 'c', 'b']
    """
    settled: set[str] = set()
    for first in waits_for:
        path: list[str] = []
        # A stack of iterators instead of recursion: a long chain must not run into Python's limit.
        stack: list[Iterator[str]] = [iter([first])]
        while stack:
            key = next(stack[-1], None)
            if key is None:
                stack.pop()
                if path:
                    settled.add(path.pop())
            elif key in path:
                return [*path[path.index(key) :], key]
            elif key not in settled and key in waits_for:
                path.append(key)
                stack.append(iter(waits_for[key]))
    return None


def in_order(waits_for: Mapping[str, Collection[str]]) -> list[str]:
    """The keys, each after all it waits for, otherwise as given; raises DependencyCycle.

    >>> in_order({"deck": ["price"], "price": []})
    ['price', 'deck']
    """
    if cycle := find_cycle(waits_for):
        raise DependencyCycle(cycle)
    placed: dict[str, None] = {}
    for first in waits_for:
        stack = [first]
        while stack:
            missing = [key for key in waits_for[stack[-1]] if key in waits_for and key not in placed]
            if missing:
                stack.append(missing[0])
            else:
                placed.setdefault(stack.pop())
    return list(placed)
