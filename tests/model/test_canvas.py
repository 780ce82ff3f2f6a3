"""Canvases: levels by criteria, several raters, the index and its coverage, trends over what compares."""

from datetime import date, timedelta
from statistics import median_low

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from productops.model.assessment import Assessment, Rating, canvas_index, gaps, result
from productops.model.canvas import (
    GOOD_BETTER_BEST,
    Canvas,
    Capability,
    Criterion,
    Ladder,
    LadderMapping,
    Level,
)
from productops.model.canvas_trend import ImprovementAction, trend
from productops.model.levels import gated_level, partial_credit
from productops.model.people import PersonRef

HELD = date(2026, 9, 1)
LEVELS = ["not_yet", "good", "better", "best"]
SALT = "a secret salt"


def criteria(capability="a", good=3, better=3, best=1):
    return {
        level: tuple(Criterion(id=f"{capability}_{level}_{n}", text=f"{level} {n}") for n in range(count))
        for level, count in (("good", good), ("better", better), ("best", best))
    }


def capability(capability_id="a", **fields):
    defaults = {"name": capability_id.upper(), "criteria": criteria(capability_id)}
    return Capability(id=capability_id, **{**defaults, **fields})


def canvas_of(*capabilities, **fields):
    return Canvas(id="canvas_1", name="Basics", capabilities=capabilities, **fields)


def assess(canvas, levels, held_on=HELD, **fields):
    ratings = [Rating(capability_id=key, level=level) for key, level in levels.items()]
    return Assessment.for_canvas(canvas, team_id="team_web", held_on=held_on, ratings=ratings, **fields)


def test_worked_gated_level():
    """Good 3/3, better 2/3, best 1/1 is good, next 2/3: the domain notes, maturity, rule 1."""
    met = {"a_good_0", "a_good_1", "a_good_2", "a_better_0", "a_better_1", "a_best_0"}
    found = gated_level(capability(), GOOD_BETTER_BEST, met)
    assert (found.level, found.next_level, found.progress) == ("good", "better", pytest.approx(2 / 3))
    assert str(found) == "good, 2/3 of better"


def test_none_met_is_not_yet_and_an_empty_level_is_skipped():
    """The domain notes, maturity, rule 1."""
    none = gated_level(capability(), GOOD_BETTER_BEST, ())
    assert (none.level, none.rank, none.progress, none.warnings) == ("not_yet", 0, 0, ())
    gappy = capability(criteria=criteria(better=0))
    found = gated_level(gappy, GOOD_BETTER_BEST, {"a_good_0", "a_good_1", "a_good_2"})
    assert (found.level, found.next_level) == ("good", "best")
    assert found.warnings == ("level 'better' has no criteria and is skipped",)
    top = gated_level(gappy, GOOD_BETTER_BEST, {*gappy.criterion_ids()})
    assert (top.level, top.next_level, top.progress, str(top)) == ("best", None, None, "best")
    bare = gated_level(capability(criteria={}), GOOD_BETTER_BEST, {"ghost"})
    assert (bare.level, len(bare.warnings)) == ("not_yet", 4)


@settings(max_examples=50)
@given(
    st.sets(st.sampled_from(sorted(capability().criterion_ids()))),
    st.sampled_from(sorted(capability().criterion_ids())),
)
def test_meeting_more_never_lowers_a_level(met, more):
    before = gated_level(capability(), GOOD_BETTER_BEST, met)
    after = gated_level(capability(), GOOD_BETTER_BEST, met | {more})
    assert after.rank >= before.rank


def test_worked_partial_credit():
    """A=[1,.5,.25], B=[1,.25,0] is 1.5 of 3: the domain notes, maturity, rule 2."""
    assert partial_credit([[1, 0.5, 0.25], [1, 0.25, 0]]).value == 1.5
    missing = partial_credit([[1, None]])
    assert (missing.value, missing.warnings) == (None, ("1 answers are missing, so there is no score",))
    assert partial_credit([]).value is None
    with pytest.raises(ValueError, match="share from 0 to 1"):
        partial_credit([[25]])
    with pytest.raises(ValueError, match="for each level"):
        partial_credit([[1, 1], [1]])


def test_worked_index():
    """Best (w2), good (w1), one n/a, one unrated is 7/9 with coverage 2/3: the domain notes, maturity, rule 3."""
    canvas = canvas_of(capability("a", weight=2), capability("b"), capability("c"), capability("d"))
    seen = assess(canvas, {"a": "best", "b": "good", "c": "n/a"}).results(canvas)
    index = canvas_index(canvas, seen)
    assert index.value == pytest.approx(0.778, abs=0.0005)
    assert index.coverage == pytest.approx(2 / 3)
    assert str(index) == "78% of the best possible, 2 of 3 applicable capabilities rated"
    assert [(each.rank, each.applicable) for each in seen] == [(3, True), (1, True), (None, False), (None, True)]


