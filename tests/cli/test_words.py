"""The command line in French: every help, every sentence it may say, and who decides the language."""

import ast
import inspect
import re
from pathlib import Path

import pytest
import typer.main

import productops.cli
from productops import errors
from productops.cli import words
from productops.cli.app import app, run
from productops.cli.words import helping
from productops.sdk import refusals

SOURCES = sorted(Path(productops.cli.__file__).parent.rglob("*.py"))


@pytest.fixture(autouse=True)
def english_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in words.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    words.missing.clear()
    yield
    words.speak("en")


def commands(command, path=()):
    yield path
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*path, name))


EVERY = sorted(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_every_help_is_french(path, capsys):
    assert run([*path, "--help", "--language", "fr"]) == 0
    told = capsys.readouterr().out
    assert sorted(words.missing) == []
    assert "Montrer cette aide." in told
    assert "Show this" not in told
    assert ("Commandes" in told) == any(each[:-1] == path for each in EVERY if each)


def test_a_help_after_a_french_one_is_english(monkeypatch, capsys):
    monkeypatch.setenv("PRODUCTOPS_LANG", "fr")
    assert run(["plan", "--help"]) == 0
    assert "Montrer ce que les tâches feraient" in capsys.readouterr().out
    monkeypatch.delenv("PRODUCTOPS_LANG")
    assert run(["conflicts", "--help"]) == 0
    told = capsys.readouterr().out
    assert "Commands" in told
    assert "List what needs a decision." in told


@pytest.mark.parametrize("name", ["PRODUCTOPS_LANG", "LC_ALL", "LC_MESSAGES", "LANG"])
def test_the_first_variable_that_is_set_decides(name, monkeypatch, capsys):
    for later in words.VARIABLES[words.VARIABLES.index(name) :]:
        monkeypatch.setenv(later, "fr_FR.UTF-8" if later == name else "en_GB.UTF-8")
    assert run(["import"]) == 2
    assert "Il manque l'argument" in capsys.readouterr().err
    assert run(["import", "--language", "en"]) == 2
    assert "Missing argument 'FILE'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("plan --savee x", "Il n'y a pas d'option --savee"),
        ("pln", "Vouliez-vous dire"),
        ("import", "Il manque l'argument"),
        ("export all.jsonl", "Il manque l'option"),
        ("run --wait x", "il faut un nombre"),
        ("run a b", "de trop"),
        ("conflicts show", "Voyez productops conflicts show --help."),
        ("export all.jsonl -w none.db", "Il n'y a pas d'espace de travail"),
        ("import none.csv -w p.db", "Il n'y a pas de fichier"),
        ("insights evaluate --task nought", "Il n'y a pas de tâche"),
        ("report site out --workspace none.db", "Il n'y a pas d'espace de travail"),
        ("report site out", "Il n'y a rien dont parler"),
        ("report news 2026-13 --demo", "n'est pas une période"),
        ("report sheets out.xlsx --demo --as-of tomorrow", "n'est pas une date"),
    ],
)
def test_a_mistake_is_one_sentence_with_its_remedy(line, told, capsys):
    assert run([*line.split(), "--language", "fr"]) == 2
    caught = capsys.readouterr()
    assert (told in caught.err, caught.out) == (True, ""), caught.err
    assert sorted(words.missing) == []
    assert run(line.split()) == 2
    assert capsys.readouterr().err.startswith("productops: ")


def test_no_arguments_show_the_help(capsys):
    assert run([]) == 2
    assert run(["conflicts"]) == 2
    caught = capsys.readouterr()
    assert (caught.out.count("Usage:"), caught.err) == (2, "")


def test_what_is_brought_in_is_told_in_french(capsys):
    Path("notes.csv").write_text("ID;Texte;Le\n1;Un export;31/12/2026\n2;Mode sombre;hier\n;x;1/1/2027\n", "utf-8")
    mapped = ["--as", "Feedback", "--map", "text=Texte", "--map", "source_id=ID", "--map", "received_at=Le"]
    command = ["import", "notes.csv", "-w", "product.db", "--source", "intercom", *mapped, "--language", "fr"]
    assert run(command) == 0
    told = capsys.readouterr().out
    assert "notes.csv : 2 nouveaux, 0 modifiés, 0 inchangés, 2 à regarder." in told
    assert "séparateur point-virgule, dates jour d'abord" in told
    assert "'hier' n'est pas une date ; corrigez la cellule" in told
    assert "il ne dit pas de source_id" in told
    assert run([*command, "--yes"]) == 0
    assert run(["export", "all.jsonl", "-w", "product.db", "--language", "fr"]) == 0
    assert "Importé, comme passage" in (told := capsys.readouterr().out)
    assert "all.jsonl : " in told
    assert {each for each in words.missing if not each.startswith("<Feedback")} == set()


def test_the_pages_are_in_the_language_spoken(monkeypatch, capsys):
    monkeypatch.setenv("PRODUCTOPS_LANG", "fr")
    assert run(["report", "news", "2026-09", "--demo"]) == 0
    assert "sept. 2026" in capsys.readouterr().out
    assert run(["report", "news", "2026-09", "--demo", "--language", "en"]) == 0
    assert "Sep 2026" in capsys.readouterr().out


