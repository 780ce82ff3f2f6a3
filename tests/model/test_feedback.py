"""A note keeps its words, moves only where it may, and its history tells every state it was in."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from productops.model.feedback import Feedback, Insight, LoopClosure, Span, send_key
from productops.model.feedback_states import DECIDED, TRANSITIONS, FeedbackState
from productops.model.transitions import IllegalTransition

START = datetime(2026, 9, 1, 8, tzinfo=UTC)
ADA = {"name": "Ada Muster", "email": "ada@example.com"}
states = st.sampled_from(list(FeedbackState))


def note(**fields):
    return Feedback(**{"text": "Please add CSV export", "received_at": START, **fields})


def day(number):
    return START + timedelta(days=number)


def test_the_words_stay_and_the_message_says_what_to_do():
    fb = note(text="  Bitte: CSV 🙏 ")
    with pytest.raises(AttributeError, match="summary"):
        fb.text = "CSV wanted"
    assert fb.text == "  Bitte: CSV 🙏 "
    fb.summary, fb.title = "CSV wanted", "CSV"
    assert (fb.summary, fb.title) == ("CSV wanted", "CSV")


@pytest.mark.parametrize(("field", "value"), [("state", "shipped"), ("history", ())])
def test_state_and_history_are_not_assigned(field, value):
    with pytest.raises(AttributeError, match="record_state"):
        setattr(note(), field, value)


def test_it_goes_through_json_whole():
    fb = note(source="app_review", stars=4, sentiment="mixed", requester=ADA, account_id="acc_1")
    fb.move("triaged", at=day(1), by="ada")
    assert Feedback.model_validate_json(fb.model_dump_json()) == fb
    assert Feedback.model_validate_json(fb.model_dump_json(exclude_unset=True)).history == fb.history


def test_the_history_is_that_of_the_state():
    event = note().record_state("triaged", at=day(1), source="jira")
    with pytest.raises(ValidationError, match="not of owner"):
        note(history=[event, event.model_copy(update={"field": "owner"})])


def test_received_when_made_unless_given():
    fb = Feedback(text="a", created_at=START)
    assert fb.received_at == START


def test_the_requester_said_it_not_the_logger():
    fb = note(logged_by={"name": "Cem"})
    assert fb.said_by is None
    assert not fb.notifiable
    assert note(requester=ADA).notifiable
    assert not note(requester=ADA, consent_to_contact=False).notifiable


def test_an_illegal_move_names_the_legal_ones_and_changes_nothing():
    fb = note()
    fb.move("triaged", at=day(1))
    before = fb.model_copy(deep=True)
    with pytest.raises(IllegalTransition, match=r"linked, needs_info, duplicate, declined, routed$"):
        fb.move("shipped", at=day(2))
    assert fb == before


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_declining_needs_a_reason(reason):
    fb = note()
    fb.move("triaged", at=day(1))
    with pytest.raises(ValueError, match="needs a reason"):
        fb.move("declined", at=day(2), reason=reason)
    fb.move("declined", at=day(2), reason="we do not sell in that market")
    assert fb.decline_reason == "we do not sell in that market"


def test_the_way_of_the_domain_notes():
    fb = note(requester=ADA)
    for number, state in enumerate(("triaged", "linked", "planned", "shipped", "notified", "closed", "triaged")):
        fb.move(state, at=day(number))
    assert [event.new for event in fb.history][-2:] == ["closed", "triaged"]


def test_closing_untold_is_for_those_who_may_not_be_told():
    told, silent = note(requester=ADA), note(requester=ADA, consent_to_contact=False)
    for fb in (told, silent):
        for number, state in enumerate(("triaged", "linked", "planned", "shipped")):
            fb.move(state, at=day(number))
    with pytest.raises(IllegalTransition):
        told.move("closed", at=day(9))
    silent.move("closed", at=day(9))


def test_time_does_not_run_backwards_for_our_own_moves():
    fb = note()
    fb.move("triaged", at=day(2))
    with pytest.raises(ValueError, match="before the last change"):
        fb.move("linked", at=day(1))


def test_a_shown_state_is_a_fact():
    fb = note()
    event = fb.record_state("Shipped", at=day(1), source="productboard")
    assert (event.old, event.new, event.source) == ("new", "shipped", "productboard")
    assert fb.record_state("shipped", at=day(2), source="productboard") is None
    fb.record_state("Parked for now", at=day(3), source="jira")
    assert (fb.state, fb.custom["state_raw"]) == (FeedbackState.UNKNOWN, "Parked for now")
    assert fb.record_state("Parked for now", at=day(4), source="jira") is None
    assert fb.record_state("Parked for long", at=day(4), source="jira") is not None
    fb.record_state("processed", at=day(5), source="productboard")
    assert fb.state is FeedbackState.TRIAGED
    assert "state_raw" not in fb.custom


def test_an_old_fact_enters_the_past_only():
    fb = note()
    fb.record_state("shipped", at=day(9), source="jira")
    fb.record_state("planned", at=day(4), source="jira")
    assert fb.state is FeedbackState.SHIPPED
    assert [event.new for event in fb.history] == ["planned", "shipped"]
    assert fb.state_at(day(5)) is FeedbackState.PLANNED


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from(["move", "fact"]), states), max_size=12))
def test_the_state_is_the_fold_of_its_history(steps):
    fb = note()
    for number, (how, state) in enumerate(steps):
        before = fb.state
        if how == "fact":
            fb.record_state(state, at=day(number), source="jira")
            assert fb.state is state
            continue
        if state in (*TRANSITIONS[before], *(["closed"] if "notified" in TRANSITIONS[before] else [])):
            fb.move(state, at=day(number), reason="because")
            assert fb.state is state
            continue
        with pytest.raises(IllegalTransition) as caught:
            fb.move(state, at=day(number), reason="because")
        assert fb.state is before
        assert all(legal.value in str(caught.value) for legal in TRANSITIONS[before])
    assert fb.state.value == (fb.history[-1].new if fb.history else "new")
    assert all(a.new == b.old for a, b in zip(fb.history, fb.history[1:], strict=False))


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 9), states), min_size=1, max_size=8))
def test_facts_in_any_order_end_in_the_latest(facts):
    fb = note()
    for number, state in facts:
        fb.record_state(state, at=day(number), source="jira")
    assert [event.at for event in fb.history] == sorted(event.at for event in fb.history)
    if fb.history:
        assert fb.state.value == fb.history[-1].new


def test_every_state_has_its_way_on_and_a_decision_is_not_new():
    assert set(TRANSITIONS) == set(FeedbackState)
    assert all(FeedbackState.TRIAGED in TRANSITIONS[s] for s in FeedbackState if s not in ("new", "triaged"))
    assert not DECIDED & {FeedbackState.NEW, FeedbackState.TRIAGED, FeedbackState.NEEDS_INFO}


def test_an_excerpt_is_a_stretch_of_the_words():
    fb = note()
    assert Insight(feedback_id=fb.id, target_id="item_1", span={"start": 11, "end": 21}).excerpt(fb) == "CSV export"
    assert Insight(feedback_id=fb.id, target_id="item_1").excerpt(fb) == fb.text
    with pytest.raises(ValueError, match="of a text of 21"):
        Insight(feedback_id=fb.id, target_id="item_1", span={"start": 11, "end": 22}).excerpt(fb)
    with pytest.raises(ValueError, match="is about fb_other"):
        Insight(feedback_id="fb_other", target_id="item_1").excerpt(fb)
    with pytest.raises(ValidationError):
        Span(start=3, end=3)


def test_the_same_news_has_the_same_key():
    first = LoopClosure(feedback_id="fb_1", target_id="item_1", channel="mail", sent_at=START)
    again = LoopClosure(feedback_id="fb_1", target_id="item_1", channel="phone", sent_at=day(3))
    assert first.send_key == again.send_key == send_key("fb_1", "item_1", "shipped")
    assert send_key("fb_1", "item_1", "declined") != first.send_key


def test_the_key_of_a_record_is_the_systems_before_the_channels():
    assert note(source="support", source_id="7").record_key == ("support", "7")
    assert note(source="support", source_system="intercom", source_id="7").record_key == ("intercom", "7")
    assert note(source="support").record_key is None


def test_a_copy_keeps_the_verbatim_text():
    note = Feedback(text="Please add CSV export")
    with pytest.raises(AttributeError, match="text is what the person said"):
        note.model_copy(update={"text": "Please remove it"})
    assert note.model_copy(update={"title": "CSV"}).text == note.text
