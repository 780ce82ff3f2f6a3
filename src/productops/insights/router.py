"""Routing: which area a note is about, learnt from notes that people have sorted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from productops.errors import ConfigError
from productops.insights import store
from productops.insights.confidence import Confidence, held_out
from productops.insights.embedders import Embedder, embed
from productops.insights.features import Features
from productops.insights.linear import Linear, check_labels, likelihood_model, margin_model, side_by_side
from productops.insights.neighbours import SAMPLE, Neighbours
from productops.insights.notes import is_missing, read_texts, rows_of
from productops.insights.routes import MEANING, Explanation, Owner, Route, read_ownership, spoken, word_parts

FEW = 20  # examples per area below which logistic regression is the better one
CORRECTION = 3.0  # a person's correction counts as much as this many examples
COST_FEW, COST_MANY = 30.0, 1.0
LEXICAL = 0.3  # what the words' log odds count beside those of the embedding where examples are few
VOTES_FEW, VOTES_MANY = 0.25, 0.5  # what the nearest examples count beside the models, in standard deviations
AT_ONCE = 5_000  # notes whose table is in memory at a time


class Router:
    """Learns areas from sorted notes, sends new ones there, and says when it is not sure.

    With less than 20 examples per area (the median) it fits a logistic regression on words and groups of letters, with
    an `embedder` another on the embedding, which then has the greater say; and the name of an area counts as one
    example more, unless a digit in it tells of an id. With more examples it fits a linear support vector machine on
    words, groups of letters and the embedding together.
    With an embedder the nearest examples of every area vote besides. A fifth of the examples is first held out to learn
    how sure to be; `calibrate=False` saves that half of the time, and then every note is routed. `keep_examples=False`
    keeps no text of any note, and `learn` cannot be used.

    >>> notes = ["refund not paid", "invoice is wrong", "app crashes at start", "crash when I log in"]
    >>> router = Router(calibrate=False).fit(notes, ["billing", "billing", "mobile", "mobile"])
    >>> router.route(["it crashed again"])[0].area
    'mobile'
    """

    def __init__(
        self,
        *,
        embedder: Embedder | None = None,
        ownership: Mapping[str, Any] | Iterable[Any] | None = None,
        calibrate: bool = True,
        keep_examples: bool = True,
        seed: int = 0,
    ) -> None:
        self.embedder = embedder
        self.ownership: dict[str, Owner] = read_ownership(ownership)
        self.calibrate = calibrate
        self.keep_examples = keep_examples
        self.seed = seed
        self.examples: list[tuple[str, str, float]] = []  # text, area, weight
        self.features: Features | None = None
        self.model: Linear | None = None
        self.neighbours: Neighbours | None = None
        self.confidence: Confidence = Confidence()

    def __repr__(self) -> str:
        return f"Router({len(self.areas)} areas)" if self.model else "Router(not fitted)"

    @property
    def areas(self) -> tuple[str, ...]:
        """The areas it knows."""
        return self._fitted()[1].labels

    def fit(self, texts: Any, areas: Iterable[Any] | None = None) -> Router:
        """Learn from notes and the area of each, by default their own `area`.

        Raises ConfigError unless there are two areas, and one for every note.
        """
        texts, areas = _sorted_notes(texts, areas)
        named = check_labels(texts, areas, of="area")
        return self._learn([(text, area, 1.0) for text, area in zip(texts, named, strict=True)])

    def learn(self, texts: Any, areas: Iterable[Any] | None = None) -> Router:
        """Learn from a person's corrections: each replaces what was known of the same text, and weighs three times.

        Without `areas` the notes' own `area` counts, so the notes that somebody moved in a workspace can be handed in.
        Raises ConfigError when the router was not fitted, or keeps no examples.
        """
        self._fitted()
        if not self.examples:
            raise ConfigError("This router keeps no examples to learn on from.", remedy="Fit it again with all notes.")
        texts, areas = _sorted_notes(texts, areas)
        if len(texts) != len(areas) or not all(area and not is_missing(area) for area in areas):
            raise ConfigError("Every correction needs its area.", remedy="Give as many areas as texts.")
        fresh = {text: str(area) for text, area in zip(texts, areas, strict=True)}
        kept = [example for example in self.examples if example[0] not in fresh]
        return self._learn(kept + [(text, area, CORRECTION) for text, area in fresh.items()])

    def _learn(self, examples: list[tuple[str, str, float]]) -> Router:
        few = float(np.median(list(Counter(area for _, area, _ in examples).values()))) < FEW
        texts = [text for text, _, _ in examples]
        vectors = embed(self.embedder, texts) if self.embedder else None
        self.confidence = Confidence()
        if self.calibrate:
            train, judge = held_out([area for _, area, _ in examples], self.seed)
            if len(judge) and len({examples[place][1] for place in train}) > 1:
                judged = [examples[place] for place in judge]
                features, model, near = self._model(examples, train, vectors, few)
                told = [text for text, _, _ in judged]
                scores, nearness, _ = self._score(features, model, near, told, _rows(vectors, judge))
                self.confidence.fit(scores, model.labels, [area for _, area, _ in judged], nearness)
        self.features, self.model, self.neighbours = self._model(examples, range(len(examples)), vectors, few)
        self.examples = examples if self.keep_examples else []
        return self

    def _model(
        self, examples: Sequence[tuple[str, str, float]], rows: Sequence[int], vectors: Any, few: bool
    ) -> tuple[Features, Linear, Neighbours | None]:
        chosen, vectors = [examples[row] for row in rows], _rows(vectors, rows)
        if few and (named := spoken({area for _, area, _ in chosen})):
            chosen += named
            if self.embedder:
                vectors = np.concatenate([vectors, embed(self.embedder, [text for text, _, _ in named])])
        texts, labels, weights = zip(*chosen, strict=True)
        features = Features(embedder=self.embedder).fit(texts)
        table, weight = features.transform(texts, vectors=vectors), np.array(weights)
        if few:
            tables = [table] if vectors is None else [table[:, : features.lexical], vectors]
            shares = [1.0] if vectors is None else [LEXICAL, 1.0]
            models = [likelihood_model(one, labels, cost=COST_FEW, balanced=False, weight=weight) for one in tables]
            model = side_by_side(models, shares)
        else:
            model = margin_model(table, labels, cost=COST_MANY, balanced=False, seed=self.seed, weight=weight)
        if vectors is None:
            return features, model, None
        place = {label: column for column, label in enumerate(model.labels)}
        near = Neighbours(vectors, [place[label] for label in labels])
        return features, model, near.fit(model.scores(table[:SAMPLE]), vectors, VOTES_FEW if few else VOTES_MANY)

    def _score(
        self, features: Features, model: Linear, near: Neighbours | None, texts: Sequence[str], vectors: Any
    ) -> tuple[Any, Any, Any]:
        """The score of every text and area, how near known notes lie, and whether anything in the text is known."""
        table = features.transform(texts, vectors=vectors)
        scores, known = model.scores(table), np.array([bool(text.strip()) for text in texts], bool)
        known &= np.diff(table.indptr) > 0
        if near is None:
            return scores, None, known
        return near.added(scores, vectors), near.nearness(vectors), known

    def _fitted(self) -> tuple[Features, Linear]:
        if self.features is None or self.model is None:
            raise ConfigError("The router has not learnt anything yet.", remedy="Call fit(texts, areas) first.")
        return self.features, self.model

    def scores(self, texts: Sequence[str]) -> tuple[Any, Any]:
        """The score of every text and area, and how sure the router is of the best one (higher is surer).

        It is infinitely unsure of a text in which it knows nothing.
        """
        features, model = self._fitted()
        scores, sure = [np.zeros((0, len(model.labels)))], [np.zeros(0)]
        for start in range(0, len(texts), AT_ONCE):
            some = texts[start : start + AT_ONCE]
            vectors = embed(self.embedder, some) if self.embedder else None
            found, nearness, known = self._score(features, model, self.neighbours, some, vectors)
            scores.append(found)
            sure.append(np.where(known, self.confidence.sureness(found, nearness), -np.inf))
        return np.concatenate(scores), np.concatenate(sure)

    def route(self, texts: Any) -> list[Route]:
        """The area of every note; a note without any known word is unrouted."""
        texts = read_texts(texts)
        _, model = self._fitted()
        scores, sure = self.scores(texts)
        chances = self.confidence.chances(scores)
        unrouted = (sure < self.confidence.threshold) | np.isneginf(sure)
        best = np.argsort(-chances, axis=1, kind="stable")[:, :4]
        return [
            self._route([(model.labels[place], round(float(row[place]), 4)) for place in order], bool(shy))
            for order, row, shy in zip(best, chances, unrouted, strict=True)
        ]

    def _route(self, ranked: list[tuple[str, float]], unrouted: bool) -> Route:
        (area, confidence), *others = ranked
        owner = None if unrouted else self.ownership.get(area)
        return Route(
            area,
            confidence,
            unrouted,
            team=owner.team if owner else None,
            owner=owner.owner if owner else None,
            others=tuple(others),
        )

    def tune(self, texts: Any, areas: Iterable[Any], outside: Any) -> Router:
        """Set what counts as unsure by notes with known areas and notes that belong to none.

        The threshold is the one that decides most of them rightly: the right area, or none. Use notes that were not
        in `fit`; it replaces the default, which leaves the least sure tenth of held-out examples to a person.
        """
        texts, outside, named = read_texts(texts), read_texts(outside), [str(area) for area in areas]
        if len(texts) != len(named) or not texts or not outside:
            raise ConfigError("Tuning needs notes, an area for each, and notes that belong to no area.")
        _, model = self._fitted()
        if unseen := sorted(set(named) - set(model.labels)):
            raise ConfigError(
                f"The router never learnt {', '.join(unseen[:5])}.", remedy="Fit it with examples of every area first."
            )
        scores, sure = self.scores([*texts, *outside])
        found = [model.labels[place] for place in scores.argmax(axis=1)]
        gain = [1 if one == area else 0 for one, area in zip(found, named, strict=False)] + [-1] * len(outside)
        self.confidence.decide(sure, np.array(gain))
        return self

    def explain(self, text: str, *, area: str | None = None, top: int = 8) -> Explanation:
        """Which words, and which known notes, speak for an area (the likeliest one, unless given)."""
        features, model = self._fitted()
        area = area or self.route([text])[0].area
        if area not in model.labels:
            raise ConfigError(f"There is no area {area!r}.", remedy=f"Use one of {', '.join(model.labels[:20])}.")
        row = features.transform([text])
        weights = model.weights[model.labels.index(area)] - model.weights.mean(axis=0)
        parts = word_parts(text, features.grams.blocks, row, weights)
        if features.embedder:
            parts[MEANING] = float(row.toarray()[0, features.lexical :] @ weights[features.lexical :])
        words = sorted(parts.items(), key=lambda part: (-abs(part[1]), part[0]))[:top]
        return Explanation(
            area, tuple((word, round(part, 3)) for word, part in words), self._alike(features, row, area)
        )

    def _alike(self, features: Features, row: Any, area: str, top: int = 3) -> tuple[tuple[str, float], ...]:
        known = [text for text, one, _ in self.examples if one == area]
        if not known:
            return ()
        table = features.transform(known)
        likeness = (table @ row.T).toarray().ravel()
        full = float((row**2).sum()) or 1.0
        order = np.argsort(-likeness, kind="stable")[:top]
        return tuple((known[place], round(min(float(likeness[place]) / full, 1.0), 3)) for place in order)

    def save(self, path: str | Path) -> None:
        """Write all that was learnt into one file, without pickle. It holds the examples' texts while they are kept."""
        features, model = self._fitted()
        facts: dict[str, Any] = {
            "areas": list(model.labels),
            "embedder": self.embedder.name if self.embedder else None,
            "examples": self.examples,
            "ownership": {area: [one.team, one.owner] for area, one in self.ownership.items()},
            "calibrate": self.calibrate,
            "keep_examples": self.keep_examples,
            "seed": self.seed,
            "confidence": self.confidence.facts(),
        }
        arrays: dict[str, Any] = {
            "weights": model.weights,
            "bias": model.bias,
            **features.arrays(),
        }
        if self.neighbours:
            facts["scale"] = self.neighbours.scale
            arrays |= {"known": self.neighbours.vectors, "voters": self.neighbours.labels}
        store.save(path, "router", facts, arrays)

    @classmethod
    def load(cls, path: str | Path, *, embedder: Embedder | None = None) -> Router:
        """Read a router back; it needs the embedder it was fitted with. ConfigError for a file that is none."""
        facts, arrays = store.load(path, "router")
        store.same_embedder(facts["embedder"], embedder)
        found = cls(
            embedder=embedder,
            ownership=[{"area": k, "team": team, "owner": owner} for k, (team, owner) in facts["ownership"].items()],
            calibrate=facts["calibrate"],
            keep_examples=facts["keep_examples"],
            seed=facts["seed"],
        )
        found.examples = [(text, area, weight) for text, area, weight in facts["examples"]]
        found.features = Features(embedder=embedder)
        found.features.restore(arrays)
        found.model = Linear(tuple(facts["areas"]), arrays["weights"], arrays["bias"])
        found.confidence = Confidence.restored(facts["confidence"])
        if "known" in arrays:
            found.neighbours = Neighbours(arrays["known"], arrays["voters"], tuple(facts["scale"]))
        return found


def _sorted_notes(notes: Any, areas: Iterable[Any] | None) -> tuple[list[str], list[Any]]:
    if areas is not None:
        return read_texts(notes), list(areas)
    listed = rows_of(notes)
    own = [note.get("area") if isinstance(note, Mapping) else getattr(note, "area", None) for note in listed]
    return read_texts(listed), own


def _rows(vectors: Any, rows: Sequence[int]) -> Any:
    return None if vectors is None else vectors[list(rows)]
