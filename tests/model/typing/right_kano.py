"""Kano, opportunity scores and agreement."""

from productops import Score, kano, opportunity
from productops.model.alignment import Agreement, agreement
from productops.model.kano import Category, KanoResult, kano_category

category: Category = kano_category("like", "dislike")
result: KanoResult = kano([category])
score: Score = opportunity(8.5, 4)
agreed: Agreement = agreement({"ada": ["a", "b"], "bo": ("a", "c")}, top=2)
share: float | None = agreed.value
