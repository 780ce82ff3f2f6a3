"""A forgotten person is in no text and no reference, and every count is as before."""

import unicodedata
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from productops.model.base import ChangeEvent, ExternalRef
from productops.model.dedupe import words_key
from productops.model.demand import demand
from productops.model.feedback import Feedback, Insight, LoopClosure
from productops.model.forget import forget
from productops.model.people import PersonRef
from productops.model.roadmap import RoadmapItem

SALT = "a secret salt"
START = datetime(2026, 9, 1, tzinfo=UTC)
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
    for trace in ("zoé", "zoe", "muster", "mustèr", "4711"):
        assert trace not in everything
    assert found.insights[0].excerpt(found.feedback[0]) == insight.excerpt(fb) == "CSV please"
    assert (found.changed, found.warnings) == (5, ())
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
