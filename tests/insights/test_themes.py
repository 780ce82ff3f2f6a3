"""Themes: names a reader understands, ids that last, sizes, and what makes no sense."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from insights.insights_data import ODD, Synonyms, sorted_notes
from productops.errors import ConfigError
from productops.insights import clusters
from productops.insights.clusters import clustered, likely_count, likes
from productops.insights.naming import named
from productops.insights.space import Space, unit
from productops.insights.themes import Themes, themes
from productops.model.feedback import Feedback
from productops.model.people import Account

SAID = {
    "dark mode": ["{} please", "a {} for the night", "I want {}", "{} hurts less", "no {} yet"],
    "csv export": ["{} fails", "the {} is empty", "{} to excel", "{} is slow", "where is {}"],
    "password reset": ["{} mail", "{} link is dead", "no {}", "{} loops", "a {}"],
}
SAID = {what: [said.format(what) for said in texts] for what, texts in SAID.items()}
NOTES = [text for texts in SAID.values() for text in texts]


def test_themes_are_what_was_said_and_named_by_it():
    found = themes(NOTES, 3)
    assert sorted(len(theme) for theme in found) == [5, 5, 5]
    for theme in found:
        assert theme.phrases[0] in SAID
        assert {NOTES[int(note)] for note in theme.note_ids} == set(SAID[theme.phrases[0]])
        assert theme.quote == NOTES[int(theme.quote_id)]
        assert theme.name.startswith(theme.phrases[0])
        assert found.of(theme.quote_id) is theme
        assert found[theme.id] is theme


def test_without_a_number_the_most_distinct_division_is_taken():
    found = themes(NOTES)
    assert 3 <= len(found) <= 7
    topics = [{place // 5 for place in map(int, theme.note_ids)} for theme in found]
    assert all(len(one) == 1 for one in topics)
    blobs = np.concatenate([np.eye(4)[k] + np.random.default_rng(k).normal(0, 0.02, (20, 4)) for k in range(4)])
    assert likely_count(blobs, 0) == 4


def test_the_same_notes_make_the_same_themes():
    one, other = themes(NOTES, 3), themes(list(NOTES), 3)
    assert [(theme.id, theme.name, theme.note_ids) for theme in one] == [
        (theme.id, theme.name, theme.note_ids) for theme in other
    ]


def test_a_hundred_new_notes_leave_the_old_themes_their_ids_names_and_notes(tmp_path):
    old_notes, new_notes = sorted_notes(40)[0], sorted_notes(60, seed=4)[0][:100]
    first = [{"id": f"a{n}", "text": text} for n, text in enumerate(old_notes)]
    second = [{"id": f"b{n}", "text": text} for n, text in enumerate(new_notes)]
    old = themes(first, 12)
    new = themes(first + second, previous=old)
    for theme in old:
        assert set(theme.note_ids) <= set(new[theme.id].note_ids)
        assert (new[theme.id].name, new[theme.id].quote) == (theme.name, theme.quote)
    joined = sum(len(new[theme.id]) - len(theme) for theme in old)
    assert joined >= 60
    old.save(tmp_path / "themes.npz")
    again = themes(first + second, previous=Themes.load(tmp_path / "themes.npz"))
    assert [(theme.id, theme.note_ids) for theme in again] == [(theme.id, theme.note_ids) for theme in new]


def test_what_fits_nowhere_becomes_a_theme_when_it_is_enough():
    old = themes(NOTES, 3)
    few = themes([*NOTES, "login with a passkey"], previous=old)
    assert few.unassigned == (str(len(NOTES)),)
    more = themes(
        [*NOTES, *(f"login with a passkey {word}" for word in ("please", "soon", "now", "here"))], previous=old
    )
    fresh = [theme for theme in more if theme.id not in {theme.id for theme in old}]
    # Words it never saw have no place in its space, so they wait for the next full division.
    assert len(fresh) + len(more.unassigned) >= 1
    assert {theme.id for theme in old} <= {theme.id for theme in more}


def test_sizes_are_notes_accounts_and_revenue_and_there_is_a_trend():
    shops = [
        Account(name=n, status="customer", arr=a, currency="EUR", arr_as_of=date(2026, 9, 1))
        for n, a in (("A", 10), ("B", 5))
    ]
    start = datetime(2026, 7, 15, tzinfo=UTC)
    notes = [
        Feedback(text=text, account_id=shops[place % 2].id, received_at=start + timedelta(days=20 * (place % 3)))
        for place, text in enumerate(NOTES[:5])
    ]
    [theme] = themes(notes, 1, accounts=shops, as_of=date(2026, 9, 30))
    assert (len(theme), theme.accounts, str(theme.demand.arr)) == (5, 2, "15 EUR")
    assert theme.trend == (("2026-07", 2), ("2026-08", 3))
    with pytest.raises(ConfigError, match="as_of"):
        themes(notes, accounts=shops)


def test_an_embedder_joins_what_shares_no_word():
    notes = ["invoice", "bill", "refund", "app", "phone", "android"]
    found = themes(notes, 2, embedder=Synonyms())
    assert [sorted(theme.note_ids) for theme in found] == [["0", "1", "2"], ["3", "4", "5"]] or {
        tuple(sorted(theme.note_ids)) for theme in found
    } == {("0", "1", "2"), ("3", "4", "5")}


def test_odd_notes_have_a_theme_or_are_unassigned_and_none_is_lost():
    found = themes(ODD)
    assert sorted([*found.by_note, *found.unassigned], key=int) == [str(place) for place in range(len(ODD))]
    assert {"0", "1", "3"} <= set(found.unassigned)
    assert len(themes([])) == 0
    assert len(themes(["one"])) == 1
    assert len(themes(["same words"] * 30)) == 1


@pytest.mark.parametrize("k", [0, -1, 16, 99])
def test_more_themes_than_different_notes_are_refused(k):
    with pytest.raises(ConfigError, match="15 different notes"):
        themes([*NOTES, *NOTES], k)


@pytest.mark.parametrize("k", [2.5, "3", True])
def test_what_is_no_number_of_themes_is_said(k):
    with pytest.raises(ConfigError, match="no number of themes"):
        themes(["csv", "dark mode", "login"], k)


@pytest.mark.parametrize("notes", [3, {"text": "dark mode"}, [b"dark mode"], [1, 2]])
def test_what_is_no_pile_of_notes_is_said(notes):
    with pytest.raises(ConfigError, match=r"list or a data frame|bytes|no words"):
        themes(notes)


def test_one_text_is_no_pile():
    with pytest.raises(ConfigError, match="One text"):
        themes("dark mode")


def test_earlier_themes_keep_their_number():
    with pytest.raises(ConfigError, match="Leave out k"):
        themes(NOTES, 3, previous=themes(NOTES, 3))


def test_very_many_are_drawn_together_first(monkeypatch):
    draw = np.random.default_rng(0)
    vectors = np.concatenate([draw.normal(np.eye(30)[k] * 3, 0.2, (20, 30)) for k in range(12)])
    vectors = unit(vectors.astype(np.float32))
    monkeypatch.setattr(clusters, "MOST", 100)
    monkeypatch.setattr(clusters, "CENTRES", 60)
    groups = clustered(vectors, 12, 0)
    assert len(set(groups.tolist())) == 12
    assert sum(len(set(groups[20 * k : 20 * k + 20].tolist())) == 1 for k in range(12)) >= 10
    assert Space().fit(["one", "two"])[0].shape[0] == 2


def test_a_chain_of_likes_holds_a_theme_together():
    along = np.linspace(0, np.pi, 60)
    near, far = np.zeros((60, 3)), np.zeros((60, 3))
    near[:, 0], near[:, 1], near[:, 2] = np.cos(along), np.sin(along), 0.25
    far[:, 0], far[:, 1], far[:, 2] = np.cos(along), np.sin(along), -0.25
    vectors = unit(np.concatenate([near, far]).astype(np.float32))
    groups = clustered(vectors, 2, 0)
    assert [len(set(part.tolist())) for part in (groups[:60], groups[60:])] == [1, 1]
    assert (groups == clustered(vectors, 2, 0)).all()


def test_a_like_that_is_mutual_counts_twice(monkeypatch):
    monkeypatch.setattr(clusters, "LIKES", 1)
    vectors = np.array([[1, 0], [0.995, 0.1], [0.8, 0.6]])  # the third likes the second best, which likes the first
    graph = likes(vectors).toarray()
    likeness = vectors @ vectors.T
    assert graph[0, 1] == pytest.approx(likeness[0, 1])
    assert graph[1, 2] == graph[2, 1] == pytest.approx(likeness[1, 2] / 2)
    assert graph[0, 2] == 0


def test_notes_like_nothing_else_are_no_trouble_to_the_graph():
    apart = np.eye(40, dtype=np.float32)
    assert likes(apart).nnz == 0
    assert len(set(clustered(apart, 2, 0).tolist())) == 2
    same = np.repeat(np.eye(3, dtype=np.float32), 20, axis=0)
    assert [len(set(clustered(same, k, 0).tolist())) for k in (2, 3)] == [2, 3]


def test_names_share_no_word_and_leave_out_small_ones():
    [first, _] = named([["the invoice is wrong", "wrong invoice again"], ["dark mode is it", "it is dark mode"]])
    words = [word for phrase in first for word in phrase.split()]
    assert len(words) == len(set(words))
    assert not {"the", "is", "again"} & set(words)
    assert named([[""], []]) == [(), ()]
