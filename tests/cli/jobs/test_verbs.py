"""The verbs on the loopback sandbox, as a user runs them."""

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from cli_desk import JOBS, Desk
from productops.cli import words
from productops.cli.jobs.book import JobBook
from productops.cli.words import explanations, plans
from productops.sdk.record import Draft
from productops.sync.plan import Plan


def clash(desk: Desk, title: str = "One") -> None:
    """Make one issue, sync it, and edit its title on both sides, differently."""
    (issue,) = desk.make_issues(title)
    assert desk.run("run").code == 0
    name = desk.table.schema().field("Name").id
    row = next(record for record in desk.table.scan() if record.fields[name] == title)
    desk.edit(desk.issues, issue, "summary", f"{title} from Jira")
    desk.edit(desk.table, row.id, "Name", f"{title} from Airtable")


def test_from_check_to_a_second_run_that_does_nothing(desk):
    desk.make_issues("One", "Two", "Three")
    checked = desk.run("check", "--json")
    assert (checked.code, checked.err) == (0, "")
    assert set(checked.json["connections"]) == {"jira", "airtable"}
    assert all(part["ok"] for part in checked.json["connections"].values())
    assert not (desk.folder / "roadmap.db").exists()  # checking leaves no memory behind
    planned = desk.run("plan")
    assert planned.code == 0
    assert planned.out.startswith("Create 3 in Roadmap.\n")
    assert desk.titles() == []
    assert desk.run("run").out == "roadmap: created 3 right\n"
    assert desk.titles() == ["One", "Three", "Two"]
    before = desk.sandbox.airtable.counts.copy()
    again = desk.run("run", "--json")
    assert (again.code, again.json[0]["created"]) == (0, {"left": 0, "right": 0})
    sent = {call for call, count in (desk.sandbox.airtable.counts - before).items() if call[0] != "GET" and count}
    assert sent == set()


def test_a_plan_is_saved_and_applied_once(desk):
    desk.make_issues("One")
    assert desk.run("plan", "--save", "plan.json").code == 0
    assert desk.titles() == []
    done = desk.run("apply", "plan.json", "--json")
    assert (done.code, done.json["created"]["right"]) == (0, 1)
    again = desk.run("apply", "plan.json", "--json")
    assert (again.code, again.json["error"], desk.titles()) == (4, "StaleError", ["One"])
    missing = desk.run("apply", "absent.json")
    assert (missing.code, missing.out) == (2, "")
    (desk.folder / "bad.json").write_text("{}\n")
    assert desk.run("apply", "bad.json").code == 2


def test_a_fresh_conflict_is_one_and_an_old_one_nought(desk):
    clash(desk)
    first = desk.run("run")
    assert first.code == 1
    assert "conflicts open: 1" in first.out
    assert desk.run("run").code == 0  # told before
    assert desk.run("run", "--known").code == 1
    assert desk.run("plan").code == 0
    assert desk.run("plan", "--known").code == 1


def test_a_conflict_is_listed_shown_and_settled(desk):
    clash(desk)
    desk.run("run")
    listed = desk.run("conflicts", "list", "--json").json
    (id_,) = [one["id"] for one in listed]
    shown = desk.run("conflicts", "show", id_).out
    assert "One from Jira" in shown
    assert "One from Airtable" in shown
    assert desk.run("conflicts", "resolve", id_, "middle").code == 2
    assert desk.run("conflicts", "resolve", "c-none", "left").code == 2
    assert desk.run("conflicts", "resolve", id_, "value").code == 2
    settled = desk.run("conflicts", "resolve", id_, "value", "One for all")
    assert (settled.code, settled.out.startswith(f"{id_} is decided")) == (0, True)
    assert desk.run("run").code == 0
    assert desk.titles() == ["One for all"]
    assert desk.run("conflicts", "list").out == "No conflicts.\n"
    kept = desk.run("conflicts", "list", "--closed", "--json").json
    assert {kept[0]["left"], kept[0]["right"]} == {"One from Jira", "One from Airtable"}  # the losers are kept


