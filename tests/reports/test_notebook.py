"""What a notebook shows, and that the model shows it without knowing who draws."""

import re

from productops import looks
from productops.demo import company
from productops.model.demand import Books, Demand, demand_table, group_by_target
from productops.model.launch import Launch
from productops.model.money import Rates
from productops.model.roadmap import Roadmap
from productops.reports import notebook
from productops.reports.language import Language
from reports.worlds import HOSTILE, hostile_source


def tables(known):
    return demand_table(
        group_by_target(known.feedback, known.insights), known.accounts, as_of=known.as_of, rates=known.rates
    )


def test_the_nouns_show_themselves():
    known = company()
    assert "Refund one person of a group" in known.launch("groups")._repr_html_()
    assert "■ off track" in known.launch("groups")._repr_html_()
    assert "Now (5)" in known.roadmap._repr_html_()
    assert "Talk to passengers" in known.canvas._repr_html_()
    shown = tables(known)._repr_html_()
    assert "206,000" in shown
    assert "77,000" in shown
    assert isinstance(tables(known)["item_04"], Demand)
    assert "<table>" in tables(known)["item_04"]._repr_html_()


def test_without_anybody_who_draws_there_is_the_text(monkeypatch):
    monkeypatch.setattr(looks, "drawing", lambda kind: None)
    assert company().roadmap._repr_html_() is None
    assert company().people[0]._repr_html_() is None


def test_empty_things_show_themselves_too():
    assert "Empty" in Roadmap(title="Empty")._repr_html_()
    assert "Empty" in Launch(name="Empty")._repr_html_()
    assert "<table>" in demand_table({}, as_of=company().as_of)._repr_html_()


def test_hostile_text_and_the_dark():
    known = hostile_source()
    for page in (
        notebook.launch(known.launches[1]),
        notebook.roadmap(known.roadmap),
        notebook.canvas(known.canvases[-1]),
        notebook.demand_table({HOSTILE: next(iter(tables(known).values()))}),
    ):
        assert "<script" not in page
        assert "\u202e" not in page
        assert not re.search(r"<(?!/?(div|p|strong|bdi|table|thead|tbody|tr|th|td|ul|li|br|small)\b)", page)
        # Colours are the notebook's own: a fixed one would vanish on a page as dark as itself.
        assert not re.search(r"(?<!-)color:|background", page)


def test_everything_that_shows_itself_speaks_the_language_that_is_set(monkeypatch):
    known = company()
    english = [each._repr_html_() for each in (known.launch("groups"), known.roadmap, known.canvas, tables(known))]
    monkeypatch.setenv("PRODUCTOPS_LANG", "fr_FR.UTF-8")
    launch, roadmap, canvas, demand_shown = [
        re.sub(r"<[^>]+>", " ", each._repr_html_())
        for each in (known.launch("groups"), known.roadmap, known.canvas, tables(known))
    ]
    assert "Pas prêt\u00a0: 1 point obligatoire est ouvert" in launch
    assert "à faire, en retard, la dérogation a expiré le 31 oct. 2026" in launch
    assert "■ en difficulté" in launch
    assert "Maintenant (5)" in roadmap
    assert "confiance élevée" in roadmap
    assert "révision 2" in canvas
    assert "bon, meilleur, excellent" in canvas
    assert "Comptes" in demand_shown
    assert "le revenu annuel de 1 compte " in demand_shown
    for code in ("en", "", "nonsense"):
        monkeypatch.setenv("PRODUCTOPS_LANG", code)
        assert known.launch("groups")._repr_html_() == english[0]
    monkeypatch.delenv("PRODUCTOPS_LANG")
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")  # a notebook looks the same on every machine
    assert known.roadmap._repr_html_() == english[1]


def test_what_the_model_warns_of_is_said_in_french_too():
    known = company()
    lang = Language("fr")
    young = [each.model_copy(update={"arr_as_of": None}) for each in known.accounts]
    said = [
        warning
        for accounts, rates in (
            (known.accounts[:5], None),
            (young, known.rates),
            (known.accounts, Rates(base="EUR")),
            (known.accounts, known.rates.model_copy(update={"max_age_days": 1})),
        )
        for warning in Books(accounts, as_of=known.as_of, rates=rates).count(known.feedback).warnings
    ]
    assert len({re.sub(r"[0-9.]+|[A-Z]{3}", "", each) for each in said}) == 9
    for each in said:
        assert lang.retold(each) != each
    assert (
        Language("en").retold("the ARR of 1 accounts is not known and left out").startswith("the ARR of 1 account is")
    )
