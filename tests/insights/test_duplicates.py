"""Groups of notes that say the same: what belongs together, what never chains, and why."""

from __future__ import annotations

import random

import numpy as np
import pytest

from insights.insights_data import ODD, sorted_notes
from productops.errors import ConfigError
from productops.insights import masking, minhash, near
from productops.insights.duplicates import duplicates
from productops.insights.masking import plain, unmasked, without_forms
from productops.insights.stars import star_groups
from productops.model.feedback import Feedback

TYPED = [
    "Will I be charged for adding money by transfer?",
    "hello team - will i be charged for adding mony by transfer thanks!!",
    "[urgent] WILL I BE CHARGED FOR ADDING MONEY BY TRANSFER?",
    "will i be charged for money by transfer...",
    "My card expires soon, will you send me one automatically?",
    "Re: my card expires soon, will u send me one automatically - sent from my phone",
    "Which currencies are supported?",
]


def test_what_says_the_same_is_one_group_with_its_reasons():
    found = {group.id: group for group in duplicates(TYPED)}
    assert {len(group) for group in found.values()} == {4, 2}
    assert "6" not in {name for group in found.values() for name in (group.id, *(m.id for m in group.members))}
    big = next(group for group in found.values() if len(group) == 4)
    reasons = " ".join(member.reason for member in big.members)
    assert "besides greetings" in reasons
    assert "mony" in reasons
    assert all(near.ALIKE <= member.likeness <= 1 for member in big.members)
    assert big.mergeable == ()


def test_only_the_very_same_words_may_merge_by_themselves():
    notes = [Feedback(text="Add dark mode"), Feedback(text="add  DARK mode"), Feedback(text="Hi, add dark mode")]
    [group] = duplicates(notes)
    assert group.id == notes[0].id
    assert group.mergeable == (notes[1].id,)
    assert [member.exact for member in group.members] == [True, False]


def test_a_chain_of_small_likenesses_makes_no_group():
    middles = star_groups(5, [0, 1, 2, 3], [1, 2, 3, 4], [0.9, 0.85, 0.9, 0.85])
    for place, middle in enumerate(middles.tolist()):
        assert abs(place - middle) <= 1
        assert middles[middle] == middle


def test_every_member_is_like_the_middle_and_pairs_may_come_in_any_order():
    draw = random.Random(3)
    pairs = [(i, j, round(draw.uniform(0.8, 1), 3)) for i in range(40) for j in range(i + 1, 40) if draw.random() < 0.1]
    alike = {(i, j) for i, j, _ in pairs} | {(j, i) for i, j, _ in pairs}
    outcome = star_groups(40, *zip(*pairs, strict=True)).tolist()
    assert all(place == middle or (place, middle) in alike for place, middle in enumerate(outcome))
    draw.shuffle(pairs)
    assert star_groups(40, *zip(*pairs, strict=True)).tolist() == outcome


def test_likeness_is_of_the_two_alone():
    pair = TYPED[:2]
    more = [*pair, *sorted_notes(30)[0]]
    assert [m.likeness for g in duplicates(pair) for m in g.members] == [
        m.likeness for g in duplicates(more) if g.id in ("0", "1") for m in g.members
    ]


def test_nothing_said_twice_is_no_duplicate():
    assert duplicates(["", "", " ", "\n "]) == []


def test_odd_notes_are_grouped_and_none_is_lost():
    found = duplicates([*ODD, *ODD])
    members = [name for group in found for name in (group.id, *(m.id for m in group.members))]
    assert len(members) == len(set(members))
    assert all(any(len(group) >= 2 and str(place) in (group.id, *(m.id for m in group.members)) for group in found)
               for place, text in enumerate(ODD) if any(letter.isalnum() for letter in text))  # fmt: skip
    assert duplicates([]) == []
    assert duplicates(["alone"]) == []


