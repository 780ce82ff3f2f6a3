"""A pile that grows: the same groups as all at once, nothing twice, and nothing lost in a crash."""

from __future__ import annotations

import pytest

from insights.insights_data import ODD, sorted_notes
from productops.errors import ConfigError
from productops.insights import minhash
from productops.insights.duplicates import duplicates
from productops.insights.pile import ROW, Pile

TEXTS = sorted_notes(40)[0]
NOTES = [
    {"id": f"n{place}", "text": text}
    for place, text in enumerate(
        [*TEXTS, *(f"hello team - {text.replace('e', 'ee', 1)} thanks" for text in TEXTS[:50])]
    )
]


def grouped(groups) -> set[frozenset[str]]:
    return {frozenset(group) for group in groups}


def test_piece_by_piece_it_finds_what_is_found_at_once(tmp_path):
    at_once = [[group.id, *(m.id for m in group.members)] for group in duplicates(NOTES, many=0)]
    pile = Pile(tmp_path / "pile")
    told = []
    for start in range(0, len(NOTES), 17):
        pile.close()
        pile = Pile(tmp_path / "pile")
        told += pile.add(NOTES[start : start + 17])
    assert len(pile) == len(NOTES)
    assert grouped(pile.groups()) == grouped(at_once)
    assert len(at_once) > 20
    assert len({frozenset(pair[:2]) for pair in told}) == len(told)
    assert (tmp_path / "pile" / "signatures").stat().st_size == ROW * pile._count()
    pile.close()


def test_what_is_known_costs_nothing_and_is_not_told_again(tmp_path, monkeypatch):
    pile = Pile(tmp_path)
    assert pile.add(NOTES)
    monkeypatch.setattr(minhash, "signatures", lambda texts: iter(()) if not texts else pytest.fail("signed again"))
    assert pile.add(NOTES) == []
    assert len(pile) == len(NOTES)
    pile.close()


def test_a_crash_between_the_files_loses_and_doubles_nothing(tmp_path, monkeypatch):
    pile = Pile(tmp_path)
    pile.add(NOTES[:60])
    monkeypatch.setattr(pile, "_pairs", lambda *_: (_ for _ in ()).throw(OSError("power cut")))
    with pytest.raises(OSError, match="power cut"):
        pile.add(NOTES[60:])
    pile.close()
    again = Pile(tmp_path)
    assert len(again) == 60
    again.add(NOTES)
    whole = Pile(tmp_path / "whole")
    whole.add(NOTES)
    assert again.groups() == whole.groups()
    again.close()
    whole.close()


def test_odd_notes_and_none(tmp_path):
    pile = Pile(tmp_path)
    assert pile.add([]) == []
    assert pile.groups() == []
    odd = [{"id": str(place), "text": text} for place, text in enumerate(ODD)]
    pile.add(odd)
    assert pile.groups() == [["6", "7"]]
    assert pile.add([{"id": "a", "text": ""}, {"id": "b", "text": " "}, {"id": "c", "text": "same"}]) == [
        ("6", "c", 1.0)
    ]
    pile.close()


def test_a_pile_of_another_making_is_refused(tmp_path):
    Pile(tmp_path).close()
    with pytest.raises(ConfigError, match="new folder"):
        Pile(tmp_path, least=0.9)
