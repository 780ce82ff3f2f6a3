"""Coverage, importance, what is wrong with the evidence, and who heard back."""

from datetime import UTC, date, datetime

import pytest

from productops.model.closure import already_sent, closure_rate, closure_table
from productops.model.dedupe import merge
from productops.model.evidence import (
    alignment_coverage,
    customer_importance,
    evidence_age,
    evidence_lint,
    insight_coverage,
)
from productops.model.feedback import Feedback, Insight, LoopClosure, Problem
from productops.model.roadmap import RoadmapItem

START = datetime(2026, 9, 1, tzinfo=UTC)
DAY = date(2026, 9, 30)


def note(person=None, **fields):
    requester = {"name": person} if person else None
    return Feedback(**{"text": "abc", "received_at": START, "requester": requester, **fields})


def link(fb, target="item_1", **fields):
    return Insight(feedback_id=fb.id, target_id=target, **fields)


def told(fb, outcome="notified", target="item_1", **fields):
    return LoopClosure(
        **{"feedback_id": fb.id, "target_id": target, "channel": "mail", "sent_at": START, "outcome": outcome, **fields}
    )


def test_customer_importance_worked_number():
    """Productboard's published example weights; the number is from the domain notes, feedback loop."""
    named = ["critical"] * 2 + ["important"] + ["nice"] * 3 + ["unknown"] + ["not"] * 4
    notes = [note("Ada") for _ in named] + [note(), note()]
    insights = [link(fb, importance=importance) for fb, importance in zip(notes, named, strict=False)]
    insights += [link(notes[-2], importance="critical"), link(notes[-1], "item_child", importance="not")]
    score = customer_importance("item_1", insights, notes, below=["item_child"], as_of=DAY)
    assert score.value == 14
    assert score.inputs == {"critical": 2, "important": 1, "nice": 3, "unknown": 1, "not": 4, "anonymous": 2}
    assert customer_importance("item_1", insights, notes).value == 13
    assert customer_importance("item_2", insights, notes).value == 0
    assert customer_importance("item_1", insights[:1], []).warnings == ("the notes of 1 insights are not given",)


def test_coverage_worked_numbers():
    """The domain notes: alignment 31 of 40 is 77.5 %."""
    near = [RoadmapItem(title=str(n), horizon="now" if n % 2 else "next", objective_ids=["obj_1"] * (n < 31))
            for n in range(40)]  # fmt: skip
    far = [RoadmapItem(title="far", horizon="later", objective_ids=["obj_1"]), RoadmapItem(title="none")]
    found = alignment_coverage(near + far)
    assert (found.value, found.part, found.whole) == (0.775, 31, 40)
    assert found.missing_ids == tuple(item.id for item in near[31:])
    assert alignment_coverage(far).value is None


def test_insight_coverage_counts_links_from_either_side():
    items = [RoadmapItem(id=f"item_{n}", title="a", horizon="now") for n in range(4)]
    items[1].insight_ids = ["ins_9"]
    found = insight_coverage(items, [link(note(), "item_0"), link(note(), "item_x")])
    assert (found.value, found.missing_ids) == (0.5, ("item_2", "item_3"))


def test_evidence_age_is_the_median_over_notes():
    notes = [note(received_at=datetime(2026, 9, day, tzinfo=UTC)) for day in (10, 20, 25)]
    insights = [link(fb) for fb in notes] + [link(notes[0])] * 3
    assert evidence_age(insights, notes, as_of=DAY) == 10
    assert evidence_age([], notes, as_of=DAY) is None


def rules(*args, **kwargs):
    return sorted((issue.rule, issue.subject_id) for issue in evidence_lint(*args, as_of=DAY, **kwargs))


