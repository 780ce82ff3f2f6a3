"""Runs of rich text: pieces of at most 2,000 characters, and edits that leave the rest of a text as it is.

Notion keeps a text as a list of runs, each with its formatting; a mention or an equation is a run of its own. An edit
is laid over what is there: what comes before and behind it keeps its runs, with colours, mentions and all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any
from urllib.parse import unquote

Run = dict[str, Any]
Mark = tuple[Any, ...]
Visible = Callable[[Run], tuple[str, Mark]]

USER = "user:"  # what the address of a mention begins with, in Markdown
LONGEST = 2_000  # UTF-16 units in one run, the stricter way of counting
MOST = 100  # runs in one text
PLAIN: Mark = (False, False, False, False, None)


def units(text: str) -> int:
    """Return the length of a text in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def pieces(text: str, longest: int = LONGEST) -> list[str]:
    """Cut a text into pieces that are short enough, never inside a character."""
    if len(text) * 2 <= longest or units(text) <= longest:
        return [text] if text else []
    found: list[str] = []
    piece: list[str] = []
    size = 0
    for char in text:
        width = 2 if ord(char) > 0xFFFF else 1
        if size + width > longest:
            found.append("".join(piece))
            piece, size = [], 0
        piece.append(char)
        size += width
    return [*found, "".join(piece)] if piece else found


def plain(text: str) -> list[Run]:
    """Return a text without formatting as runs.

    >>> [len(run["text"]["content"]) for run in plain("x" * 2_500)]
    [2000, 500]
    """
    return [{"type": "text", "text": {"content": piece}} for piece in pieces(text)]


def run(text: str, mark: Mark = PLAIN) -> list[Run]:
    """Return text with its marks (bold, italic, struck, code, link) as runs."""
    bold, italic, struck, code, href = mark
    if href and href.startswith(USER):
        who = {"type": "user", "user": {"object": "user", "id": unquote(href.removeprefix(USER))}}
        return [{"type": "mention", "mention": who, "plain_text": text}]
    marks = {"bold": bold, "italic": italic, "strikethrough": struck, "code": code}
    found = []
    for piece in pieces(text):
        one: Run = {"type": "text", "text": {"content": piece}}
        if href:
            one["text"]["link"] = {"url": href}
        if any(marks.values()):
            one["annotations"] = {name: True for name, value in marks.items() if value}
        found.append(one)
    return found


def words(one: Run) -> str:
    """Return what a run shows as plain text."""
    if one.get("type") == "text":
        return str((one.get("text") or {}).get("content", ""))
    if one.get("type") == "equation":
        return f"${(one.get('equation') or {}).get('expression', '')}$"
    return str(one.get("plain_text", ""))


def bare(one: Run) -> tuple[str, Mark]:
    """Return what plain text shows of a run."""
    text = words(one) if one.get("type") == "text" else str(one.get("plain_text", "")) or words(one)
    return text, ()


def visible(one: Run) -> tuple[str, Mark]:
    """Return what Markdown shows of a run: its words, and bold, italic, struck, code, link."""
    marks = one.get("annotations") or {}
    link = (one.get("text") or {}).get("link") if one.get("type") == "text" else None
    href = (link or {}).get("url") or (one.get("href") if one.get("type") == "mention" else None)
    if user := ((one.get("mention") or {}).get("user") or {}).get("id"):
        href = USER + str(user)
    shown = tuple(bool(marks.get(name)) for name in ("bold", "italic", "strikethrough", "code"))
    return words(one), (*shown, href or None)


def patch(now: Sequence[Run], wanted: Sequence[Run], *, visible: Visible) -> list[Run]:
    """Return the runs to write: what stays the same at both ends comes from ``now``, the middle from ``wanted``."""
    old, new = _spread(now, visible), _spread(wanted, visible)
    most = min(len(old), len(new))
    ahead = 0
    while ahead < most and old[ahead][0] == new[ahead][0]:
        ahead += 1
    ahead = _whole(old, ahead)
    behind = 0
    while behind < most - ahead and old[-1 - behind][0] == new[-1 - behind][0]:
        behind += 1
    while behind and not _edge(old, len(old) - behind):
        behind -= 1
    middle = new[ahead : len(new) - behind]
    found = [*_gather(old[:ahead], now), *_gather(middle, wanted), *_gather(old[len(old) - behind :], now)]
    return [writable(one) for one in _joined(found)]


Char = tuple[tuple[str, Mark], int, bool]  # what is seen, which run, whether the run is indivisible


def _spread(of: Sequence[Run], visible: Visible) -> list[Char]:
    found: list[Char] = []
    for at, one in enumerate(of):
        text, mark = visible(one)
        found += [((char, mark), at, one.get("type") != "text") for char in text]
    return found


def _edge(chars: list[Char], at: int) -> bool:
    """Tell whether a cut here divides no mention and no equation."""
    if at in (0, len(chars)):
        return True
    return not (chars[at][2] and chars[at - 1][1] == chars[at][1])


def _whole(chars: list[Char], at: int) -> int:
    while at and not _edge(chars, at):
        at -= 1
    return at


def _gather(chars: list[Char], of: Sequence[Run]) -> list[Run]:
    """Return the runs that some characters came from, cut to those characters."""
    found: list[Run] = []
    for at, group in groupby(chars, key=lambda each: each[1]):
        each = list(group)
        found.append(of[at] if each[0][2] else _with(of[at], "".join(char for (char, _mark), _, _ in each)))
    return found


def _with(one: Run, text: str) -> Run:
    return {**one, "text": {**one["text"], "content": text}}


def _joined(found: list[Run]) -> list[Run]:
    """Join neighbours with the same formatting, as far as a run may be long."""
    joined: list[Run] = []
    for one in found:
        last = joined[-1] if joined else None
        if last is not None and last.get("type") == one.get("type") == "text" and _look(last) == _look(one):
            both = last["text"]["content"] + one["text"]["content"]
            if units(both) <= LONGEST:
                joined[-1] = _with(last, both)
                continue
        joined.append(one)
    return joined


def _look(one: Run) -> Any:
    marks = {k: v for k, v in (one.get("annotations") or {}).items() if v not in (False, "default")}
    return ((one.get("text") or {}).get("link") or {}).get("url"), sorted(marks.items())


def writable(one: Run) -> Run:
    """Return a run as it is sent: without what Notion adds when it shows one."""
    kind = str(one.get("type", "text"))
    content = one.get(kind) or {}
    if kind == "text":
        content = {name: part for name, part in content.items() if name != "link" or part}
    if kind == "mention" and "user" in content:
        content = {"type": "user", "user": {"object": "user", "id": content["user"]["id"]}}
    sent: Run = {"type": kind, kind: content}
    marks = {k: v for k, v in (one.get("annotations") or {}).items() if v not in (False, "default")}
    return {**sent, "annotations": marks} if marks else sent
