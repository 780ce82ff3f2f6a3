"""An edit that was made to one side's spelling of a text, done to the other side's spelling of it.

Services show the same text differently: one knows three levels of headings, another drops the titles of links. Handed
over whole, an edited text would take all such losses with it. So only the blocks that somebody touched go over; every
other block stays as the receiving side spells it, and the blocks that only that side has stay where they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from productops.sdk.richtext.aligning import align, likeness
from productops.sdk.richtext.blocks import Block, item, items, joined, split
from productops.sdk.richtext.mentions import mentioned_again, named
from productops.sdk.richtext.parsing import rendered

LISTS = ("bullets", "numbers")
HASHES = re.compile(r" {0,3}(#{1,6})(?=\s|$)")
OPENING = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
CELL = re.compile(r"(?<!\\)\|")
LOOSE = re.compile(r"\n[ \t]*\n {0,3}(?:[-+*]|\d{1,9}[.)])(?:\s|$)")
T = TypeVar("T")


def carry(before: str | None, after: str | None, onto: str | None) -> str:
    r"""Return ``onto`` with what happened to a text between ``before`` and ``after``.

    Args:
        before: the text as the edited side showed it when both sides were last agreed.
        after: the text as the edited side shows it now.
        onto: the text as the other side shows it.

    >>> carry("### Why\n\nold", "### Why\n\nnew", "##### Why\n\nold")
    '##### Why\n\nnew'

    """
    was, now, there = ((text or "").rstrip() for text in (before, after, onto))
    if was == now:
        return there
    if not was or not now or not there:
        return now
    found = _blocks(split(was), split(now), split(there))
    return now if found is None else found


def _blocks(was: list[Block], now: list[Block], there: list[Block]) -> str | None:
    """Carry block by block; ``None`` where the two spellings cannot be laid side by side."""
    twins = _twins([shown(each.text) for each in was], [shown(each.text) for each in there], _alike(was, there))
    if 2 * len(twins) < max(len(was), len(there)):
        return None
    origin = align([each.text for each in was], [each.text for each in now], _alike(was, now))
    result: list[tuple[Block, int | None]] = []
    for block, at in zip(now, origin, strict=True):
        twin = None if at is None else twins.get(at)
        if at is None or (twin is None and was[at].text != block.text):
            result.append((block, None))
        elif twin is not None:
            kept = was[at].text == block.text
            result.append((there[twin] if kept else _edited(was[at], block, there[twin]), twin))
        # Else nobody touched it, and the other side never had it.
    _put_back(result, there, set(twins.values()))
    follows = [
        at > 0 and place is not None and place > 0 and result[at - 1][1] == place - 1
        for at, (_, place) in enumerate(result)
    ]
    return joined(result, follows)


def shown(markdown: str) -> str:
    """Return what is equal for texts that look the same, mentions by name."""
    return rendered(named(markdown))


def _twins(was: Sequence[str], there: Sequence[str], alike: Callable[[int, int], float]) -> dict[int, int]:
    return {mine: theirs for theirs, mine in enumerate(align(was, there, alike)) if mine is not None}


def _alike(one: Sequence[Block], other: Sequence[Block]) -> Callable[[int, int], float]:
    def alike(i: int, j: int) -> float:
        same = 1.0 if one[i].kind == other[j].kind else 0.3
        return same * likeness(one[i].text, other[j].text)

    return alike


def _put_back(result: list[tuple[T, int | None]], there: Sequence[T], known: set[int]) -> None:
    """Put what only the receiving side has behind what it stood behind."""
    for at, block in enumerate(there):
        if at not in known:
            before = [(twin, place) for place, (_, twin) in enumerate(result) if twin is not None and twin < at]
            result.insert(max(before)[1] + 1 if before else 0, (block, at))


def _edited(was: Block, now: Block, there: Block) -> Block:
    """Return the receiving side's block with the words of an edited one."""
    text = now.text
    if was.kind == now.kind == there.kind:
        text = {"quote": _quote, "table": _table, "heading": _heading, "code": _code}.get(
            now.kind, _list if now.kind in LISTS else _words
        )(was.text, now.text, there.text)
    return Block(now.kind, mentioned_again(was.text, text, there.text), there.gap)


