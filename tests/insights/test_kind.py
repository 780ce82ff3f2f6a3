"""Kinds: guessed from words and stars, whatever they are called, and kept in a file without any text."""

from __future__ import annotations

import numpy as np
import pytest

from insights.insights_data import ODD, Synonyms
from productops.errors import ConfigError
from productops.insights.kind import Kind
from productops.model.feedback import Feedback

SAID = {
    "bug": ["it crashes", "crash at start", "error when I save", "the app freezes", "login fails"],
    "request": [
        "please add export",
        "add a dark mode please",
        "I wish it had tags",
        "could you add filters",
        "add search",
    ],
    "praise": ["love it", "great app thank you", "works perfectly", "best app ever", "awesome"],
}
NOTES = [text for texts in SAID.values() for text in texts]
KINDS = [kind for kind, texts in SAID.items() for _ in texts]


def test_kinds_are_told_apart():
    kinds = Kind().fit(NOTES, KINDS)
    found = kinds.guess(["it crashes when I save", "please add tags", "love this great app"])
    assert [one.kind for one in found] == ["bug", "request", "praise"]
    assert all(1 / 3 < one.share <= 1 for one in found)
    assert kinds.guess([]) == []


def test_stars_decide_where_words_do_not():
    notes, kinds = ["the app"] * 40, ["bug", "praise"] * 20
    stars = [1, 5] * 20
    learnt = Kind().fit(notes, kinds, stars=stars)
    assert [one.kind for one in learnt.guess(["the app", "the app"], stars=[1, 5])] == ["bug", "praise"]
    feedback = [Feedback(text="the app", stars=5), Feedback(text="the app", stars=1)]
    assert [one.kind for one in learnt.guess(feedback)] == ["praise", "bug"]
    assert len(learnt.guess(["the app"], stars=["none"])) == 1
    with pytest.raises(ConfigError, match="1 notes and 2"):
        learnt.guess(["the app"], stars=[1, 2])


def test_a_rare_kind_counts_as_much_as_a_common_one():
    notes = [*(f"love it {n}" for n in range(95)), *(f"crash {n}" for n in range(5))]
    kinds = ["praise"] * 95 + ["bug"] * 5
    assert Kind().fit(notes, kinds).guess(["crash"])[0].kind == "bug"


def test_it_comes_back_from_a_file_that_holds_no_text(tmp_path):
    for embedder in (None, Synonyms()):
        path = tmp_path / "kinds.npz"
        kinds = Kind(embedder=embedder).fit(NOTES, KINDS, stars=[1, 3, 5] * 5)
        kinds.save(path)
        assert Kind.load(path, embedder=embedder).guess(NOTES) == kinds.guess(NOTES)
        with np.load(path) as file:
            assert not any(note.encode() in file["facts"].tobytes() for note in NOTES)
    with pytest.raises(ConfigError, match="synonyms-1, not None"):
        Kind.load(tmp_path / "kinds.npz")


def test_odd_notes_have_a_kind():
    found = Kind().fit(NOTES, KINDS).guess(ODD)
    assert len(found) == len(ODD)
    assert all(np.isfinite(one.share) for one in found)


def test_what_cannot_be_learnt_is_said(tmp_path):
    with pytest.raises(ConfigError, match="at least two kinds"):
        Kind().fit(["a", "b"], ["bug", "bug"])
    for ask in (lambda: Kind().guess(["a"]), lambda: Kind().save(tmp_path / "x")):
        with pytest.raises(ConfigError, match="Call fit"):
            ask()
    assert repr(Kind()) == "Kind(not fitted)"
