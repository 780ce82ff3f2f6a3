"""What waits for what: the order of dependent things, and an error that prints the circle."""

from collections.abc import Collection, Iterator, Mapping


class DependencyCycle(ValueError):  # noqa: N818 - named after what is wrong
    """Things wait for each other in a circle; `cycle` lists their keys, with the first again at the end.

    The message shows each key, with its title where `titles` has one.
    """

    def __init__(self, cycle: list[str], titles: Mapping[str, str] | None = None) -> None:
        named = [f"{titles[key]!r} ({key})" if titles and key in titles else key for key in cycle]
        super().__init__(f"these wait for each other in a circle: {' → '.join(named)}; remove one of the arrows")
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


def in_order(waits_for: Mapping[str, Collection[str]], titles: Mapping[str, str] | None = None) -> list[str]:
    """The keys, each after all it waits for, otherwise as given; raises DependencyCycle, which shows the `titles`.

    >>> in_order({"deck": ["price"], "price": []})
    ['price', 'deck']
    """
    if cycle := find_cycle(waits_for):
        raise DependencyCycle(cycle, titles)
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