def test_conflicts_are_answered_in_a_file(desk):
    clash(desk)
    desk.run("run")
    assert desk.run("conflicts", "file", "open.yaml").out == "1 open conflict is in open.yaml.\n"
    path = desk.folder / "open.yaml"
    assert desk.run("conflicts", "answer", "open.yaml").out == 'No decision was taken: no "take:" is filled in.\n'
    path.write_text(path.read_text().replace("take:\n", "take: sideways\n"))
    wrong = desk.run("conflicts", "answer", "open.yaml")
    assert (wrong.code, "sideways" in wrong.err) == (2, True)
    again = desk.run("conflicts", "file", "open.yaml")
    assert (again.code, "Give it to productops conflicts answer first" in again.err) == (2, True)
    assert "sideways" in path.read_text()  # what somebody wrote is not written over
    path.write_text(path.read_text().replace("take: sideways", "take: right"))
    assert desk.run("conflicts", "answer", "open.yaml", "--json").json[0]["decision"]["take"] == "right"
    assert desk.run("run").code == 0
    assert desk.titles() == ["One from Airtable"]
    assert "[closed, right]" in desk.run("conflicts", "list", "--closed").out
    assert desk.run("conflicts", "file", "open.yaml").code == 0  # its decisions were taken
    kept = (desk.folder / "productops.toml").read_text()
    assert desk.run("conflicts", "file", "productops.toml").code == 2
    assert (desk.folder / "productops.toml").read_text() == kept


def test_a_run_is_explained_and_taken_back(desk):
    desk.make_issues("One")
    desk.run("run")
    told = desk.run("explain", "PROD-1", "title")
    assert "the record was made from the one in PROD Story issues" in told.out
    assert desk.run("explain", "PROD-9", "title").code == 4
    unknown = desk.run("explain", "PROD-1", "nonsense")
    assert (unknown.code, "Those that are: title, " in unknown.err) == (2, True)
    (run,) = [one["run"] for one in desk.run("undo", "--json").json["runs"]]
    shown = desk.run("undo", run)
    assert "Nothing was written. Add --yes" in shown.out or "which has no trash" in shown.out
    assert desk.run("undo", "plan-none").code == 2
    desk.run("undo", run, "--save", "undo.json")
    assert Plan.from_json(desk.folder / "undo.json").sync == "roadmap"


def test_runs_that_wrote_nothing_are_counted_and_not_listed(desk):
    assert desk.run("undo").out == "No run has written anything yet.\n"
    for _ in range(2):
        desk.run("run")
    assert desk.run("undo").out == "No run has written anything yet.\n2 runs wrote nothing and are not listed.\n"
    desk.make_issues("One")
    desk.run("run")
    desk.run("run")
    told = desk.run("undo").out.splitlines()
    assert len(told) == 2
    assert "created 1 right" in told[0]
    assert told[1] == "3 runs wrote nothing and are not listed."
    short, full = desk.run("undo", "--json").json, desk.run("undo", "--all", "--json").json
    assert (len(short["runs"]), short["left_out"]) == (1, 3)
    assert (len(full["runs"]), full["left_out"]) == (4, 0)
    assert len(desk.run("undo", "--all").out.splitlines()) == 4


def test_an_edit_is_undone(desk):
    (issue,) = desk.make_issues("One")
    desk.run("run")
    desk.edit(desk.issues, issue, "summary", "Uno")
    run = desk.run("run", "--json").json[0]["run"]
    assert desk.titles() == ["Uno"]
    assert desk.run("undo", run).code == 0
    assert desk.titles() == ["Uno"]
    undone = desk.run("undo", run, "--yes")
    assert (undone.code, "stays as it is until somebody edits it" in undone.out) == (0, True)
    assert desk.titles() == ["One"]


def test_a_wrong_token_is_the_users_to_mend(desk, monkeypatch):
    monkeypatch.setenv("JIRA_TOKEN", "wrong-horse-battery")
    for verb in ("check", "plan", "run"):
        said = desk.run(verb)
        assert said.code == 2
        assert "oken" in said.err
        assert "wrong-horse-battery" not in said.out + said.err
        assert "Traceback" not in said.err
    as_json = desk.run("run", "roadmap", "--json")
    assert (as_json.code, as_json.json["error"]) == (2, "AuthError")
    monkeypatch.delenv("JIRA_TOKEN")
    missing = desk.run("run")
    assert missing.code == 2
    assert (
        "productops.toml, line 6 [connections.jira.token]: The environment variable JIRA_TOKEN is not set"
        in missing.err
    )


