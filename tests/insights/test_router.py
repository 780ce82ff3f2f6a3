"""Routing: areas, owners, doubt, reasons, files without pickle, and learning from corrections."""

from __future__ import annotations

import numpy as np
import pytest

from insights.insights_data import AREAS, ODD, Synonyms, sorted_notes
from productops.errors import ConfigError
from productops.insights.confidence import Confidence
from productops.insights.linear import shares, temperature_for
from productops.insights.neighbours import Neighbours
from productops.insights.router import Router
from productops.insights.routes import MEANING, spoken
from productops.model.feedback import Feedback

NOTES, NAMED = sorted_notes(30)
FRESH, RIGHT = sorted_notes(60, seed=9)
OWNERS = [{"area": "billing", "team": "Money", "owner": "ada@example.com"}, {"area": "mobile", "team": "Apps"}]


@pytest.fixture(scope="module")
def router() -> Router:
    return Router(ownership=OWNERS).fit(NOTES, NAMED)


def test_notes_go_where_they_belong_with_team_and_owner(router):
    found = router.route(FRESH)
    assert np.mean([one.area == area for one, area in zip(found, RIGHT, strict=True)]) > 0.95
    billing = next(one for one in found if one.area == "billing" and not one.unrouted)
    assert (billing.team, billing.owner) == ("Money", "ada@example.com")
    mobile = next(one for one in found if one.area == "mobile" and not one.unrouted)
    assert (mobile.team, mobile.owner) == ("Apps", None)
    assert sum(chance for _, chance in billing.others) + billing.confidence == pytest.approx(1, abs=1e-3)


def test_what_is_unlike_all_it_knows_is_left_to_a_person(router):
    [strange] = router.route(["zebras graze quietly"])
    assert strange.unrouted
    assert strange.team is None
    assert np.mean([one.unrouted for one in router.route(FRESH)]) < 0.3


def test_empty_and_odd_notes_are_unrouted_or_routed_but_answered(router):
    found = router.route(ODD)
    assert len(found) == len(ODD)
    assert found[0].unrouted
    assert found[1].unrouted
    assert router.route([]) == []


def test_a_note_in_which_nothing_is_known_is_nobodys():
    small = Router(ownership=OWNERS).fit(*sorted_notes(3))  # too few to hold any out and learn how sure to be
    strange, empty, known = small.route(["😀😀", " ", "refund"])
    assert (strange.unrouted, strange.team, empty.unrouted, known.unrouted) == (True, None, True, False)


def test_an_empty_cell_of_a_frame_is_no_area(router):
    import pandas as pd

    frame = pd.DataFrame({"text": ["no refund", "app crashes", "what"], "area": ["billing", "mobile", None]})
    with pytest.raises(ConfigError, match="1 texts have no area, the first is number 2"):
        Router().fit(frame)
    with pytest.raises(ConfigError, match="Every correction needs its area"):
        Router().fit(frame[:2]).learn(["what"], [float("nan")])
    assert Router().fit(frame[:2]).areas == ("billing", "mobile")


def test_feedback_frames_and_mappings_are_notes_too(router):
    import pandas as pd
    import polars as pl

    text = "why does csv export not work"
    for notes in (
        [Feedback(text=text)],
        [{"text": text}],
        pd.DataFrame({"text": [text]}),
        pl.DataFrame({"body": [text]}),
    ):
        assert router.route(notes)[0].area == "reports"


def test_it_says_which_words_decided(router):
    told = router.explain("please look at the refund for the team")
    assert told.area == "billing"
    assert told.words[0][0] == "refund"
    assert told.words[0][1] > 0
    assert told.examples
    assert all(text in NOTES and 0 <= like <= 1 for text, like in told.examples)
    against = dict(router.explain("refund", area="mobile").words)
    assert against["refund"] < 0


def test_the_parts_of_the_words_add_up_to_the_score(router):
    text = "Refund, refund! why does the csv-export not work?"
    features, model = router._fitted()
    parts = dict(router.explain(text, area="billing", top=100).words)
    weights = model.weights[model.labels.index("billing")] - model.weights.mean(axis=0)
    assert sum(parts.values()) == pytest.approx(float((features.transform([text]) @ weights)[0]), abs=0.02)


