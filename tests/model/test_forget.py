"""A forgotten person is in no text and no reference, and every count is as before."""

import unicodedata
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from productops.model.assessment import Assessment
from productops.model.base import ChangeEvent, ExternalRef
from productops.model.checklist import Checklist, ChecklistItem
from productops.model.checklist_template import ChecklistTemplate
from productops.model.decision import Vote
from productops.model.decision_record import DecisionRecord
from productops.model.dedupe import words_key
from productops.model.demand import demand
from productops.model.feedback import Feedback, Insight, LoopClosure
from productops.model.forget import forget
from productops.model.launch import Launch
from productops.model.people import Person, PersonRef
from productops.model.process import Process
from productops.model.readiness import Gate
from productops.model.roadmap import RoadmapItem
from productops.model.study import Consent, Participant
from productops.model.time_use import TimeSample
from productops.model.timebox import TimeBucket

SALT = "a secret salt"
START = datetime(2026, 9, 1, tzinfo=UTC)
DAY = date(2026, 11, 2)
JIRA = ExternalRef(system="jira", key="acc-4711-ada")
ADA = PersonRef(name="Zoé Mustère", email="zoe@example.com", external=(JIRA,))
OTHER = PersonRef(name="Zoé Mustère", email="other@example.com")


def note(text="a", **fields):
    return Feedback(**{"text": text, "received_at": START, **fields})


def event(fb, **fields):
    return ChangeEvent(**{"entity_id": fb.id, "entity_kind": "feedback", "field": "state", "at": START, **fields})


@pytest.mark.parametrize(
    "text",
    [
        "Zoé Mustère",
        "ZOE MUSTERE",
        unicodedata.normalize("NFD", "zoé  mustère"),
        "mailto:ZOE@example.com",
        "to=zoe%40example.com&x",
        "@zoe_mustere",
        "zoe.mustere",
        "[~accountid:acc-4711-ada]",
        "Zoé\nMustère's",
    ],
)
def test_the_name_in_any_writing_leaves_any_note(text):
    found = forget(ADA, salt=SALT, feedback=[note(f"Says {text}, ok")]).feedback[0].text
    assert found.startswith("Says ")
    assert found.endswith(", ok")
    assert "Person " in found
    for trace in ("zoe", "mustere", "4711"):
        assert trace not in "".join(c for c in unicodedata.normalize("NFKD", found) if c.isascii()).lower()


def test_first_names_leave_their_own_notes_only():
    own, foreign = note("Gruß, Zoé", requester=ADA), note("Zoé from the zoo writes: zoes", requester=OTHER)
    cleaned = forget(ADA, salt=SALT, feedback=[own, foreign])
    assert "Zoé" not in cleaned.feedback[0].text
    assert cleaned.feedback[1] == foreign
    assert cleaned.changed == 1


def test_a_namesake_with_another_address_is_somebody_else():
    assert forget(ADA, salt=SALT, feedback=[note(requester=OTHER)]).changed == 0
    same_account = PersonRef(name="Z.", external=(JIRA,))
    assert forget(ADA, salt=SALT, feedback=[note(owner=same_account)]).changed == 1
    other_account = PersonRef(name="Zoé Mustère", external=(ExternalRef(system="jira", key="acc-0"),))
    assert forget(ADA, salt=SALT, feedback=[note(owner=other_account)]).feedback[0].owner == other_account


def test_it_leaves_everything_that_belongs_to_a_note():
    fb = note(
        "Hello, Zoé here: CSV please",
        requester=ADA,
        source_id="zoe@example.com/7",
        custom={"cc": ["zoe@example.com"], "who": {"name": "Zoé Mustère", "email": "zoe@example.com"}},
        external=[ExternalRef(system="intercom", key="77", url="https://app.example.com/?q=zoe%40example.com")],
    )
    fb.move("triaged", at=START, by=ADA.key, reason="Zoé asked")
    insight = Insight(feedback_id=fb.id, target_id="item_1", span={"start": 17, "end": 27}, linked_by=ADA)
    item = RoadmapItem(title="CSV (Zoé Mustère)", owner=ADA)
    closure = LoopClosure(feedback_id=fb.id, channel="mail", sent_at=START, message_ref="to Zoé")
    events = [event(fb, field="owner", old=ADA.model_dump(mode="json"), by="jira:acc-4711-ada", reason="for Zoé")]
    found = forget(ADA, salt=SALT, feedback=[fb], insights=[insight], items=[item], closures=[closure], events=events)
    everything = found.model_dump_json().lower()
    for trace in ("zoé", "zoe", "muster", "mustèr", "acc-4711"):
        assert trace not in everything
    assert found.insights[0].excerpt(found.feedback[0]) == insight.excerpt(fb) == "CSV please"
    assert (found.changed, found.warnings) == (5, ())
    assert found.feedback[0].history[0].by == found.feedback[0].requester.key
    assert [ref.key for ref in found.remote] == ["77"]
    assert fb.text.startswith("Hello, Zoé"), "the given note is not changed"
    assert found.feedback[0].id == fb.id


