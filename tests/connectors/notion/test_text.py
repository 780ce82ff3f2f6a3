"""The text of pages over the wire: how many requests, how little is touched, and what a failure leaves behind."""

from datetime import timedelta

import pytest

from connectors.notion.test_blocks import SAMPLES
from connectors.notion.test_reading import error, script
from connectors.notion.wording import words
from productops.connectors.notion.layout import BODY
from productops.connectors.notion.wire import VERSIONS
from productops.errors import RejectedError, UnavailableError, UnknownOutcomeError
from productops.sdk.record import Draft, Patch, Unreadable
from productops.sdk.richtext import same_markdown

WRITES = ("POST", "PATCH", "DELETE")


def paragraphs(count, word="Paragraph"):
    return "\n\n".join(f"{word} {number}" for number in range(count))


def writes(world):
    return [exchange for exchange in world.endpoint.log if exchange.request.method in WRITES and "query" not in
            exchange.request.path]  # fmt: skip


def shown(world, page):
    return world.source().get([page], [BODY])[page].fields[BODY]


@pytest.mark.parametrize("markdown", SAMPLES.values(), ids=SAMPLES)
def test_a_text_comes_back_from_the_service(world, markdown):
    (made,) = world.source().create([Draft({"title": "Idea", BODY: markdown}, "m")])
    assert len(writes(world)) == 1
    read = shown(world, made.id)
    assert same_markdown(read.markdown, markdown)
    assert read == made.fields[BODY], "the answer tells what is shown afterwards"


@pytest.mark.parametrize(("count", "requests"), [(1, 1), (100, 1), (101, 3), (250, 4)])
def test_the_first_hundred_blocks_travel_with_the_page(world, count, requests):
    (made,) = world.source().create([Draft({"title": "Idea", BODY: paragraphs(count)}, "m")])
    assert len(writes(world)) == requests
    assert shown(world, made.id).markdown == paragraphs(count)
    assert made.marker == "m"


def test_deep_lists_and_long_ones(world):
    deep = "- a\n  - b\n    - c\n      - d\n        - e\n- f"
    long = "- top\n" + "\n".join(f"  - {number}" for number in range(130))
    table = "| n |\n| --- |\n" + "\n".join(f"| {number} |" for number in range(150))
    for at, markdown in enumerate((deep, long, table)):
        (made,) = world.source().create([Draft({"title": "Idea", BODY: f"Before\n\n{markdown}\n\nAfter"}, f"m{at}")])
        assert shown(world, made.id).markdown == f"Before\n\n{markdown}\n\nAfter"


def test_a_very_long_paragraph_and_much_formatting(world):
    long = "x" * 50_000
    many = " ".join(f"**b{number}** a{number}" for number in range(120))
    (made,) = world.source().create([Draft({"title": "Idea", BODY: f"{long}\n\n{many}"}, "m")])
    text = shown(world, made.id).markdown
    assert text.startswith(long)
    assert text.replace("\n\n", " ").count("**") == 240


def test_no_request_is_larger_than_notion_takes(world):
    big = "\n\n".join("ä" * 1_900 for _ in range(300))
    (made,) = world.source().create([Draft({"title": "Idea", BODY: big}, "m")])
    assert max(len(exchange.request.body) for exchange in world.endpoint.log) <= 500_000
    assert shown(world, made.id).markdown == big


# --- edits


def test_one_edited_paragraph_is_one_request(world):
    source = world.source()
    (made,) = source.create([Draft({"title": "Idea", BODY: paragraphs(30)}, "m")])
    before = {block["id"]: block for block in world.text(made.id)}
    edited = paragraphs(30).replace("Paragraph 7\n", "Paragraph seven\n")
    world.endpoint.log.clear()
    (changed,) = source.update([Patch(made.id, {BODY: edited})])
    (sent,) = writes(world)
    assert sent.request.method == "PATCH"
    after = {block["id"]: block for block in world.text(made.id)}
    assert list(before) == list(after)
    assert [id_ for id_ in before if before[id_] != after[id_]] == [list(before)[7]]
    assert changed.fields[BODY].markdown == edited
    assert shown(world, made.id) == changed.fields[BODY]


@pytest.mark.parametrize("version", VERSIONS)
def test_new_text_goes_where_it_belongs(world):
    source = world.source()
    (made,) = source.create([Draft({"title": "Idea", BODY: "one\n\ntwo\n\nthree"}, "m")])
    for text in (
        "zero\n\none\n\ntwo\n\nthree",
        "zero\n\none\n\nhalf\n\nmore\n\ntwo\n\nthree",
        "one\n\nthree\n\nfour",
        "",
    ):
        (changed,) = source.update([Patch(made.id, {BODY: text})])
        read = shown(world, made.id)
        assert (read.markdown if read else "") == text
        assert read == changed.fields[BODY]


@pytest.mark.parametrize("version", VERSIONS)
def test_nested_edits_stay_nested(world):
    source = world.source()
    (made,) = source.create(
        [Draft({"title": "Idea", BODY: "- a\n  - b\n  - c\n- d\n\n| x | y |\n| --- | --- |\n| 1 | 2 |"}, "m")]
    )
    world.endpoint.log.clear()
    edited = "- a\n  - b\n  - C\n  - new\n- d\n\n| x | y |\n| --- | --- |\n| 1 | two |\n| 3 | 4 |"
    source.update([Patch(made.id, {BODY: edited})])
    assert shown(world, made.id).markdown == edited
    assert len(writes(world)) == 4


