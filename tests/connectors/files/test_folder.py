"""A folder of Markdown files: fields in front of the text, and nothing else is touched."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from productops import Mapping, Sync, choice, markdown
from productops.connectors import Files, Memory
from productops.connectors.files.frontmatter import Page
from productops.errors import ConfigError, RejectedError
from productops.sdk.record import Draft, Patch, Record
from productops.testing.contract import CollectionContract, Subject

PAGE = (
    "---\n"
    "# who reads this?\n"
    "title:   Dark mode   # the working title\n"
    "due: 2026-12-31\n"
    "tags:\n"
    "- night\n"
    "- eyes\n"
    "\n"
    "'odd key': {a: 1}\n"
    "# the end\n"
    "---\n"
    "\n"
    "Why people *ask* for it.\n"
)


class TestFolder(CollectionContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> Subject:
        (tmp_path / "plans").mkdir()
        (tmp_path / "plans" / "own.md").write_text(PAGE, encoding="utf-8")
        kinds: Any = {"effort": "number"}
        return Subject(Files(tmp_path).folder("plans", types=kinds), title="title", other="effort", value=3)


def write(folder: Path, text: str = PAGE, name: str = "dark.md") -> Any:
    (folder / name).write_bytes(text.encode())
    kinds: Any = {"due": "date", "tags": "labels"}
    return Files(folder).folder(".", types=kinds)


def test_a_file_is_read_in_its_parts(tmp_path: Path) -> None:
    (record,) = write(tmp_path).scan()
    assert (record.id, record.marker) == ("dark.md", None)
    assert record.fields == {
        "title": "Dark mode",
        "due": date(2026, 12, 31),
        "tags": ["night", "eyes"],
        "odd key": '{"a": 1}',
        "body": "Why people *ask* for it.",
    }


@pytest.mark.parametrize(
    ("values", "old", "new"),
    [
        ({"due": date(2027, 1, 2)}, "due: 2026-12-31\n", "due: 2027-01-02\n"),
        ({"tags": ["night"]}, "tags:\n- night\n- eyes\n\n", "tags:\n- night\n"),
        ({"title": "a: b # c"}, "title:   Dark mode   # the working title\n", "title: 'a: b # c'\n"),
        ({"due": None}, "due: 2026-12-31\n", "due:\n"),
        ({"body": "New\n\ntext"}, "---\n\nWhy people *ask* for it.\n", "---\nNew\n\ntext\n"),
        ({"title": "Dark mode", "body": "Why people *ask* for it."}, "", ""),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_only_the_field_that_changes_changes(tmp_path: Path, values: Any, old: str, new: str, newline: str) -> None:
    folder = write(tmp_path, PAGE.replace("\n", newline))
    (done,) = folder.update([Patch("dark.md", values)])
    assert isinstance(done, Record)
    assert (tmp_path / "dark.md").read_bytes().decode() == PAGE.replace(old, new, 1).replace("\n", newline)
    shown = next(folder.scan()).fields
    assert {name: shown[name] for name in values} == values


def test_new_files_are_named_after_their_title_and_carry_the_key(tmp_path: Path) -> None:
    folder = write(tmp_path)
    made = folder.create(
        [
            Draft({"title": "Dark Möde!"}, "m1"),
            Draft({"title": "Dark mode", "body": "---\nx"}, "m2"),
            Draft({"title": "日本"}, "m3"),
        ]
    )
    assert [one.id for one in made] == ["dark-mode.md", "dark-mode-2.md", "untitled.md"]
    assert (tmp_path / "dark-mode-2.md").read_text(
        encoding="utf-8"
    ) == "---\ntitle: Dark mode\nsync_key: m2\n---\n---\nx\n"
    assert folder.get(["dark-mode-2.md"])["dark-mode-2.md"].fields["body"] == "---\nx"
    assert not [each for each in tmp_path.iterdir() if each.name.startswith(".")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("---\ntitle: x\n", "has no end"),
        ("---\n- a\n---\n", "is no list of fields"),
        ("---\na: b\n  c: [\n---\n", "line 3"),
    ],
)
def test_a_broken_front_matter_is_told_with_its_file(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(RejectedError, match=rf"dark\.md.*{said}"):
        list(write(tmp_path, text).scan())
    with pytest.raises(ConfigError, match="is no folder"):
        Files(tmp_path).folder("none").schema()


WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=40)


@given(
    name=WORDS,
    values=st.lists(
        st.one_of(WORDS, st.integers(), st.booleans(), st.dates(), st.lists(WORDS, min_size=1)), min_size=1
    ),
)
def test_whatever_is_set_is_read_again_and_the_rest_stays(name: str, values: list[Any]) -> None:
    page = Page.parse(PAGE)
    if name in page.fields or name == "body":
        return
    for value in values:
        page.set(name, value)
        again = Page.parse(page.text())
        assert again.fields == {**Page.parse(PAGE).fields, name: value}
        assert again.body == page.body


class Idea(BaseModel):
    title: str
    text: str | None = None
    stage: str | None = None


def test_a_table_and_a_folder_kept_equal(tmp_path: Path) -> None:
    (tmp_path / "ideas").mkdir()
    table = Memory().collection("Ideas", {"Name": "text", "Notes": "markdown", "Stage": ["New", "Done"]})
    here = Mapping(Idea, title="Name", text=markdown("Notes"), stage=choice("Stage", new="New", done="Done"))
    there = Mapping(Idea, title="title", text=markdown("body"), stage=choice("stage", new="new", done="done"))
    folder = Files(tmp_path).folder("ideas")
    sync = Sync("ideas", left=here.on(table), right=there.on(folder), state=tmp_path / "s.db")
    row = table.add(Name="Dark mode", Notes="# Why\n\n- eyes", Stage="New")
    sync.run()
    path = tmp_path / "ideas" / "dark-mode.md"
    text = path.read_text(encoding="utf-8")
    assert text.startswith("---\ntitle: Dark mode\nstage: new\nsync_key: ")
    assert text.endswith("---\n# Why\n\n- eyes\n")
    assert not sync.plan()
    path.write_text(
        text.replace("stage: new", "stage: done  # at last").replace("- eyes", "- eyes\n- night"), encoding="utf-8"
    )
    sync.run()
    assert table.rows[row.id].fields["Stage"].name == "Done"
    assert table.rows[row.id].fields["Notes"] == "# Why\n\n- eyes\n- night"
    table.edit(row.id, Name="Darker mode")
    sync.run()
    assert "title: Darker mode\nstage: done  # at last\n" in path.read_text(encoding="utf-8")
    assert not sync.plan()
    sync.state.engine.dispose()
