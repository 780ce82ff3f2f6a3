"""What is read."""

from __future__ import annotations

from datetime import timedelta

from productops.sdk.record import fingerprint
from productops.testing.contract.subject import Laws, Subject, law


class Reading(Laws):
    """What is read."""

    def test_a_listing_shows_every_record_once(self, subject: Subject) -> None:
        """No record is left out or repeated, across pages."""
        self.needs(subject, "create")
        new = [one.id for one in subject.make(*(subject.draft(f"No. {at}") for at in range(subject.many)))]
        seen = subject.ids()
        law(len(seen) == len(set(seen)), "a listing shows no record twice", "Follow the service's own tokens.")
        law(set(new) <= set(seen), "a listing shows every record", "Read until the service says it is the end.")

    def test_a_listing_can_be_narrowed_to_fields(self, subject: Subject) -> None:
        """``fields`` limits what is shown."""
        self.needs(subject, "create")
        subject.make(subject.draft("Narrow", **{subject.other: subject.value}))
        for record in subject.collection.scan(fields=[subject.title]):
            law(record.fields.keys() <= {subject.title}, "only the fields asked for are shown", "Drop the others.")

    def test_what_was_not_asked_for_is_absent_and_what_is_empty_is_null(self, subject: Subject) -> None:
        """Absent means unknown, null means empty."""
        self.needs(subject, "create", "get")
        id_ = subject.make(subject.draft("Empty"))[0].id
        shown = subject.read(id_).fields
        law(subject.other in shown, "an empty field that was asked for is null", "Fill in null for empty fields.")
        law(fingerprint(shown[subject.other]) in {fingerprint(None), fingerprint(False)}, "empty is null", "As above.")

    def test_what_does_not_exist_is_absent_from_get(self, subject: Subject) -> None:
        """get() leaves out ids that are not there."""
        self.needs(subject, "get")
        found = subject.collection.get([subject.missing])
        law(subject.missing not in found, "get() leaves out what is not there", "Return no record for a 404.")

    def test_a_listing_since_a_time_shows_what_changed(self, subject: Subject) -> None:
        """scan(since) shows at least what changed since then."""
        self.needs(subject, "create", "cursor")
        new = subject.make(subject.draft("Fresh"))[0]
        since = subject.collection.server_time() - timedelta(hours=1)
        seen = [one.id for one in subject.collection.scan(since)]
        law(new.id in seen, "scan(since) shows what changed since", "Overlap by the granularity of the cursor.")
