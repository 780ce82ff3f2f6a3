"""What a collection says of itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from productops.errors import (
    ConfigError,
)
from productops.sdk.collection import Collection
from productops.testing.contract.subject import LONG_AGO, NO_SUCH, Laws, Subject, law


class Telling(Laws):
    """What a collection says of itself."""

    def test_it_says_what_it_is(self, subject: Subject) -> None:
        """System, name and container are told."""
        it = subject.collection
        told = all(isinstance(one, str) and one for one in (it.system, it.name, it.container))
        law(told, "system, name and container are texts", "Set all three; states and plans need them.")

    def test_fields_have_ids_of_their_own(self, subject: Subject) -> None:
        """Field ids are unique."""
        ids = [one.id for one in subject.collection.schema().fields]
        law(len(ids) == len(set(ids)), "every field has an id of its own", "Use the service's ids, not names.")
        law({subject.title, subject.other} <= set(ids), "the schema has the fields under test", "Correct the fixture.")

    def test_an_unknown_field_name_is_a_setting_to_correct(self, subject: Subject) -> None:
        """A name that no field has raises, with names that do."""
        with pytest.raises(ConfigError) as raised:
            subject.collection.schema().field(NO_SUCH)
        law(bool(raised.value.remedy), "the error names what there is", "Leave the look-up to Schema.field.")

    def test_what_is_declared_is_there(self, subject: Subject) -> None:
        """A declared feature is a method of its own."""
        it = subject.collection
        for name in ("get", "create", "update", "find", "restore"):
            own = getattr(type(it), name) is not getattr(Collection, name)
            law(own or not getattr(it.features, name), f"{name}() is there when declared", f"Write {name}().")
        own = type(it).delete is not Collection.delete
        law(own or it.features.delete == "none", "delete() is there when declared", "Write delete().")

    def test_what_is_not_declared_is_refused(self, subject: Subject) -> None:
        """A method that is not declared raises NotImplementedError."""
        it = subject.collection
        calls: dict[str, Callable[[], object]] = {
            "get": lambda: it.get(["1"]), "create": lambda: it.create([]), "update": lambda: it.update([]),
            "find": lambda: it.find([], LONG_AGO), "restore": lambda: it.restore([]),
        }  # fmt: skip
        for name, call in calls.items():
            if not getattr(it.features, name):
                law(
                    refuses(call),
                    f"what FEATURES does not promise is refused ({name} is not, and answers)",
                    f"Raise NotImplementedError in {name}(), or leave it to Collection; or promise it.",
                )

    def test_batches_hold_at_least_one(self, subject: Subject) -> None:
        """Batch sizes are counts."""
        told = subject.collection.features
        sizes = (told.get_batch, told.create_batch, told.update_batch, told.delete_batch)
        law(min(sizes) >= 1, "a batch holds at least one record", "Declare the sizes that the service takes.")

    def test_a_marker_needs_a_way_to_find_it(self, subject: Subject) -> None:
        """Markers that are declared can be looked up."""
        told = subject.collection.features
        law((told.marker != "none") == told.find, "marker and find go together", "Declare both or neither.")

    def test_check_answers(self, subject: Subject) -> None:
        """check() says yes for a collection that works."""
        law(bool(subject.collection.check()), "check() is true for what works", "See what its details say.")


def refuses(call: Callable[[], object]) -> bool:
    """Whether a method says that it is none."""
    try:
        call()
    except NotImplementedError:
        return True
    return False
