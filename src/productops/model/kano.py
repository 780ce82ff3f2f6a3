"""Kano's survey: a pair of answers makes a category, many categories make two coefficients."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from productops.model.base import Value


class Answer(StrEnum):
    """The five answers to "how do you feel if it is there" and "if it is not there"."""

    LIKE = "like"
    MUST = "must"
    NEUTRAL = "neutral"
    LIVE_WITH = "live_with"
    DISLIKE = "dislike"


class Category(StrEnum):
    """What a feature is to one respondent."""

    MUST_BE = "M"
    ONE_DIMENSIONAL = "O"
    ATTRACTIVE = "A"
    INDIFFERENT = "I"
    REVERSE = "R"
    QUESTIONABLE = "Q"


COUNTED = (Category.MUST_BE, Category.ONE_DIMENSIONAL, Category.ATTRACTIVE, Category.INDIFFERENT)


class KanoResult(Value):
    """A feature's Kano survey: counts by category, the leading category and the two coefficients.

    `better` (0..1) is how much having it pleases, `worse` (-1..0) how much lacking it annoys; both are None
    when every answer pair was reversed or questionable.
    """

    counts: dict[Category, int]
    category: Category | None
    better: float | None
    worse: float | None
    warnings: tuple[str, ...] = ()


def kano_category(present: Answer | str, absent: Answer | str) -> Category:
    """Classify one pair of answers by the usual table of five by five; ValueError for other answers.

    >>> kano_category("like", "dislike").name
    'ONE_DIMENSIONAL'
    """
    there, gone = Answer(present), Answer(absent)
    if there is gone and there in (Answer.LIKE, Answer.DISLIKE):
        return Category.QUESTIONABLE
    if there is Answer.LIKE:
        return Category.ONE_DIMENSIONAL if gone is Answer.DISLIKE else Category.ATTRACTIVE
    if gone is Answer.LIKE or there is Answer.DISLIKE:
        return Category.REVERSE
    return Category.MUST_BE if gone is Answer.DISLIKE else Category.INDIFFERENT


def kano(categories: Iterable[Category]) -> KanoResult:
    """Count categories: better = (A+O) ÷ (A+O+M+I), worse = −(O+M) ÷ (A+O+M+I).

    R and Q are left out of both. The formulas and the order of ties (M, O, A, I) are in common use; we know no
    authority for them.

    >>> from collections import Counter
    >>> result = kano(Counter({Category("A"): 30, Category("O"): 40, Category("M"): 20, Category("I"): 10}).elements())
    >>> result.better, result.worse
    (0.7, -0.6)
    """
    counts = Counter(Category(category) for category in categories)
    kept = {category: counts[category] for category in Category}
    total = sum(counts[category] for category in COUNTED)
    warnings = []
    if left_out := counts[Category.REVERSE] + counts[Category.QUESTIONABLE]:
        warnings.append(f"{left_out} reversed or questionable answer pairs are left out")
    if not total:
        warnings.append("there is no answer pair to count, so there are no coefficients")
        return KanoResult(counts=kept, category=None, better=None, worse=None, warnings=tuple(warnings))
    pleased = counts[Category.ATTRACTIVE] + counts[Category.ONE_DIMENSIONAL]
    annoyed = counts[Category.ONE_DIMENSIONAL] + counts[Category.MUST_BE]
    leading = max(COUNTED, key=lambda category: counts[category])  # the first of equals, in the order of ties
    return KanoResult(
        counts=kept, category=leading, better=pleased / total, worse=-annoyed / total, warnings=tuple(warnings)
    )
