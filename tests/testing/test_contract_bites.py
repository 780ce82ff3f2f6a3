"""The laws notice who breaks them: connectors with one planted bug each, and the law that is meant for it.

Every one is the connector that ``productops new-connector`` writes, over its imitated service, with one line changed.
"""
# ruff: noqa: E501 # a table reads best in lines

from __future__ import annotations

import importlib
import inspect
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from productops.cli.app import run
from productops.testing.contract import CollectionContract, Subject
from productops.testing.sandbox.clock import VirtualClock
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.plugs import HttpxPlug

ASKED = {"list": ("GET", "/items"), "create": ("POST", "/items"), "update": ("PATCH", "/items/.*")}
PACKAGE = "productops_shelf"
POST_TWICE = """        except UnknownOutcomeError:
            return service.record(service.one(self.account.call(ask, "write", record=record)))
        except ProductOpsError as error:"""
STORED = 'return service.record(service.one(self.account.call(ask, "write", record=record)))'
ONCE = "        except ProductOpsError as error:\n            return error\n        except (KeyError"

DROPPED = """        known = {one.id for one in service.FIELDS}
        kept = {name: value for name, value in (ask.body or {}).items() if name in {*known, "external_id"}}
        ask = ask._replace(body=kept)
        fields = {name: value for name, value in fields.items() if name in known}
"""

# name: file, what stands there, what is put there, the law that must notice
BUGS: dict[str, tuple[str, str, str, str]] = {
    "the first page is taken for all": ("items", "if cursor is None:", "if True:", "a_listing_shows_every_record_once"),
    "rows come twice": (
        "items", "yield _only(record, fields)", "yield from [_only(record, fields)] * 2", "a_listing_shows_every_record_once"),
    "a circle of pages ends the listing": (
        "items", 'raise IncompleteListingError("A page led back to an earlier one.", system=self.system)', "return",
        "a_listing_in_bad_weather_is_whole_or_raises[repeated_token]"),
    "all fields are always shown": (
        "items", "record if fields is None else", "record if True else", "a_listing_can_be_narrowed_to_fields"),
    "empty fields are left out": (
        "service", "row.get(field.id) for field in FIELDS}", "row[field.id] for field in FIELDS if row.get(field.id)}",
        "what_was_not_asked_for_is_absent_and_what_is_empty_is_null"),
    "a missing record is shown empty": (
        "items", "                continue", "                found[id_] = Record(id_)", "what_does_not_exist_is_absent_from_get"),
    "since is a day off": (
        "service", "since.astimezone(UTC)", "(since + timedelta(days=1)).astimezone(UTC)",
        "a_listing_since_a_time_shows_what_changed"),
    "a create answers with the id alone": (
        "items", STORED, "return Record(service.record(service.one(self.account.call(ask, 'write'))).id)",
        "create_returns_what_was_stored"),
    "an update answers with what was sent, before it is stored": (
        "items", STORED, STORED + " if ask.method == 'POST' else Record(str(record), {})",
        "update_returns_what_was_stored"),
    "a patch replaces the record": (
        "service", "return dict(fields)", "return {**{field.id: None for field in FIELDS}, **fields}",
        "other_fields_stay_as_they_are"),
    "null is not sent": (
        "service", "return dict(fields)", "return {name: value for name, value in fields.items() if value is not None}",
        "null_clears_a_field"),
    "text is folded to ASCII": (
        "service", "return dict(fields)",
        'return {n: v.encode("ascii", "ignore").decode() if isinstance(v, str) else v for n, v in fields.items()}',
        "words_of_all_scripts_survive"),
    "text is stripped on its way back": (
        "service", "row.get(field.id) for", "str(row.get(field.id) or '').upper() for", "words_of_all_scripts_survive"),
    "long text is cut": (
        "service", "return dict(fields)", "return {n: v[:10_000] if isinstance(v, str) else v for n, v in fields.items()}",
        "a_huge_text_is_whole_or_refused"),
    "unknown fields are dropped in silence": (
        "items", "        known = {one.id for one in service.FIELDS}\n", DROPPED, "a_field_that_is_not_there_is_refused_by_name"),
    "what is gone is called refused": (
        "items", "            return error\n        except (KeyError", '            return RejectedError("No.", system=self.system)\n        except (KeyError',
        "changing_what_is_not_there_is_gone"),
    "errors do not say whose they are": (
        "account", "error.system, error.operation = self.system,", "error.system, error.operation = None,",
        "errors_name_the_service"),
    "a delete is only said": (
        "items", 'self.account.call(service.deleting(id_), "delete", record=id_)', "pass", "what_was_deleted_is_no_longer_shown"),
    "a marker finds everything": (
        "service", '{"external_id": marker, **', "{**", "a_marker_finds_its_record"),
    "the marker is not written": (
        "service", '{"external_id": draft.marker} if draft.marker else {}', "{}", "a_marker_finds_its_record"),
    "what is not promised is done all the same": (
        "items", "if not self.features.find:", "if False:", "what_is_not_declared_is_refused"),
    "a lost create is sent again": (
        "items", ONCE, POST_TWICE + "\n            return error\n        except (KeyError",
        "a_lost_answer_is_an_unknown_outcome_and_its_marker_tells"),
    "a lost create is called refused": (
        "items", ONCE, ONCE.replace("return error\n", 'return RejectedError("No.", system=self.system)\n'),
        "a_lost_answer_is_an_unknown_outcome_and_its_marker_tells"),
    "a create that never arrived is called stored": (
        "items", ONCE, ONCE.replace("return error\n", 'return Record("1")\n'),
        "a_request_that_never_arrived_is_not_taken_for_done"),
    "a marker that nobody can look up": ("service", "find=True", "find=False", "a_marker_needs_a_way_to_find_it"),
    "a promise without a method": ("service", "find=True", "restore=True, find=True", "what_is_declared_is_there"),
    "two fields share an id": ("service", 'Field("notes"', 'Field("name"', "fields_have_ids_of_their_own"),
    "the token stands in the container": (
        "items", "{account.host}", "{account._token.reveal()}@{account.host}", "no_secret_shows"),
}  # fmt: skip


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("connector")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert run(["new-connector", "shelf"]) == 0
    return folder / "productops-shelf"


