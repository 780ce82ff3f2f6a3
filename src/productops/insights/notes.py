"""What may be handed in as notes: texts, `Feedback`, mappings or a data frame; read once into one plain form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from productops.errors import ConfigError

TEXTS = ("text", "body", "description", "comment", "content")
TITLES = ("title", "subject", "summary")
HIGHEST_STARS = 5


@dataclass(frozen=True, slots=True)
class Note:
    """A note as everything in this room reads it; `id` is its place in the list when it has none."""

    id: str
    text: str
    title: str = ""
    stars: int | None = None
    account_id: str | None = None
    received_at: datetime | None = None

    @property
    def whole(self) -> str:
        """Title and text in one."""
        return f"{self.title}\n{self.text}" if self.title and self.text else self.title or self.text


def read_notes(notes: Any) -> list[Note]:
    r"""Read notes out of a list of texts, `Feedback`, mappings, or out of a data frame.

    The words are in text, body, description, comment or content, and in title, subject or summary.
    Raises ConfigError, which names the note, for what cannot be read and for ids that occur twice.

    >>> [note.whole for note in read_notes(["dark mode", {"title": "Export", "body": "as CSV"}])]
    ['dark mode', 'Export\nas CSV']
    """
    if isinstance(notes, str):
        raise ConfigError("One text was given where notes are expected.", remedy="Give a list: [text].")
    found = [_note(place, note) for place, note in enumerate(rows_of(notes))]
    seen: dict[str, int] = {}
    for place, note in enumerate(found):
        if (first := seen.setdefault(note.id, place)) != place:
            raise ConfigError(f"The notes {first} and {place} have the same id {note.id!r}.", record=note.id)
    return found


def read_texts(texts: Any) -> list[str]:
    """The words of notes, title and text in one."""
    if isinstance(texts, list | tuple) and all(isinstance(text, str) for text in texts):
        return list(texts)
    return [note.whole for note in read_notes(texts)]


def rows_of(notes: Any) -> list[Any]:
    """The notes one by one: those of a list, or the rows of a data frame as mappings; ConfigError for anything else."""
    if hasattr(notes, "columns"):
        import narwhals.stable.v2 as nw

        return list(nw.from_native(notes, eager_only=True).iter_rows(named=True))
    if hasattr(notes, "to_list"):  # a column of a data frame
        return list(notes.to_list())
    if isinstance(notes, Mapping) or not isinstance(notes, Iterable):
        raise ConfigError(f"Notes come as a list or a data frame, not as {type(notes).__name__}.")
    return list(notes)


def _note(place: int, note: Any) -> Note:
    if isinstance(note, str) or is_missing(note):
        return Note(str(place), note if isinstance(note, str) else "")
    if isinstance(note, Note):
        return note
    if isinstance(note, bytes | bytearray):
        raise ConfigError(f"Note {place} is bytes and not text.", remedy="Decode it: note.decode().")

    def value(name: str) -> Any:
        return note.get(name) if isinstance(note, Mapping) else getattr(note, name, None)

    if not any(name in note if isinstance(note, Mapping) else hasattr(note, name) for name in (*TEXTS, *TITLES)):
        raise ConfigError(
            f"Note {place} has no words: none of {', '.join((*TEXTS, *TITLES))}.",
            remedy="Give texts, or call the field that holds the words text.",
        )
    received = value("received_at")
    return Note(
        id=_text(value("id")) or str(place),
        text=next((words for name in TEXTS if (words := _text(value(name)))), ""),
        title=next((words for name in TITLES if (words := _text(value(name)))), ""),
        stars=read_stars(value("stars")),
        account_id=_text(value("account_id")) or None,
        received_at=received if isinstance(received, datetime) else None,
    )


def _text(value: Any) -> str:
    return "" if is_missing(value) else str(value)


def is_missing(value: Any) -> bool:
    """Whether a cell is empty: None, or the NaN of a data frame, which is not equal to itself, or pandas' NA."""
    try:
        return value is None or bool(value != value)
    except TypeError:  # NA will not even say whether it is equal to itself
        return True


def read_stars(value: Any) -> int | None:
    """One to five stars, or None when there are none or it is no such number."""
    try:
        stars = round(float(value))
    except (TypeError, ValueError, OverflowError):
        return None
    return stars if 1 <= stars <= HIGHEST_STARS else None