def test_a_right_that_a_job_needs_and_has_not(desk):
    account = desk.sandbox.airtable.service
    for name, token in account.tokens.items():
        account.tokens[name] = replace(token, permission="read")
    checked = desk.run("check")
    assert checked.code == 1
    assert "This account may only read the base" in checked.out
    desk.write(JOBS.replace('match = "title"', 'direction = "right_to_left"'))
    assert desk.run("check").code == 0  # nothing is to be written there
    desk.write()
    desk.make_issues("One")
    refused = desk.run("run")
    assert (refused.code, "data.records:write" in refused.err) == (2, True)
    assert desk.titles() == []


def rename(desk, old, new):
    world = desk.sandbox.airtable.service.world
    fields = [field for base in world.bases.values() for table in base.tables for field in table.fields]
    next(field for field in fields if field.name == old).name = new


def test_a_renamed_field_is_no_change_and_told_once(desk):
    desk.make_issues("One")
    desk.run("run")
    rename(desk, "Name", "Heading")
    checked = desk.run("check")
    assert checked.code == 1
    assert checked.out.count("Heading") == 1, checked.out  # one thing, one line
    assert "'Name' is now called 'Heading'" in checked.out
    assert desk.run("run", "--full").code == 1  # news
    assert desk.run("run", "--full").code == 0  # told
    assert desk.run("check").code in (0, 1)
    assert [record.id for record in desk.table.scan()]


def test_a_name_that_was_corrected_after_a_rename_is_known_at_once(desk):
    desk.make_issues("One")
    desk.run("run")
    rename(desk, "Name", "Heading")
    assert desk.run("run").code == 0  # what the table said of itself is remembered for an hour
    desk.write(JOBS.replace('title = "Name"', 'title = "Heading"'))
    assert desk.run("run").err == ""
    assert desk.run("run").out == "roadmap: nothing to do\n"


def test_a_field_that_is_not_there_is_named(desk):
    desk.write(JOBS.replace('due = "Target date"', 'due = "Target day"'))
    said = desk.run("check")
    assert said.code == 2
    assert "'Target day'" in said.err
    assert "Target date" in said.err


def test_two_runs_at_once_make_no_twins(desk):
    titles = [f"No. {number:02}" for number in range(30)]
    desk.make_issues(*titles)
    runs = [desk.start("run", "--json", "--wait", "30") for _ in range(2)]
    said = [(*process.communicate(timeout=60), process.returncode) for process in runs]
    assert desk.titles() == titles
    assert min(code for *_, code in said) == 0, said
    assert all(code in (0, 3, 4) for *_, code in said), said  # done, or another run was at work
    assert all("Traceback" not in err for _, err, _ in said)
    assert desk.run("run").out == "roadmap: nothing to do\n"


def _watch(terminal: int, shown: list[bytes]) -> None:
    with contextlib.suppress(OSError):  # the end of a terminal that nobody holds any more
        while part := os.read(terminal, 65_536):
            shown.append(part)


def test_progress_is_shown_on_a_terminal_and_nowhere_else(desk):
    pty = pytest.importorskip("pty")
    desk.make_issues(*[f"No. {number:03}" for number in range(20)])
    ours, theirs = pty.openpty()
    shown: list[bytes] = []
    watching = threading.Thread(target=_watch, args=(ours, shown), daemon=True)  # a terminal that nobody reads fills up
    watching.start()
    command = [sys.executable, "-m", "productops", "run"]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
    with subprocess.Popen(command, cwd=desk.folder, stdout=subprocess.PIPE, stderr=theirs, env=environment) as process:
        os.close(theirs)
        out = process.communicate(timeout=60)[0]
    watching.join(10)
    os.close(ours)
    assert b"create in Roadmap" in b"".join(shown)
    assert out == b"roadmap: created 20 right\n"
    elsewhere = desk.start("run", "--full")
    out, err = elsewhere.communicate(timeout=60)
    assert (out, err) == ("roadmap: nothing to do\n", "")


def test_one_job_that_fails_keeps_no_other_from_running(desk):
    more = JOBS[JOBS.index("[jobs.roadmap]") :].replace("jobs.roadmap", "jobs.other")
    desk.write(
        JOBS
        + more.replace('project = "PROD"', 'project = "NONE"').replace("[jobs.other]", '[jobs.other]\nstate = "o.db"')
    )
    text = (desk.folder / "productops.toml").read_text()
    first, second = text.index("[jobs.roadmap]"), text.index("[jobs.other]")
    desk.write(text[:first] + text[second:] + "\n" + text[first:second])  # the broken one comes first
    desk.make_issues("One")
    said = desk.run("run", "--json")
    assert [one["sync"] for one in said.json] == ["other", "roadmap"]
    assert said.code not in (0, 1)
    assert "error" in said.json[0]
    assert said.json[1]["created"]["right"] == 1
    assert desk.run("plan", "--save", "x.json").code == 2  # which job?
    assert desk.run("run", "nowhere").code == 2


