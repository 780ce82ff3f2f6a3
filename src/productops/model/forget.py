"""Erasure on request: a person becomes a pseudonym and leaves every text, and no count changes."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, SerializeAsAny, ValidationError

from productops.model.base import ChangeEvent, Entity, ExternalRef, Value
from productops.model.feedback import Feedback, Insight, LoopClosure, Span
from productops.model.people import Person, PersonRef, pseudonymise, same_text
from productops.model.roadmap import RoadmapItem

SHORTEST_KEY = 6
REF_FIELDS = frozenset({"name", "email", "external"})
LINKS = frozenset({"id", "merged_into", "split_from", "merged_from", "dependencies", "system", "currency"})
M = TypeVar("M", bound=BaseModel)
Cut = tuple[int, int]


class Forgotten(Value):
    """What was given, without the person; `changed` counts the records that had to change.

    `remote` is where those records live elsewhere and may still hold the name; `warnings` name what could not be
    cleaned, for instance an id made of an address.
    """

    feedback: tuple[Feedback, ...] = ()
    insights: tuple[Insight, ...] = ()
    events: tuple[ChangeEvent, ...] = ()
    closures: tuple[LoopClosure, ...] = ()
    items: tuple[RoadmapItem, ...] = ()
    records: tuple[SerializeAsAny[BaseModel], ...] = ()
    changed: int = 0
    remote: tuple[ExternalRef, ...] = ()
    warnings: tuple[str, ...] = ()


def plain(text: str) -> str:
    """A text without accents and upper case, as names are looked for."""
    if text.isascii():
        return text.casefold()
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()


def word(text: str) -> str:
    """A pattern for a name or address, whatever joins its parts; a whole word where the script has such."""
    parts = [re.escape(part).replace("@", "(?:@|%40)") for part in re.split(r"[\s._\-]+", plain(text)) if part]
    pattern = r"[\s._\-]*".join(parts) if "@" in text else r"[\s._\-]+".join(parts)
    folded = plain(text).strip(" ._-")
    before = r"(?<![^\W_])" if is_lettered(folded[:1]) else ""
    after = r"(?![^\W_])" if is_lettered(folded[-1:]) else ""
    return f"{before}{pattern}{after}" if parts else r"(?!)"


def needle(text: str) -> str:
    """The longest part of a name, an account or the local part of an address."""
    return max(re.split(r"[\s._\-]+", plain(text).partition("@")[0]), key=len)


def stored(record: BaseModel) -> str:
    """A record as one plain text, to look for names in; JSON's escapes are taken back."""
    text = record.model_dump_json()
    for escape, char in ((r"\n", "\n"), (r"\t", "\t"), (r"\r", "\r"), (r"\"", '"'), (r"\\", "\\")):
        text = text.replace(escape, char)
    return plain(text)


@cache
def kept_fields(model: type[BaseModel]) -> frozenset[str]:
    """The fields of a class that name no person: links between our records, and values from a fixed list."""
    return frozenset(
        name
        for name, field in model.model_fields.items()
        if name in LINKS or (name.endswith(("_id", "_ids")) and name != "source_id") or "Literal[" in str(field)
    )


def references(record: BaseModel) -> Iterator[PersonRef]:
    """The references to people among a record's own fields."""
    for value in vars(record).values():
        for part in value if isinstance(value, list | tuple) else (value,):
            if isinstance(part, PersonRef):
                yield part


def is_lettered(char: str) -> bool:
    """Whether words of this script have spaces around them."""
    return char.isdigit() or char.lower() != char.upper()