def test_an_excerpt_that_cuts_a_name_takes_in_the_pseudonym():
    fb = note("I am Zoé Mustère, hi", requester=ADA)
    insight = Insight(feedback_id=fb.id, target_id="item_1", span={"start": 7, "end": 20})
    found = forget(ADA, salt=SALT, feedback=[fb], insights=[insight])
    excerpt = found.insights[0].excerpt(found.feedback[0])
    assert excerpt.startswith("Person ")
    assert excerpt.endswith(", hi")


def test_an_id_made_of_an_address_is_reported():
    found = forget(ADA, salt=SALT, feedback=[note(id="fb_zoe@example.com")])
    assert found.warnings == ("one of the feedback still names the person in an id or link",)


def test_other_names_and_scripts():
    found = forget(
        PersonRef(name="田中太郎"), salt=SALT, feedback=[note("田中太郎さんより")], also=["Taro", "t@example.com"]
    )
    assert found.feedback[0].text.endswith("さんより")
    assert "田中" not in found.feedback[0].text
    assert "Taro" not in forget(ADA, salt=SALT, feedback=[note("Taro")], also=["Taro"]).feedback[0].text
    with pytest.raises(ValueError, match="salt"):
        forget(ADA, salt="short", feedback=[note()])


people = st.sampled_from(
    [ADA, OTHER, None, PersonRef(email="ZOE@example.com"), PersonRef(name="zoé mustère"), PersonRef(name="Bo")]
)
texts = st.lists(st.sampled_from(["Zoé", "Mustère", "zoe@example.com", "CSV", "ok", "🙏", " "]), max_size=6).map(
    " ".join
)


@settings(max_examples=50)
@given(st.lists(st.tuples(people, texts), max_size=8))
def test_counts_stay_and_nothing_is_left(drawn):
    notes = [note(text, requester=person) for person, text in drawn]
    found = forget(ADA, salt=SALT, feedback=notes)
    day = date(2026, 9, 30)
    assert demand(found.feedback, as_of=day) == demand(notes, as_of=day)
    mergeable = [(a, b) for a in range(len(notes)) for b in range(a) if words_key(notes[a]) == words_key(notes[b])]
    assert all(words_key(found.feedback[a]) == words_key(found.feedback[b]) for a, b in mergeable)
    assert "zoe@example.com" not in str([fb.model_dump_json() for fb in found.feedback]).lower()
    again = forget(ADA, salt=SALT, feedback=found.feedback)
    assert again.feedback == found.feedback


@settings(max_examples=50)
@given(texts, texts, texts)
def test_excerpts_keep_their_words(before, middle, after):
    middle = f"[{middle}]"
    text = f"{before}{middle}{after}"
    fb = note(text, requester=ADA)
    insight = Insight(feedback_id=fb.id, target_id="i", span={"start": len(before), "end": len(before) + len(middle)})
    found = forget(ADA, salt=SALT, feedback=[fb], insights=[insight])
    excerpt = found.insights[0].excerpt(found.feedback[0])
    assert excerpt[0] == "["
    assert excerpt[-1] == "]"
    assert excerpt == forget(ADA, salt=SALT, feedback=[note(middle, requester=ADA)]).feedback[0].text


def launch():
    bo = PersonRef(name="Bo")
    waiver = {
        "reason": "Zoé Mustère asked",
        "accepted_by": ADA,
        "granted_on": DAY,
        "condition": "zoe@example.com agrees",
    }
    items = [
        ChecklistItem(id="check_1", title="Price list", owner=bo, waiver=waiver, external=[JIRA]),
        ChecklistItem(id="check_2", title="Zoé Mustère's film", owner=ADA, na_reason="Zoé said no"),
        ChecklistItem(id="check_3", title="Zoé, the zoo's tiger", owner=bo, raci={"accountable": [bo]}),
    ]
    found = Launch(id="launch_1", name="Zoo tickets", target=TimeBucket.day(DAY), checklist=Checklist(items=items))
    found.gates = [Gate(key="go", name="Go", whole_list=True, deciders=[ADA])]
    found.decide(
        "go",
        "no_go",
        by=[ADA, bo],
        at=START,
        reconvene_on=date(2026, 12, 1),
        dissent=["Zoé Mustère"],
        votes=[{"by": ADA, "vote": "go"}],
        conditions=[{"text": "ask Zoé Mustère", "owner": ADA, "due": DAY}],
    )
    return found


