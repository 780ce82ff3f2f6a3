"""What is written."""

from __future__ import annotations

import pytest

from productops.errors import (
    GoneError,
    ProductOpsError,
    RejectedError,
)
from productops.sdk.record import Patch, Record, fingerprint
from productops.testing.contract.subject import BAD, NO_SUCH, WORDS, Laws, Subject, law, made, plain


class Writing(Laws):
    """What is written."""

    def test_create_returns_what_was_stored(self, subject: Subject) -> None:
        """The outcome of a create is the record as it can be read."""
        self.needs(subject, "create", "get", "echo")
        told = subject.make(subject.draft("Stored", **{subject.other: subject.value}))[0]
        shown = subject.read(told.id)
        for name in (subject.title, subject.other):
            same = fingerprint(told.fields.get(name)) == fingerprint(shown.fields[name])
            law(same, f"create returns {name!r} as stored", "Return the service's answer, not what was sent.")

    def test_update_returns_what_was_stored(self, subject: Subject) -> None:
        """The outcome of an update is the record as it can be read."""
        self.needs(subject, "create", "update", "get", "echo")
        id_ = subject.make(subject.draft("Before"))[0].id
        told = made(subject.collection.update([Patch(id_, {subject.title: "After"})])[0])
        same = told.fields.get(subject.title) == subject.read(id_).fields[subject.title] == "After"
        law(same, "update returns what is stored", "Return the service's answer, not what was sent.")

    def test_writing_back_what_was_read_changes_nothing(self, subject: Subject) -> None:
        """Read, write the same, read again: equal."""
        self.needs(subject, "create", "update", "get")
        id_ = subject.make(subject.draft(WORDS, **{subject.other: subject.value}))[0].id
        before = subject.read(id_).fields
        made(subject.collection.update([Patch(id_, {n: before[n] for n in (subject.title, subject.other)})])[0])
        after = subject.read(id_).fields
        for name in (subject.title, subject.other):
            same = fingerprint(before[name]) == fingerprint(after[name])
            law(same, f"writing back {name!r} changes nothing", "Make decoding and encoding each other's reverse.")

    def test_other_fields_stay_as_they_are(self, subject: Subject) -> None:
        """A patch touches the fields that it names."""
        self.needs(subject, "create", "update", "get")
        id_ = subject.make(subject.draft("One", **{subject.other: subject.value}))[0].id
        before = fingerprint(subject.read(id_).fields[subject.other])
        made(subject.collection.update([Patch(id_, {subject.title: "Two"})])[0])
        same = fingerprint(subject.read(id_).fields[subject.other]) == before
        law(same, "fields that a patch does not name stay", "Send the named fields only; never replace the record.")

    def test_null_clears_a_field(self, subject: Subject) -> None:
        """Null empties a field, where that is declared."""
        self.needs(subject, "create", "update", "get", "clears")
        id_ = subject.make(subject.draft("Full", **{subject.other: subject.value}))[0].id
        made(subject.collection.update([Patch(id_, {subject.other: None})])[0])
        shown = fingerprint(subject.read(id_).fields[subject.other])
        law(shown in {fingerprint(None), fingerprint(False)}, "null clears", "Send the service's form of empty.")

    def test_words_of_all_scripts_survive(self, subject: Subject) -> None:
        """Text outside ASCII comes back as it was."""
        self.needs(subject, "create", "get")
        shown = plain(subject.read(subject.make(subject.draft(WORDS))[0].id).fields[subject.title])
        law(shown == WORDS, "text of all scripts survives", "Send UTF-8 and neither fold nor escape.")

    def test_a_huge_text_is_whole_or_refused(self, subject: Subject) -> None:
        """A text too long is refused by name; it is never cut."""
        self.needs(subject, "create", "get")
        text = "long " * 40_000 + "end"
        outcome = subject.collection.create([subject.draft(text)])[0]
        if isinstance(outcome, Record):
            whole = plain(subject.read(outcome.id).fields[subject.title]) == text
            law(whole, "a huge text is stored whole", "Refuse what the service would cut.")
        else:
            law(isinstance(outcome, RejectedError), "a huge text is a RejectedError", "Check the length first.")

    def test_a_field_that_is_not_there_is_refused_by_name(self, subject: Subject) -> None:
        """An unknown field is a RejectedError that names it."""
        self.needs(subject, "create")
        outcome = subject.collection.create([subject.draft("Bad", **BAD)])[0]
        named = isinstance(outcome, RejectedError) and NO_SUCH in outcome.fields
        law(named, f"an unknown field is refused by name (it was {outcome!r})", "Fill in RejectedError.fields.")

    def test_one_bad_record_spoils_no_other(self, subject: Subject) -> None:
        """In a batch the good are stored, the bad is told, in order."""
        self.needs(subject, "create")
        if subject.collection.features.create_batch < 3:
            pytest.skip("batches hold fewer than three")
        drafts = [subject.draft("A"), subject.draft("B", **BAD), subject.draft("C")]
        outcomes = subject.collection.create(drafts)
        law(len(outcomes) == 3, "one outcome for each draft", "Return as many outcomes as there were drafts.")
        names = [one.fields.get(subject.title) if isinstance(one, Record) else None for one in outcomes]
        law([plain(one) for one in names] == ["A", None, "C"], "outcomes come in order", "Keep the places.")

    def test_changing_what_is_not_there_is_gone(self, subject: Subject) -> None:
        """An update of a missing record is a GoneError for that record."""
        self.needs(subject, "update")
        outcome = subject.collection.update([Patch(subject.missing, {subject.title: "x"})])[0]
        law(isinstance(outcome, GoneError), f"what is not there is gone (it was {outcome!r})", "Return a GoneError.")

    def test_errors_name_the_service(self, subject: Subject) -> None:
        """Errors say where they come from."""
        self.needs(subject, "update")
        outcome = subject.collection.update([Patch(subject.missing, {subject.title: "x"})])[0]
        named = isinstance(outcome, ProductOpsError) and outcome.system == subject.collection.system
        law(named, "an error names its service", "Give errors system=.")

    def test_what_was_deleted_is_no_longer_shown(self, subject: Subject) -> None:
        """Deleted records leave listings; what lies in a trash can come back."""
        self.needs(subject, "create", "delete")
        id_ = subject.make(subject.draft("Going"))[0].id
        law(subject.collection.delete([id_]) == [None], "a delete that worked is None", "Return None for it.")
        subject.later()
        law(id_ not in subject.ids(), "what was deleted is not listed", "Leave out what lies in a trash.")
        if subject.collection.features.restore:
            law(subject.collection.restore([id_]) == [None], "restore brings it back", "Return None for it.")
            subject.later()
            law(id_ in subject.ids(), "what was restored is listed", "Undo the delete, not a copy of it.")