@pytest.mark.parametrize("least", [0, 1.5, -1])
def test_a_likeness_that_makes_no_sense_is_refused(least):
    with pytest.raises(ConfigError, match=r"Use 0\.8"):
        duplicates(TYPED, least=least)


def test_two_notes_with_one_id_are_refused():
    with pytest.raises(ConfigError, match="same id 'x'"):
        duplicates([{"id": "x", "text": "a"}, {"id": "x", "text": "b"}])


@pytest.mark.parametrize(
    ("text", "news"),
    [
        ("Hi there, please fix login. Kind regards", "please fix login"),
        ("> old words\n> more\nthe new words", "the new words"),
        ("New words\n-----Original Message-----\nold words", "New words"),
        ("Priority: high\nTicket: 7\nlogin fails", "login fails"),
        ("FW: login fails", "login fails"),
        ("[JIRA-12] login fails", "login fails"),
        ("[Android] login fails", "[Android] login fails"),
        ("Which plan is best", "Which plan is best"),
        ("thanks", "thanks"),
        ("Hi there", "Hi there"),
        ("😀", "😀"),
    ],
)
def test_greetings_signatures_and_quoted_mails_are_left_out(text, news):
    assert unmasked(text) == news


def test_signs_that_are_names_stay():
    assert plain("C++ vs. C#!") == "c++ vs c#"


def test_lines_of_a_form_are_left_out_but_never_the_whole_note():
    things = [f"Thing number {n} fails at step {n * 7}." for n in range(60)]
    notes = [f"What did you expect. {thing} Steps to reproduce." for thing in things] + ["Steps to reproduce."]
    assert without_forms(notes) == [*things, "Steps to reproduce."]
    repeated = ["The export is slow. Please help us."] * 60
    assert without_forms(repeated) == repeated


def test_long_runs_of_signs_take_no_long_time():
    for text in ("!" * 50_000, " \n" * 25_000 + "x", "hi " * 20_000, "re:" * 20_000, "on " + "a" * 50_000):
        assert isinstance(plain(text), str)


def test_signatures_find_what_letters_find(monkeypatch):
    draw = random.Random(1)
    words = ["".join(draw.choices("abcdefghijklmnop", k=draw.randint(3, 9))) for _ in range(300)]
    notes = []
    for _ in range(150):
        told = draw.choices(words, k=14)
        notes.append(" ".join(told))
        told[draw.randrange(14)] = draw.choice(words)
        notes.append("hello, " + " ".join(told) + " thanks")
    monkeypatch.setattr("productops.insights.grams.CHUNK", 500)
    monkeypatch.setattr(minhash, "CHUNK", 500)
    by_letters, by_hash = duplicates(notes), duplicates(notes, many=10)
    pairs = [{frozenset((g.id, m.id)) for g in found for m in g.members} for found in (by_letters, by_hash)]
    assert len(pairs[0]) >= 148
    assert len(pairs[0] & pairs[1]) >= 0.97 * len(pairs[0])
    assert pairs[1] <= pairs[0]


def test_signatures_do_not_depend_on_their_neighbours():
    texts = ["the export is broken", "a b", "", "x y z", "the export is broke"]
    together = np.concatenate(list(minhash.signatures(texts)))
    apart = np.concatenate([table for text in texts for table in minhash.signatures([text])])
    assert (together == apart).all()
    assert (together[0] == together[4]).mean() > 0.5
    assert (together[1] != together[3]).all()


def test_a_crowd_of_likes_costs_no_square(monkeypatch):
    notes = [f"the export to a spreadsheet of the month is broken for team {n}" for n in range(400)]
    table = np.concatenate(list(minhash.signatures([masking.plain(note) for note in notes])))
    pairs = {
        (int(a), int(b)) for left, right in minhash.candidate_pairs(table) for a, b in zip(left, right, strict=True)
    }
    assert len(pairs) <= 400 * (minhash.WINDOW + 1) * (minhash.SIZE // minhash.BAND)
    assert max(map(len, duplicates(notes, many=10))) > 200
