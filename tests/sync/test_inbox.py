"""Conflicts go out to a file, a person fills it in, and it comes back whole or not at all."""

import pytest
import yaml

from productops.errors import ConfigError
from sync.desk import Desk


@pytest.fixture
def desk(tmp_path):
    """Three conflicts: texts with all that YAML finds special."""
    desk = Desk(tmp_path)
    for title in ("One: # 1", "Two", "Trois – été"):
        desk.left.add(summary=title, due="mon")
    desk.run()
    for number, (left, right) in enumerate([("yes", "no"), ("- a\nb: 'c'\n", "null"), ("été", "2026-01-01")], 1):
        desk.left.edit(f"left-{number}", due=left)
        desk.right.edit(f"right-{number}", Due=right)
    desk.run()
    return desk


OPEN = "\n  take:\n"


def fill(path, *answers):
    """Fill in the answers in order; ``None`` leaves a block open."""
    parts = path.read_text(encoding="utf-8").split("  take:\n")
    text = parts[0]
    for answer, rest in zip([*answers, *[None] * len(parts)], parts[1:], strict=False):
        text += f"  take: {answer}\n" if answer else "  take:\n"
        text += rest
    path.write_text(text, encoding="utf-8")


def test_the_file_shows_both_values_as_they_are(desk, tmp_path):
    path = tmp_path / "answers.yaml"
    assert desk.sync.inbox_file(path) == 3
    text = path.read_text(encoding="utf-8")
    assert "Trois – été" in text
    assert text.count("\n  take:\n") == 3
    shown = {(block["record"].split(" [")[0], block["left"], block["right"]) for block in yaml.safe_load(text)}
    assert shown == {
        ("One: # 1", "yes", "no"),
        ("Two", "- a\nb: 'c'\n", "null"),
        ("Trois – été", "été", "2026-01-01"),
    }
    assert desk.sync.answer(path) == [], "nothing filled in, nothing decided"
    assert len(desk.sync.conflicts()) == 3


def test_filled_in_answers_are_carried_out(desk, tmp_path):
    path = tmp_path / "answers.yaml"
    desk.sync.inbox_file(path)
    order = [conflict.title for conflict in desk.sync.conflicts()]
    fill(path, "left", "value\n  value: friday")
    decided = desk.sync.answer(path)
    assert [conflict.decision["take"] for conflict in decided] == ["left", "value"]
    desk.run()
    first, second, third = (desk.row(title).fields["Due"] for title in order)
    assert first == desk.item(order[0]).fields["due"]
    assert second == desk.item(order[1]).fields["due"] == "friday"
    assert third != desk.item(order[2]).fields["due"]
    assert [conflict.title for conflict in desk.sync.conflicts()] == [order[2]]


def test_every_wrong_line_is_named_and_nothing_is_decided(desk, tmp_path):
    path = tmp_path / "answers.yaml"
    desk.sync.inbox_file(path)
    fill(path, "left", "rigth", "value")
    with pytest.raises(ConfigError) as caught:
        desk.sync.answer(path)
    ids = [conflict.id for conflict in desk.sync.conflicts()]
    lines = path.read_text(encoding="utf-8").splitlines()
    told = str(caught.value)
    for id_, take in ((ids[1], "  take: rigth"), (ids[2], "  take: value")):
        assert f"line {lines.index(take) + 1}, conflict {id_}:" in told
    assert "Nothing was decided" in told
    assert len(desk.sync.conflicts()) == 3


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: text.replace(OPEN, "\n  take: left\n  take: right\n", 1), "'take' is here twice"),
        (lambda text: text.replace(OPEN, "\n  tak: left\n", 1), "'tak' is not one of"),
        (lambda text: text.replace(OPEN, "\n  take: left\n  value: x\n", 1), "a value is given"),
        (lambda text: text.replace(OPEN, "\n  value: x\n", 1), 'needs "take: value"'),
        (lambda text: text.replace(": c-", ": c-f00", 1).replace(OPEN, "\n  take: left\n", 1), "no open conflict"),
        (lambda text: text.replace(OPEN, "\n  take: [left\n", 1), "line "),
        (lambda text: text.replace(OPEN, "\n  take: value\n  value: [1, 2]\n", 1), "is no value for due"),
        (lambda text: "a: b\n", "not a list of conflicts"),
        (lambda text: "- just text\n", "not a block"),
        (lambda text: text.replace("- id: ", "- ", 1).replace("- c-", "- record: c-", 1), "twice"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(desk, tmp_path, change, reason):
    path = tmp_path / "answers.yaml"
    desk.sync.inbox_file(path)
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(ConfigError, match=reason):
        desk.sync.answer(path)
    assert len(desk.sync.conflicts()) == 3


def test_an_answer_to_values_that_moved_is_refused(desk, tmp_path):
    path = tmp_path / "answers.yaml"
    desk.sync.inbox_file(path)
    fill(path, "left", "left", "left")
    desk.left.edit("left-2", due="newer")
    desk.run()
    with pytest.raises(ConfigError, match="changed since the file was written"):
        desk.sync.answer(path)
    assert len(desk.sync.conflicts()) == 3


def test_a_missing_file_is_said(desk, tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        desk.sync.answer(tmp_path / "none.yaml")
