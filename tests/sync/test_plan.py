"""A plan is a value: it reads well, saves, loads, and knows whether there is anything to do."""

import json

import pytest

from productops.errors import ConfigError
from productops.sync.plan import Change, Conflict, Plan, Spool, Write


def make(*changes, **more):
    plan = Plan(
        sync="roadmap", id="plan-1", lineage="l", serial=3, config="{}", created=1.0,
        names={"left": "PROD", "right": "Roadmap"}, **more,
    )  # fmt: skip
    for change in changes:
        plan.add(change)
    return plan


def create(number=1, title="Dark mode", **more):
    labels = {"left": {"key": f"PROD-{number}", "url": f"https://jira.example.com/browse/PROD-{number}"}}
    return Change(
        f"m{number}",
        "create",
        title,
        {"left": str(number)},
        labels,
        [Write("right", "create", {"title": title})],
        **more,
    )


def update(field="title", old="a", new="b"):
    return Change(
        "u",
        "update",
        "Idea",
        {},
        {"left": {"key": "PROD-7"}},
        [Write("right", "update", {field: new}, {field: ["h", old]})],
    )


def conflict(number=1):
    return Conflict(f"c-{number}", "m", "due", "both changed", "Idea", "mon", "tue", "wed", {"left": {"key": "PROD-7"}})


@pytest.mark.parametrize(
    ("plan", "sentence"),
    [
        (make(), "Nothing to do."),
        (make(create()), "Create 1 in Roadmap."),
        (make(create(), create(2), update()), "Create 2 and change 1 in Roadmap."),
        (make(Change("l", "link")), "Link 1 pairs that already exist."),
        (make(conflicts=[conflict()]), "Nothing to do: 1 conflict needs a decision."),
        (
            make(create(), conflicts=[conflict(1), conflict(2)], problems=["x"]),
            "Create 1 in Roadmap: 2 conflicts need a decision and 1 problem to read.",
        ),
    ],
)  # fmt: skip
def test_it_opens_with_one_sentence(plan, sentence):
    assert plan.summary() == sentence
    assert str(plan).splitlines()[0] == sentence


def test_it_is_true_only_when_there_is_something_to_do():
    assert make(create())
    assert make(Change("l", "link"))
    assert not make()
    assert not make(Change("a", "agree"), conflicts=[conflict()])


def test_it_names_records_by_title_key_and_link_and_says_what_changes():
    text = str(make(create(), update()))
    assert "Dark mode [PROD-1]  create in Roadmap  https://jira.example.com/browse/PROD-1" in text
    assert "Idea [PROD-7]  in Roadmap: title: a → b" in text


def test_long_plans_say_how_much_they_leave_out():
    assert "… and 30 more" in str(make(*(create(number) for number in range(50))))


def test_conflicts_show_both_values():
    text = str(make(conflicts=[conflict()]))
    assert "c-1  Idea [PROD-7] due: left says tue, right says wed (last agreed: mon)" in text


def test_its_html_cannot_be_broken_into_and_links_only_to_the_web():
    bad = create(title="<script>alert(1)</script>")
    bad.labels["left"]["url"] = "javascript:alert(1)"
    page = make(bad, create(2), problems=["<img src=x>"])._repr_html_()
    assert "<script" not in page
    assert "<img" not in page
    assert "javascript:" not in page
    assert '<a href="https://jira.example.com/browse/PROD-2">PROD-2</a>' in page


def test_its_page_is_in_the_language_of_notebooks(monkeypatch):
    plan = make(create(), conflicts=[conflict()], blocked=["b"])
    english = plan._repr_html_()
    assert "<th>Title</th>" in english
    assert "Nothing will be written:" in english
    monkeypatch.setenv("PRODUCTOPS_LANG", "fr_FR.UTF-8")
    french = plan._repr_html_()
    assert "<th>Titre</th>" in french
    assert "Rien ne sera écrit" in french
    assert "create in" not in french
    monkeypatch.setenv("PRODUCTOPS_LANG", "en")
    assert plan._repr_html_() == english


def test_a_long_page_says_how_much_there_is():
    assert "The first 20 of 50." in make(*(create(number) for number in range(50)))._repr_html_()


def test_it_saves_and_loads_without_loss(tmp_path):
    plan = make(create(), update(new="é🙂\n"), conflicts=[conflict()], problems=["p"], blocked=["b"])
    path = tmp_path / "plan.json"
    text = plan.to_json(path)
    for loaded in (Plan.from_json(text), Plan.from_json(path)):
        assert loaded.to_json() == text
        assert [change.to_json() for change in loaded.changes] == [change.to_json() for change in plan.changes]
    assert Plan.from_json(make().to_json()).summary() == "Nothing to do."


@pytest.mark.parametrize("damage", ["{\n", '{"format": 1}\n', "[]\n"])
def test_what_is_no_plan_is_refused(damage):
    with pytest.raises(ConfigError, match="not a plan"):
        Plan.from_json(damage)


def test_a_plan_whose_changes_were_edited_is_refused():
    data = json.loads(make(create(), create(2)).to_json())
    data["changes"].pop()
    with pytest.raises(ConfigError, match="edited"):
        Plan.from_json(json.dumps(data, indent=1))


def test_a_spool_moves_to_disk_and_is_read_as_often_as_one_likes():
    spool = Spool(limit=2_000)
    for number in range(500):
        spool.append(create(number))
    assert spool._file._rolled, "it went to disk"
    first = [change.link for change in spool]
    spool.append(create(500))
    assert [change.link for change in spool] == [*first, "m500"]
    assert len(spool) == 501
