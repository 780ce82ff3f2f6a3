"""The two verbs as a user runs them: in a process of their own."""

import csv
import json
import os
import signal
import subprocess
import sys

import pytest
import requests

from productops.cli.app import run
from productops.cli.demo import tell
from shared import shared

KEYS = {
    "records", "created_left", "created_right", "second_plan_writes", "conflicts_found", "conflicts_left", "duplicates",
    "lost_updates", "gap_edits", "requests", "requests_minimum",
}  # fmt: skip
NAUGHTY = """issuekey,title,description,storypoint,extra
A-1,{long},{longer},5,x
A-2,  ,no title,1,x
A-3,"two
lines",a\x1bb\x00c,,x
A-4,Ünïcode 🚢 שלום,"*not* _markup_ {{code}} | [x](y)

# no heading",3,x
A-5,Same,one,2,x
A-6,Same,two,many,x
A-7,Same,two,8,x
A-8,=SUM(A1),<b>bold</b>,13,x
A-9,Nine,,1,x
A-10,Ten,ten,1,x
A-11,Eleven,eleven,1,x
A-12,Twelve,twelve,1,x
"""


def productops(*arguments: str, **more) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "productops", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=110, check=False, **more)


def told(*arguments: str, **more) -> tuple[str, dict]:
    done = productops("demo", "--json", *arguments, **more)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout[-2000:] + done.stderr
    story, _, last = done.stdout.strip().rpartition("\n")
    return story, json.loads(last)


def test_the_story_of_the_company(tmp_path):
    temporary, site = tmp_path / "tmp", tmp_path / "site"
    temporary.mkdir()
    story, facts = told("--limits", "40", "--site", str(site), env={**os.environ, "TMPDIR": str(temporary)})
    assert set(facts) >= KEYS
    assert (facts["records"], facts["created_left"], facts["created_right"]) == (60, 1, 61)
    assert facts["requests_minimum"] == 1 + 1 + 6 <= facts["requests"] < 25
    assert (facts["conflicts_found"], facts["answers_dropped"], facts["edits"]) == (2, 2, 10)
    none = ("second_plan_writes", "conflicts_left", "duplicates", "lost_updates", "gap_edits", "differences")
    assert [facts[name] for name in none] == [0] * len(none)
    assert "\x1b" not in story  # plain where nobody looks
    assert "Nothing to do." in story
    assert list(temporary.iterdir()) == []
    assert story.splitlines()[-1] == f"Open {site / 'index.html'}"
    assert facts["site"] == str(site / "index.html")
    assert "Havn &amp; Fjord" in (site / "index.html").read_text("utf-8")


def test_issues_that_jira_would_not_take(tmp_path, capsys):
    path = tmp_path / "issues.csv"
    path.write_bytes(b"\xef\xbb\xbf" + NAUGHTY.format(long="t" * 400, longer="d" * 40_000).encode())
    assert tell(issues=path, factor=None, as_json=True) == 0
    story = capsys.readouterr().out
    facts = json.loads(story.splitlines()[-1])
    assert facts["records"] == facts["created_right"] - 1 == 10
    assert "2 texts were longer than Jira takes" in story
    assert "1 texts held control characters" in story
    assert "2 issues Jira would refuse were left out: A-2" in story
    assert "40 times as mild" in story


def test_one_issue_is_enough(tmp_path, capsys):
    path = tmp_path / "issues.csv"
    path.write_text("issuekey,title,description,storypoint\nA-1,Only one,,\n")
    assert tell(issues=path, factor=1000, as_json=True) == 0
    facts = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (facts["records"], facts["edits"], facts["conflicts_found"]) == (1, 2, 1)


@pytest.mark.campaign
@pytest.mark.skipif(not os.environ.get("PRODUCTOPS_CAMPAIGN"), reason="minutes of work: set PRODUCTOPS_CAMPAIGN=1")
@pytest.mark.parametrize("name", ["clover", "jirasoftware", "mulestudio", "springxd", "usergrid"])
def test_real_issues(name):
    path = shared(f"data/jira-issues/{name}.csv")
    with path.open(encoding="utf-8", newline="") as file:
        count = sum(1 for _ in csv.DictReader(file))
    _, facts = told("--issues", str(path))
    assert (facts["records"], facts["created_right"], facts["differences"]) == (count, count + 1, 0)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("demo", "--issues", "absent.csv"), "absent.csv cannot be read: No such file or directory"),
        (("demo", "--limits", "0"), "limits is 'real' or a factor above 0"),
        (("demo", "--limits", "2", "--real-limits"), "exclude each other"),
        (("sandbox", "--limits", "fast"), "--limits 'fast' is not a limit"),
        (("sandbox", "--seed", "absent.json"), "the seed cannot be read"),
        (("sandbox", "--nonsense",), "No such option"),
    ],
)  # fmt: skip
def test_mistakes_end_in_a_sentence(arguments, sentence, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert (out, sentence in err) == ("", True), err


def test_a_file_without_the_columns(tmp_path):
    path = tmp_path / "issues.csv"
    path.write_text("key,name\n1,One\n")
    done = productops("demo", "--issues", str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert "issues.csv has no column 'issuekey'." in done.stderr


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_the_sandbox_runs_until_it_is_told_to_stop(sign, tmp_path):
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({"jira": {"projects": [{"key": "SHIP"}]}}))
    command = [sys.executable, "-m", "productops", "sandbox", "--json", "--seed", str(seed), "--limits", "10"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            where = json.loads(process.stdout.readline())
            assert set(where["jira"]) == {"url", "email", "token", "project"}
            assert set(where["airtable"]) == {"url", "token", "base", "table"}
            assert where["jira"]["project"] == "SHIP"
            auth = (where["jira"]["email"], where["jira"]["token"])
            assert requests.get(f"{where['jira']['url']}/rest/api/3/project/SHIP", auth=auth, timeout=5).ok
            headers = {"Authorization": f"Bearer {where['airtable']['token']}"}
            rows = f"{where['airtable']['url']}/v0/{where['airtable']['base']}/{where['airtable']['table']}"
            answer = requests.get(rows, headers=headers, timeout=5)
            assert (answer.json(), answer.headers["X-Sandbox-Rate"]) == ({"records": []}, "50")
            process.send_signal(sign)
            assert (process.wait(10), process.stderr.read()) == (0, "")
        finally:
            process.kill()


def test_version_and_help_are_quick_to_load():
    assert productops("--version").stdout == "productops 0.1.0\n"
    code = (
        "import sys; from productops.cli.app import run; run(['--help']);"
        "print(sorted({'jira', 'sqlalchemy', 'pyairtable', 'starlette', 'uvicorn', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.endswith("[]\n")