def literal(node):
    """A message with 'X' where a value goes; None where it is made elsewhere."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "'X'" for part in node.values)
    return None


def messages(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        given = node.args[:1] if name in ("say", "ConfigError") else []
        given = [*given, *(each.value for each in node.keywords if each.arg == "remedy" and name == "ConfigError")]
        yield from filter(None, map(literal, given))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_every_sentence_of_the_commands_is_in_the_catalogue(path):
    words.speak("fr")
    known = words._catalogue("fr")
    found = [
        text for text in messages(path) if "'X' in" not in text and re.search("[a-z]", re.sub(r"'X'|{\w+}", "", text))
    ]
    unknown = [text for text in found if text not in known and words._translated(words.as_commands(text)) is None]
    assert unknown == []


ERRORS = {name for name, one in vars(errors).items() if inspect.isclass(one) and issubclass(one, Exception)}
# What no command meets: deliveries of webhooks and the collection in memory are for programs alone.
FOR_PROGRAMS = {"hint", "hints", "memory"}
PACKAGE = Path(productops.__file__).parent
LIBRARY = [
    path
    for room in ("connectors", "mappings", "sdk")
    for path in sorted((PACKAGE / room).rglob("*.py"))
    if path.stem not in FOR_PROGRAMS
]
# Sentences whose beginning is made elsewhere; the catalogue has each of them whole.
WHOLE = {
    "'X' base'X' that this token sees 'X' called 'X'.": "No base that this token sees is called 'Roadmap'.",
    "The mapping of 'X' 'X'.": "The mapping of title does not say how: 'chioce' is no way.",
    "'X' has nothing at this address, or does not show it to this account'X'": "Jira has nothing at this address, or "
    "does not show it to this account",
    "'X' asks to wait: too many requests'X'": "Jira asks to wait: too many requests",
    "'X' and set the variable to it.": "Make an API token at https://id.example and set the variable to it.",
}


HALF = re.compile(r"\b(the|The|are|not|has|have|does|and|Give|Add|Make|of|with|for|this|that|there|Use)\b")


def library_messages(path):
    """What an error says and what it advises; of two forms that one place has, both."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
        given = [each.value for each in node.keywords if each.arg == "remedy"] if name else []
        given += node.args[:1] if name in ERRORS - {"MissingExtraError"} else []
        for one in given:
            yield from filter(None, map(literal, (one.body, one.orelse) if isinstance(one, ast.IfExp) else (one,)))


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("jira did not accept the credentials (GET /myself)", "jira n'a pas accepté les identifiants (GET /myself)"),
        ("jira answered 503", "jira a répondu 503"),
        (
            "jira answered 200, but the answer is not JSON; nothing was changed",
            "jira a répondu 200, mais la réponse n'est pas du JSON ; rien n'a été changé",
        ),
        (
            "jira could not be reached at 127.0.0.1:9 (GET /myself): the connection was refused; nothing was sent",
            "jira est injoignable à 127.0.0.1:9 (GET /myself) : la connexion a été refusée ; rien n'a été envoyé",
        ),
        ("airtable asks to wait: too many requests", "airtable demande d'attendre : trop de demandes"),
        ("The mapping of title has choice and person.", "La liaison de title a choice et person."),
        (
            "a.toml, line 7 [jobs.a.mass_change]: 'x' is no share: write a number from 0 to 1, or \"never\"",
            "a.toml, ligne 7 [jobs.a.mass_change] : 'x' n'est pas une part : écrivez un nombre de 0 à 1, ou \"never\"",
        ),
        (
            "a.toml, line 8 [b]: The mapping of b does not say how: 'x' is no way. Did you mean y?",
            "a.toml, ligne 8 [b] : La liaison de b ne dit pas comment : 'x' n'est pas une façon. Vouliez-vous dire y ?",
        ),
    ],
)
def test_what_a_service_answers_is_told_in_french(english, french):
    words.speak("fr")
    assert words.translated(english) == french


def test_why_a_value_is_not_taken_is_told_in_french():
    words.speak("fr")
    sayings = {said.format(got="'x'", expected="'a' or 'b'") for _, said in refusals.SAYINGS}
    assert [said for said in sayings if words.translated(said) == said] == []


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_error_of_the_library_is_in_the_catalogue(path):
    words.speak("fr")
    found = [
        WHOLE.get(text, text) for text in library_messages(path) if re.search(r"[a-z]{2}", text.replace("'X'", ""))
    ]
    told = {text: words._translated(words.as_commands(text)) for text in found}
    assert [text for text, french in told.items() if french is None] == []
    assert {text: french for text, french in told.items() if HALF.search(french)} == {}


def test_the_catalogue_of_the_help_holds_nothing_that_no_help_says():
    words.speak("en")
    said = set()
    for path in EVERY:
        command = typer.main.get_command(app)
        for name in path:
            command = command.commands[name]
        said |= {command.help, *(each.help for each in command.params if getattr(each, "help", None))}
    assert set(helping.catalogue("fr")) - said - {*helping.FRAME.values(), "Show this message and exit."} == set()


def test_the_demo_tells_its_story_in_french(tmp_path, capsys):
    assert run(["demo", "--limits", "1000", "--site", str(tmp_path / "site"), "--language", "fr"]) == 0
    told = capsys.readouterr().out
    assert [line for line in words.missing if not line.startswith(("sync.resolve(", "c-"))] == []
    assert "La première synchronisation" in told
    assert "Rien à faire." in told
    assert "en double : 0" in told
