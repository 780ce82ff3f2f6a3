"""Memory keeps the laws of a collection; and the laws notice who does not."""

from typing import Any

import pytest

from productops.connectors.memory import Memory, MemoryCollection
from productops.testing.contract import CollectionContract, Subject


def build(kind: type[MemoryCollection] = MemoryCollection) -> Subject:
    ideas = kind(Memory(), "ideas", {"Name": "text", "Effort": "number"})
    return Subject(ideas, title="Name", other="Effort", value=3)


class TestMemory(CollectionContract):
    @pytest.fixture
    def subject(self) -> Subject:
        return build()


class Twice(MemoryCollection):
    def scan(self, *given: Any, **more: Any) -> Any:
        for record in super().scan(*given, **more):
            yield record
            yield record


class Short(MemoryCollection):
    def scan(self, *given: Any, **more: Any) -> Any:
        return iter(list(super().scan(*given, **more))[:-1])


class Deaf(MemoryCollection):
    def update(self, patches: Any) -> Any:
        return [self.get([patch.id]).get(patch.id) for patch in patches]


class Forgetful(MemoryCollection):
    def find(self, markers: Any, since: Any) -> Any:
        return {}


class Patient(MemoryCollection):
    def delete(self, ids: Any) -> Any:
        return [None for _ in ids]


class Careless(MemoryCollection):
    def create(self, drafts: Any) -> Any:
        return [one for one in super().create(drafts) if not isinstance(one, Exception)]


@pytest.mark.parametrize(
    ("kind", "broken"),
    [
        (Twice, "test_a_listing_shows_every_record_once"),
        (Short, "test_a_listing_shows_every_record_once"),
        (Deaf, "test_null_clears_a_field"),
        (Deaf, "test_update_returns_what_was_stored"),
        (Deaf, "test_changing_what_is_not_there_is_gone"),
        (Forgetful, "test_a_marker_finds_its_record"),
        (Patient, "test_what_was_deleted_is_no_longer_shown"),
        (Careless, "test_one_bad_record_spoils_no_other"),
    ],
)
def test_a_broken_law_is_noticed_and_explained(kind: type[MemoryCollection], broken: str) -> None:
    with pytest.raises(pytest.fail.Exception, match=r"The law: .*What to do: "):
        getattr(CollectionContract(), broken)(build(kind))


def test_there_are_enough_laws() -> None:
    assert len([name for name in dir(CollectionContract) if name.startswith("test_")]) >= 20
