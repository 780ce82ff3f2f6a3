"""The words of one block, edited: what was not touched keeps its colours, mentions and everything else in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from productops.connectors.jira.adf.words import inline, leaf
from productops.connectors.jira.adf.write import Node, mentioned, to_nodes

PIECE = re.compile(r"\w+|\s|[^\w\s]")
PLACEHOLDER = re.compile(r"(⟦[^⟦⟧\n]*⟧)")
SHOWN = ("strong", "em", "strike", "code", "link")
Marks = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, a space or a sign, with the marks that Markdown shows and the node it comes from."""

    text: str
    marks: Marks
    node: int
    whole: bool = False  # part of a node that is there as a whole or not at all


def shown(marks: Sequence[Node]) -> Marks:
    """Return the marks that Markdown shows."""
    kept = {one["type"]: str((one.get("attrs") or {}).get("href") or "") for one in marks if one["type"] in SHOWN}
    return tuple(sorted((kind, href) for kind, href in kept.items() if "code" not in kept or kind in ("code", "link")))


def pieces(nodes: Sequence[Node]) -> list[Piece]:
    """Return inline nodes in pieces."""
    found: list[Piece] = []
    for at, node in enumerate(nodes):
        seen = leaf(node)
        if seen["type"] == "hardBreak":
            found.append(Piece("\n", (), at))
            continue
        whole, marks = node["type"] != "text", shown(seen.get("marks") or [])
        found += [Piece(text, marks, at, whole) for text in PIECE.findall(seen["text"])]
    return found


def patched(old: Sequence[Node], new: Sequence[Node], lost: Callable[[str], Node | None]) -> list[Node]:
    """Return the inline nodes of ``old`` with the words and marks of ``new``.

    Args:
        old: what is there.
        new: what is wanted, as it was read from Markdown.
        lost: returns the node that a placeholder stands for, when it was taken out of another place.

    """
    one = Inline(old, new, lost)
    found = one.result()
    if inline(found) != inline([mentioned(node) for node in new]):
        # Marks that could not be shown where they were would show now, as if somebody had typed them.
        one.seen = [piece.marks for piece in one.mine]
        found = one.result()
    return found


