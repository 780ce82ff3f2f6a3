"""Conformance to a template: what is missing where, and which exemptions hold."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from productops.model.conformance import Document, Exemption, conformance
from productops.model.templates import DocumentTemplate, FieldTemplate, OwnerTemplate, SectionTemplate

TODAY = date(2026, 11, 1)
BO = {"name": "Bo Example"}
TEMPLATE = DocumentTemplate(
    key="roadmap",
    name="Roadmap",
    revision=2,
    fields=[FieldTemplate(key="period", title="Period"), FieldTemplate(key="mood", title="Mood", required=False)],
    sections=[
        SectionTemplate(key="now", title="Now", guidance="What is in work."),
        SectionTemplate(key="why", title="Why"),
    ],
    owners=[OwnerTemplate(key="product", title="Product manager")],
)


def doc(number=1, **fields):
    whole = {
        "id": f"doc_{number}", "title": f"Plan {number}", "url": f"https://docs.example.com/{number}",
        "team": "Pay", "product": "Shop", "region": "EU", "template_key": "roadmap",
        "fields": {"period": "Q4"}, "sections": {"now": "Import", "why": "They ask"}, "owners": {"product": BO},
    }  # fmt: skip
    return Document(**{**whole, **fields})


def exemption(requirement="section:why", until=date(2026, 12, 31), **fields):
    scope = {} if {"document_id", "team", "product", "region"} & set(fields) else {"team": "Pay"}
    return Exemption(
        requirement=requirement, reason="new team", approved_by=BO, approved_on=date(2026, 9, 1), until=until,
        **scope, **fields,
    )  # fmt: skip


def missing(document, *exemptions, as_of=TODAY):
    return [(row.part, row.key, row.state) for row in conformance([document], TEMPLATE, exemptions, as_of=as_of).rows]


def test_a_whole_document_lacks_nothing():
    report = conformance([doc()], TEMPLATE, as_of=TODAY)
    assert report.rows == ()
    assert (report.total.conforming, report.total.share.value) == (1, 1)


@pytest.mark.parametrize(
    ("fields", "lacks"),
    [
        ({"fields": {}}, ("field", "period")),
        ({"fields": {"period": None}}, ("field", "period")),
        ({"fields": {"period": []}}, ("field", "period")),
        ({"fields": {"period": 0}}, None),
        ({"fields": {"period": False}}, None),
        ({"sections": {"now": "Import"}}, ("section", "why")),
        ({"sections": {"now": "Import", "why": " \n "}}, ("section", "why")),
        ({"sections": {"now": "*What is  in work.*", "why": "x"}}, ("section", "now")),
        ({"owners": {}}, ("owner", "product")),
        ({"owners": {"product": None}}, ("owner", "product")),
    ],
)
def test_what_counts_as_missing(fields, lacks):
    assert missing(doc(**fields)) == ([] if lacks is None else [(*lacks, "missing")])


LACKING = doc(sections={"now": "Import"})


@pytest.mark.parametrize(
    ("given_exemption", "as_of", "state"),
    [
        (exemption(), TODAY, "exempt"),
        (exemption("*"), TODAY, "exempt"),
        (exemption(document_id="doc_1"), TODAY, "exempt"),
        (exemption(product="Shop", region="EU"), TODAY, "exempt"),
        (exemption(product="Shop", region="US"), TODAY, "missing"),
        (exemption(team="Core"), TODAY, "missing"),
        (exemption("section:now"), TODAY, "missing"),
        (exemption(), date(2026, 8, 31), "missing"),
        (exemption(), date(2026, 12, 31), "exempt"),
        (exemption(), date(2027, 1, 1), "expired"),
    ],
)
def test_exemptions_hold_for_their_part_scope_and_time(given_exemption, as_of, state):
    assert missing(LACKING, given_exemption, as_of=as_of) == [("section", "why", state)]


def test_an_expired_exemption_counts_again_and_is_named():
    report = conformance([LACKING], TEMPLATE, [exemption()], as_of=date(2027, 1, 1))
    (row,) = report.rows
    assert (row.approved_by, row.until, row.reason) == ("Bo Example", date(2026, 12, 31), "new team")
    assert (report.total.missing, report.total.expired, report.total.exempt, report.total.conforming) == (1, 1, 0, 0)
    renewed = [exemption(), exemption(until=date(2027, 6, 30))]
    assert missing(LACKING, *renewed, as_of=date(2027, 1, 1)) == [("section", "why", "exempt")]


def test_totals_by_team_product_and_region():
    documents = [
        doc(1), doc(2, sections={}), doc(3, team="Core", owners={}), doc(4, team=None, region="US", fields={}),
        LACKING.model_copy(update={"id": "doc_5", "title": "Plan 5"}),
    ]  # fmt: skip
    report = conformance(documents, TEMPLATE, [exemption(document_id="doc_5")], as_of=TODAY)
    by_team = [
        (tally.group, tally.documents, tally.conforming, tally.missing, tally.exempt) for tally in report.totals("team")
    ]
    assert by_team == [("Pay", 3, 2, 2, 1), ("Core", 1, 0, 1, 0), (None, 1, 0, 1, 0)]
    assert [tally.group for tally in report.totals("region")] == ["EU", "US"]
    assert [tally.documents for tally in report.totals("product")] == [5]
    total = report.total
    assert (total.required, total.met, total.missing, total.exempt) == (20, 15, 4, 1)
    assert str(total.share) == "15 of 19 (78.9 %)"


def test_the_table_and_its_short_form():
    report = conformance([LACKING, doc(2)], TEMPLATE, [exemption()], as_of=TODAY)
    (row,) = report.to_dicts()
    assert row["url"] == "https://docs.example.com/1"
    assert (row["approved_by"], row["until"], row["state"]) == ("Bo Example", "2026-12-31", "exempt")
    assert str(report).splitlines() == [
        "Roadmap: 2 of 2 documents conform; parts met 7 of 7 (100 %), 0 missing, 1 exempt",
        "- Pay / Shop / EU: Plan 1: section 'Why' missing (exempt until 2026-12-31, approved by Bo Example)",
    ]
    many = conformance([doc(n, fields={}) for n in range(25)], TEMPLATE, as_of=TODAY)
    assert str(many).endswith("... and 5 more")
    assert conformance([], TEMPLATE, as_of=TODAY).to_dicts() == []


def test_other_templates_and_old_revisions_are_said():
    documents = [doc(1, template_key="strategy"), doc(2, template_revision=1), doc(3, template_key=None)]
    report = conformance(documents, TEMPLATE, [exemption("section:risks")], as_of=TODAY)
    assert report.total.documents == 2
    assert report.warnings == (
        "1 documents of other templates are left out",
        "1 documents were made from an older revision than 2",
        "exemptions from what the template does not require: section:risks",
    )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"requirement": "why", "team": "Pay"}, "names no part"),
        ({"requirement": "section:", "team": "Pay"}, "names no part"),
        ({"requirement": "section:why"}, "name one"),
        ({"requirement": "*", "team": "Pay", "until": date(2026, 8, 1)}, "before it was approved"),
    ],
)
def test_exemptions_that_cannot_be_are_refused(fields, message):
    base = {"reason": "r", "approved_by": BO, "approved_on": date(2026, 9, 1), "until": TODAY}
    with pytest.raises(ValueError, match=message):
        Exemption(**{**base, **fields})


documents = st.builds(
    lambda n, team, filled: doc(n, team=team, sections=dict.fromkeys(filled, "x")),
    st.integers(1, 99),
    st.sampled_from(["Pay", "Core", None]),
    st.sets(st.sampled_from(["now", "why"])),
)
exemptions = st.builds(
    lambda part, team, days: exemption(part, team=team, until=TODAY + timedelta(days=days)),
    st.sampled_from(["section:why", "section:now", "*"]),
    st.sampled_from(["Pay", "Core"]),
    st.integers(-30, 30),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(documents, max_size=6), st.lists(exemptions, max_size=3))
def test_met_missing_and_exempt_are_all_and_groups_add_up(items, granted):
    report = conformance(items, TEMPLATE, granted, as_of=TODAY)
    total = report.total
    assert total.met + total.missing + total.exempt == total.required == 4 * len(items)
    assert total.expired <= total.missing
    assert len(report.rows) == total.missing + total.exempt
    for by in ("team", "product", "region"):
        groups = report.totals(by)
        for count in ("documents", "conforming", "required", "met", "missing", "exempt", "expired"):
            assert sum(getattr(group, count) for group in groups) == getattr(total, count)
    bare = conformance(items, TEMPLATE, as_of=TODAY)
    assert total.missing <= bare.total.missing
    assert total.met == bare.total.met
