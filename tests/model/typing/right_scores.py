"""Scores and ranking."""

from productops import Score, ice, moscow_share, rank, rice, weighted_scorecard, wsjf

first: Score = rice(reach=360, impact=2, confidence=0.8, effort=3, period="quarter")
second = rice(reach=None, impact=1, confidence=1, effort=1, period="quarter")
value: float | None = second.value
places: list[int | None] = [each.rank for each in rank({"a": first, "b": second})]
others: list[Score] = [ice(8, 6, 7, variant="mean"), wsjf(3, 13, 8, 5)]
card: Score = weighted_scorecard({"fit": 4}, {"fit": 1}, scale=(1, 5))
share: Score = moscow_share({"a": ("must", 3), "b": ("could", None)})
text: str = str(first) + repr(card)