class Shelf:
    """Imports the written package, perhaps with a line changed, and makes subjects of it."""

    def __init__(self, written: Path, folder: Path) -> None:
        self.written, self.folder = written, folder
        self.package = folder / PACKAGE
        self.package.mkdir()
        for path in (*written.glob(f"src/{PACKAGE}/*.py"), written / "tests/fake.py"):
            (self.package / path.name).write_text(path.read_text())

    def plant(self, file: str, old: str, new: str) -> None:
        path = self.package / f"{file}.py"
        text = path.read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new))

    def modules(self) -> tuple[ModuleType, ModuleType]:
        for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
            del sys.modules[name]
        importlib.invalidate_caches()
        sys.path.insert(0, str(self.folder))
        try:
            return importlib.import_module(PACKAGE), importlib.import_module(f"{PACKAGE}.fake")
        finally:
            sys.path.remove(str(self.folder))

    def subject(self) -> Subject:
        package, fake = self.modules()
        clock = VirtualClock()
        endpoint = Endpoint(fake.FakeShelf(), clock=clock)
        account = package.Shelf(fake.TOKEN, url="https://shelf.example", transport=HttpxPlug(endpoint), clock=clock)
        return Subject(
            account.items(),
            title="name",
            other="size",
            value=3,
            missing="999999",
            later=lambda: clock.sleep(90),
            fault=lambda where, kind: endpoint.faults.add(*ASKED[where], kind),
            secret=fake.TOKEN,
        )


@pytest.fixture
def shelf(written: Path, tmp_path: Path) -> Iterator[Shelf]:
    yield Shelf(written, tmp_path)
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]


def broken(subject: Subject, law: str) -> str | None:
    """Return what a law says about a subject, or None when it is kept."""
    name, _, kind = law.rstrip("]").partition("[")
    check = getattr(CollectionContract(), f"test_{name}")
    try:
        check(subject, kind) if kind else check(subject)
    except pytest.fail.Exception as failed:
        return str(failed)
    return None


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_caught_by_the_law_meant_for_it(shelf: Shelf, bug: str) -> None:
    file, old, new, law = BUGS[bug]
    shelf.plant(file, old, new)
    if law == "what_is_not_declared_is_refused":
        shelf.plant("service", "find=True", "find=False")
    told = broken(shelf.subject(), law)
    assert told is not None, f"{law} does not notice: {bug}"
    assert told.startswith("The law: ")
    assert "What to do: " in told


def laws() -> list[str]:
    """Return every law, those about weather once for each kind."""
    found = []
    for name, check in inspect.getmembers(CollectionContract, inspect.isfunction):
        if name.startswith("test_"):
            marks = [mark for mark in getattr(check, "pytestmark", ()) if mark.name == "parametrize"]
            kinds = marks[0].args[1] if marks else [""]
            found += [f"{name[5:]}[{kind}]" if kind else name[5:] for kind in kinds]
    return found


def test_the_connector_without_a_bug_keeps_every_law_in_time(shelf: Shelf) -> None:
    start, skipped = time.monotonic(), []
    for law in laws():
        try:
            assert broken(shelf.subject(), law) is None, law
        except pytest.skip.Exception as left_out:
            skipped.append((law, str(left_out)))
    assert time.monotonic() - start < 60
    # What is declared is never left out: only what the service has not got, and batches of one.
    declared = shelf.subject().collection.features
    for law, why in skipped:
        name = why.rpartition(" ")[2]
        assert "fewer than three" in why or not getattr(declared, name) or getattr(declared, name) == "none", (law, why)
    assert {law for law, _ in skipped} <= {"one_bad_record_spoils_no_other", "a_repeated_create_makes_one_record"}


def test_there_are_enough_bugs_and_laws() -> None:
    assert len(BUGS) >= 15
    assert len(laws()) >= 20
    assert {law for *_, law in BUGS.values()} <= set(laws())