def test_it_comes_back_from_a_file_as_it_was(router, tmp_path):
    path = tmp_path / "router.npz"
    router.save(path)
    again = Router.load(path)
    assert again.route(FRESH) == router.route(FRESH)
    assert again.explain("the refund") == router.explain("the refund")
    assert again.learn(["zebra"], ["mobile"]).route(["zebra"])[0].area == "mobile"
    assert [file.name for file in tmp_path.iterdir()] == ["router.npz"]


def test_a_file_of_something_else_is_refused_and_runs_nothing(tmp_path):
    ran = []

    class Bomb:
        def __reduce__(self):
            return (ran.append, (1,))

    np.savez(tmp_path / "bomb.npz", facts=np.array([Bomb()], dtype=object))
    (tmp_path / "text.npz").write_text("no archive")
    np.savez(tmp_path / "other.npz", facts=np.frombuffer(b'{"kind": "kinds", "version": 1}', np.uint8))
    for name, words in (
        ("bomb", "cannot be read"),
        ("text", "cannot be read"),
        ("other", "holds a kinds"),
        ("no", "no file"),
    ):
        with pytest.raises(ConfigError, match=words):
            Router.load(tmp_path / f"{name}.npz")
    assert not ran


def test_a_router_that_keeps_no_examples_writes_no_text_of_any_note(tmp_path):
    router = Router(keep_examples=False).fit(NOTES, NAMED)
    router.save(tmp_path / "router.npz")
    with np.load(tmp_path / "router.npz") as file:
        assert not any(note.encode() in file["facts"].tobytes() for note in NOTES)
    assert router.explain("the refund").examples == ()
    with pytest.raises(ConfigError, match="keeps no examples"):
        router.learn(["a"], ["billing"])


def test_corrections_are_learnt_and_spread_to_likes():
    router = Router(calibrate=False).fit(NOTES, NAMED)
    wrong = "the weekly report on my tablet is empty"
    assert router.route([wrong])[0].area == "reports"
    router.learn([wrong], ["mobile"])
    assert router.route([wrong])[0].area == "mobile"
    assert len(router.examples) == len(NOTES) + 1
    router.learn([wrong], ["reports"])
    assert router.route([wrong])[0].area == "reports"
    assert len(router.examples) == len(NOTES) + 1
    router.learn(["zebra stripes", "zebra legs"], ["zoo", "zoo"])
    assert "zoo" in router.areas


def test_the_notes_that_somebody_moved_are_corrections():
    notes = [Feedback(text=text, area=area) for text, area in zip(NOTES, NAMED, strict=True)]
    router = Router(calibrate=False).fit(notes)
    moved = Feedback(text="the weekly report on my tablet is empty", area="mobile")
    assert router.route([moved])[0].area == "reports"
    assert router.learn([moved]).route([moved])[0].area == "mobile"
    with pytest.raises(ConfigError, match="Every correction"):
        router.learn([Feedback(text="nobody sorted this")])
    with pytest.raises(ConfigError, match="no area"):
        Router().fit([*notes, Feedback(text="nobody sorted this")])


def test_of_few_examples_meaning_and_words_both_count_and_are_told():
    few = Router(embedder=Synonyms()).fit(*sorted_notes(8))
    words = Router().fit(*sorted_notes(8))
    assert words.route(["android bill"])[0].area == "mobile"
    assert few.route(["bill"])[0].area == "billing"  # a word it never saw
    assert dict(few.explain("bill", area="billing").words)[MEANING] > 0
    told = dict(few.explain("the dashboard is wrong", area="reports", top=9).words)  # a word the embedder does not know
    assert told["dashboard"] > 0
    assert few.route(["dashboard"])[0].area == "reports"


def test_it_comes_back_with_its_embedder_only(tmp_path):
    many = Router(embedder=Synonyms()).fit(NOTES, NAMED)
    many.save(tmp_path / "many.npz")
    assert Router.load(tmp_path / "many.npz", embedder=Synonyms()).route(FRESH) == many.route(FRESH)
    with pytest.raises(ConfigError, match="synonyms-1, not None"):
        Router.load(tmp_path / "many.npz")


def test_tuning_on_outsiders_sets_the_line_that_decides_most_rightly(router):
    tuned = Router().fit(NOTES, NAMED)
    outside = ["zebras graze quietly", "who won the match", "sing me a song", "tell a joke about cats"] * 5
    tuned.tune(FRESH, RIGHT, outside)
    assert np.mean([one.unrouted for one in tuned.route(outside)]) == 1
    assert np.mean([one.unrouted for one in tuned.route(FRESH)]) < 0.1
    with pytest.raises(ConfigError, match="never learnt zoo"):
        tuned.tune(FRESH, ["zoo", *RIGHT[1:]], outside)


