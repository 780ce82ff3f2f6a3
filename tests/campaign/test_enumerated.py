"""A share of the enumerated campaign, and the cases that once went wrong."""

import pytest

from campaign.enumerated import NAMED, Fault, Trouble, one_each, play, start_of
from campaign.enumerated_stage import judge


def check(name, trouble):
    told, fine = play(name, trouble), start_of(name)[1]
    assert not judge(told, fine), f"{name}: {trouble}: {judge(told, fine)} {told.problems}"
    return told


def calls(name, method, route):
    return [call.number for call in start_of(name)[1].calls if call.method == method and call.route.endswith(route)]


@pytest.mark.parametrize("name", NAMED)
def test_one_fault_for_every_call(name):
    hit = [check(name, trouble).hit for _, trouble in one_each(7, [name])]
    assert len(hit) > 10
    assert sum(hit) > 0.9 * len(hit)


@pytest.mark.parametrize("kind", ["drop_after_commit", "late_commit"])
def test_an_issue_whose_create_got_no_answer_still_gets_its_status(kind):
    (number,) = calls("create both ways", "POST", "/issue/bulk")
    check("create both ways", Trouble(Fault(kind, seconds=4.5), number))


@pytest.mark.parametrize("kind", ["drop_after_commit", "bad_gateway_before", "unauthorized"])
def test_a_new_issue_whose_status_could_not_be_set_gets_it_later(kind):
    (number,) = calls("create both ways", "POST", "/transitions")
    check("create both ways", Trouble(Fault(kind), number))
    check("create both ways", Trouble(Fault(kind), number, lasting=True))


@pytest.mark.parametrize("name", ["adopt", "create both ways"])
def test_a_record_that_was_claimed_before_a_crash_still_gets_its_twin(name):
    sent = [number for number, what in enumerate(start_of(name)[1].moments) if what == "answered PATCH airtable"]
    assert sent
    assert all(check(name, Trouble(crash=number)).crashed for number in sent)


def test_a_scenario_is_the_same_each_time():
    fine = start_of("conflict")[1]
    again = play("conflict", Trouble())
    assert (again.moments, again.calls, again.shown) == (fine.moments, fine.calls, fine.shown)


def test_the_judge_sees_what_is_wrong():
    """What the judge compares are the services: a record too many, one too few, another value."""
    fine = start_of("first sync")[1]
    told = play("first sync", Trouble())
    told.shown["airtable"] = [*fine.shown["airtable"], fine.shown["airtable"][0]]
    told.shown["jira"] = fine.shown["jira"][1:]
    assert judge(told, fine) == {"duplicates": 1, "wrong_deletes": 1}