def test_lint_finds_what_is_wrong_and_only_that():
    item = RoadmapItem(id="item_1", title="a", horizon="now")
    good = [note("Ada"), note("Bo")]
    assert rules([item], good, [link(fb) for fb in good]) == []
    assert rules([item], [], []) == [("no_evidence", "item_1")]
    assert rules([RoadmapItem(title="a", horizon="later")], [], []) == []
    assert rules([item], good, [link(good[0])]) == []
    same = [note("Ada", account_id="acc_1"), note("Bo", account_id="acc_1")]
    assert rules([item], same, [link(fb) for fb in same]) == [("one_voice", "item_1")]
    inside = note(logged_by={"name": "Cem"})
    assert rules([item], [inside], [link(inside)]) == [("no_customer", "item_1")]
    old = note("Ada", received_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert rules([item], [old], [link(old)]) == [("stale", "item_1")]
    assert rules([item], [old], [link(old)], stale_days=400) == []
    lost = [link(good[0]), Insight(id="ins_1", feedback_id="fb_gone", target_id="item_1")]
    assert rules([item], good, lost) == [("broken_link", "ins_1")]
    problem = Problem(title="p")
    assert rules([item], good, [link(good[0]), link(good[1], problem.id)], problems=[problem]) == []
    long = link(good[0], span={"start": 1, "end": 4}, id="ins_2")
    assert rules([item], good, [long]) == [("broken_span", "ins_2")]
    odd = note("Cem", logged_by={"name": "cem"}, state="declined", id="fb_odd")
    assert rules([], [odd], []) == [("declined_without_reason", "fb_odd"), ("logger_as_requester", "fb_odd")]


def test_closure_rate_worked_number():
    """The domain notes, feedback loop, rule 4: 18 of 24 is 75 %, and who opted out is not counted."""
    notes = [note(f"p{n}") for n in range(27)]
    sent = [told(fb) for fb in notes[:18]] + [told(notes[18], "bounced")]
    notes[24].consent_to_contact = False
    sent += [told(notes[25], "opted_out"), told(notes[26], "opted_out")]
    found = closure_rate(["item_1"], [*notes, note()], [link(fb) for fb in notes], sent)
    assert (found.rate, found.notified, found.notifiable, found.opted_out, found.bounced) == (0.75, 18, 24, 3, 1)
    assert found.waiting_ids == tuple(fb.id for fb in notes[18:24])


def test_duplicates_are_told_too_and_people_count_once_per_item():
    first, second, third = note("Ada"), note("Bo"), note("Ada")
    merge(second, first, at=START)
    insights = [link(first), link(third), link(third, "item_2"), link(note("No"), "item_9")]
    table = closure_table(["item_1", "item_2", "item_3"], [first, second, third], insights, [told(first)])
    assert [(key, row.notified, row.notifiable) for key, row in table.items()] == [
        ("item_1", 1, 2),
        ("item_2", 0, 1),
        ("item_3", 0, 0),
    ]
    assert table["item_1"].waiting_ids == (second.id,)
    assert table["item_3"].rate is None


def test_who_was_told_and_then_opted_out_was_told():
    fb = note("Ada")
    found = closure_rate(["item_1"], [fb], [link(fb)], [told(fb), told(fb, "opted_out", "item_2")])
    assert (found.notified, found.opted_out, found.notifiable) == (1, 0, 1)


def test_nobody_is_unreachable_and_news_of_a_decline_is_not_news_of_shipping():
    fb = note("Ada")
    found = closure_rate(["item_1"], [fb, unnamed := note()], [link(fb), link(unnamed)], [told(fb, about="declined")])
    assert (found.notified, found.notifiable, found.unreachable) == (0, 1, 1)


@pytest.mark.parametrize(("outcome", "sent"), [("notified", True), ("opted_out", True), ("bounced", False)])
def test_nobody_is_told_twice(outcome, sent):
    fb = note("Ada")
    assert already_sent([told(fb, outcome)], fb.id, "item_1") is sent
    assert not already_sent([told(fb, outcome)], fb.id, "item_2")
    assert not already_sent([told(fb, outcome)], fb.id, "item_1", "declined")
