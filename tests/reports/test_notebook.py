"""What a notebook shows, and that the model shows it without knowing who draws."""

import re

from productops.demo import company
from productops.model import looks
from productops.model.demand import Demand, demand_table, group_by_target
from productops.model.launch import Launch
from productops.model.roadmap import Roadmap
from productops.reports import notebook
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
