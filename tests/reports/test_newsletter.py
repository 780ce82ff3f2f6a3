"""One issue for each period and audience: the same whenever it is made, silent about what its readers may not know."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from productops.errors import ConfigError
from productops.model.audience import POLICIES, ViewPolicy
from productops.model.roadmap import Roadmap, RoadmapItem, Snapshot
from productops.model.timebox import Precision, TimeBucket
from productops.reports.inline import LONGEST, plain, to_notion, to_slack, tree
from productops.reports.newsletter import newsletter
from productops.reports.site import pages
from productops.reports.source import Source
from productops.reports.text import rich
from reports.worlds import HOSTILE, hostile_source, source

OCTOBER = TimeBucket.month(2026, 10)
SEPTEMBER = TimeBucket.month(2026, 9)


def test_an_issue_for_colleagues():
    issue = newsletter(source(), OCTOBER)
    assert issue.changed
    assert issue.title == "Havn & Fjord: Oct 2026"
    headings = re.findall(r"^## (.*)$", issue.markdown, re.MULTILINE)
    assert headings == [
        "Shipped",
        "Changed and why",
        "Coming next",
        "Risks and decisions needed",
        "Numbers",
        "You said, we did",
    ]
    assert "1 item shipped, 4 items changed." in issue.markdown
    assert "- **Winter timetable in the app**: 13 Oct 2026" in issue.markdown
    assert "15 Dec 2026 → Q4 2026" in issue.markdown
    assert "nobody said why" in issue.markdown
    assert "- **Which pier first?**: asked on 12 Oct 2026, not decided" in issue.markdown
    assert "83% (10 of 12)" in issue.markdown


def test_the_reason_somebody_gave_is_in_the_issue():
    assert "later by 1 quarter (The seat plans of two ships are missing.)" in newsletter(source(), SEPTEMBER).markdown


def test_what_happens_later_changes_no_issue():
    known = source()
    before = newsletter(known, SEPTEMBER)
    later = Snapshot(at=datetime(2026, 12, 24, tzinfo=UTC), items=known.snapshots[-1].items[:3])
    assert newsletter(replace(known, snapshots=[*known.snapshots, later]), SEPTEMBER) == before
    assert newsletter(replace(known, as_of=date(2027, 3, 1)), SEPTEMBER) == before
    assert newsletter(replace(known, snapshots=known.snapshots[::-1]), SEPTEMBER) == before


def test_the_key_tells_period_audience_and_language_apart():
    known = source()
    issues = [
        newsletter(known, period, audience, language)
        for period in (SEPTEMBER, OCTOBER)
        for audience in ("internal", "exec", "sales", "public")
        for language in ("en", "fr")
    ]
    assert len({issue.key for issue in issues}) == len(issues)
    assert newsletter(known, OCTOBER, "public").key == newsletter(known, OCTOBER, POLICIES["public"]).key


@pytest.mark.parametrize(("language", "said"), [("en", "Nothing changed."), ("fr", "Rien n'a changé.")])
def test_nothing_changed_is_an_issue(language, said):
    known = source()
    first = known.snapshots[0]
    quiet = replace(known, snapshots=[first, first.model_copy(update={"at": datetime(2026, 10, 1, tzinfo=UTC)})])
    issue = newsletter(quiet, SEPTEMBER, language=language)
    assert not issue.changed
    assert said in issue.markdown


def test_what_a_person_wrote_replaces_what_is_computed():
    issue = newsletter(source(), OCTOBER, written={"headline": "We *sail*.", "people": "Kari joins."})
    assert "We *sail*." in issue.markdown
    assert "1 item shipped" not in issue.markdown
    assert issue.markdown.endswith("## People and process\n\nKari joins.\n")
    with pytest.raises(ConfigError, match="no section 'heading'"):
        newsletter(source(), OCTOBER, written={"heading": "x"})


@pytest.mark.parametrize(
    ("period", "audience", "said"),
    [
        (TimeBucket.unknown(), "internal", "a period with a start and an end"),
        (OCTOBER, "everybody", "no view for 'everybody'"),
        (OCTOBER, "unknown", "no view for 'unknown'"),
        (TimeBucket.month(2026, 12), "internal", "no two snapshots"),
        (TimeBucket.month(2026, 7), "internal", "no two snapshots"),
    ],
)
def test_what_no_issue_can_be_made_of(period, audience, said):
    with pytest.raises(ConfigError, match=said):
        newsletter(source(), period, audience)


# --- audiences: what they must not know is planted in every place, and looked for in every form


SECRET = "KRAKEN"
SHOWN = {"title", "public_description", "theme"}


# The two days of the item that is shown, and their months, in any spelling; the days of the snapshots are no secret.
FINER = re.compile(r"\b(17|19)(th)? (Nov|Feb|nov|févr)|2026-11-17|2027-02-19|(Feb|févr\.) 2027")


def secretive(audience: str) -> Source:
    """A roadmap with a secret in every field an audience has no business with, and items that are not for it."""
    hidden = {
        name: f"{SECRET} {name}"
        for name in ("description", "problem", "outcome", "team")
        if name not in POLICIES[audience].fields
    }
    narrower = {"exec": ["internal"], "sales": ["internal", "exec"], "public": ["internal", "exec", "sales"]}[audience]

    def items(day: date, status: str) -> tuple[RoadmapItem, ...]:
        seen = RoadmapItem(
            id="item_seen", title="Seen", audience=audience, horizon="now", status=status, bucket=TimeBucket.day(day),
            public_description="For all to read", rank=SECRET, custom={"note": SECRET}, tags=[SECRET],
            objective_ids=[f"obj_{SECRET}"], insight_ids=[f"ins_{SECRET}"],
            owner={"name": SECRET, "email": "kraken@example.com"},
            **hidden,
        )  # fmt: skip
        rest = [
            RoadmapItem(id=f"item_{name}", title=f"{SECRET} of {name}", audience=name, horizon="now", status=status,
                        bucket=TimeBucket.day(day), public_description=SECRET)
            for name in narrower
        ]  # fmt: skip
        return (seen, *rest)

    first, second = items(date(2026, 11, 17), "doing"), items(date(2027, 2, 19), "done")
    shots = [
        Snapshot(at=datetime(2026, 10, 1, tzinfo=UTC), items=first),
        Snapshot(at=datetime(2026, 11, 1, tzinfo=UTC), items=second),
    ]
    known = source()
    return replace(known, roadmap=Roadmap(title="Ferries", items=list(second)), snapshots=shots, events=[])


@pytest.mark.parametrize("audience", ["exec", "sales", "public"])
def test_no_form_of_any_report_leaks(audience):
    known = secretive(audience)
    issue = newsletter(known, OCTOBER, audience)
    forms = [
        issue.markdown,
        issue.to_html(),
        issue.to_slack(),
        str(issue.to_notion()),
        issue._repr_html_(),
        repr(issue),
    ]
    forms += pages(known, audience=audience).values()
    forms += pages(known, "fr", audience=audience).values()
    for form in forms:
        assert "Seen" in form
        assert SECRET not in form
        assert "kraken" not in form.casefold()
        assert "item_" not in form  # ids tell when something was made
        if POLICIES[audience].finest is not Precision.DAY:
            assert not FINER.search(form), FINER.search(form)


def test_a_policy_without_times_shows_none():
    known = secretive("public")
    for form in (newsletter(known, OCTOBER, ViewPolicy(audience="public", finest="none")).markdown,):
        assert "2027" not in form


# --- other forms


def test_slack_and_notion_say_what_the_issue_says():
    issue = newsletter(source(), OCTOBER)
    slack, blocks = issue.to_slack(), issue.to_notion()
    assert slack.startswith("*Havn &amp; Fjord: Oct 2026*\n\n1 item shipped, 4 items changed.\n")
    assert "• *Winter timetable in the app*: 13 Oct 2026" in slack
    assert [block["type"] for block in blocks[:4]] == ["heading_1", "paragraph", "heading_2", "bulleted_list_item"]
    first, second = blocks[3]["bulleted_list_item"]["rich_text"]
    assert (first["text"]["content"], first["annotations"]) == ("Winter timetable in the app", {"bold": True})
    assert second["text"]["content"] == ": 13 Oct 2026"


def test_the_mail_needs_nothing_from_elsewhere():
    page = newsletter(source(), OCTOBER).to_html()
    assert 'style="' in page
    assert "<strong>Winter timetable in the app</strong>" in page
    assert not re.search(r"<(img|link|script|iframe)|https?://|url\(", page)


def test_hostile_text_is_shown_letter_by_letter():
    issue = newsletter(hostile_source(), OCTOBER)
    for page in (issue.to_html(), str(rich(issue.markdown))):
        assert "<script" not in page
        assert "<img" not in page
        assert "javascript:alert" not in re.findall(r'href="([^"]*)"', page)
        assert "alert(1)" in page
    assert "<!" not in issue.to_slack()
    assert "<http" not in issue.to_slack()
    assert "<script" not in issue.to_slack()
    for block in issue.to_notion():
        for piece in block[block["type"]].get("rich_text", ()):
            assert len(piece["text"]["content"]) <= LONGEST
            assert piece["text"]["link"] is None


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "*a*",
        "_a_",
        "# a",
        "- a",
        "+ a",
        "1. a",
        "1) a",
        "`a`",
        "[a](b)",
        "a|b",
        "> a",
        "a\n\nb",
        "~~a~~",
        "===",
        "&lt;",
        "<b>",
        "\\",
        HOSTILE[:120],
    ],
)
def test_plain_text_survives_markdown(text):
    [node] = tree(plain(text)).children
    assert node.type == "paragraph"
    shown = "".join(child.content for child in node.children[0].children)
    assert shown == " ".join(text.replace("\u202e", "").replace("\u2066", "").split())


def test_lists_links_code_and_quotes_in_slack_and_notion():
    text = (
        "1. one\n    - in\n2. [two](https://example.com/a|b) and ~~no~~\n\n> said\n\n```\n<x> & ```\n```\n\n---\n\n"
        "| a | b |\n|---|---|\n| 1 | **2** |\n"
    )
    slack = to_slack(text)
    assert "1. one\n    • in\n2. <https://example.com/a%7Cb|two> and ~no~" in slack
    assert "> said" in slack
    assert "&lt;x&gt; &amp;" in slack
    assert "a | b\n1 | *2*" in slack
    blocks = to_notion(text)
    kinds = [block["type"] for block in blocks]
    assert kinds[:3] == ["numbered_list_item", "numbered_list_item", "quote"]
    assert {"code", "divider"} <= set(kinds)
    assert blocks[0]["numbered_list_item"]["children"][0]["type"] == "bulleted_list_item"
    assert blocks[1]["numbered_list_item"]["rich_text"][0]["text"]["link"] == {"url": "https://example.com/a%7Cb"}


def test_long_text_is_cut_into_pieces_notion_takes():
    pieces = to_notion("x" * 4_500)[0]["paragraph"]["rich_text"]
    assert [len(piece["text"]["content"]) for piece in pieces] == [2_000, 2_000, 500]