def test_a_launch_with_all_that_is_in_it():
    given = launch()
    found = forget(ADA, salt=SALT, records=[given])
    after = found.records[0]
    text = after.model_dump_json().lower()
    assert not [trace for trace in ("mustère", "zoe@", "zoé said", "acc-4711") if trace in text]
    assert Launch.model_validate_json(after.model_dump_json()) == after
    assert (found.changed, found.warnings) == (1, ())
    first, second, third = after.checklist.items
    assert first.waiver.accepted_by == second.owner == after.decisions[0].decided_by[0]
    assert first.owner.name == "Bo"
    assert third.title == "Zoé, the zoo's tiger", "a first name stays where the person has no part"
    was, now = given.readiness(DAY), after.readiness(DAY)
    assert (was.ready, was.total, len(was.blockers)) == (now.ready, now.total, len(now.blockers))
    assert "Zoé Mustère" in given.model_dump_json(), "the given launch is not changed"


def test_words_from_a_list_are_no_names():
    voter = PersonRef(name="Go Mustère", email="go@example.com")
    vote = Vote(by=voter, vote="go", comment="Go says go")
    after = forget(voter, salt=SALT, records=[vote]).records[0]
    assert after.vote == "go"
    assert "Go" not in after.comment
    assert Vote.model_validate_json(after.model_dump_json()) == after


def test_the_person_as_a_record_and_where_they_live_elsewhere():
    person = Person(
        id="person_1", name="Zoé Mustère", email="zoe@example.com", external=[JIRA], role="asks Zoé Mustère"
    )
    found = forget(person, salt=SALT, records=[person, Person(id="person_2", name="Bo")])
    after, other = found.records
    assert (after.email, after.external, after.id) == (None, [], "person_1")
    assert after.name.startswith("Person ")
    assert "Zoé" not in after.model_dump_json()
    assert other.name == "Bo"
    assert found.remote == (JIRA,)
    assert found.changed == 1


def test_numbers_as_keys_and_sets_of_texts():
    template = ChecklistTemplate(
        key="t", name="of Zoé Mustère", items=[{"key": "a", "title": "A", "need_by_tier": {1: "must"}}]
    )
    after = forget(ADA, salt=SALT, records=[template]).records[0]
    assert after.items[0].need_by_tier == template.items[0].need_by_tier
    assert "Zoé" not in after.name
    consent = Consent(scope={"contact", "zoe@example.com"}, given_on=DAY, until=DAY)
    assert "zoe" not in str(forget(ADA, salt=SALT, records=[consent]).records)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(people, people, texts), max_size=6))
def test_nothing_is_left_in_any_kind_of_record(drawn):
    records = []
    for number, (one, other, text) in enumerate(drawn):
        who = one or PersonRef(name="Cy")
        records += [
            DecisionRecord(question=f"Q {text}", asked_at=START, decided_by=one, chosen=text),
            Assessment(canvas_id="canvas_1", canvas_revision=1, team_id="team_1", held_on=DAY, participants=[who],
                       ratings=[{"capability_id": "a", "rater": other, "comment": text}], notes=text),
            Participant(person=who, segment=text or None),
            Process(name=f"P {text}", owner=other).move("pilot", on=DAY, by=who.key, reason=text),
            TimeSample(category_id="task_1", minutes=number, period=TimeBucket.day(DAY), method="log", person=other),
        ]  # fmt: skip
    found = forget(ADA, salt=SALT, records=records)
    dump = "".join(record.model_dump_json() for record in found.records).lower()
    assert "zoe@example.com" not in dump
    assert "acc-4711" not in dump
    # A namesake with another address keeps the name in references, and nowhere else.
    namesakes = sum(OTHER in person[:2] for person in drawn)
    assert namesakes or "zoé mustère" not in dump
    assert [type(record) for record in found.records] == [type(record) for record in records]
    assert [record.id for record in found.records] == [record.id for record in records]
    assert found.changed == sum(old != new for old, new in zip(records, found.records, strict=True))
    assert forget(ADA, salt=SALT, records=found.records).records == found.records
