"""Numbers as people write them in files, and which sign is the decimal one."""

from __future__ import annotations

import re
from collections.abc import Iterable

SPACES = re.compile(r"[\s\u00a0\u202f\u2009'’_]")
MONEY = re.compile(r"^([-+]?)[€$£¥]|(?<=\d)[€$£¥]$|^[€$£¥](?=[-+\d])")
PLAIN = re.compile(r"[-+]?(\d+)?([.,]\d+)*(e[-+]?\d+)?\Z", re.IGNORECASE)
LONG = 15  # digits; what is longer loses some in a float


def number_of(text: str, decimal: str) -> int | float:
    """Read a number whose decimal sign is known; white space and the other sign group its digits.

    Raises:
        ValueError: it is no number.

    """
    bare = _bare(text)
    group = "," if decimal == "." else "."
    whole, sign, part = bare.partition(decimal)
    plain = PLAIN.match(bare) and any(character.isdigit() for character in bare)
    if not plain or group in part or not _grouped(whole, group):
        raise ValueError(f"{text[:60]!r} is no number" + (f" with a decimal {_name(decimal)}" if plain else ""))
    digits = whole.replace(group, "")
    return float(f"{digits or 0}{'.' if sign else ''}{part}") if sign or "e" in digits.lower() else int(digits)


def _bare(text: str) -> str:
    return MONEY.sub(r"\1", SPACES.sub("", text.strip()).replace("−", "-"))


def _grouped(whole: str, group: str) -> bool:
    first, *rest = whole.lstrip("+-").split(group)
    return not rest or (1 <= len(first) <= 3 and all(len(each) == 3 for each in rest))


def _name(decimal: str) -> str:
    return "comma" if decimal == "," else "point"


def told_decimal(texts: Iterable[str]) -> tuple[str | None, bool]:
    """Return the decimal sign, as far as the texts agree, and whether any number leaves it open."""
    signs: set[str] = set()
    open_ = False
    for text in texts:
        bare = _bare(text)
        found = re.findall(r"[.,]", bare)
        if not found or not PLAIN.match(bare):
            continue
        last = found[-1]
        after = re.split(r"[.,]", bare)[-1].lower().partition("e")[0]
        if len(set(found)) == 2:
            signs.add(last)
        elif len(found) > 1:
            signs.add("," if last == "." else ".")  # 1.234.567: it groups
        elif len(after) != 3 or bare.lstrip("+-").startswith(("0", last)) or len(re.split(r"[.,]", bare)[0]) > 4:
            signs.add(last)
        else:
            open_ = True
    return (signs.pop() if len(signs) == 1 else None), open_


def spelled(value: float, decimal: str) -> str:
    """Return a number as the file spells it, without grouping."""
    text = str(value) if isinstance(value, int) else repr(value)
    return text.replace(".", decimal)
