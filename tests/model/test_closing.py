"""Telling those who asked: all of them, once each, and nobody who objected."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from productops.model.base import ExternalRef
from productops.model.closing import by_person, closures
from productops.model.closure import closure_rate
from productops.model.dedupe import roots
from productops.model.feedback import Feedback, Insight, LoopClosure
from productops.model.launch import Launch
from productops.model.people import PersonRef
from productops.model.roadmap import RoadmapItem
from productops.model.timebox import TimeBucket


@dataclass
class Note:
    id: str
    requester: PersonRef | None = None
    account_id: str | None = None
    merged_into: str | None = None
    consent_to_contact: bool | None = None
    state: str = "linked"


@dataclass
class Link:
    feedback_id: str
    target_id: str


@dataclass
class Item:
    id: str
    launch_id: str | None = None


@dataclass
class SentBefore:
    feedback_id: str
    target_id: str | None
    about: str = "shipped"
    outcome: str = "notified"


def person(name, **fields):
    return PersonRef(name=name, email=f"{name.lower()}@example.com", **fields)


LAUNCH = Launch(
    id="launch_1",
    name="Checkout 2",
    status="launched",
    launched_on=date(2026, 12, 1),
    target=TimeBucket.day(date(2026, 12, 1)),
    roadmap_item_ids=["item_2"],
)
ITEMS = [Item("item_1", "launch_1"), Item("item_2"), Item("item_9", "launch_9")]


def told(found):
    return {notice.requester.label: notice.feedback_ids for notice in found.notices}


def why(found):
    return {each.feedback_ids: each.reason for each in found.left_out}


def test_everybody_who_asked_through_links_and_merges():
    notes = [
        Note("a", person("Ada")),
        Note("b", person("Bo"), merged_into="a", state="duplicate"),
        Note("c", person("Cy"), merged_into="b", state="duplicate"),
        Note("d", person("Di")),
        Note("e", person("Ed")),
        Note("f", person("Flo"), merged_into="gone"),
        Note("g", person("Gus")),
    ]
    links = [
        Link("c", "item_1"),
        Link("d", "item_2"),
        Link("e", "item_9"),
        Link("gone", "item_1"),
        Link("g", "launch_1"),
    ]
    found = closures(LAUNCH, notes, links, ITEMS)
    assert told(found) == {"Ada": ("a",), "Bo": ("b",), "Cy": ("c",), "Di": ("d",), "Flo": ("f",), "Gus": ("g",)}
    assert [(wish.feedback_id, wish.target_id) for wish in found.notices[0].wishes] == [("a", "item_1")]
    assert found.left_out == ()
    assert found


def test_one_notice_a_person_however_a_system_shows_them():
    account = ExternalRef(system="jira", key="u1")
    notes = [
        Note("a", person("Ada")),
        Note("b", PersonRef(name="A. Muster", external=[account])),
        Note("c", PersonRef(email="ADA@example.com", external=[account]), account_id="acc_1"),
    ]
    found = closures(LAUNCH, notes, [Link(note.id, "item_1") for note in notes], ITEMS)
    assert [set(notice.feedback_ids) for notice in found.notices] == [{"a", "b", "c"}]
    assert found.notices[0].requester.email
    assert found.notices[0].account_ids == ("acc_1",)


def test_bare_names_are_one_person_within_an_account_only():
    notes = [Note(str(n), PersonRef(name="Anna"), account_id=acc) for n, acc in enumerate(["x", "x", "y"])]
    assert [len(group) for group in by_person(notes)] == [2, 1]


def test_who_was_told_is_not_told_again():
    notes = [Note("a", person("Ada")), Note("b", person("Ada")), Note("c", person("Cy"))]
    links = [Link("a", "item_1"), Link("b", "item_2"), Link("c", "item_1")]
    before = [SentBefore("a", "item_1"), SentBefore("c", "item_9"), SentBefore("c", "item_1", about="declined")]
    found = closures(LAUNCH, notes, links, ITEMS, before)
    assert told(found) == {"Cy": ("c",)}
    assert why(found) == {("a", "b"): "already told"}


def test_news_of_another_note_is_other_news():
    notes = [Note("a", person("Ada")), Note("b", person("Ada"))]
    links = [Link("a", "item_1"), Link("b", "item_9")]
    assert told(closures(LAUNCH, notes, links, ITEMS, [SentBefore("b", None)])) == {"Ada": ("a",)}
    assert not closures(LAUNCH, notes, links, ITEMS, [SentBefore("a", None)])
    assert not closures(LAUNCH, notes, links, ITEMS, [SentBefore("b", "item_1")])


def test_sending_the_draft_leaves_nothing_to_send():
    notes = [Note("a", person("Ada")), Note("b", person("Bo"), merged_into="a"), Note("c", person("Ada"))]
    links = [Link("a", "item_1"), Link("c", "item_2")]
    first = closures(LAUNCH, notes, links, ITEMS)
    sent = [SentBefore(wish.feedback_id, wish.target_id) for notice in first.notices for wish in notice.wishes]
    again = closures(LAUNCH, notes, links, ITEMS, sent)
    assert not again
    assert {each.reason for each in again.left_out} == {"already told"}
    assert [notice.key for notice in closures(LAUNCH, notes, links, ITEMS).notices] == [n.key for n in first.notices]


@pytest.mark.parametrize(
    ("note", "others", "before", "reason"),
    [
        (Note("a", person("Ada"), consent_to_contact=False), [], [], "opted out"),
        (Note("a", person("Ada")), [Note("z", person("Ada"), consent_to_contact=False)], [], "opted out"),
        (Note("a", person("Ada")), [], [SentBefore("a", "item_9", outcome="opted_out")], "opted out"),
        (Note("a", person("Ada")), [], [SentBefore("a", "item_1", outcome="bounced")], "bounced; find another address"),
        (Note("a", account_id="acc_1"), [], [], "nobody knows who asked"),
        (Note("a", person("Ada"), state="notified"), [], [], "by the note's state notified"),
    ],
)
def test_left_out_with_a_reason(note, others, before, reason):
    found = closures(LAUNCH, [note, *others], [Link("a", "item_1")], ITEMS, before)
    assert found.notices == ()
    assert reason in why(found)[("a",)]


def test_consent_first_is_an_option():
    notes = [Note("a", person("Ada")), Note("b", person("Bo"), consent_to_contact=True)]
    links = [Link("a", "item_1"), Link("b", "item_1")]
    assert len(closures(LAUNCH, notes, links, ITEMS).notices) == 2
    found = closures(LAUNCH, notes, links, ITEMS, ask_first=True)
    assert (told(found), why(found)) == ({"Bo": ("b",)}, {("a",): "was never asked for consent"})


@pytest.mark.parametrize("status", ["idea", "planned", "in_prep", "go", "cancelled", "rolled_back", "unknown"])
def test_nothing_before_it_is_out(status):
    early = LAUNCH.model_copy(update={"status": type(LAUNCH.status)(status)})
    found = closures(early, [Note("a", person("Ada"))], [Link("a", "item_1")], ITEMS)
    assert not found
    assert f"its status is {status}" in str(found)


def test_the_draft_reads_well():
    notice = closures(
        LAUNCH, [Note("a", person("Ada"))], [Link("a", "item_1")], ITEMS, what="paying by invoice"
    ).notices[0]
    assert notice.subject == "You asked for it: paying by invoice"
    assert notice.text.startswith("Hello Ada,\n\nyou asked for this, and it is available since 2026-12-01")
    assert repr(notice) == "<Notice to 'Ada' about 1 notes>"


NAMES = ["Ada", "Bo", "Cy"]
IDS = [f"n{number}" for number in range(7)]
notes_drawn = st.fixed_dictionaries(
    {
        note_id: st.builds(
            Note,
            id=st.just(note_id),
            requester=st.one_of(st.none(), st.sampled_from(NAMES).map(person)),
            merged_into=st.one_of(st.none(), st.sampled_from(IDS)),
            consent_to_contact=st.sampled_from([None, True, True, False]),
        )
        for note_id in IDS
    }
).map(lambda notes: list(notes.values()))
links_drawn = st.lists(
    st.builds(Link, st.sampled_from(IDS), st.sampled_from(["item_1", "item_2", "item_9"])), max_size=6
)


@settings(max_examples=50)
@given(notes_drawn, links_drawn)
def test_exactly_who_asked_once_each(notes, links):
    """Every note that asked is in one notice or left out with a reason, none twice, and a second run is silent."""
    found = closures(LAUNCH, notes, links, ITEMS)
    root = {note.id: note.id for note in notes} | roots(notes)
    hit = {root[link.feedback_id] for link in links if link.target_id != "item_9"}
    asked = sorted(note.id for note in notes if root[note.id] in hit)
    listed = [each for entry in (*found.notices, *found.left_out) for each in entry.feedback_ids]
    assert sorted(listed) == asked
    labels = [notice.requester.label for notice in found.notices]
    assert len(labels) == len(set(labels))
    objected = {note.requester.label for note in notes if note.requester and note.consent_to_contact is False}
    assert not objected & set(labels)
    sent = [SentBefore(wish.feedback_id, wish.target_id) for notice in found.notices for wish in notice.wishes]
    assert not closures(LAUNCH, notes, links, ITEMS, sent).notices


def test_merges_in_a_circle_are_one_group():
    notes = [Note("b", merged_into="c"), Note("c", merged_into="b"), Note("a", merged_into="c")]
    assert roots(notes) == {"a": "b", "b": "b", "c": "b"}


def test_a_bounced_notice_is_tried_again_on_request():
    notes, links = [Note("a", person("Ada"))], [Link("a", "item_1")]
    before = [SentBefore("a", None, outcome="bounced")]
    assert not closures(LAUNCH, notes, links, ITEMS, before)
    assert closures(LAUNCH, notes, links, ITEMS, before, retry_bounced=True)
    later = [*before, SentBefore("a", "item_1")]
    assert not closures(LAUNCH, notes, links, ITEMS, later, retry_bounced=True)


def test_it_works_with_the_real_records():
    """The draft, its records and the closure rate agree."""
    at = datetime(2026, 12, 2, tzinfo=UTC)
    first = Feedback(text="Invoices, please", requester=person("Ada"), account_id="acc_1")
    copy = Feedback(text="Can I pay by invoice?", requester=person("Bo"), merged_into=first.id)
    silent = Feedback(text="Invoices!", requester=person("Cy"), consent_to_contact=False)
    item = RoadmapItem(title="Pay by invoice", launch_id=LAUNCH.id)
    notes = [first, copy, silent]
    links = [Insight(feedback_id=note.id, target_id=item.id) for note in (first, silent)]
    found = closures(LAUNCH, notes, links, [item])
    assert told(found) == {"Ada": (first.id,), "Bo": (copy.id,)}
    assert why(found) == {(silent.id,): "opted out"}
    sent = [
        LoopClosure(feedback_id=wish.feedback_id, target_id=wish.target_id, channel="mail", sent_at=at)
        for notice in found.notices
        for wish in notice.wishes
    ]
    assert not closures(LAUNCH, notes, links, [item], sent)
    report = closure_rate([item.id], notes, links, sent)
    assert (report.rate, report.notified, report.opted_out) == (1, 2, 1)