def test_two_full_sides_ask_how_to_meet(desk):
    desk.write(JOBS.replace('match = "title"\n', ""))
    desk.make_issues("One", "Two")
    desk.table.create([Draft({desk.table.schema().field("Name").id: "One"})])
    refused = desk.run("run")
    assert refused.code == 6
    assert "productops plan --adopt left" in refused.err
    assert "adopt(" not in refused.err
    in_french = desk.run("plan", "--language", "fr").out
    assert "rien n'est encore relié" in in_french
    assert "seulement dans Roadmap" in in_french
    assert desk.titles() == ["One"]
    desk.write()
    assert desk.run("plan", "--adopt", "left", "--save", "meet.json").code in (0, 1)
    assert desk.run("apply", "meet.json").code in (0, 1)
    assert desk.titles() == ["One", "Two"]


def test_words_for_words_the_same_as_the_library_in_english(desk):
    clash(desk)
    desk.make_issues("Another")
    desk.run("run")
    desk.make_issues("A third")
    sync = JobBook.read(desk.folder / "productops.toml").sync("roadmap")
    plan = sync.plan()
    words.speak("en")
    assert plans.plan_text(plan) == str(plan)
    told = sync.explain("PROD-1", "title")
    assert explanations.explanation_text(told) == str(told)
    assert plans.conflict_text(plan.conflicts[0]) == str(plan.conflicts[0])


ENGLISH = re.compile(r"\b(the|is|are|was|were|nothing|conflict needs|create|changed|says|Write|There)\b")


def test_everything_is_said_in_french_too(desk, monkeypatch):
    words.missing.clear()
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    clash(desk, "Un")
    desk.make_issues("Deux")
    lines = [
        "undo",
        "check",
        "plan",
        "run",
        "run",
        "conflicts list",
        "undo",
        "explain PROD-1 title",
        "plan --save p.json",
    ]
    said = [desk.run(*line.split()) for line in lines]
    id_ = desk.run("conflicts", "list", "--json").json[0]["id"]
    said += [desk.run("conflicts", "show", id_), desk.run("conflicts", "resolve", id_, "left"), desk.run("run")]
    said += [desk.run("apply", "p.json"), desk.run("run", "nulle"), desk.run("explain", "PROD-99", "title")]
    monkeypatch.delenv("JIRA_TOKEN")
    said.append(desk.run("run"))
    desk.write(JOBS.replace('match = "title"', 'mach = "title"').replace('project = "PROD"', 'projekt = "PROD"'))
    said.append(desk.run("run"))
    told = "\n".join(one.out + one.err for one in said)
    assert sorted(words.missing) == []
    assert ENGLISH.search(told) is None, told
    assert "Créer 1 dans Roadmap" in told
    assert "1 conflit à trancher" in told
    assert "Vouliez-vous dire 'match' ?" in told


def test_the_language_asked_for_counts_before_the_files_and_the_systems(desk, monkeypatch):
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    assert desk.run("conflicts", "list").out == "Aucun conflit.\n"
    assert desk.run("conflicts", "list", "--language", "en").out == "No conflicts.\n"
    monkeypatch.setenv("LANG", "C")
    assert desk.run("conflicts", "list").out == "No conflicts.\n"
    desk.write('language = "fr"\n' + JOBS)
    assert desk.run("conflicts", "list").out == "Aucun conflit.\n"
    assert desk.run("conflicts", "list", "--language", "tlh").code == 2


def test_the_catalogue_has_the_same_names_on_both_sides():
    for english, french in words._catalogue("fr").items():
        assert sorted(re.findall(r"\{(\w+)\}", english)) == sorted(re.findall(r"\{(\w+)\}", french)), english


def test_json_is_one_value_and_nothing_else(desk):
    desk.make_issues("One")
    for line in ("check", "plan", "run", "conflicts list", "undo", "explain PROD-1 title"):
        said = desk.run(*line.split(), "--json")
        json.loads(said.out)
        assert said.out.count("\n") == 1
        assert said.err == ""
