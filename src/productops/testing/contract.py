"""The laws that every collection keeps, as a test class: a connector's test is one fixture.

::

    class TestIdeas(CollectionContract):
        @pytest.fixture
        def subject(self):
            ideas = Memory().collection("ideas", fields={"Name": "text", "Effort": "number"})
            return Subject(ideas, title="Name", other="Effort", value=3)

What a collection declares in its :class:`~productops.sdk.collection.Features` is tested; for what it does not declare
it must refuse. Needs pytest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from productops.errors import (
    ConfigError,
    GoneError,
    ProductOpsError,
    RateLimitedError,
    RejectedError,
    RetryableError,
    UnknownOutcomeError,
)
from productops.sdk.collection import Collection, Outcome
from productops.sdk.record import Draft, Patch, Record, RichText, fingerprint

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
WORDS = "Zażółć gęślą jaźń, 産品, עברית, \N{ROCKET}, e\N{COMBINING ACUTE ACCENT}"
NO_SUCH = "no such field"
BAD: dict[str, Any] = {NO_SUCH: 1}


def _wait() -> None:
    time.sleep(0)


@dataclass
class Subject:
    """A collection under test, which may already hold records.

    ``title`` and ``other`` are ids of two fields that can be written; ``title`` takes any short text and ``value`` is
    one that ``other`` takes. ``fixed`` is what else a new record needs. ``missing`` is an id that looks like one and
    is none. ``later`` lets the service's settle time pass. ``fault(where, kind)`` plants a fault of
    ``productops.testing.sandbox.faults`` in the next request of the kind ``"list"``, ``"create"`` or ``"update"``,
    or, with ``None`` in its place, leaves those laws out. ``secret`` must appear nowhere.
    """

    collection: Collection
    title: str
    other: str
    value: Any
    fixed: Mapping[str, Any] = field(default_factory=dict)
    missing: str = "no-such-record"
    many: int = 25  # more than one page, where the service has pages
    later: Callable[[], object] = _wait
    fault: Callable[[str, str], object] | None = None
    secret: str = "no secret at all"  # noqa: S105 # there is none

    def draft(self, title: str, marker: str | None = None, **more: Any) -> Draft:
        """Return a record to create."""
        return Draft({**self.fixed, self.title: title, **more}, marker)

    def make(self, *drafts: Draft) -> list[Record]:
        """Create records in batches and wait until everybody sees them."""
        found: list[Record] = []
        size = self.collection.features.create_batch
        for at in range(0, len(drafts), size):
            found += [made(one) for one in self.collection.create(drafts[at : at + size])]
        self.later()
        return found

    def read(self, id_: str) -> Record:
        """Return a record as it is stored."""
        found = self.collection.get([id_])
        law(id_ in found, "a record that exists is in the answer of get()", "Return every id that exists.")
        return found[id_]

    def ids(self) -> list[str]:
        """Return the ids of a whole listing."""
        return [record.id for record in self.collection.scan()]


def law(holds: bool, broken: str, remedy: str) -> None:
    """Fail with the law that is broken and what to do about it."""
    if not holds:
        pytest.fail(f"The law: {broken}. What to do: {remedy}", pytrace=False)


def made(outcome: Outcome) -> Record:
    """Return the record of an outcome; an error fails the test with its words."""
    law(isinstance(outcome, Record), f"a good record is stored (this one was not: {outcome})", "Look at the error.")
    return outcome  # type: ignore[return-value] # the law says so


def plain(value: Any) -> Any:
    """Return what identifies a value, texts by their Markdown."""
    return value.markdown.strip() if isinstance(value, RichText) else value


class CollectionContract:
    """The laws. Subclass it and give it a fixture named ``subject`` that returns a new :class:`Subject`."""

    def needs(self, subject: Subject, *names: str) -> None:
        """Leave a law out that is about something the collection does not declare."""
        for name in names:
            if getattr(subject.collection.features, name) in (False, None, "none"):
                pytest.skip(f"{subject.collection.name} does not declare {name}")

    # --- what it says of itself

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
                with pytest.raises(NotImplementedError):
                    call()

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

    # --- reading

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

    # --- writing

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

    # --- markers and lost answers

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

    def plant(self, subject: Subject, where: str, kind: str) -> None:
        """Plant a fault, or leave the law out where there is no weather."""
        if subject.fault is None:
            pytest.skip("no faults can be planted here")
        subject.fault(where, kind)


__all__: Sequence[str] = ("CollectionContract", "Subject", "law")