class Erasure:
    """One person, as they may appear in a record, and the pseudonym that takes their place."""

    def __init__(self, person: PersonRef | Person, salt: str, also: Iterable[str] = ()) -> None:
        self.ref: PersonRef = person.as_ref if isinstance(person, Person) else person
        self.salt = salt
        self.label: str = pseudonymise(self.ref, salt).label
        texts = [*([self.ref.name] if self.ref.name else []), *also]
        self.emails: set[str] = {same_text(text) for text in (self.ref.email or "", *texts) if "@" in text}
        self.names: set[str] = {same_text(text) for text in texts if "@" not in text and text.strip()}
        self.accounts: set[tuple[str, str]] = {(ref.system, ref.key) for ref in self.ref.external}
        keys = {key for _, key in self.accounts if len(key) >= SHORTEST_KEY}
        everywhere = sorted({*self.emails, *self.names, *keys}, key=len, reverse=True)
        parts = {part for name in self.names for part in re.split(r"[\s._\-]+", name) if len(part) > 1}
        self.needles: list[str] = [needle(text) for text in (*everywhere, *(key for _, key in self.accounts))]
        self.strict: re.Pattern[str] = re.compile("|".join(map(word, everywhere)) or r"(?!)")
        self.touched: list[Entity] = []
        self.wide: re.Pattern[str] = re.compile(
            "|".join(map(word, [*everywhere, *sorted(parts, key=len, reverse=True)])) or r"(?!)"
        )

    def means(self, ref: PersonRef) -> bool:
        """Whether a reference is to this person: by account, address, or a name nothing speaks against."""
        theirs = {(found.system, found.key) for found in ref.external}
        if theirs & self.accounts:
            return True
        if ref.email and self.emails:
            return same_text(ref.email) in self.emails
        if {system for system, _ in theirs} & {system for system, _ in self.accounts}:
            return False
        return ref.name is not None and same_text(ref.name) in self.names

    def hints(self, simple: str) -> bool:
        """Whether a plain text may name the person; quick, and sure only when it says no."""
        return any(part in simple for part in self.needles)

    def names_key(self, text: str) -> bool:
        """Whether a text is the person's counting key, as change events have it in `by`."""
        keys = {self.ref.key, *(f"email:{email}" for email in self.emails), *(f"name:{name}" for name in self.names)}
        return text in keys or text in {f"{system}:{key}" for system, key in self.accounts}

    def cuts(self, text: str, *, wide: bool) -> list[Cut]:
        """Where in a text the person is named; `wide` also takes single parts of the name."""
        pattern, simple = self.wide if wide else self.strict, plain(text)
        if not (wide or self.hints(simple)) or not pattern.search(simple):
            return []
        where: list[int] = []
        folded: list[str] = []
        for position, char in enumerate(text):
            found = plain(char)
            folded.append(found)
            where += [position] * len(found)
        cuts = []
        for match in pattern.finditer("".join(folded)):
            end = where[match.end() - 1] + 1
            while end < len(text) and unicodedata.combining(text[end]):
                end += 1
            cuts.append((where[match.start()], end))
        return cuts

    def text(self, text: str, *, wide: bool) -> str:
        """A text with the pseudonym wherever the person was named."""
        if self.names_key(text):
            return f"name:{same_text(self.label)}"
        for start, end in reversed(self.cuts(text, wide=wide)):
            text = text[:start] + self.label + text[end:]
        return text

    def span(self, span: Span, text: str, *, wide: bool) -> Span:
        """The same stretch of a text after it was cleaned; a stretch that cuts a name takes in the pseudonym."""
        start = end = 0
        for edge in ("start", "end"):
            place = getattr(span, edge)
            moved = place
            for begin, finish in self.cuts(text, wide=wide):
                if finish <= place:
                    moved += len(self.label) - (finish - begin)
                elif begin < place:
                    moved += begin - place + (len(self.label) if edge == "end" else 0)
            start, end = (moved, end) if edge == "start" else (start, moved)
        return Span(start=start, end=end)

    def moved(self, insight: Insight, note: Feedback, *, wide: bool) -> Insight:
        """An insight with its excerpt where the words are after the note, given as it was, is cleaned."""
        if insight.span is None:
            return insight
        return insight.model_copy(update={"span": self.span(insight.span, note.text, wide=wide)})

    def clean(self, value: Any, *, wide: bool) -> Any:
        """Any value of a record without the person."""
        if isinstance(value, Enum):
            return value
        if isinstance(value, PersonRef):
            return pseudonymise(value, self.salt) if self.means(value) else value
        if isinstance(value, str):
            return self.text(value, wide=wide)
        if isinstance(value, BaseModel):
            # A record within a record is wide for its own people only: an owner's first name is a word elsewhere.
            return self.record(value, wide=self.concerns(value) if isinstance(value, Entity) else wide)
        if isinstance(value, Mapping):
            return self.mapping(value, wide=wide)
        if isinstance(value, list | tuple | set | frozenset):
            return type(value)(self.clean(part, wide=wide) for part in value)
        return value

    def mapping(self, value: Mapping[str, Any], *, wide: bool) -> dict[str, Any]:
        """A dictionary; one that is a stored reference to the person becomes the pseudonym's."""
        if value and set(value) <= REF_FIELDS:
            try:
                found = PersonRef.model_validate(dict(value))
            except ValidationError:
                found = None
            if found is not None and self.means(found):
                return pseudonymise(found, self.salt).model_dump(mode="json")
        return {self.clean(key, wide=wide): self.clean(part, wide=wide) for key, part in value.items()}

    def record(self, record: M, *, wide: bool) -> M:
        """A record without the person; the same object when there was nothing to change."""
        if not wide and not self.hints(stored(record)) and not self.concerns(record):
            return record
        kept = kept_fields(type(record))
        fields = {name: getattr(record, name) for name in type(record).model_fields if name not in kept}
        if isinstance(record, Person) and self.means(record.as_ref):
            alias = pseudonymise(record, self.salt).name
            fields.update(name=alias, email=None, external=[])
        cleaned = {name: self.clean(value, wide=wide) for name, value in fields.items()}
        update = {name: value for name, value in cleaned.items() if value != getattr(record, name)}
        # BaseModel's own copy: forgetting somebody is the one reason to change what was said.
        result = BaseModel.model_copy(record, update=update) if update else record
        if update and isinstance(result, Entity):
            self.touched.append(record if isinstance(record, Person) else result)
        return result

    def concerns(self, record: BaseModel) -> bool:
        """Whether one of a record's references is to the person."""
        return any(self.means(ref) for ref in references(record))


