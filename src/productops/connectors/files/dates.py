"""Days and times as people write them in files, and which of two numbers is the day."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
NUMERIC = re.compile(r"(?P<a>\d{1,4})(?P<sep>[./-])(?P<b>\d{1,2})(?P=sep)(?P<c>\d{1,4})(?:[ T,]+(?P<time>.+))?\Z")
WORDS = re.compile(
    r"(?:(?P<d1>\d{1,2})\.?[ -]+)?(?P<m>[^\W\d]{3,10})\.?[ -]+(?:(?P<d2>\d{1,2})(?:st|nd|rd|th)?,?[ -]+)?(?P<y>\d{4})"
    r"(?:[ T,]+(?P<time>.+))?\Z"
)
TIME = re.compile(r"(\d{1,2})[:h](\d{2})(?::(\d{2})(?:\.(\d+))?)?(?: ?([AaPp])\.?[Mm]\.?)?(?: ?(Z|UTC|GMT))?\Z")
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            *(
                "jan janv januar janeiro ene",
                "feb fév febr",
                "mar mars märz mär",
                "apr avr abr",
                "may mai",
                "jun juin juni",
            ),
            *("jul juil juli", "aug août ago", "sep sept", "oct okt", "nov", "dec déc dez dic"),
        ),
        1,
    )
    for name in names.split()
}
CENTURY = 100
PIVOT = 70  # 69 is 2069 and 70 is 1970, as in POSIX


@dataclass(frozen=True, slots=True)
class Style:
    """How a column spells its dates: ISO, or numbers with a separator in some order."""

    order: Literal["iso", "dmy", "mdy"] = "iso"
    separator: str = "-"
    time: str = "T"  # what stands between the day and the time
    short_year: bool = False

    def day(self, day: date) -> str:
        """Return a day in this style."""
        if self.order == "iso":
            return day.isoformat()
        year = f"{day.year % CENTURY:02d}" if self.short_year else f"{day.year:04d}"
        parts = (day.day, day.month) if self.order == "dmy" else (day.month, day.day)
        return self.separator.join([f"{parts[0]:02d}", f"{parts[1]:02d}", year])

    def moment(self, moment: datetime, zone: str) -> str:
        """Return a time in this style; ISO names its zone, the others mean the file's."""
        if self.order == "iso":
            return moment.astimezone(UTC).isoformat(sep=self.time).replace("+00:00", "Z")
        local = moment.astimezone(ZoneInfo(zone))
        seconds = local.strftime(":%S") if local.second or local.microsecond else ""
        part = f".{local.microsecond:06d}" if local.microsecond else ""
        return f"{self.day(local.date())} {local:%H:%M}{seconds}{part}"


ISO_STYLE = Style()


def day_of(text: str, *, day_first: bool | None) -> date:
    """Read a day.

    Raises:
        ValueError: it is none, or could be two; the message says which.

    """
    return _read(text.strip(), day_first)[0]


def moment_of(text: str, zone: str, *, day_first: bool | None) -> datetime:
    """Read a time; a day alone is its midnight, and what names no zone is in ``zone``.

    Raises:
        ValueError: it is none, or could be two.

    """
    text = text.strip()
    if ISO.match(text):
        moment = datetime.fromisoformat(re.sub(r" ?(UTC|GMT|Z)\Z", "+00:00", text).replace(" +", "+"))
    else:
        day, clock = _read(text, day_first)
        moment = _at(day, clock) if clock else datetime(day.year, day.month, day.day)  # noqa: DTZ001  its zone follows
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def _read(text: str, day_first: bool | None) -> tuple[date, str]:
    if ISO.match(text):
        return date.fromisoformat(text[:10]), text[11:]
    if match := NUMERIC.match(text):
        return _numeric(match, text, day_first), match["time"] or ""
    if match := WORDS.match(text):
        day, month = match["d1"] or match["d2"], _month(match["m"])
        if day and month:
            return date(int(match["y"]), month, int(day)), match["time"] or ""
    raise ValueError(f"{text[:60]!r} is no date")


def _numeric(match: re.Match[str], text: str, day_first: bool | None) -> date:
    a, b, c = (int(match[name]) for name in "abc")
    if len(match["a"]) == 4:
        return date(a, b, c)
    if len(match["c"]) not in (2, 4):
        raise ValueError(f"{text[:60]!r} is no date")
    year = c if len(match["c"]) == 4 else c + (2000 if c < PIVOT else 1900)
    if day_first is None and a <= 12 and b <= 12 and a != b:
        raise ValueError(f"{text[:60]!r} can be two days; say day_first=True or day_first=False")
    first = a > 12 if day_first is None else day_first
    day, month = (a, b) if first else (b, a)
    if month > 12:
        way = "day first" if first else "month first"
        raise ValueError(f"{text[:60]!r} is no date when read {way}")
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"{text[:60]!r} is no day of that month") from None


def _month(word: str) -> int | None:
    word = word.casefold()
    return MONTHS.get(word) or MONTHS.get(word[:4]) or MONTHS.get(word[:3])


def _at(day: date, clock: str) -> datetime:
    match = TIME.match(clock.strip())
    if not match:
        raise ValueError(f"{clock[:40]!r} is no time of day")
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[5]:
        hour = hour % 12 + (12 if match[5].lower() == "p" else 0)
    micro = int((match[4] or "0")[:6].ljust(6, "0"))
    zone = UTC if match[6] else None
    return datetime(day.year, day.month, day.day, hour, minute, second, micro, zone)


def told_order(texts: Iterable[str]) -> tuple[bool | None, bool]:
    """Return whether the day comes first, as far as the texts tell, and whether any date leaves it open."""
    day_first = month_first = dotted = open_ = False
    for text in texts:
        match = NUMERIC.match(text.strip())
        if not match or len(match["a"]) == 4:
            continue
        a, b = int(match["a"]), int(match["b"])
        day_first |= a > 12 >= b
        month_first |= b > 12 >= a
        dotted |= match["sep"] == "."
        open_ |= a <= 12 and b <= 12
    if day_first != month_first:
        return day_first, open_
    # With dots the day always comes first; where rows contradict each other, nothing is told.
    return (True if dotted and not month_first else None), open_


def style_of(texts: Iterable[str], *, day_first: bool | None) -> Style:
    """Return how a column spells its dates, by the first that is no ISO date; ISO where nothing tells."""
    for text in texts:
        text = text.strip()
        match = NUMERIC.match(text)
        if match and len(match["a"]) != 4:
            order: Literal["dmy", "mdy"] = "mdy" if day_first is False else "dmy"
            return Style(order, match["sep"], " ", len(match["c"]) == 2)
        if ISO.match(text):
            return Style(time=" " if len(text) > 10 and text[10] == " " else "T")
    return Style()
