"""The arrows of the house point one way: who may import whom, read from the source and not from a running program."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

import productops

SOURCE = Path(productops.__file__).parent
LEAVES = {"errors", "looks", "redaction"}  # importable by everybody
# Room → the rooms it may import, beside itself and the leaves. Rooms that are not built yet have their rule already.
RULES: dict[str, set[str]] = {
    "redaction": set(),
    "errors": {"redaction"},
    "looks": set(),
    "model": set(),
    "sdk": set(),
    "sync": {"sdk"},
    "connectors": {"sdk"},
    "mappings": {"model", "sdk"},
    "workspace": {"model", "sdk", "sync"},
    "insights": {"model"},
    "reports": {"insights", "model"},
    "testing": {"sdk"},
    "demo": {"model"},
}
# Within sync, from the ground up: a floor imports those below it. What all floors speak of (plans, changes) lies open.
FLOORS = ("memory", "book", "rules", "reading", "writing", "deciding")
ABOVE = {"engine", "family", "hints"}  # what stands on all floors
EVERYTHING = {"cli", "__main__"}
FACE = ""  # no room: productops/__init__.py
ON_THE_FACE = {"demo", "insights", "model", "reports", "sdk", "sync", "workspace"}


@dataclass(frozen=True)
class Import:
    """One import of one of our modules by another."""

    importer: str
    target: str
    line: int
    at_once: bool  # runs when the module is loaded: not in a function, not for type checkers only

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.target}"


def modules(source: Path) -> dict[str, Path]:
    """Return every module of a source tree by its dotted name."""
    found = {}
    for path in sorted(source.rglob("*.py")):
        parts = path.relative_to(source.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def statements(tree: ast.AST, *, at_once: bool = True) -> Iterator[tuple[ast.AST, bool]]:
    """Yield every node, and whether it runs when the module is loaded."""
    for node in ast.iter_child_nodes(tree):
        yield node, at_once
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from ((inner, False) for part in node.body for inner in ast.walk(part))
            for part in node.orelse:
                yield part, at_once
                yield from statements(part, at_once=at_once)
        else:
            later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from statements(node, at_once=at_once and not later)


def targets(node: ast.AST, importer: str, known: Mapping[str, Path]) -> list[str]:
    """Return the dotted names that a node imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        start = node.module or ""
        if node.level:
            package = importer if known[importer].name == "__init__.py" else importer.rpartition(".")[0]
            base = package.split(".")[: len(package.split(".")) - node.level + 1]
            start = ".".join([*base, *([node.module] if node.module else [])])
        inner = [f"{start}.{alias.name}" for alias in node.names]
        return [name if name in known else start for name in inner]
    if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__"):
        return [arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    return []


def imports(source: Path) -> list[Import]:
    """Return every import among the modules of a source tree."""
    known = modules(source)
    top = source.name
    found = []
    for importer, path in known.items():
        for node, at_once in statements(ast.parse(path.read_text(encoding="utf-8"))):
            for target in dict.fromkeys(targets(node, importer, known)):
                ours = target == top or target.startswith(f"{top}.")
                found += [Import(importer, target, getattr(node, "lineno", 0), at_once)] if ours else []
    return found


def room(module: str) -> str:
    """Return the room of a module: the second part of its name; the face has none."""
    return module.partition(".")[2].partition(".")[0]


def wrong(one: Import) -> str | None:
    """Return why an import goes against an arrow."""
    here, there = room(one.importer), room(one.target)
    if here in EVERYTHING:
        return None
    if here == FACE:
        return None if there in ON_THE_FACE | LEAVES else f"{one}: the public face does not show {there!r}"
    if here not in RULES:
        return f"{one}: the room {here!r} has no rule; add one to the table"
    if there == FACE:
        return f"{one}: only the cli imports the public face"
    if here == there == "connectors":
        own, other = (".".join(name.split(".")[:3]) for name in (one.importer, one.target))
        # The package's own __init__ names them all, on first use.
        fine = own in (other, "productops.connectors")
        return None if fine else f"{one}: connectors do not import each other"
    if here == there == "sync":
        return wrong_floor(one)
    if there == here or there in RULES[here] | (LEAVES if here not in LEAVES else set()):
        return None
    return f"{one}: {here} may import {', '.join(sorted(RULES[here])) or 'no other room'}"


def wrong_floor(one: Import) -> str | None:
    """Return why an import within sync leads upstairs."""
    here, there = (name.split(".")[2] if name.count(".") > 1 else "" for name in (one.importer, one.target))
    if here not in FLOORS:
        return None
    if there in ABOVE or (there in FLOORS and FLOORS.index(there) > FLOORS.index(here)):
        return f"{one}: {there} stands above {here}"
    return None


def cycles(found: list[Import]) -> list[list[str]]:
    """Return the groups of modules that import each other while they are loaded."""
    edges: dict[str, set[str]] = {}
    for one in found:
        if one.at_once and one.importer != one.target:
            edges.setdefault(one.importer, set()).add(one.target)
    reach = {name: _reachable(name, edges) for name in edges}
    groups = {tuple(sorted(other for other in reach[name] if name in reach.get(other, ()))) for name in edges}
    return [list(group) for group in sorted(groups) if group]


def _reachable(start: str, edges: Mapping[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    todo = [start]
    while todo:
        for name in edges.get(todo.pop(), ()):
            if name not in seen:
                seen.add(name)
                todo.append(name)
    return seen


FOUND = imports(SOURCE)


def test_every_import_follows_an_arrow() -> None:
    assert [text for one in FOUND if (text := wrong(one))] == []


def test_no_modules_import_each_other() -> None:
    assert cycles(FOUND) == []


def test_every_room_has_a_rule() -> None:
    rooms = {room(name) for name in modules(SOURCE)} - {FACE}
    assert rooms <= set(RULES) | EVERYTHING


def test_the_rules_themselves_have_no_cycle() -> None:
    table = [Import(here, there, 0, at_once=True) for here, rooms in RULES.items() for there in rooms]
    assert cycles(table) == []


def test_the_search_sees_what_is_there() -> None:
    seen = {(one.importer, one.target): one.at_once for one in FOUND}
    assert seen["productops.sync.engine", "productops.sdk.mapping"] is True
    assert seen["productops.sdk.codecs", "productops.sdk.mapping"] is False  # for type checkers only
    assert seen["productops.sync.writing.ledger", "productops.sync.memory.tables"] is True  # `from … import tables`
    assert seen["productops.connectors", "productops.connectors.memory"] is False


# --- planted violations are found


def plant(tmp_path: Path, files: Mapping[str, str]) -> list[Import]:
    """Write a small house: module path → text."""
    source = tmp_path / "productops"
    for name, text in {"__init__": "", **files}.items():
        path = source / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return imports(source)


@pytest.mark.parametrize(
    ("importer", "text", "reason"),
    [
        ("model/base", "from productops.sdk.record import Record", "model may import no other room"),
        ("sdk/mapping", "import productops.model.roadmap", "sdk may import no other room"),
        ("sdk/mapping", "def f():\n    from productops.model import roadmap", "sdk may import no other room"),
        ("sdk/a", "if TYPE_CHECKING:\n    from productops.sync.plan import Plan", "sdk may import no other room"),
        ("sync/engine", "from productops.connectors.jira import Jira", "sync may import sdk"),
        (
            "sync/engine",
            "import importlib\nimportlib.import_module('productops.connectors.jira')",
            "sync may import sdk",
        ),
        ("sync/engine", "from productops.model.roadmap import RoadmapItem", "sync may import sdk"),
        ("sync/reading/reader", "from productops.sync.writing.apply import Applier", "writing stands above reading"),
        ("sync/memory/state", "from productops.sync.engine import Sync", "engine stands above memory"),
        (
            "connectors/jira",
            "from productops.connectors.airtable import Airtable",
            "connectors do not import each other",
        ),
        (
            "connectors/jira/codec",
            "from productops.connectors.notion.x import y",
            "connectors do not import each other",
        ),
        ("connectors/jira", "from productops.connectors import Airtable", "connectors do not import each other"),
        ("connectors/jira", "from .airtable import Airtable", "connectors do not import each other"),
        ("connectors/jira/codec", "from ..airtable import Airtable", "connectors do not import each other"),
        ("connectors/jira", "from productops.sync.plan import Plan", "connectors may import sdk"),
        ("connectors/jira", "from productops.model.people import PersonRef", "connectors may import sdk"),
        ("insights/themes", "from productops.sdk.table import Table", "insights may import model"),
        ("reports/table", "from productops.workspace import Workspace", "reports may import insights, model"),
        ("demo/company", "from productops.connectors.memory import Memory", "demo may import model"),
        ("testing/contract", "from productops.sync.engine import Sync", "testing may import sdk"),
        ("workspace/home", "from productops.reports import html", "workspace may import model, sdk, sync"),
        ("workspace/home", "from productops.cli import main", "workspace may import model, sdk, sync"),
        ("errors", "from productops.sdk import secret", "errors may import redaction"),
        ("redaction", "from productops.errors import ConfigError", "redaction may import no other room"),
        ("sdk/a", "from productops import Mapping", "only the cli imports the public face"),
        ("sdk/a", "import productops", "only the cli imports the public face"),
        ("attic/a", "from productops.sdk import secret", "the room 'attic' has no rule"),
        ("__init__", "from productops.cli import main", "the public face does not show 'cli'"),
    ],
)
def test_a_planted_violation_is_found(tmp_path: Path, importer: str, text: str, reason: str) -> None:
    found = [said for one in plant(tmp_path, {importer: text}) if (said := wrong(one))]
    assert len(found) == 1
    assert reason in found[0]


@pytest.mark.parametrize(
    ("importer", "text"),
    [
        ("sync/engine", "from productops.sdk.mapping import View\nfrom productops.sync.plan import Plan"),
        ("connectors/__init__", "from productops.connectors.jira import Jira"),
        (
            "connectors/jira/account",
            "from productops.connectors.jira.codec import read\nfrom productops.redaction import redact",
        ),
        ("workspace/home", "import productops.model.base, productops.sdk, productops.sync.engine, productops.errors"),
        ("reports/table", "from productops.insights import themes"),
        ("cli/main", "import productops\nfrom productops.connectors import Jira\nfrom productops.demo import company"),
        ("model/base", "import pydantic, productops_other.thing\nfrom productops import errors"),
    ],
)
def test_what_follows_the_arrows_is_not(tmp_path: Path, importer: str, text: str) -> None:
    assert [said for one in plant(tmp_path, {"errors": "", importer: text}) if (said := wrong(one))] == []


def test_a_planted_cycle_is_found(tmp_path: Path) -> None:
    files = {
        "sdk/a": "try:\n    from productops.sdk import b\nexcept ImportError:\n    pass",
        "sdk/b": "class B:\n    import productops.sdk.c",
        "sdk/c": "from productops.sdk.a import x",
        "sdk/d": "from productops.sdk.a import x",
    }
    found = plant(tmp_path, files)
    assert cycles(found) == [["productops.sdk.a", "productops.sdk.b", "productops.sdk.c"]]


def test_imports_on_first_use_and_for_type_checkers_make_no_cycle(tmp_path: Path) -> None:
    files = {
        "sdk/a": "from productops.sdk import b",
        "sdk/b": "if TYPE_CHECKING:\n    from productops.sdk.a import x\ndef f():\n    from productops.sdk.a import x",
    }
    found = plant(tmp_path, files)
    assert len(found) == 3
    assert cycles(found) == []