def test_what_markdown_cannot_show_is_untouched(world):
    page = world.add()
    synced = {"type": "synced_block", "synced_block": {"synced_from": None}}
    bookmark = {"type": "bookmark", "bookmark": {"url": "https://example.com"}}
    texts = [{"type": "paragraph", "paragraph": {"rich_text": words(text, underline=True)}} for text in ("one", "two")]
    world.write(page, texts[0], synced, bookmark, texts[1])
    source = world.source()
    text = source.get([page], [BODY])[page].fields[BODY]
    assert text.lossy == ()
    before = world.text(page)
    source.update([Patch(page, {BODY: text.markdown.replace("one", "1").replace("two", "two and more") + "\n\nend"})])
    after = world.text(page)
    assert after[1:3] == before[1:3]
    assert len(after) == 5
    assert after[3]["paragraph"]["rich_text"][0]["annotations"]["underline"]


# --- failures


LOST = ["drop_after_commit", "drop_before_commit", "late_commit", "bad_gateway_after", "malformed"]


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("nth", [1, 2])
def test_a_part_whose_answer_was_lost_is_looked_for_and_completed(world, fault, nth):
    source = world.source()
    source.schema()
    world.fault("PATCH", "/v1/blocks/.*", fault, nth=nth)
    (made,) = source.create([Draft({"title": "Idea", BODY: paragraphs(250)}, "m")])
    assert made.fields[BODY].markdown == paragraphs(250) == shown(world, made.id).markdown
    assert len(world.text(made.id)) == 250


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("path", ["/v1/blocks/.*", "/v1/pages/.*"])
def test_a_page_of_which_a_part_is_missing_is_not_shown_until_it_is_whole(world, fault, path):
    source = world.source()
    text = paragraphs(250)
    source.schema()
    world.fault("PATCH", path, fault, times=2 if "blocks" in path else 1)
    (outcome,) = source.create([Draft({"title": "Idea", BODY: text}, "m")])
    assert isinstance(outcome, UnknownOutcomeError)
    world.clock.advance(timedelta(minutes=5))
    done = len(list(source.scan(fields=["title"])))
    assert len(source.find(["m"], world.now - timedelta(hours=1))["m"]) == done
    if not done:
        assert any("cut off" in line for line in source.check().details)
        (made,) = source.create([Draft({"title": "Idea", BODY: text}, "m")])
        assert made.fields[BODY].markdown == text
    (page,) = world.live()
    assert shown(world, page).markdown == text
    assert len(world.text(page)) == 250


def test_a_text_that_notion_refuses_leaves_no_page_behind(world):
    source = world.source()
    source.schema()
    script(world, "/v1/blocks", error(400, "validation_error"))
    (outcome,) = source.create([Draft({"title": "Idea", BODY: paragraphs(150)}, "m")])
    assert isinstance(outcome, RejectedError)
    assert world.live() == []


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_lost_answer_to_an_edit_is_looked_for_and_completed(world, fault):
    source = world.source()
    (made,) = source.create([Draft({"title": "Idea", BODY: "one\n\ntwo"}, "m")])
    text = "one\n\n" + paragraphs(230) + "\n\ntwo"
    world.fault("PATCH", "/v1/blocks/.*", fault, nth=2)
    (changed,) = source.update([Patch(made.id, {BODY: text})])
    assert changed.fields[BODY].markdown == text == shown(world, made.id).markdown


def test_an_edit_that_stays_unclear_is_unknown_and_the_next_one_completes_it(world):
    source = world.source()
    (made,) = source.create([Draft({"title": "Idea", BODY: "one\n\ntwo"}, "m")])
    text = "one\n\n" + paragraphs(230) + "\n\ntwo"
    world.fault("PATCH", "/v1/blocks/.*", "drop_after_commit", nth=2, times=2)
    (outcome,) = source.update([Patch(made.id, {BODY: text})])
    assert isinstance(outcome, UnknownOutcomeError)
    (changed,) = source.update([Patch(made.id, {BODY: text})])
    assert changed.fields[BODY].markdown == text == shown(world, made.id).markdown


def test_old_text_goes_out_last(world):
    source = world.source()
    (made,) = source.create([Draft({"title": "Idea", BODY: "# old\n\nkept"}, "m")])
    world.fault("PATCH", "/v1/blocks/.*", "unavailable", times=None)
    source.update([Patch(made.id, {BODY: "kept\n\nnew"})])
    assert "old" in shown(world, made.id).markdown


def test_a_text_that_cannot_be_read_is_an_error_and_not_an_empty_text(world):
    page = world.add()
    world.fault("GET", "/v1/blocks/.*", "unavailable", times=None)
    with pytest.raises(UnavailableError):
        world.source().get([page], [BODY])
    assert not isinstance(page, Unreadable)


def test_a_first_sync_is_one_request_a_page(world):
    source = world.source()
    source.schema()
    before = world.count()
    outcomes = source.create([Draft({"title": f"Idea {n}", BODY: paragraphs(n % 100)}, f"m{n}") for n in range(60)])
    assert all(outcome.fields[BODY] or not number for number, outcome in enumerate(outcomes))
    assert world.count() - before == 60
