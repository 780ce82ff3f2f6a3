"""Words, dates and numbers in the reader's language: English and French come with the library, others from a file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from productops.errors import ConfigError
from productops.model.money import Money
from productops.model.timebox import Precision, TimeBucket

CODES = ("en", "fr")
VARIABLE = "PRODUCTOPS_LANG"
THIN = "\u202f"  # the narrow space that French puts into numbers and before signs
NO_BREAK = "\u00a0"
SIGNS = re.compile(r" ([:;?!])")
HOLE = re.compile(r"\{(\w+)\}")
Labels = Mapping[str, Mapping[str, str]]


@cache
def shipped() -> Labels:
    """Our labels: key → language → text."""
    return read_labels(
        (files("productops.reports") / "data" / "labels.yaml").read_text(encoding="utf-8"), "labels.yaml"
    )


def read_labels(text: str, name: str) -> Labels:
    """Read a file of labels; ConfigError says which key is not a mapping of languages to texts."""
    import yaml

    try:
        content = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise ConfigError(f"{name} is not YAML: {error}", remedy="Correct it, or leave the file out.") from None
    if not isinstance(content, dict):
        raise ConfigError(f"{name} is no mapping of labels.", remedy='Write lines such as `now: {en: "Now"}`.')
    for key, texts in content.items():
        if not isinstance(texts, dict) or not all(isinstance(each, str) for each in (*texts, *texts.values())):
            raise ConfigError(
                f"{name}: {key!r} is no mapping of languages to texts.",
                remedy=f'Write {key}: {{en: "…", fr: "…"}}, in quotes where YAML reads another value.',
            )
    return content


@cache
def sentences() -> list[tuple[str, re.Pattern[str]]]:
    """What the model says in sentences of its own: the label of each, and how it is recognised."""
    known = [(key, texts["en"].split("|")[-1]) for key, texts in shipped().items() if key.startswith("says_")]
    return [(key, re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(text)))) for key, text in known]


class Language:
    r"""How one reader reads: call it with a label's key, or give it a date, a number or a time to write.

    `extra` adds or replaces labels (key → language → text), and may bring a language of its own; what a language
    lacks is said in English. Raises ConfigError for a language that nobody brought.

    >>> Language("fr").date(date(2026, 11, 1)), Language("fr").share(0.775)
    ('1er nov. 2026', '78\u202f%')
    """

    def __init__(self, code: str = "en", extra: Labels | None = None) -> None:
        self.code = code
        self.extra: Labels | dict[str, Mapping[str, str]] = extra or {}
        known = {*CODES, *(each for texts in self.extra.values() for each in texts)}
        if code not in known:
            raise ConfigError(
                f"There are no labels in {code!r}.", remedy=f"Use one of {', '.join(sorted(known))}, or bring your own."
            )
        self.french: bool = code == "fr"

    @classmethod
    def read(cls, code: str, folder: Path | None) -> Language:
        """The language with the labels of a folder's `labels.yaml`, where there is one."""
        path = folder / "labels.yaml" if folder else None
        if path is None or not path.is_file():
            return cls(code)
        return cls(code, read_labels(path.read_text(encoding="utf-8"), str(path)))

    @classmethod
    def spoken(cls) -> Language:
        """The language of what shows itself in a notebook: PRODUCTOPS_LANG, as for the commands; else English.

        The machine's own language counts for nothing here: a notebook looks the same wherever it is run.
        """
        code = re.split(r"[_.@-]", os.environ.get(VARIABLE, ""))[0].lower()
        return cls(code if code in CODES else "en")

    def __call__(self, key: str, n: float | None = None, **values: object) -> str:
        """The label of a key. With `n` the form for that number is taken, and `{n}` is replaced by it.

        >>> Language("en")("count_notes", 1), Language("en")("count_notes", 2)
        ('1 note', '2 notes')
        """
        texts = {**shipped().get(key, {}), **self.extra.get(key, {})}
        if not texts:
            raise KeyError(f"there is no label {key!r}")
        text = texts.get(self.code) or texts["en"]
        if n is not None:
            forms = text.split("|")
            one = abs(n) < 2 if self.french else n == 1  # noqa: PLR2004, RUF100 - French counts 0 and 1.5 as one
            text = forms[0] if one else forms[-1]
            values = {"n": self.number(n, 1), **values}
        if self.french:  # a sign never begins a line
            text = SIGNS.sub(lambda sign: f"{NO_BREAK if sign[1] == ':' else THIN}{sign[1]}", text)
        return HOLE.sub(lambda hole: str(values.get(hole[1], hole[0])), text)

    def has(self, key: str) -> bool:
        """Whether there is a label of that key."""
        return key in shipped() or key in self.extra

    def word(self, kind: str, value: object) -> str:
        """The word for a value of one of our enumerations, for instance ("status", "on_hold"); else the value."""
        key = f"{kind}_{value}"
        return self(key) if self.has(key) else str(value)

    def retold(self, sentence: str) -> str:
        """A sentence that the model made, in this language; one that is not known stays as it is.

        >>> Language("fr").retold("3 of 15 accounts are not known, so their revenue is left out")
        '3 comptes sur 15 ne sont pas connus, leur revenu est donc laissé de côté'
        """
        for key, pattern in sentences():
            if found := pattern.fullmatch(sentence):
                values: dict[str, Any] = {name: self.retold(value) for name, value in found.groupdict().items()}
                count = values.pop("n", None)
                return self(key, None if count is None else float(count), **values)
        return sentence

    def month(self, number: int) -> str:
        """A month's short name."""
        return self("months").split()[number - 1]

    def date(self, day: date | datetime | None, *, year: bool = True) -> str:
        """A day; "no date" for None."""
        if day is None:
            return self("no_date")
        number = "1er" if self.french and day.day == 1 else str(day.day)
        return f"{number} {self.month(day.month)}" + (f" {day.year}" if year else "")

    def when(self, bucket: TimeBucket | None) -> str:
        """A time as exactly as it is known: a quarter stays a quarter."""
        if bucket is None or not bucket.known:
            return self("no_date")
        start, end, how = bucket.start, bucket.end, bucket.precision
        if how is Precision.NONE or start is None or end is None:
            return f"{self.date(start) if start else '…'} – {self.date(end) if end else '…'}"
        if how is Precision.DAY:
            return self.date(start)
        if how is Precision.MONTH:
            return f"{self.month(start.month)} {start.year}"
        if how is Precision.YEAR:
            return str(start.year)
        if how is Precision.WEEK:
            year, week, _ = start.isocalendar()
            return self("week_label", week=f"{week:02d}", year=year)
        part = (start.month - 1) // (3 if how is Precision.QUARTER else 6) + 1
        return self(f"{how.value}_label", part=part, year=start.year)

    def number(self, value: float | Decimal, digits: int = 0) -> str:
        """A number with so many digits after the point, which are left out where they are zeros."""
        text = f"{value:,.{digits}f}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
        text = "0" if text == "-0" else text
        if self.french:
            text = text.replace(",", THIN).replace(".", ",")
        return text.replace("-", "−")

    def share(self, value: float | None, digits: int = 0) -> str:
        """A share as a percentage; "–" for None."""
        return "–" if value is None else f"{self.number(value * 100, digits)}{THIN if self.french else ''}%"

    def money(self, amount: Money | None) -> str:
        """An amount with its currency, without cents; "–" for None."""
        return "–" if amount is None else f"{self.number(amount.amount)}\u00a0{amount.currency}"

    def hours(self, value: float | Decimal | None, digits: int = 1) -> str:
        """Hours; "–" for None."""
        return "–" if value is None else f"{self.number(value, digits)}\u00a0h"

    def names(self, things: Iterable[Any]) -> str:
        """Several things in one line."""
        return ", ".join(str(thing) for thing in things)
