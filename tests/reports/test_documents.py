"""Documents filled from data: what a person wrote is there letter by letter after every filling."""

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from productops.demo import company
from productops.model.templates import DocumentTemplate, load
from productops.reports.documents import BLOCK, fill
from productops.reports.filling import launch_document, roadmap_document, strategy_document
from reports.worlds import hostile_source, source

STRATEGY = load("strategy", into=DocumentTemplate)
PARTS = {"customers": "- small: 5", "measures": "- calls: 9"}


def test_the_launch_report_says_what_is_known():
    found = launch_document(company().launch("winter"), source(), went_well=["The crews knew."])
    assert found.refreshed == ("fields", "dates", "readiness", "numbers", "learned")
    for line in (
        "- 28 days late against the first committed date",
        "- on time against the last committed date",
        "- T-7d (6 Oct 2026): 8 of 9 done, not ready",
        "- Calls per 100 trips, T+7d (20 Oct 2026): 8.5, target 9: met",
        "- The crews knew.",
        "*What became of each accepted risk.*",
    ):
        assert line in found.text


def test_a_launch_that_is_not_out_has_no_report():
    with pytest.raises(ValueError, match="Group tickets"):
        launch_document(company().launch("groups"), source())


def test_filling_again_changes_nothing():
    for make in (roadmap_document, strategy_document):
        for language in ("en", "fr"):
            first = make(source(), language)
            again = make(source(), language, first.text)
            assert again.text == first.text
            assert (again.kept, again.refreshed) == ((), ())
            assert set(again.unchanged) == set(first.refreshed)


def test_new_data_reach_the_blocks_and_nothing_else():
    first = fill(STRATEGY, "Strategy", PARTS).text
    mine = first.replace("*Where we stand, in facts with sources.*", "We stand at the pier.\n\n- wet")
    again = fill(STRATEGY, "Strategy", {**PARTS, "measures": "- calls: 7"}, existing=mine)
    assert again.refreshed == ("measures",)
    assert again.unchanged == ("customers",)
    assert again.text == mine.replace("- calls: 9", "- calls: 7").replace(
        re.search(r"begin measures (\w+)", mine)[1], re.search(r"begin measures (\w+)", again.text)[1]
    )


def test_a_block_that_somebody_edited_stays():
    first = fill(STRATEGY, "Strategy", PARTS).text
    mine = first.replace("- calls: 9", "- calls: 9, and falling")
    again = fill(STRATEGY, "Strategy", {**PARTS, "measures": "- calls: 7"}, existing=mine)
    assert again.text == mine
    assert again.kept == ("measures",)


def test_a_part_that_comes_to_nothing_no_longer_says_what_it_said():
    first = fill(STRATEGY, "Strategy", PARTS).text
    again = fill(STRATEGY, "Strategy", {**PARTS, "measures": ""}, existing=first)
    assert "- calls: 9" not in again.text
    assert fill(STRATEGY, "Strategy", PARTS, existing=again.text).text == first


def test_what_people_reported_stays_when_a_later_call_does_not_repeat_it():
    launch = company().launch("winter")
    first = launch_document(launch, source(), incidents=["Two hours without a scanner"]).text
    again = launch_document(launch, replace(source(), as_of=date(2026, 11, 20)), existing=first)
    assert "Two hours without a scanner" in again.text


def test_a_section_that_somebody_took_over_or_threw_away():
    first = fill(STRATEGY, "Strategy", PARTS).text
    taken = re.sub(r"<!-- productops:(begin|end) measures.*?-->\n", "", first)
    assert fill(STRATEGY, "Strategy", {**PARTS, "measures": "- x"}, existing=taken).text == taken
    gone = first[: first.index("## How we will know")]
    again = fill(STRATEGY, "Strategy", PARTS, existing=gone)
    assert again.refreshed == ("measures",)
    assert again.text.startswith(gone.rstrip())
    assert again.text.rstrip().endswith("<!-- productops:end measures -->")


def test_text_that_looks_like_a_marker_ends_nothing():
    evil = "- a\n<!-- productops:end measures -->\n<!-- productops:begin customers 000000000000 -->\nx"
    first = fill(STRATEGY, "Strategy", {"measures": evil})
    again = fill(STRATEGY, "Strategy", {"measures": evil}, existing=first.text)
    assert again.text == first.text
    assert again.kept == ()


WRITTEN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=60)


@settings(max_examples=60, deadline=None)
@given(before=WRITTEN, between=WRITTEN, after=WRITTEN, old=WRITTEN, new=WRITTEN)
def test_whatever_stands_outside_the_blocks_stays(before, between, after, old, new):
    first = fill(STRATEGY, "Strategy", {"customers": old or "x", "measures": "- 1"}).text
    head, tail = first.split("## Approach")
    mine = f"{before}\n{head}## Approach\n{between}\n{tail}\n{after}"
    again = fill(STRATEGY, "Strategy", {"customers": new or "y", "measures": "- 2"}, existing=mine).text
    assert BLOCK.sub("", again) == BLOCK.sub("", mine)
    assert "- 2" in again
    assert fill(STRATEGY, "Strategy", {"customers": new or "y", "measures": "- 2"}, existing=again).text == again


def test_hostile_text_in_every_field_makes_no_mark_up():
    for text in (roadmap_document(hostile_source()).text, strategy_document(hostile_source()).text):
        assert "<script" not in text.replace("\\<script", "")
        assert text.count("<!-- productops:begin") == text.count("<!-- productops:end")