class Inline:
    """One comparison of two runs of inline nodes."""

    def __init__(self, old: Sequence[Node], new: Sequence[Node], lost: Callable[[str], Node | None]) -> None:
        self.old: Sequence[Node] = old
        self.lost: Callable[[str], Node | None] = lost
        self.mine: list[Piece] = pieces(old)
        self.theirs: list[Piece] = pieces(new)
        self.new = new
        self.pairs: dict[int, int] = self._kept(
            _pairs([one.text for one in self.mine], [one.text for one in self.theirs])
        )
        self.seen: list[Marks] = self._seen()

    def _kept(self, pairs: dict[int, int]) -> dict[int, int]:
        """Leave out nodes of which only a part is left; find those that were moved as a whole."""
        back = {mine: theirs for theirs, mine in pairs.items()}
        for first, last in self._wholes():
            found = [back.get(at) for at in range(first, last)]
            if found[0] is not None and found == list(range(found[0], found[0] + last - first)):
                continue
            for theirs in found:
                if theirs is not None:
                    del pairs[theirs]
            self._moved(pairs, first, last)
        return pairs

    def _wholes(self) -> list[tuple[int, int]]:
        found, at = [], 0
        while at < len(self.mine):
            end = at + 1
            while end < len(self.mine) and self.mine[end].node == self.mine[at].node:
                end += 1
            if self.mine[at].whole:
                found.append((at, end))
            at = end
        return found

    def _moved(self, pairs: dict[int, int], first: int, last: int) -> None:
        words, size = [one.text for one in self.mine[first:last]], last - first
        places = [
            at
            for at in range(len(self.theirs) - size + 1)
            if [one.text for one in self.theirs[at : at + size]] == words
            and not any(at + step in pairs and self.mine[pairs[at + step]].whole for step in range(size))
        ]
        if len(places) == 1 and any(word.strip() for word in words):
            pairs.update({places[0] + step: first + step for step in range(size)})

    def _seen(self) -> list[Marks]:
        """Return the marks that Markdown really showed: where it could not place them they are not taken off."""
        read = to_nodes(inline(list(self.old)), "doc")
        found = pieces(read[0].get("content") or []) if len(read) == 1 and read[0]["type"] == "paragraph" else []
        marks = [one.marks for one in self.mine]
        for theirs, mine in _pairs([one.text for one in self.mine], [one.text for one in found]).items():
            marks[mine] = found[theirs].marks
        return marks

    def result(self) -> list[Node]:
        """Return the patched nodes."""
        found: list[Node] = []
        emitted: set[int] = set()
        for at, piece in enumerate(self.theirs):
            mine = self.pairs.get(at)
            if mine is None:
                found += self._fresh(at, piece)
            elif self.mine[mine].whole and not self._somebody_else(mine, piece):
                if self.mine[mine].node not in emitted:
                    emitted.add(self.mine[mine].node)
                    found.append(self.old[self.mine[mine].node])
            elif self.mine[mine].whole:
                found += self._fresh(at, piece)
            elif piece.text == "\n" and self.old[self.mine[mine].node]["type"] == "hardBreak":
                found.append(self.old[self.mine[mine].node])
            else:
                found.append(_text(piece.text, self._marks(mine, piece)))
        return placed(_joined(found), self.lost)

    def _somebody_else(self, mine: int, piece: Piece) -> bool:
        """Tell whether a mention of the same words is one of another person now."""
        wanted = [href for _, href in piece.marks if href.startswith("user:")]
        return bool(wanted) and wanted != [href for _, href in self.mine[mine].marks if href.startswith("user:")]

    def _marks(self, mine: int, piece: Piece) -> list[Node]:
        node = self.old[self.mine[mine].node]
        marks: list[Node] = node.get("marks") or []
        return marks if self.seen[mine] == piece.marks else self._with(marks, piece)

    def _with(self, hidden: Sequence[Node], piece: Piece) -> list[Node]:
        """Return the wanted marks with those beside that Markdown does not show."""
        wanted = [one for one in self.new[piece.node].get("marks") or [] if one["type"] in SHOWN]
        own = {(one["type"], (one.get("attrs") or {}).get("href")): one for one in hidden}
        wanted = [own.get((one["type"], (one.get("attrs") or {}).get("href")), one) for one in wanted]
        if any(one["type"] == "code" for one in wanted):  # ADF takes nothing but links and comments with it
            return wanted
        return [*wanted, *(one for one in hidden if one["type"] not in SHOWN)]

    def _fresh(self, at: int, piece: Piece) -> list[Node]:
        if piece.text == "\n" and self.new[piece.node]["type"] == "hardBreak":
            return [{"type": "hardBreak"}]
        return [_text(piece.text, self._with(self._around(at), piece))]

    def _around(self, at: int) -> list[Node]:
        """Return the hidden marks of new words: of those they replace, or else what both neighbours share."""
        before = next((self.pairs[one] for one in range(at - 1, -1, -1) if one in self.pairs), -1)
        after = next((self.pairs[one] for one in range(at + 1, len(self.theirs)) if one in self.pairs), len(self.mine))
        replaced = [one.node for one in self.mine[before + 1 : after] if one.text.strip() and not one.whole]
        if not replaced and 0 <= before < after < len(self.mine):
            replaced = [self.mine[before].node, self.mine[after].node]
        marks = [[one for one in self.old[at].get("marks") or [] if one["type"] not in SHOWN] for at in replaced]
        return [one for one in marks[0] if all(one in each for each in marks)] if marks else []


def _pairs(old: list[str], new: list[str]) -> dict[int, int]:
    """Return new piece → old piece."""
    ahead = 0
    while ahead < min(len(old), len(new)) and old[ahead] == new[ahead]:
        ahead += 1
    behind = 0
    while behind < min(len(old), len(new)) - ahead and old[-1 - behind] == new[-1 - behind]:
        behind += 1
    found = {at: at for at in range(ahead)}
    found |= {len(new) - 1 - at: len(old) - 1 - at for at in range(behind)}
    inner_old, inner_new = old[ahead : len(old) - behind], new[ahead : len(new) - behind]
    for run in SequenceMatcher(None, inner_old, inner_new, autojunk=False).get_matching_blocks():
        # A lone space or sign says nothing of where it came from.
        if any(re.match(r"\w", text) for text in inner_new[run.b : run.b + run.size]):
            found |= {ahead + run.b + step: ahead + run.a + step for step in range(run.size)}
    return found


def _text(text: str, marks: Sequence[Node]) -> Node:
    return {"type": "text", "text": text, **({"marks": list(marks)} if marks else {})}


def _joined(nodes: list[Node]) -> list[Node]:
    found: list[Node] = []
    for node in nodes:
        last = found[-1] if found else None
        if last and node["type"] == last["type"] == "text" and node.get("marks") == last.get("marks"):
            found[-1] = {**last, "text": last["text"] + node["text"]}
        else:
            found.append(node)
    return found


def placed(nodes: Sequence[Node], lost: Callable[[str], Node | None]) -> list[Node]:
    """Return nodes in which placeholders of inline things that were moved here are those things."""
    found: list[Node] = []
    for node in nodes:
        if node["type"] != "text" or "⟦" not in node["text"]:
            found.append(node)
            continue
        for part in PLACEHOLDER.split(node["text"]):
            moved = lost(part) if part.startswith("⟦") else None
            if moved is not None:
                found.append(moved)
            elif part:
                found.append({**node, "text": part})
    return [mentioned(node) for node in _joined(found)]