def test_no_rating_no_index():
    canvas = canvas_of(capability("a"), capability("b"))
    index = canvas_index(canvas, assess(canvas, {"b": "n/a"}).results(canvas))
    assert (index.value, index.coverage) == (None, 0)
    assert str(index) == "no index: none of 1 applicable capabilities is rated"
    nothing = canvas_of(capability("a"))
    assert canvas_index(nothing, assess(nothing, {"a": "n/a"}).results(nothing)).coverage is None


@settings(max_examples=50)
@given(st.lists(st.sampled_from([*LEVELS, "n/a", None]), min_size=1, max_size=6))
def test_what_is_not_rated_moves_no_index(levels):
    """Unrated is not 0 and not applicable is not best."""
    canvas = canvas_of(*(capability(f"c{n}") for n in range(len(levels))))
    given_levels = {f"c{n}": level for n, level in enumerate(levels) if level is not None}
    index = canvas_index(canvas, assess(canvas, given_levels).results(canvas))
    ranks = [LEVELS.index(level) for level in levels if level in LEVELS]
    assert index.value == (pytest.approx(sum(ranks) / (3 * len(ranks))) if ranks else None)
    assert index.rated == len(ranks)


def test_worked_raters():
    """Good, good, best is good with spread 2, to discuss: the domain notes, maturity, rule 4."""
    canvas = canvas_of(capability())
    found = result(
        canvas.capability("a"), canvas, [Rating(capability_id="a", level=level) for level in ("good", "good", "best")]
    )
    assert (found.level, found.spread, found.discuss, found.raters) == ("good", 2, True, 3)
    near = result(
        canvas.capability("a"), canvas, [Rating(capability_id="a", level=level) for level in ("good", "better")]
    )
    assert (near.level, near.spread, near.discuss) == ("good", 1, False)
    mixed = result(
        canvas.capability("a"), canvas, [Rating(capability_id="a", level=level) for level in ("good", "n/a")]
    )
    assert (mixed.level, mixed.applicable, mixed.discuss) == ("good", True, True)


