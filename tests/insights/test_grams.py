"""Counting words and letters: the same numbers as scikit-learn's, whatever the text."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from insights.insights_data import ODD, sorted_notes
from productops.insights import grams
from productops.insights.grams import Grams

NOTES = [*sorted_notes(20)[0], *(text for text in ODD if "\ud800" not in text)]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({"words": (1, 2), "letters": None}, {"ngram_range": (1, 2)}),
        ({"words": None, "letters": (2, 5)}, {"analyzer": "char_wb", "ngram_range": (2, 5)}),
        ({"words": (1, 1), "letters": None, "least": 3}, {"min_df": 3}),
    ],
)
@pytest.mark.parametrize("chunk", [40, 1_000_000])
def test_rows_are_those_of_scikit_learn(monkeypatch, ours, theirs, chunk):
    monkeypatch.setattr(grams, "CHUNK", chunk)
    table = Grams(**ours).fit_transform(NOTES)
    expected = TfidfVectorizer(sublinear_tf=True, **theirs).fit_transform(NOTES)
    assert table.shape == expected.shape
    assert table.nnz == expected.nnz
    assert np.abs((table @ table.T - expected @ expected.T).toarray()).max() < 1e-9


def test_words_and_letters_that_look_alike_are_told_apart():
    table = Grams(words=(1, 1), letters=(2, 2)).fit_transform(["ab cd"])
    assert table.shape == (1, 2 + 6)


def test_odd_texts_and_no_texts_make_rows():
    table = Grams().fit(["dark mode"]).transform(ODD)
    assert table.shape[0] == len(ODD)
    assert np.isfinite(table.toarray()).all()
    assert Grams().fit(["", ""]).transform(["word"]).shape == (1, 0)
    assert Grams().fit(["dark"]).transform([]).shape[0] == 0