def forget(
    person: PersonRef | Person,
    *,
    salt: str,
    feedback: Iterable[Feedback] = (),
    insights: Iterable[Insight] = (),
    events: Iterable[ChangeEvent] = (),
    closures: Iterable[LoopClosure] = (),
    items: Iterable[RoadmapItem] = (),
    records: Iterable[BaseModel] = (),
    also: Iterable[str] = (),
) -> Forgotten:
    """Replace a person by a pseudonym in all that is given, and return cleaned copies in the same order.

    Requesters, owners, loggers and authors become pseudonyms, the same for the same reference, so that counts and
    merges stay. Full names, addresses and account ids are cut from every text; in notes the person has a part in,
    and what belongs to those notes, so are single parts of the name. Excerpts still show the same stretch. `records`
    are all others that may name somebody, with all that is in them: launches, decisions, assessments, processes,
    studies, people. `also` are other names or addresses of theirs. The salt is that of `pseudonymise`, which raises
    ValueError when short.

    >>> ada = PersonRef(name="Ada Muster", email="ada@example.com")
    >>> note = Feedback(text="Call me at ADA@example.com", requester=ada)
    >>> found = forget(ada, salt="a secret salt", feedback=[note])
    >>> "example.com" in found.feedback[0].model_dump_json(), found.changed
    (False, 1)
    """
    erasure = Erasure(person, salt, also)
    given = list(feedback)
    notes = {note.id: note for note in given}
    listed: dict[str, Iterable[Any]] = {"insights": insights, "closures": closures, "items": items, "records": records}
    own = {note.id for note in given if erasure.concerns(note)}
    cleaned: dict[str, list[Any]] = {name: [] for name in ("feedback", "events", *listed)}
    changed = 0

    def put(name: str, record: M, *, wide: bool) -> None:
        nonlocal changed
        result: BaseModel = erasure.record(record, wide=wide)
        if isinstance(result, Insight) and (note := notes.get(result.feedback_id)):
            result = erasure.moved(result, note, wide=note.id in own)
            erasure.touched += [result] if result != record else []
        changed += result != record
        cleaned[name].append(result)

    for note in given:
        put("feedback", note, wide=note.id in own)
    for name, records in listed.items():
        for record in records:
            put(name, record, wide=getattr(record, "feedback_id", None) in own or erasure.concerns(record))
    for event in events:
        put("events", event, wide=event.entity_id in own)
    remote = dict.fromkeys(ref for record in erasure.touched for ref in record.external)
    warnings = left(erasure, cleaned)
    return Forgotten(**cleaned, changed=changed, remote=tuple(remote), warnings=tuple(warnings))


def left(erasure: Erasure, cleaned: Mapping[str, list[Any]]) -> list[str]:
    """Warnings about records that still name the person, which only an id or a link can do."""
    return [
        f"one of the {name} still names the person in an id or link"
        for name, records in cleaned.items()
        for record in records
        if erasure.hints(text := stored(record)) and erasure.strict.search(text)
    ]
