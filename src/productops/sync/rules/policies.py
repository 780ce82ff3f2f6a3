"""What a field's own rule does when both sides changed it: union, merge, newest.

``left``, ``right`` and ``ask`` need nothing but the two values and live in :mod:`~productops.sync.rules.merge`. These
three need more: what a set held, what a text said block by block, or when each record last changed. What they
cannot decide stays a conflict, with the reason among the plan's notes. Values that a rule overwrites are kept.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, get_args

from productops.errors import ConfigError
from productops.sdk.collection import Collection
from productops.sdk.mapping import Bound, Cell, Seen, Side
from productops.sdk.record import canonical
from productops.sdk.richtext import same_markdown
from productops.sync.plan import SIDES, other
from productops.sync.rules.merge import SETS, Lane, Outcome, Policy, winner

TEXTS = ("text", "markdown")
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


def check_names(policies: Mapping[str, str], fields: set[str]) -> None:
    """Refuse a policy that does not exist, or one for a field that is not mapped on both sides.

    Raises:
        ConfigError: it says which.

    """
    for name, policy in policies.items():
        if policy not in get_args(Policy):
            raise ConfigError(
                f"policies: {policy!r}, given for {name!r}, is not a policy.",
                remedy=f"Use one of {', '.join(get_args(Policy))}.",
            )
        if name not in fields:
            raise ConfigError(
                f"policies: {name!r} is not mapped on both sides.", remedy="Map it, or leave its policy out."
            )


def check_lane(lane: Lane, bound: Mapping[Side, Bound[Any]]) -> None:
    """Refuse a policy that this field or these services cannot carry out.

    Raises:
        ConfigError: it says why.

    """
    kinds = {side: lane.spot(side).field.kind for side in SIDES}
    collections = {side: bound[side].collection for side in SIDES}
    remedy = 'Use "ask", "left" or "right" for it.'
    if lane.policy == "union" and (wrong := [side for side in SIDES if kinds[side] not in SETS]):
        where = f"{collections[wrong[0]].name} it is {kinds[wrong[0]]}"
        raise ConfigError(f"policies: {lane.name!r} cannot be a union: in {where}, not a set.", remedy=remedy)
    if lane.policy == "merge" and (wrong := [side for side in SIDES if kinds[side] not in TEXTS]):
        where = f"{collections[wrong[0]].name} it is {kinds[wrong[0]]}"
        raise ConfigError(f"policies: {lane.name!r} cannot be merged: in {where}, not text.", remedy=remedy)
    if lane.policy == "newest" and (blind := [side for side in SIDES if collections[side].features.updated is None]):
        raise ConfigError(
            f"policies: {lane.name!r} cannot go by the newest value: {collections[blind[0]].name} does not tell "
            "when a record last changed.",
            remedy=remedy,
        )


@dataclass(frozen=True, slots=True)
class Case:
    """A field that both sides changed, with all that a policy may look at."""

    lane: Lane
    cells: Mapping[Side, Cell]
    base: Mapping[Side, list[Any] | None]
    seen: Mapping[Side, Seen]
    collections: Mapping[Side, Collection]


def settle(case: Case) -> Outcome:
    """Decide by the field's policy. A ``conflict`` carries the reason why it could not."""
    if case.lane.policy == "union":
        return _union(case)
    if case.lane.policy == "merge":
        return _merge(case)
    if case.lane.policy == "newest":
        return _newest(case)
    return Outcome("conflict")


def _union(case: Case) -> Outcome:
    """Take what either side holds: no side can have removed anything, because nothing was ever agreed."""
    items: dict[str, Any] = {}
    for side in SIDES:
        items |= {str(canonical(item)): item for item in case.cells[side].value or []}
    return _both_get(case, list(items.values()) or None, "nothing was agreed before, and the two sets were joined")


def _newest(case: Case) -> Outcome:
    """Take the value of the record that changed last, by the services' own clocks."""
    times = {side: case.seen[side].updated for side in SIDES}
    left, right = times["left"], times["right"]
    if left is None or right is None:
        return Outcome("conflict", reason="a record came without the time of its last change")
    coarse = max(
        grain.total_seconds() for side in SIDES if (grain := case.collections[side].features.updated) is not None
    )
    if abs(left - right) <= coarse:
        return Outcome("conflict", reason="both changed at the same time, as far as the services tell")
    source: Side = "left" if left > right else "right"
    at = {side: datetime.fromtimestamp(stamp, UTC) for side, stamp in (("left", left), ("right", right))}
    told = f"{at[source]:%Y-%m-%d %H:%M:%S} against {at[other(source)]:%Y-%m-%d %H:%M:%S} UTC"
    return winner(
        case.lane, case.cells, case.base, source, f"both sides had changed it, and {source} is newer ({told})"
    )