def test_the_line_takes_equal_values_together():
    line = Confidence()
    line.decide(np.array([3.0, 2.0, 2.0, 1.0]), np.array([1, 1, -1, -1]))
    assert line.threshold == 3.0
    line.decide(np.array([1.0, 2.0]), np.array([-1, -1]))
    assert line.threshold == np.inf


def test_chances_come_true():
    draw = np.random.default_rng(0)
    right = draw.integers(0, 3, 4000)
    scores = draw.normal(size=(4000, 3))
    scores[np.arange(4000), right] += 1.0
    chances = shares(scores * 7, temperature_for(scores * 7, right))
    for low, high in ((0.4, 0.6), (0.6, 0.8), (0.8, 1.0)):
        best = chances.max(axis=1)
        inside = (best >= low) & (best < high)
        assert (chances.argmax(axis=1) == right)[inside].mean() == pytest.approx(best[inside].mean(), abs=0.05)


@pytest.mark.parametrize(
    ("texts", "areas", "words"),
    [
        (["a", "b"], ["x", "x"], "at least two areas"),
        ([], [], "at least two areas"),
        (["a", "b"], ["x"], "2 texts and 1 area"),
        (["a", "b"], ["x", None], "number 1"),
        ("text", ["x"], "One text was given"),
        (["a", 7], ["x", "y"], "Note 1 has no words"),
    ],
)
def test_what_cannot_be_learnt_is_said(texts, areas, words):
    with pytest.raises(ConfigError, match=words):
        Router().fit(texts, areas)


def test_asking_before_learning_is_said():
    assert repr(Router()) == "Router(not fitted)"
    for ask in (lambda: Router().route(["a"]), lambda: Router().explain("a"), lambda: Router().learn(["a"], ["b"])):
        with pytest.raises(ConfigError, match="Call fit"):
            ask()


def test_two_areas_suffice_and_one_example_each():
    router = Router().fit(["refund please", "app crashes"], ["billing", "mobile"])
    assert router.route(["refund"])[0].area == "billing"
    assert router.route(["crashes"])[0].area == "mobile"
    assert set(router.areas) < set(AREAS)


def test_an_unknown_area_cannot_be_explained(router):
    with pytest.raises(ConfigError, match="no area 'nowhere'"):
        router.explain("x", area="nowhere")


def test_an_area_has_one_row_of_owners():
    with pytest.raises(ConfigError, match="twice"):
        Router(ownership=[*OWNERS, OWNERS[0]])
    assert Router(ownership={"billing": "Money"}).ownership["billing"].team == "Money"


def test_the_nearest_examples_vote_for_their_area():
    draw = np.random.default_rng(0)
    vectors = draw.normal(size=(40, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = draw.permutation(np.repeat([0, 1, 2], [1, 14, 25]))
    votes = Neighbours(vectors, labels).votes(vectors[:9])
    likeness = vectors[:9] @ vectors.T
    for label, count in ((0, 1), (1, 3), (2, 3)):
        best = np.sort(likeness[:, labels == label], axis=1)[:, -count:].mean(axis=1)
        assert np.allclose(votes[:, label], best, atol=1e-6)


def test_votes_move_a_note_that_words_leave_open():
    router = Router(embedder=Synonyms(), calibrate=False).fit(NOTES, NAMED)
    features, model = router._fitted()
    text = ["bill"]
    plain = model.scores(features.transform(text))
    voted, _ = router.scores(text)
    billing = model.labels.index("billing")
    assert (voted - plain)[0].argmax() == billing
    assert np.abs(voted - plain).max() > 0.01


def test_the_name_of_an_area_is_an_example_of_it():
    texts, areas = (
        ["refund not paid", "wrong amount", "crash at start", "slow on my phone"],
        ["invoice"] * 2 + ["mobile"] * 2,
    )
    assert Router(calibrate=False).fit(texts, areas).route(["where is my invoice"])[0].area == "invoice"
    ids = {"invoice": "theme_01hq", "mobile": "theme_02hq"}
    router = Router(calibrate=False).fit(texts, [ids[area] for area in areas])
    assert spoken(ids.values()) == []
    assert [text for text, _, _ in router.examples] == texts
