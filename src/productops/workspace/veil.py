"""Knows a forgotten person's name again without knowing the name, and keeps it out.

Each name, address and long account id is kept as a digest keyed with the workspace's own secret. A text is looked
through word by word; what has a digest on the list becomes the pseudonym before it is stored.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import TypeVar

from pydantic import BaseModel
from pydantic_core import from_json
from sqlalchemy import select

from productops.model.base import ExternalRef
from productops.model.forget import SHORTEST_KEY, Erasure, plain, references
from productops.model.people import PersonRef
from productops.workspace import tables as t
from productops.workspace.store import Store

M = TypeVar("M", bound=BaseModel)
SALT = "salt"
WORDS = re.compile(r"\w+")


def digest(secret: str, words: Iterable[str]) -> str:
    """Return the keyed digest of some words, however they are written."""
    return hashlib.blake2b(" ".join(map(plain, words)).encode(), key=secret.encode(), digest_size=16).hexdigest()


def mark(store: Store, erasure: Erasure) -> None:
    """Remember a person's digests; what is on the list already stays."""
    found = {}
    texts = [*erasure.names, *erasure.emails, *(key for _, key in erasure.accounts if len(key) >= SHORTEST_KEY)]
    for text in texts:
        words = WORDS.findall(_composed(text))
        if words:
            found[digest(erasure.salt, words)] = {"words": len(words), "email": int("@" in text)}
    for system, key in erasure.accounts:
        found[digest(erasure.salt, [f"{system}\n{key}"])] = {"words": 0, "email": 0}
    with store.reading() as connection:
        known = set(connection.execute(select(t.forgotten.c.digest)).scalars())
    store.add(t.forgotten, [{"digest": each, **row} for each, row in found.items() if each not in known])


def _composed(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


class Veil:
    """The list of a workspace, as it is at the beginning of a transaction."""

    def __init__(self, store: Store, secret: str) -> None:
        with store.reading() as connection:
            rows = connection.execute(select(t.forgotten)).all() if secret else []
        self._secret = secret
        self._known = {row.digest: bool(row.email) for row in rows}
        self._lengths = sorted({int(row.words) for row in rows if row.words})

    def __bool__(self) -> bool:
        return bool(self._known)

    def over(self, item: M) -> M:
        """Return an entity without anybody who was forgotten; the same object when nobody was named."""
        for ref in dict.fromkeys(self._named(item)):
            erasure = Erasure(ref, self._secret)
            item = erasure.record(item, wide=erasure.concerns(item))
        return item

    def _named(self, item: BaseModel) -> Iterator[PersonRef]:
        for text in _strings(from_json(item.__pydantic_serializer__.to_json(item, warnings=False))):
            yield from self._in(_composed(text))
        for ref in references(item):
            for external in ref.external:
                if digest(self._secret, [f"{external.system}\n{external.key}"]) in self._known:
                    yield PersonRef(external=(ExternalRef(system=external.system, key=external.key),))

    def _in(self, text: str) -> Iterator[PersonRef]:
        words = list(WORDS.finditer(text))
        for length in self._lengths:
            for first, last in zip(words, words[length - 1 :], strict=False):
                part = text[first.start() : last.end()]
                email = self._known.get(digest(self._secret, WORDS.findall(part)))
                if email is not None:
                    yield PersonRef(email=part) if email else PersonRef(name=part)


def veil_of(store: Store) -> Veil:
    """Return the list of a workspace."""
    with store.reading() as connection:
        secret = connection.execute(select(t.meta.c.value).where(t.meta.c.name == SALT)).scalar()
    return Veil(store, str(secret or ""))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