def _merge(case: Case) -> Outcome:
    before = {side: None if (base := case.base[side]) is None else str(base[1] or "") for side in SIDES}
    now = {side: str(case.cells[side].value or "") for side in SIDES}
    merged = merge_blocks(before["left"], before["right"], now["left"], now["right"])
    if merged is None:
        return Outcome("conflict", reason="both sides changed the same part of the text")
    return _both_get(case, merged or None, "both sides had changed different parts of the text, which were merged")


def _both_get(case: Case, value: Any, rule: str) -> Outcome:
    """Write a merged value where it is not shown yet."""
    ways = [side for side in SIDES if not case.lane.equal(case.cells[side].value, value)]
    if not ways:
        return Outcome("agree")
    for side in ways:
        if not case.lane.flows_to(side):
            return Outcome("conflict", reason=f"the {side} side cannot be written")
        if case.cells[side].protected:
            return Outcome("held", reason=f"{case.cells[side].protected}; the other side's edit waits")
    return Outcome("write", dict.fromkeys(ways, value), loser=True, rule=rule)


# --- Markdown by block


def blocks(text: str) -> list[str]:
    r"""Return a text's blocks: paragraphs, lists, whole fenced code.

    >>> blocks("one\ntwo\n\n\nthree\n\n~~~\na\n\nb\n~~~")
    ['one\ntwo', 'three', '~~~\na\n\nb\n~~~']
    """
    found: list[list[str]] = [[]]
    fence = ""
    for line in text.splitlines():
        mark = FENCE.match(line)
        if fence:
            fence = "" if mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]) else fence
        elif mark:
            fence = mark[1]
        if line.strip() or fence:
            found[-1].append(line.rstrip())
        elif found[-1]:
            found.append([])
    return ["\n".join(lines) for lines in found if lines]


Edit = tuple[int, int, list[str]]  # base blocks from, to, and what stands there now


def merge_blocks(base_left: str | None, base_right: str | None, left: str, right: str) -> str | None:
    r"""Merge two edits of a text, block by block; ``None`` when both changed the same block.

    Each side is compared with how that side looked before, because a service may spell the text in its own way.

    >>> merge_blocks("one\n\ntwo", "one\n\ntwo", "ONE\n\ntwo", "one\n\ntwo\n\nthree")
    'ONE\n\ntwo\n\nthree'
    >>> merge_blocks("one", "one", "ONE", "uno") is None
    True
    """
    if base_left is None or base_right is None:
        return None
    was = {"left": blocks(base_left), "right": blocks(base_right)}
    same = len(was["left"]) == len(was["right"])
    if not same or not all(same_markdown(one, two) for one, two in zip(was["left"], was["right"], strict=True)):
        return None  # the two spellings cannot be laid side by side
    edits = {"left": _edits(was["left"], blocks(left)), "right": _edits(was["right"], blocks(right))}
    chosen = list(edits["left"])
    for edit in edits["right"]:
        clash = [mine for mine in edits["left"] if _overlap(mine, edit)]
        if not clash:
            chosen.append(edit)
        elif len(clash) > 1 or clash[0][:2] != edit[:2] or not _alike(clash[0][2], edit[2]):
            return None
    result, at = [], 0
    for start, end, now in sorted(chosen, key=lambda edit: edit[:2]):
        result += was["left"][at:start] + now
        at = end
    return "\n\n".join(result + was["left"][at:])


def _edits(before: list[str], after: list[str]) -> list[Edit]:
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return [(i1, i2, after[j1:j2]) for tag, i1, i2, j1, j2 in matcher.get_opcodes() if tag != "equal"]


def _overlap(one: Edit, two: Edit) -> bool:
    """Tell whether two edits touch the same block, or add something at the same place."""
    return one[:2] == two[:2] or (one[0] < two[1] and two[0] < one[1])


def _alike(one: list[str], two: list[str]) -> bool:
    return len(one) == len(two) and all(same_markdown(left, right) for left, right in zip(one, two, strict=True))
