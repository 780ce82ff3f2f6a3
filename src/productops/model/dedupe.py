"""The same note twice: what may be merged without asking, and merging that can be taken back."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from productops.model.base import Value
from productops.model.feedback import Feedback
from productops.model.feedback_states import FeedbackState
from productops.model.people import same_text


class Sameness(StrEnum):
    """Why two notes are held to be the same."""

    RECORD = "record"
    WORDS = "words"


class Match(Value):
    """An incoming note and the known one it repeats.

    `record`: the same source and id, so the known one is to be updated; `text_differs` when the source's text was
    edited since, which our verbatim text never is. `words`: the same requester said the same, so it may be merged.
    """

    incoming_id: str
    known_id: str
    why: Sameness
    text_differs: bool = False


class Intake(Value):
    """What a batch of notes means beside those already known."""

    new_ids: tuple[str, ...]
    matches: tuple[Match, ...]


def text_hash(text: str) -> str | None:
    """A hash that does not see upper case, spaces and compatible characters; None for an empty text.

    Punctuation counts, for "C++" and "C#" are two wishes.

    >>> text_hash("Add  CSV export") == text_hash("add csv export ")
    True
    """
    plain = same_text(text)
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest() if plain else None


def words_key(note: Feedback) -> tuple[str, str] | None:
    """The requester and the hash of the words, when both are known."""
    words = text_hash(note.text) if note.requester else None
    return (note.requester.key, words) if note.requester and words else None


def intake(known: Iterable[Feedback], incoming: Iterable[Feedback]) -> Intake:
    """Sort incoming notes into new ones and repeats of known ones or of earlier ones in the batch.

    Two records with different ids of one source are never the same record, though they may be the same words.
    Likeness short of equality is nobody's business here: it makes suggestions, not merges.
    """
    records: dict[tuple[str, str], Feedback] = {}
    words: dict[tuple[str, str], Feedback] = {}
    for note in known:
        remember(note, records, words)
    fresh: list[str] = []
    matches: list[Match] = []
    for note in incoming:
        key, said = note.record_key, words_key(note)
        if key is not None and (old := records.get(key)) is not None:
            differs = old.text != note.text
            matches.append(Match(incoming_id=note.id, known_id=old.id, why=Sameness.RECORD, text_differs=differs))
            continue
        if said is not None and (old := words.get(said)) is not None:
            matches.append(Match(incoming_id=note.id, known_id=old.id, why=Sameness.WORDS))
        else:
            fresh.append(note.id)
        remember(note, records, words)
    return Intake(new_ids=tuple(fresh), matches=tuple(matches))


def remember(note: Feedback, records: dict[tuple[str, str], Feedback], words: dict[tuple[str, str], Feedback]) -> None:
    """Enter a note under its keys; the first of equals stays, but one that is merged gives way."""
    for table, key in ((records, note.record_key), (words, words_key(note))):
        if key is not None and (key not in table or table[key].merged_into):
            table[key] = note


def merge(duplicate: Feedback, survivor: Feedback, *, at: datetime, by: str | None = None) -> None:
    """Mark a note as a duplicate of another; both keep their words, and both keep counting as demand.

    Only `duplicate` changes, from whatever state it is in. Raises ValueError for a note and itself, for notes that
    are merged already (the message names the note to use), and when `at` lies before the last known change.
    """
    if duplicate.id == survivor.id:
        raise ValueError(f"{duplicate.id} cannot be merged into itself")
    for note in (duplicate, survivor):
        if note.merged_into:
            raise ValueError(f"{note.id} is merged into {note.merged_into}; use that one, or unmerge it first")
    if not duplicate.latest_at(at):
        raise ValueError(f"{at.isoformat()} is before the last change of {duplicate.id}")
    duplicate.keep(FeedbackState.DUPLICATE, at, by, f"merged into {survivor.id}", None)
    duplicate.merged_into = survivor.id


def unmerge(duplicate: Feedback, *, at: datetime, by: str | None = None) -> None:
    """Take a merge back: the note is as it was before, except that its history tells of both.

    A state that was recorded after the merge stays. Raises ValueError for a note that is not merged, and when `at`
    lies before the last known change.
    """
    if duplicate.merged_into is None:
        raise ValueError(f"{duplicate.id} is not merged into anything")
    if not duplicate.latest_at(at):
        raise ValueError(f"{at.isoformat()} is before the last change of {duplicate.id}")
    survivor = duplicate.merged_into
    if duplicate.state is FeedbackState.DUPLICATE:
        merged = next((e for e in reversed(duplicate.history) if e.new == FeedbackState.DUPLICATE.value), None)
        # Merged elsewhere, before we knew it: then it has been looked at, and no more is known.
        before = FeedbackState.read(merged.old).value if merged else FeedbackState.TRIAGED
        duplicate.keep(before, at, by, f"unmerged from {survivor}", None)
    duplicate.merged_into = None


class Mergeable(Protocol):
    """What is read of a note that may be merged; `Feedback` has all of it."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def merged_into(self) -> str | None: ...  # noqa: D102


def roots(notes: Iterable[Mergeable]) -> dict[str, str]:
    """For every merged note the id of the one it ends up in; in a ring the smallest id."""
    into: Mapping[str, str] = {note.id: note.merged_into for note in notes if note.merged_into}
    found: dict[str, str] = {}
    for start in into:
        path: dict[str, None] = {}
        here = start
        while here in into and here not in path and here not in found:
            path[here] = None
            here = into[here]
        if here in path:
            walked = list(path)
            here = min(walked[walked.index(here) :])
        for step in path:
            found[step] = found.get(here, here)
    return found
