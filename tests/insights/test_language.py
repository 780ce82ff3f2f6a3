"""The language of a note."""

from __future__ import annotations

import doctest

import pytest

from insights.insights_data import ODD
from productops.insights import (
    duplicates,
    grams,
    kind,
    language,
    masking,
    naming,
    pile,
    ranking,
    router,
    routes,
    stars,
    themes,
)
from productops.insights.language import language_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We book forty seats at once. Let us do it with the app.", "en"),
        ("Rückzahlung dauert zwei Wochen, das ist zu lang.", "de"),
        ("Réservation de groupe pour nous, et le même départ.", "fr"),
        ("El botón no hace nada en el iPad.", "es"),
        ("Non riesco ad aprire il file con la fattura.", "it"),
        ("Não consigo abrir o arquivo da fatura.", "pt"),
        ("De app is traag en ik kan niet inloggen.", "nl"),
        ("Vintertidtabellen är inte i appen och jag vill ha den.", "sv"),
        ("団体予約を日本語でできますか", "ja"),
        ("أين الفاتورة", "ar"),
        ("где мой счёт", "ru"),
        ("ok", None),
        ("", None),
        ("😀", None),
        ("CSV PDF API", None),
    ],
)
def test_it_is_told_or_left_open(text, expected):
    assert language_of(text) == expected


def test_odd_notes_have_an_answer():
    assert all(language_of(text) is None or len(language_of(text)) == 2 for text in ODD)


@pytest.mark.parametrize(
    "module", [duplicates, grams, kind, language, masking, naming, pile, ranking, router, routes, stars, themes]
)
def test_the_examples_run(module):
    found = doctest.testmod(module)
    assert found.attempted
    assert not found.failed
