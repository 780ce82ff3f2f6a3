"""Which fields of a record changed, and how to take a change back.

A field is named by its path, with slashes: ``title``, ``checklist/items/chk_3/status``. Only entities within entities
are gone into: dictionaries that keep their ``id``, and lists whose members all have ids of their own. Everything else
(a person, a time, a list of tags) is one value. The order of a list of entities is a field as well, ``items/in order``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

WHOLE = "*"  # the field of an event about a record that came or went as a whole
ORDER = "in order"  # no id holds a space


class Absent:
    """Stands for a field that was not there; null is a value like others."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()
Step = tuple[str, Any, Any]  # path, old, new


def differences(old: dict[str, Any], new: dict[str, Any], path: str = "") -> Iterator[Step]:
    """Yield the fields in which two states of a record differ, in the order of the later one.

    >>> list(differences({"id": "a", "title": "x"}, {"id": "a", "title": "y"}))
    [('title', 'x', 'y')]
    """
    for name in [*new, *(name for name in old if name not in new)]:
        before, after = old.get(name, ABSENT), new.get(name, ABSENT)
        if before == after and type(before) is type(after) and not _mixes(before, after):
            continue
        here = f"{path}{_escaped(name)}"
        if _same_entity(before, after):
            yield from differences(before, after, f"{here}/")
        elif (was := _by_id(before)) is not None and (now := _by_id(after)) is not None:
            yield from _members(was, now, f"{here}/")
        else:
            yield here, before, after


def _mixes(before: Any, after: Any) -> bool:
    """Tell 1, 1.0 and true apart, which Python calls equal, also deep inside."""
    if isinstance(before, dict):
        return any(type(before[name]) is not type(after[name]) or _mixes(before[name], after[name]) for name in before)
    if isinstance(before, list):
        return any(type(a) is not type(b) or _mixes(a, b) for a, b in zip(before, after, strict=True))
    return False


def _same_entity(before: Any, after: Any) -> bool:
    both = isinstance(before, dict) and isinstance(after, dict)
    return both and isinstance(before.get("id"), str) and before["id"] == after.get("id")


def _by_id(value: Any) -> dict[str, dict[str, Any]] | None:
    """Return a list of entities by their ids; None when it is not one."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        return None
    ids = [each.get("id") for each in value]
    good = all(isinstance(one, str) and one and one != ORDER for one in ids) and len(set(ids)) == len(ids)
    return dict(zip(ids, value, strict=True)) if good else None


def _members(was: dict[str, Any], now: dict[str, Any], path: str) -> Iterator[Step]:
    # The order comes first, so that it is taken back last, when all are there again. What is added at the end needs no
    # word about it: taking it away leaves the rest as it was.
    if list(now)[: len(was)] != list(was):
        yield f"{path}{ORDER}", list(was), list(now)
    for key in [*now, *(key for key in was if key not in now)]:
        here = f"{path}{_escaped(key)}"
        if key in was and key in now:
            yield from differences(was[key], now[key], f"{here}/")
        else:
            yield here, was.get(key, ABSENT), now.get(key, ABSENT)


def take_back(state: dict[str, Any], path: str, old: Any) -> None:
    """Put the old value of a field back into a state, which is changed in place."""
    *parents, last = map(_plain, path.split("/"))
    place: Any = state
    for part in parents:
        place = _enter(place, part)
    if isinstance(place, dict):
        if old is ABSENT:
            place.pop(last, None)
        else:
            place[last] = old
    elif last == ORDER:
        found = {each["id"]: each for each in place}
        place[:] = [found[key] for key in old]
    elif old is ABSENT:
        place[:] = [each for each in place if each["id"] != last]
    elif all(each["id"] != last for each in place):
        place.append(old)
    else:
        place[:] = [old if each["id"] == last else each for each in place]


def _enter(place: Any, part: str) -> Any:
    return place[part] if isinstance(place, dict) else next(each for each in place if each["id"] == part)


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


def _plain(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")
