"""The language of a note: by its script, else by the small words it uses. Short notes stay undecided."""

from __future__ import annotations

import re
from collections import Counter

SCRIPTS = (
    ("ja", "぀-ヿ"),
    ("ko", "가-힯"),
    ("zh", "一-鿿"),
    ("ar", "؀-ۿ"),
    ("he", "֐-׿"),
    ("ru", "Ѐ-ӿ"),
    ("el", "Ͱ-Ͽ"),
    ("hi", "ऀ-ॿ"),
    ("th", "฀-๿"),
)
WORDS = {
    "en": "the and is are not with for this that it to of my you your we our can have please why how was be there i",
    "de": "der die das und ist nicht mit für ich wir sie ein eine auf zu im den von bitte wie warum kann es auch wo",
    "fr": "le la les et est pas avec pour je nous vous un une des du que qui dans sur comment sans il sont mon ne au",
    "es": "el la los las y es no con para por un una que en de se mi cómo su del está son yo más qué al lo",
    "it": "il lo la gli e è non con per un una che di in si mi come del della sono ho il più cosa nel alla dei",
    "pt": "o a os as e é não com para por um uma que em de se meu como do da está são eu mais ao na no isso você",
    "nl": "de het een en is niet met voor ik wij jullie van op te dat die hoe waarom kan mijn we zijn er ook naar",
    "sv": "och är inte med för jag vi ni en ett det den att på som hur varför kan min i av till har när vill om",
}
SMALL = {language: frozenset(words.split()) for language, words in WORDS.items()}
TOLD_BY = {"de": "äöüß", "fr": "çèêëàùœ", "es": "ñ¿¡", "pt": "ãõ", "sv": "å", "it": "ìò"}
LEAST = 2  # small words, or a letter that only this language has and one small word
READ = 2_000


def language_of(text: str) -> str | None:
    """The language as two letters (ISO 639-1), or None when the note does not tell.

    Knows English, German, French, Spanish, Italian, Portuguese, Dutch and Swedish by their words, nine others by
    their script (one script counts as its largest language). Of a mixed note it tells the one that is used most.

    >>> [language_of(text) for text in ("Where is my invoice? I need it.", "Wo ist die Rechnung, bitte?", "ok")]
    ['en', 'de', None]
    """
    text = text[:READ].lower()
    letters = sum(letter.isalpha() for letter in text)
    for language, script in SCRIPTS:
        if letters and len(re.findall(f"[{script}]", text)) > letters * (0.2 if language == "ja" else 0.5):
            return language
    words = re.findall(r"[^\W\d_]+", text)
    score: Counter[str] = Counter()
    for language, small in SMALL.items():
        score[language] = sum(word in small for word in words)
        if any(letter in text for letter in TOLD_BY.get(language, "")):
            score[language] += 1
    (best, most), (_, second) = score.most_common(2)
    return best if most >= LEAST and most > second else None
