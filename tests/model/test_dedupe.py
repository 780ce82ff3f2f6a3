"""Merging is reversible, keeps both notes' words, and only equality merges by itself."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from productops.model.dedupe import intake, merge, roots, text_hash, unmerge
from productops.model.feedback import Feedback
from productops.model.feedback_states import FeedbackState

START = datetime(2026, 9, 1, tzinfo=UTC)


def note(text="Please add CSV export", **fields):
    return Feedback(**{"text": text, "received_at": START, **fields})


def test_the_hash_sees_words_not_typing_but_keeps_signs():
    assert text_hash("Bitte  ＣＳＶ\n") == text_hash("bitte csv")
    assert text_hash("support C++") != text_hash("support C#")
    assert text_hash("cafe\u0301") == text_hash("café")
    assert text_hash(" \n") is None
    assert text_hash("\ud800") is not None


def test_an_overlapping_import_is_mostly_known():
    ada = {"email": "ada@example.com"}
    known = [note(source="support", source_id="1", requester=ada), note("Dark mode", source="support", source_id="2")]
    incoming = [
        note("please ADD csv export", source="support", source_id="3", requester=ada),  # the same words, same person
        note("Dark mode!", source="support", source_id="2"),  # edited there since
        note(source="sales", source_id="1", requester={"name": "Bo"}),  # somebody else says the same
        note("Offline", source="support", source_id="4"),
        note("Offline", source="support", source_id="4"),  # twice in one batch
    ]
    found = intake(known, incoming)
    assert found.new_ids == (incoming[2].id, incoming[3].id)
    assert [(m.incoming_id, m.known_id, m.why.value, m.text_differs) for m in found.matches] == [
        (incoming[0].id, known[0].id, "words", False),
        (incoming[1].id, known[1].id, "record", True),
        (incoming[4].id, incoming[3].id, "record", False),
    ]


def test_without_a_requester_equal_words_are_not_enough():
    assert intake([note()], [note()]).matches == ()
    assert intake([note("")], [note("", requester={"name": "Ada"})]).matches == ()


def test_words_match_the_note_that_is_not_merged():
    first, second = (note(requester={"name": "Ada"}) for _ in range(2))
    merge(first, second, at=START)
    (match,) = intake([first, second], [note(requester={"name": "Ada"})]).matches
    assert match.known_id == second.id


def test_merging_changes_the_duplicate_only():
    first, second = note(), note("Export as CSV, please")
    untouched = first.model_copy(deep=True)
    merge(second, first, at=START, by="ada")
    assert first == untouched
    assert (second.state, second.merged_into) == (FeedbackState.DUPLICATE, first.id)
    assert second.text == "Export as CSV, please"
    assert second.history[-1].reason == f"merged into {first.id}"


def test_merges_that_make_no_sense_are_refused():
    first, second, third = note(), note(), note()
    with pytest.raises(ValueError, match="into itself"):
        merge(first, first, at=START)
    merge(second, first, at=START)
    with pytest.raises(ValueError, match=f"merged into {first.id}; use that one"):
        merge(third, second, at=START)
    with pytest.raises(ValueError, match="unmerge it first"):
        merge(second, third, at=START)
    with pytest.raises(ValueError, match="before the last change"):
        unmerge(second, at=START - timedelta(days=1))
    with pytest.raises(ValueError, match="before the last change"):
        merge(second.model_copy(update={"merged_into": None}), third, at=START - timedelta(days=1))
    with pytest.raises(ValueError, match="not merged"):
        unmerge(first, at=START)


@settings(max_examples=50)
@given(st.lists(st.sampled_from([*FeedbackState, "Parked", "Wartet"]), max_size=4), st.text(max_size=20))
def test_unmerge_restores_the_exact_start(shown, text):
    fb = note(text, custom={"kept": 1})
    for number, state in enumerate(shown):
        fb.record_state(state, at=START + timedelta(days=number), source="jira")
    start = fb.model_copy(deep=True)
    merge(fb, note(), at=START + timedelta(days=9))
    unmerge(fb, at=START + timedelta(days=10))
    assert fb.model_dump(exclude={"history"}) == start.model_dump(exclude={"history"})
    assert fb.history[: len(start.history)] == start.history
    assert len(fb.history) == len(start.history) + 2


def test_what_a_service_shows_after_the_merge_survives_the_unmerge():
    first, second = note(), note()
    merge(second, first, at=START)
    second.record_state("planned", at=START + timedelta(days=1), source="jira")
    unmerge(second, at=START + timedelta(days=2))
    assert (second.state, second.merged_into) == (FeedbackState.PLANNED, None)


def test_a_duplicate_from_elsewhere_goes_back_to_triage():
    fb = note(state="duplicate", merged_into="fb_other")
    unmerge(fb, at=START)
    assert fb.state is FeedbackState.TRIAGED


@settings(max_examples=50)
@given(st.dictionaries(st.integers(0, 7), st.integers(0, 7), max_size=8))
def test_roots_end_every_chain_and_every_ring(into):
    notes = [note(id=f"fb_{n}", merged_into=f"fb_{into[n]}" if n in into else None) for n in range(8)]
    found = roots(notes)
    assert set(found) == {f"fb_{n}" for n in into}
    for n, target in into.items():
        # What one is merged into ends where it ends itself.
        assert found[f"fb_{n}"] == found.get(f"fb_{target}", f"fb_{target}")
    assert found == roots(reversed(notes))
