"""The file of jobs: what is wrong in it is told by file, line and key; nothing is asked for that."""
# ruff: noqa: E501 # a table reads best in lines

import ast
import json
import re
from pathlib import Path

import pytest
import yaml

from cli_desk import JOBS, Desk
from productops.cli import words
from productops.cli.jobs import shape
from productops.cli.jobs.book import JobBook
from productops.cli.jobs.shape import Job, JobFile, json_schema
from productops.cli.jobs.source import Source
from productops.errors import ConfigError


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


@pytest.mark.parametrize(
    ("old", "new", "key", "why"),
    [
        ('project = "PROD"', 'projekt = "PROD"', "jobs.roadmap.left.projekt", "is no setting here. Did you mean 'project'?"),
        ('match = "title"', 'mach = "title"', "jobs.roadmap.mach", "is no key here. Did you mean 'match'?"),
        ('match = "title"', 'direction = "up"', "jobs.roadmap.direction", "is 'up' and not one of 'both'"),
        ('match = "title"', 'delete_grace = "soon"', "jobs.roadmap.delete_grace", "'soon' is no duration"),
        ('match = "title"', 'match = "titel"', "jobs.roadmap.match", "names 'titel', which is not mapped on both sides"),
        ('match = "title"', 'policies = {tags = "union"}', "jobs.roadmap.policies", "'tags' is not mapped on both sides"),
        ('match = "title"', "mass_change = 30", "jobs.roadmap.mass_change", "30 is no share"),
        ('match = "title"', 'model = "RoadMapItem"', "jobs.roadmap.model", "Did you mean 'RoadmapItem'?"),
        ('match = "title"', 'model = "nowhere:Idea"', "jobs.roadmap.model", "nowhere does not import"),
        ('mapping = "rows"', 'mapping = "row"', "jobs.roadmap.right.mapping", "there is no mapping 'row'. There is: rows"),
        ('collection = "table"', 'collection = "tables"', "jobs.roadmap.right.collection", "has no 'tables'"),
        ('base = "Product"', "base = 3", "jobs.roadmap.right.base", "does not take 3"),
        ('base = "Product"\n', "", "jobs.roadmap.right.base", "is missing"),
        ('connection = "jira"', 'connection = "jirra"', "jobs.roadmap.left.connection", "no section [connections.jirra]"),
        ('token = "env:JIRA_TOKEN"', 'token = "abcdefgh"', "connections.jira.token", "a secret is not written into a file"),
        ('email = "env:JIRA_EMAIL"', 'mail = "x"', "connections.jira.mail", "is no setting here. Did you mean 'email'?"),
        ("[connections.airtable]", '[connections.airtable]\ntype = "airtables"', "connections.airtable.type", "no connector"),
        ('due = "duedate"', 'dues = "duedate"', "jobs.roadmap.left.mapping.dues", "Did you mean due"),
        ('title = "Name"', "title = {text = 3}", "mappings.rows.title", "does not say how"),
        ('state = "roadmap.db"', 'state = "postgresql://me:pass@db/x"', "state", "an address with a password"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_by_file_line_and_key(tmp_path, old, new, key, why):
    text = JOBS.replace(old, new, 1)
    assert text != JOBS
    path = tmp_path / "productops.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as raised:
        JobBook.read(path)
    told = str(raised.value)
    assert f" [{key}]: " in told
    assert why in told
    line = int(re.search(rf"productops\.toml, line (\d+) \[{re.escape(key)}\]:", told)[1])
    if new:
        assert line == line_of(text, new.splitlines()[-1])
    else:  # what is missing is told at the table it is missing from
        assert line == line_of(text, "[jobs.roadmap.right]")
    assert "abcdefgh" not in told


def test_what_is_missing_is_told_with_what_was_probably_meant(tmp_path):
    path = tmp_path / "productops.toml"
    path.write_text(JOBS.replace('connection = "jira"', 'conection = "jira"', 1))
    with pytest.raises(ConfigError, match=r"is missing\. Is 'conection' meant to be 'connection'"):
        JobBook.read(path)


def test_all_mistakes_are_told_at_once_in_order(tmp_path):
    text = JOBS.replace('project = "PROD"', 'projekt = "PROD"').replace('base = "Product"', "bass = 3")
    (tmp_path / "productops.toml").write_text(text)
    with pytest.raises(ConfigError) as raised:
        JobBook.read(tmp_path / "productops.toml")
    lines = [int(number) for number in re.findall(r"line (\d+)", str(raised.value))]
    assert len(lines) == 4  # two that nobody knows, two that are missing
    assert lines == sorted(lines)


def test_all_that_is_missing_outside_of_the_file_is_told_at_once(tmp_path, monkeypatch):
    for name in ("JIRA_URL", "JIRA_EMAIL", "JIRA_TOKEN", "AIRTABLE_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "productops.toml").write_text(JOBS)
    with pytest.raises(ConfigError) as raised:
        JobBook.read(tmp_path / "productops.toml").sync("roadmap")
    told = [name for name in ("JIRA_URL", "JIRA_EMAIL", "JIRA_TOKEN", "AIRTABLE_TOKEN") if name in str(raised.value)]
    assert len(told) == 4
    assert len(str(raised.value).splitlines()) == 4


def test_a_file_that_begins_with_a_mark_is_read_and_a_folder_stands_for_its_file(tmp_path):
    (tmp_path / "productops.toml").write_text(JOBS, encoding="utf-8-sig")
    assert JobBook.read(tmp_path).names == ["roadmap"]
    with pytest.raises(ConfigError, match=r"There is no other\.toml in /"):
        JobBook.read(tmp_path / "other.toml")


FILES = """\
state = "ideas.db"
[connections.files]
[jobs.ideas.left]
connection = "files"
collection = "csv"
path = "ideas.csv"
key = "No"
[jobs.ideas.left.mapping]
title = "Title"
[jobs.ideas.right]
connection = "files"
collection = "csv"
path = "other.csv"
key = "No"
[jobs.ideas.right.mapping]
title = "Title"
"""


def test_paths_count_from_the_files_folder_wherever_the_command_runs(tmp_path, monkeypatch):
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
    (there / "productops.toml").write_text(FILES)
    (there / "ideas.csv").write_text("No,Title\n1,Pay by invoice\n")
    (there / "other.csv").write_text("No,Title\n")
    monkeypatch.chdir(here)
    assert JobBook.read(there).sync("ideas").run().created == {"left": 0, "right": 1}
    monkeypatch.chdir(there)
    assert not JobBook.read().sync("ideas").run().writes
    assert list(here.iterdir()) == []
    (there / "ideas.csv").unlink()
    with pytest.raises(ConfigError, match=re.escape(f"It was looked for in {there}.")):
        JobBook.read(there).sync("ideas").plan()


def test_broken_toml_names_its_line(tmp_path):
    (tmp_path / "productops.toml").write_text(JOBS.replace('"title"', "title", 1))
    with pytest.raises(ConfigError, match=f"line {line_of(JOBS, 'match')}"):
        JobBook.read(tmp_path / "productops.toml")


def test_lines_of_values_that_span_several(tmp_path):
    text = 'a = 1\n\n# words\nlist = [\n  1,\n  2,\n]\nlast = """\nx\n"""\n[t]\nb = 2\n[[many]]\nc = 3\n'
    source = Source(tmp_path / "x.toml", text)
    found = {place: source.lines[place] for place in [("a",), ("last",), ("t",), ("t", "b"), ("many", 0, "c")]}
    assert found == {("a",): 1, ("last",): 8, ("t",): 11, ("t", "b"): 12, ("many", 0, "c"): 14}
    assert source.line(("list", 1)) in range(3, 8)


def test_a_mapping_in_a_file_of_its_own_is_told_by_that_file(tmp_path):
    (tmp_path / "productops.toml").write_text(JOBS.replace('mapping = "rows"', 'mapping = "rows.yaml"'))
    (tmp_path / "rows.yaml").write_text("# ours\ntitle: Name\nstaus: {choice: Stage, options: {idea: Inbox}}\n")
    with pytest.raises(ConfigError, match=r"rows\.yaml, line 3 \[staus\]: .*Did you mean status"):
        JobBook.read(tmp_path / "productops.toml")
    (tmp_path / "rows.yaml").write_text("title: [\n")
    with pytest.raises(ConfigError, match=r"rows\.yaml, line"):
        JobBook.read(tmp_path / "productops.toml")


def test_a_model_and_mappings_of_ones_own(desk: Desk):
    (desk.folder / "ideas.py").write_text("from pydantic import BaseModel\n\nclass Idea(BaseModel):\n    what: str\n")
    (desk.folder / "rows.toml").write_text('[Idea]\nwhat = "Name"\n')
    text = JOBS.replace('match = "title"', 'match = "what"\nmodel = "ideas:Idea"')
    start, end = text.index("[jobs.roadmap.left.mapping]"), text.index("[jobs.roadmap.right]")
    text = text[:start] + '[jobs.roadmap.left.mapping]\nwhat = "summary"\n\n' + text[end:]
    desk.write(
        text.replace('mapping = "rows"', 'mapping = "rows.toml"').replace("[mappings.rows]\n", "[mappings.old]\n")
    )
    desk.make_issues("Mine")
    assert desk.run("run").code == 0
    assert desk.titles() == ["Mine"]


def test_the_ready_made_mapping_is_the_default(tmp_path):
    text = JOBS.replace('mapping = "rows"\n', "")
    (tmp_path / "productops.toml").write_text(text)
    book = JobBook.read(tmp_path / "productops.toml")
    assert book.file.jobs["roadmap"].right.mapping == "shipped"


def test_secrets_come_from_the_keyring(tmp_path, monkeypatch):
    import keyring

    monkeypatch.setattr(
        keyring, "get_password", lambda service, user: {"jira/ines": "keyring-word"}.get(f"{service}/{user}")
    )
    text = JOBS.replace('"env:JIRA_TOKEN"', '"keyring:jira/ines"').replace('"env:JIRA_URL"', '"https://x.example"')
    text = text.replace('"env:JIRA_EMAIL"', '"ines@example.com"')
    (tmp_path / "productops.toml").write_text(text)
    account = JobBook.read(tmp_path / "productops.toml").account("jira")
    assert account._token.reveal() == "keyring-word"
    assert "keyring-word" not in repr(account)
    (tmp_path / "productops.toml").write_text(text.replace("jira/ines", "jira/nobody"))
    with pytest.raises(ConfigError, match=r"line 6 \[connections\.jira\.token\]: The keyring holds no password"):
        JobBook.read(tmp_path / "productops.toml").account("jira")


def test_the_schema_for_editors_is_the_models(tmp_path, capsys):
    from productops.cli.app import run

    assert run(["schema"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json_schema()
    shipped = Path(shape.__file__).with_name("productops.schema.json")
    assert shipped.read_text() == json.dumps(printed, indent=2, ensure_ascii=False) + "\n", "productops schema > it"
    assert set(printed["properties"]) == set(JobFile.model_fields)
    job = printed["$defs"]["Job"]
    assert job["additionalProperties"] is False
    assert job["properties"]["direction"]["enum"] == ["both", "left_to_right", "right_to_left"]
    assert yaml.safe_load(yaml.safe_dump(printed)) == printed


def test_the_page_shows_a_file_that_is_right_and_every_command(tmp_path):
    from productops.cli.app import VERBS

    page = (Path(__file__).parents[3] / "docs/reference/jobs.md").read_text(encoding="utf-8")
    (tmp_path / "productops.toml").write_text(re.search(r"```toml\n(.*?)```", page, re.DOTALL)[1])
    book = JobBook.read(tmp_path / "productops.toml")
    assert book.names == ["roadmap"]
    assert {f"productops {verb}" for verb in VERBS} <= set(re.findall(r"productops [a-z-]+", page))
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^productops ([a-z-]+)", readme, re.MULTILINE)) <= {*VERBS, "demo", "sandbox"}
    ours = set(re.findall(r"[a-z_]+", page))
    assert set(JobFile.model_fields) | set(Job.model_fields) <= ours


CLI = Path(shape.__file__).parents[1]
OURS = ("jobs", "verbs/apply.py", "verbs/check.py", "verbs/conflicts.py", "verbs/explain.py", "verbs/new_connector.py",
        "verbs/plan.py", "verbs/run.py", "verbs/undo.py", "speaking.py", "words")  # fmt: skip


def sentences():
    """Return the sentences that say(), errors and mistakes are given, with braces where values stand."""
    files = [path for name in OURS for path in ((CLI / name).rglob("*.py") if "." not in name else [CLI / name])]
    for path in files:
        for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
            name = ast.unparse(call.func)
            if name == "say":
                yield from texts(call.args[:1])
            elif name.endswith("Error") or name == "Mistake":
                found = call.args[1:] if name == "Mistake" else call.args[:1]
                yield from texts([*found, *(one.value for one in call.keywords if one.arg == "remedy")])


def texts(nodes):
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.value
        elif isinstance(node, ast.JoinedStr) and any(isinstance(part, ast.Constant) for part in node.values):
            parts = [part.value if isinstance(part, ast.Constant) else "x7" for part in node.values]
            if " " in "".join(parts):
                yield "".join(parts)
        elif isinstance(node, ast.IfExp):
            yield from texts([node.body, node.orelse])


def test_every_sentence_of_these_commands_has_its_french():
    found = sorted(one for one in set(sentences()) if len(re.findall(r"[a-z]{2,}", re.sub(r"x7|{\w+}", "", one))) > 1)
    assert len(found) > 60
    words.speak("fr")
    try:
        whole = [one for one in found if not one.startswith("x7 Write it as type")]  # put together from two
        lost = [one for one in whole if one not in words._catalogue("fr") and words.translated(one) == one]
    finally:
        words.speak("en")
        words.missing.clear()
    assert lost == []
