"""Markers, lost answers and bad weather."""

from __future__ import annotations

import pytest

from productops.errors import (
    ProductOpsError,
    RateLimitedError,
    RetryableError,
    UnknownOutcomeError,
)
from productops.sdk.record import Record
from productops.testing.contract.subject import LONG_AGO, Laws, Subject, law


class Weather(Laws):
    """Markers, lost answers and bad weather."""

    def test_a_marker_finds_its_record(self, subject: Subject) -> None:
        """find() returns the one record with a marker."""
        self.needs(subject, "create", "find")
        one, _ = subject.make(subject.draft("Mine", "contract-1"), subject.draft("Other", "contract-2"))
        found = subject.collection.find(["contract-1", "contract-9"], LONG_AGO)
        ids = [record.id for record in found.get("contract-1", [])]
        law(ids == [one.id], f"a marker finds exactly its record (it found {ids})", "Look the marker up exactly.")
        law(not found.get("contract-9"), "a marker nobody has finds nothing", "Match whole markers.")

    def test_a_repeated_create_makes_one_record(self, subject: Subject) -> None:
        """With ``upsert`` the same marker twice is one record."""
        self.needs(subject, "create", "find", "upsert")
        for _ in range(2):
            subject.make(subject.draft("Once", "contract-once"))
        found = subject.collection.find(["contract-once"], LONG_AGO)["contract-once"]
        law(len(found) == 1, "a repeated create with one marker makes one record", "Do not declare upsert.")

    def test_a_lost_answer_is_an_unknown_outcome_and_its_marker_tells(self, subject: Subject) -> None:
        """A create whose answer was lost happened once; the outcome says that it is unknown, or which record it is."""
        self.needs(subject, "create", "find")
        self.plant(subject, "create", "drop_after_commit")
        outcome = subject.collection.create([subject.draft("Lost", "contract-lost")])[0]
        known = isinstance(outcome, (UnknownOutcomeError, Record))
        law(known, f"a lost answer is an UnknownOutcomeError (it was {outcome!r})", "Never call it refused.")
        subject.later()
        found = subject.collection.find(["contract-lost"], LONG_AGO).get("contract-lost", [])
        law(len(found) == 1, f"a lost answer leaves one record (there are {len(found)})", "Never repeat a create.")

    def test_a_request_that_never_arrived_is_not_taken_for_done(self, subject: Subject) -> None:
        """What the service never saw is an error or was sent again; it is never called stored."""
        self.needs(subject, "create", "find")
        self.plant(subject, "create", "drop_before_commit")
        outcome = subject.collection.create([subject.draft("Unseen", "contract-unseen")])[0]
        subject.later()
        found = subject.collection.find(["contract-unseen"], LONG_AGO).get("contract-unseen", [])
        true = len(found) == (1 if isinstance(outcome, Record) else 0)
        law(true, "an outcome says what is there", "Return a record only for an answer that tells of one.")

    def test_a_rate_limit_is_waited_for_or_told(self, subject: Subject) -> None:
        """429 leads to waiting or to RateLimitedError, and to no second record."""
        self.needs(subject, "create", "find")
        self.plant(subject, "create", "rate_limited")
        outcome = subject.collection.create([subject.draft("Slow", "contract-slow")])[0]
        law(isinstance(outcome, (Record, RateLimitedError)), f"429 is a rate limit ({outcome!r})", "Translate 429.")
        subject.later()
        found = subject.collection.find(["contract-slow"], LONG_AGO).get("contract-slow", [])
        law(len(found) == isinstance(outcome, Record), "429 means that nothing was done", "Repeat only after 429.")

    @pytest.mark.parametrize("kind", ["truncated", "malformed", "login_page", "repeated_token", "error_500"])
    def test_a_listing_in_bad_weather_is_whole_or_raises(self, subject: Subject, kind: str) -> None:
        """A listing that did not end by the service's own word raises; it never ends early."""
        self.needs(subject, "create")
        subject.make(*(subject.draft(f"No. {at}") for at in range(subject.many)))
        whole = sorted(subject.ids())
        self.plant(subject, "list", kind)
        try:
            seen = sorted(subject.ids())
        except (RetryableError, ProductOpsError):
            return
        law(seen == whole, f"a listing is whole or raises ({kind})", "Raise IncompleteListingError or repeat the read.")

    def test_no_secret_shows(self, subject: Subject) -> None:
        """Neither reprs nor errors nor checks hold a secret."""
        it = subject.collection
        shown = [repr(it), str(it), it.container, it.name, str(it.check()), repr(it.features), it.subject()]
        if subject.fault is not None:
            subject.fault("list", "unauthorized")
            try:
                subject.ids()
            except ProductOpsError as error:
                shown += [str(error), repr(error), str(error.to_dict())]
        law(not any(subject.secret in one for one in shown), "a secret shows nowhere", "Keep it in the client only.")
