"""Files keep the laws of a collection, whatever their form."""

from pathlib import Path

import pytest

from productops.connectors import Files
from productops.testing.contract import CollectionContract, Subject


class TestCsv(CollectionContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> Subject:
        (tmp_path / "ideas.csv").write_text("Key,Name,Effort\nown-1,There before,2\n", encoding="utf-8")
        ideas = Files(tmp_path).csv("ideas.csv", key="Key", types={"Effort": "number"})
        return Subject(ideas, title="Name", other="Effort", value=3)


class TestSemicolonsWithMark(CollectionContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> Subject:
        (tmp_path / "idées.csv").write_text('"Clé";"Nom";"Fini"\r\n"7";"Déjà";"oui"\r\n', encoding="utf-8-sig")
        ideas = Files(tmp_path).csv("idées.csv", key="Clé", types={"Fini": "bool"})
        return Subject(ideas, title="Nom", other="Fini", value=True)


class TestJsonLines(CollectionContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> Subject:
        (tmp_path / "ideas.jsonl").touch()
        ideas = Files(tmp_path).jsonl("ideas.jsonl", key="key", types={"name": "text", "labels": "labels"})
        return Subject(ideas, title="name", other="labels", value=["a, b", "c"])