@settings(max_examples=50)
@given(st.lists(st.sampled_from(LEVELS), min_size=1, max_size=7))
def test_several_raters_give_the_lower_median(levels):
    canvas = canvas_of(capability())
    found = result(canvas.capability("a"), canvas, [Rating(capability_id="a", level=level) for level in levels])
    ranks = [LEVELS.index(level) for level in levels]
    assert found.rank == sorted(ranks)[(len(ranks) - 1) // 2] == median_low(ranks)
    assert found.level == LEVELS[found.rank]
    assert found.spread == max(ranks) - min(ranks)


def test_criteria_decide_over_the_declared_level():
    canvas = canvas_of(capability())
    met = ("a_good_0", "a_good_1", "a_good_2")
    ratings = [Rating(capability_id="a", level="best", met_criteria=met)]
    found = result(canvas.capability("a"), canvas, ratings)
    assert (found.level, found.warnings) == ("good", ("declared best, but the criteria say good",))
    none = result(canvas.capability("a"), canvas, [Rating(capability_id="a", met_criteria=())])
    assert (none.level, none.rank) == ("not_yet", 0)
    unrated = result(canvas.capability("a"), canvas, [Rating(capability_id="a", comment="?")])
    assert (unrated.level, unrated.rank, unrated.raters) == (None, None, 0)


def test_evidence_and_numbers_are_gates():
    own = capability(
        criteria={
            "good": (Criterion(id="notes", text="Notes exist", kind="evidence"),),
            "better": (
                Criterion(id="fast", text="Fast", kind="metric", metric_ref="days", threshold=5, lower_is_better=True),
            ),
        }
    )
    canvas = canvas_of(own)

    def level(metrics=None, evidence=(), met=("notes", "fast")):
        rating = Rating(capability_id="a", met_criteria=met, evidence=evidence)
        return result(own, canvas, [rating], metrics)

    assert level({"days": 4}).level == "not_yet"
    assert "notes: claimed without evidence, so it does not count" in level({"days": 4}).warnings
    shown = ("https://example.com/notes",)
    assert level({"days": 4}, shown).level == "better"
    assert level({"days": 4}, shown, met=("notes",)).level == "better"
    assert level({"days": 6}, shown).level == "good"
    assert "fast: days is 6, the threshold 5" in level({"days": 6}, shown).warnings
    assert "fast: no number for days, so it does not count" in level(None, shown).warnings
    with pytest.raises(ValidationError, match="needs metric_ref and threshold"):
        Criterion(id="x", text="x", kind="metric")


def test_worked_trend():
    """{a:1,b:2} to {a:2,b:2,c:3}: delta +1 over a and b, c is new: the domain notes, maturity, rule 5."""
    first = canvas_of(capability("a"), capability("b"))
    second = first.revise(capabilities=(*first.capabilities, capability("c")))
    found = trend(
        assess(first, {"a": "good", "b": "better"}),
        first,
        assess(second, {"a": "better", "b": "better", "c": "best"}, HELD + timedelta(days=90)),
        second,
    )
    assert [(each.capability_id, each.delta) for each in found.changes] == [("a", 1), ("b", 0)]
    assert (found.delta, found.new) == (1, ("c",))
    assert str(found) == "A: 1 → 2\nB: 2 → 2\nnew: c"


def test_redefined_retired_and_unrated_are_no_progress():
    first = canvas_of(*(capability(key) for key in "abcde"))
    second = first.revise(
        capabilities=(
            capability("a", criteria=criteria("a", best=2)),
            capability("b", name="Better name", weight=3),
            capability("c"),
            capability("d", deprecated_in=2),
        )
    )
    before = assess(first, dict.fromkeys("abde", "good"))
    found = trend(before, first, assess(second, dict.fromkeys("abc", "best"), HELD), second)
    assert [each.capability_id for each in found.changes] == ["b"]
    assert (found.redefined, found.retired, found.unrated) == (("a",), ("d", "e"), ("c",))
    assert repr(found) == "<Trend +2 over 1>"


FOUR = Ladder(
    key="good_better_best",
    version=2,
    levels=[Level(key=key, label=key, rank=rank) for rank, key in enumerate(("start", "good", "better", "great"), 1)],
)
MAPPING = LadderMapping(
    key="good_better_best", from_version=1, to_version=2, levels={"good": "good", "better": "better", "best": None}
)


def test_a_new_ladder_is_crossed_by_its_mapping():
    own = {level: texts for level, texts in criteria("a", best=0).items() if texts}
    first = canvas_of(capability("a", criteria=own), capability("b", criteria={}), capability("c", criteria={}))
    second = first.revise(ladder=FOUR, ladder_mappings=(MAPPING,))
    before = assess(first, {"a": "good", "b": "best", "c": "not_yet"})
    after = assess(second, {"a": "better", "b": "great", "c": "start"})
    found = trend(before, first, after, second)
    assert [(each.capability_id, each.before, each.after) for each in found.changes] == [("a", 2, 3), ("c", 0, 1)]
    assert found.redefined == ("b",)
    unmapped = first.revise(ladder=FOUR)
    lost = trend(before, first, assess(unmapped, {"a": "better"}), unmapped)
    assert (lost.delta, lost.redefined) == (None, ("a", "b", "c"))
    recoloured = first.revise(ladder=GOOD_BETTER_BEST.model_copy(update={"version": 2}))
    assert trend(before, first, assess(recoloured, {"a": "good"}), recoloured).delta == 0


def test_a_trend_is_of_one_team_and_forward():
    canvas = canvas_of(capability())
    one = assess(canvas, {"a": "good"})
    other = one.model_copy(update={"team_id": "team_app"})
    with pytest.raises(ValueError, match="one team on one canvas"):
        trend(one, canvas, other, canvas)
    with pytest.raises(ValueError, match="before the earlier"):
        trend(one, canvas, assess(canvas, {"a": "good"}, HELD - timedelta(days=1)), canvas)


def test_criteria_edited_in_place_are_noticed():
    canvas = canvas_of(capability())
    seen = assess(canvas, {"a": "good"})
    canvas.capabilities = (capability(criteria=criteria(good=1)),)
    with pytest.raises(ValueError, match=r"use Canvas\.revise"):
        seen.results(canvas)
    with pytest.raises(ValueError, match="belongs to canvas_1 revision 1, not to canvas_1 revision 2"):
        seen.results(canvas.revise())
    with pytest.raises(ValidationError, match="frozen"):
        canvas.capabilities[0].name = "x"


def test_gaps_come_by_priority_and_then_by_doubt():
    """Weight times distance, ties by lowest confidence: the domain notes, maturity, rule 6."""
    canvas = canvas_of(
        capability("a", target="best"),
        capability("b", target="better", weight=3),
        capability("c", target="best"),
        capability("d", target="best"),
        capability("e", target="good"),
        capability("f", target="best", weight=9),
        capability("g"),
    )
    levels = {
        "a": ("good", 0.9),
        "b": ("good", 0.9),
        "c": ("good", 0.2),
        "d": ("good", None),
        "e": ("best", 1),
        "g": ("good", 1),
    }
    ratings = [Rating(capability_id=key, level=level, confidence=sure) for key, (level, sure) in levels.items()]
    seen = Assessment.for_canvas(canvas, team_id="t", held_on=HELD, ratings=ratings)
    found = gaps(canvas, seen.results(canvas))
    assert [(gap.capability_id, gap.priority) for gap in found] == [("b", 3), ("d", 2), ("c", 2), ("a", 2)]


def test_stale_after_ninety_days():
    """The domain notes, maturity, rule 6; the limit is a parameter."""
    seen = assess(canvas_of(capability()), {"a": "good"})
    assert [seen.stale(HELD + timedelta(days=days)) for days in (90, 91)] == [False, True]
    assert seen.stale(HELD + timedelta(days=31), max_age_days=30)


def test_an_action_raises_no_level():
    """The domain notes, maturity, rule 7."""
    canvas = canvas_of(capability())
    seen = assess(canvas, {"a": "good"})
    before = seen.results(canvas)
    action = ImprovementAction(title="Weekly calls", capability_id="a", from_level="good", to_level="better", due=HELD)
    assert action.overdue(HELD + timedelta(days=1))
    action.status = "done"
    assert not action.overdue(HELD + timedelta(days=1))
    assert seen.results(canvas) == before


def test_an_export_names_nobody():
    ada, bo = PersonRef(name="Ada", email="ada@example.com"), PersonRef(name="Bo", email="bo@example.com")
    canvas = canvas_of(capability())
    ratings = [
        Rating(
            capability_id="a", rater=ada, level="good", comment="Bo disagrees", evidence=["https://example.com/ada"]
        ),
        Rating(capability_id="a", rater=bo, level="best"),
        Rating(capability_id="a", level="good"),
    ]
    seen = Assessment.for_canvas(
        canvas,
        team_id="t",
        held_on=HELD,
        ratings=ratings,
        participants=[ada, bo],
        notes="Ada led",
        custom={"by": "Ada"},
    )
    hidden = seen.anonymised(SALT)
    assert not {"Ada", "Bo", "ada"} & set(hidden.model_dump_json().replace('"', " ").replace("/", " ").split())
    assert hidden.results(canvas)[0].level == seen.results(canvas)[0].level
    assert len({rating.rater.label for rating in hidden.ratings if rating.rater}) == 2
    assert seen.ratings[0].rater == ada
    with pytest.raises(ValueError, match="8 characters"):
        seen.anonymised("short")


def test_what_does_not_fit_is_refused():
    canvas = canvas_of(capability())
    with pytest.raises(ValueError, match="no capability 'z'"):
        assess(canvas, {"z": "good"})
    with pytest.raises(ValueError, match="use one of: not_yet, good, better, best"):
        assess(canvas, {"a": "lovable"})
    ada = PersonRef(name="Ada")
    with pytest.raises(ValidationError, match="rated 'a' twice"):
        Assessment.for_canvas(
            canvas, team_id="t", held_on=HELD, ratings=[Rating(capability_id="a", rater=ada, level="good")] * 2
        )
    with pytest.raises(ValidationError, match="capability ids appear twice: a"):
        canvas_of(capability(), capability())
    with pytest.raises(ValidationError, match="criterion ids of 'a' appear twice"):
        canvas_of(capability(criteria={"good": [Criterion(id="x", text="x")], "best": [Criterion(id="x", text="y")]}))
    with pytest.raises(ValidationError, match="'lovable' is no level"):
        canvas_of(capability(target="lovable"))
    with pytest.raises(ValidationError, match="greater than 0"):
        capability(weight=0)
    with pytest.raises(ValidationError, match="different keys and ranks"):
        Ladder(key="x", levels=[Level(key="a", label="A", rank=1), Level(key="b", label="B", rank=1)])
    with pytest.raises(ValidationError, match="exist in every ladder"):
        Ladder(key="x", levels=[Level(key="n/a", label="A", rank=1)])


def test_ladders_speak_languages_and_json():
    assert [GOOD_BETTER_BEST.label(rank, "fr") for rank in range(4)] == ["not yet", "bon", "meilleur", "excellent"]
    jumbled = Ladder(key="x", levels=[Level(key="b", label="B", rank=2), Level(key="a", label="A", rank=1)])
    assert [level.key for level in jumbled.levels] == ["a", "b"]
    canvas = canvas_of(capability(target="best"))
    assert Canvas.model_validate_json(canvas.model_dump_json()) == canvas
    seen = assess(canvas, {"a": "good"})
    again = Assessment.model_validate_json(seen.model_dump_json())
    assert again == seen
    assert again.results(canvas) == seen.results(canvas)
