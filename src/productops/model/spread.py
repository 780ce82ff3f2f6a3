"""Numbers of several people: median and range with the count, and when a before and an after may be compared."""

from collections.abc import Iterable, Mapping
from statistics import median

from pydantic import Field

from productops.model.base import Value

FEWEST = 5


class Spread(Value):
    """How many numbers there are, their median, and the lowest and highest; there is always at least one.

    >>> Spread.of([4, 2, 5, 5]).median
    4.5
    """

    n: int = Field(ge=1)
    median: float
    low: float
    high: float

    @classmethod
    def of(cls, numbers: Iterable[float]) -> "Spread | None":
        """The spread of numbers, or None when there are none."""
        known = sorted(numbers)
        return cls(n=len(known), median=median(known), low=known[0], high=known[-1]) if known else None

    def __str__(self) -> str:
        return f"median {self.median:g}, {self.low:g} to {self.high:g} (n={self.n})"


class BeforeAfter(Value):
    """Two spreads, and the change between them where it may be claimed.

    `change` is the median of each respondent's own change; it is None, with `reasons`, where nothing may be claimed.
    """

    before: Spread | None
    after: Spread | None
    in_common: int
    change: float | None = None
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def claim(self) -> bool:
        """Whether the numbers carry a statement about a change."""
        return self.change is not None


def before_after(
    before: Mapping[str, float], after: Mapping[str, float], *, min_n: int = FEWEST, panel: bool = False
) -> BeforeAfter:
    """Compare numbers by respondent; no claim with fewer than `min_n` of them or with different respondents.

    With `panel` only those who answered both times are looked at, and a warning says how many that leaves out.
    Source of the rule: the project's notes on impact; that five is the least is our default.

    >>> before_after({"a": 5}, {"a": 2}).reasons
    ('1 respondent before, and 5 are needed', '1 respondent after, and 5 are needed')
    """
    if min_n < 1:
        raise ValueError(f"min_n is at least 1, not {min_n}")
    common = sorted(before.keys() & after.keys())
    left_out = len(before.keys() ^ after.keys())
    warnings = (f"{left_out} who answered only once are left out",) if panel and left_out else ()
    if panel:
        before, after = ({who: answers[who] for who in common} for answers in (before, after))
    reasons = [
        f"{len(answers)} respondent{'' if len(answers) == 1 else 's'} {when}, and {min_n} are needed"
        for when, answers in (("before", before), ("after", after))
        if len(answers) < min_n
    ]
    if left_out and not panel:
        reasons.append(f"the respondents differ: {len(common)} answered both times, {left_out} only once")
    change = None if reasons else median(after[who] - before[who] for who in common)
    return BeforeAfter(
        before=Spread.of(before.values()),
        after=Spread.of(after.values()),
        in_common=len(common),
        change=change,
        reasons=tuple(reasons),
        warnings=warnings,
    )