def _words(was: str, now: str, there: str) -> str:
    return now


def _heading(was: str, now: str, there: str) -> str:
    """Keep the level, where only the words were changed."""
    before, after, onto = (HASHES.match(text) for text in (was, now, there))
    if before and after and onto and before[1] == after[1]:
        return onto[1] + now[after.end() :]
    return now


def _code(was: str, now: str, there: str) -> str:
    """Keep the language, where only the code was changed."""
    before, after, onto = (OPENING.match(text.split("\n")[0]) for text in (was, now, there))
    if before and after and onto and before[2] == after[2]:
        return after[1] + onto[2] + now[len(after[0]) :]
    return now


def _quote(was: str, now: str, there: str) -> str:
    inner = [re.sub(r"(?m)^ {0,3}> ?", "", text) for text in (was, now, there)]
    return "\n".join(f"> {line}".rstrip() for line in carry(*inner).split("\n"))


def _list(was: str, now: str, there: str) -> str:
    """Carry item by item, with the marks of the receiving side."""
    before, after, onto = items(was), items(now), items(there)
    if not before or not after or not onto:
        return now
    texts = [[body for _, body in each] for each in (before, after, onto)]
    twins = _twins(
        [shown(body) for body in texts[0]],
        [shown(body) for body in texts[2]],
        lambda i, j: likeness(texts[0][i], texts[2][j]),
    )
    if 2 * len(twins) < max(len(before), len(onto)):
        return now
    origin = align(texts[0], texts[1], lambda i, j: likeness(texts[0][i], texts[1][j]))
    bodies: list[tuple[str, int | None]] = []
    for at, body in zip(origin, texts[1], strict=True):
        twin = None if at is None else twins.get(at)
        if at is None or (twin is None and texts[0][at] != body):
            bodies.append((body, None))
        elif twin is not None:
            bodies.append((carry(texts[0][at], body, texts[2][twin]), twin))
    _put_back(bodies, texts[2], set(twins.values()))
    moved = before[0][0] != after[0][0]  # another bullet, or another first number
    marks = _marks([mark for mark, _ in (after if moved else onto)], len(bodies))
    pulled = bool(LOOSE.search(was)) != bool(LOOSE.search(now))
    between = "\n\n" if LOOSE.search(now if pulled else there) else "\n"
    return between.join(item(mark, body) for mark, (body, _) in zip(marks, bodies, strict=True))


def _marks(there: list[str], count: int) -> list[str]:
    """Return marks for the items of a list: its own bullet, or its own numbers counted on."""
    first = re.match(r"(\s*)(\d+)([.)]\s*)", there[0])
    own = there[0] if there[0].endswith((" ", "\t")) else there[0] + " "
    if not first:
        return [own] * count
    return [f"{first[1]}{int(first[2]) + at}{first[3].rstrip() + ' '}" for at in range(count)]


def _table(was: str, now: str, there: str) -> str:
    """Carry row by row, and cell by cell where the columns are the same."""
    rows = [text.split("\n") for text in (was, now, there)]
    widths = {len(_cells(text[0])) for text in rows}
    if len(widths) > 1:
        return now
    texts = [[_cells(row) for row in each] for each in rows]
    if len(texts[0]) != len(texts[2]):
        return now
    keys = [[" | ".join(row) for row in each] for each in texts]
    origin = align(keys[0], keys[1], lambda i, j: likeness(keys[0][i], keys[1][j]))
    result = []
    for at, (line, cells) in zip(origin, zip(rows[1], texts[1], strict=True), strict=True):
        if at is None:
            result.append(line)
        elif keys[0][at] == " | ".join(cells):
            result.append(rows[2][at])
        else:
            result.append("| " + " | ".join(_row(texts[0][at], cells, texts[2][at])) + " |")
    return "\n".join(result)


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in CELL.split(row.strip().removeprefix("|").removesuffix("|"))]


def _row(was: list[str], now: list[str], there: list[str]) -> list[str]:
    if not len(was) == len(now) == len(there):
        return now
    return [onto if before == after else after for before, after, onto in zip(was, now, there, strict=True)]
