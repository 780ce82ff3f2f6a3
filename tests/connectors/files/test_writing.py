"""A file that is written stays the file of the person who made it."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from productops import Mapping, Sync, choice
from productops.connectors import Files, Memory
from productops.connectors.files import disk
from productops.connectors.files.cells import Column, read, write
from productops.connectors.files.format import Format
from productops.errors import ConfigError, GoneError, RejectedError, StaleError
from productops.sdk.record import Draft, Patch, Record

ODD = (
    'sep=;\r\nKey;"Name";;Price;Due;Name\r\n'
    'a;  spaced  ;"kept ""so""";1 234,50;31/12/2026;x\r\n'
    "\r\n"
    "b;plain;;2;1/2/2026\r\n"
    'c;"two\nlines";;;;z'
)
KINDS: Any = {"Price": "number", "Due": "date"}


def odd(folder: Path) -> Any:
    (folder / "odd.csv").write_bytes(ODD.encode("utf-8-sig"))
    return Files(folder).csv("odd.csv", key="Key", types=KINDS)


def test_only_the_cells_that_change_change(tmp_path: Path) -> None:
    file = odd(tmp_path)
    (changed,) = file.update([Patch("b", {"Price": 2.25, "Due": date(2027, 3, 4), "Name": 'a;b"c'})])
    assert (changed.fields["Price"], changed.fields["Due"]) == (2.25, date(2027, 3, 4))
    text = (tmp_path / "odd.csv").read_bytes().decode("utf-8-sig")
    assert text == ODD.replace("\r\n\r\n", "\r\n\r\n", 1).replace(
        "b;plain;;2;1/2/2026\r\n", 'b;"a;b""c";;2,25;04/03/2027;\r\n'
    )


def test_a_write_that_changes_nothing_leaves_every_byte(tmp_path: Path) -> None:
    file = odd(tmp_path)
    before = disk.stamp(tmp_path / "odd.csv")
    file.update(
        [Patch(record.id, {name: record.fields[name] for name in ("Name", "Price", "Due")}) for record in file.scan()]
    )
    assert disk.stamp(tmp_path / "odd.csv") == before


def test_new_rows_follow_the_last_and_columns_keep_their_order(tmp_path: Path) -> None:
    file = odd(tmp_path)
    (made,) = file.create([Draft({"Price": 3, "Name (2)": "=cmd"}, "marker")])
    assert made.id == "marker"
    text = (tmp_path / "odd.csv").read_bytes().decode("utf-8-sig")
    assert text == ODD + "\r\nmarker;;;3;;'=cmd\r\n"
    assert file.get(["marker"])["marker"].fields["Name (2)"] == "=cmd"


def test_an_encoding_that_lacks_a_letter_refuses_that_row_alone(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("Key,Näme\n".encode("cp1252"))
    file = Files(tmp_path).csv("a.csv", key="Key")
    good, bad, null = file.create([Draft({"Näme": "é"}), Draft({"Näme": "\N{ROCKET}"}), Draft({"Näme": "a\0b"})])
    assert isinstance(good, Record)
    assert isinstance(bad, RejectedError)
    assert "save it as UTF-8" in bad.fields["Näme"]
    assert isinstance(null, RejectedError)
    assert (tmp_path / "a.csv").read_bytes() == "Key,Näme\n1,é\n".encode("cp1252")


def test_keys_are_given_to_rows_that_a_person_added(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Key,Name\n7,A\n,B\n,C\n", encoding="utf-8")
    file = Files(tmp_path).csv("a.csv", key="Key")
    assert file.fill_keys() == 2
    assert file.fill_keys() == 0
    assert [record.id for record in file.scan()] == ["7", "8", "9"]
    with pytest.raises(ConfigError, match="only read"):
        Files(tmp_path).csv("a.csv").fill_keys()


def test_a_file_without_a_key_is_only_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Name\nA\n", encoding="utf-8")
    file = Files(tmp_path).csv("a.csv")
    assert [(record.id, record.key) for record in file.scan()] == [("2", "row 2")]
    assert not file.features.create
    assert file.schema().field("Name").read_only


def test_an_edit_of_a_person_between_reading_and_writing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = odd(tmp_path)
    path, real, late = tmp_path / "odd.csv", disk.replace, [True]

    def slow(*given: Any) -> Any:
        if late.pop() if late else False:
            path.write_bytes(ODD.replace("plain", "typed meanwhile").encode("utf-8-sig"))
        return real(*given)

    monkeypatch.setattr(disk, "replace", slow)
    file.update([Patch("a", {"Price": 9})])
    shown = {record.id: record.fields for record in file.scan()}
    assert (shown["a"]["Price"], shown["b"]["Name"]) == (9, "typed meanwhile")


def test_somebody_who_never_stops_saving_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = odd(tmp_path)
    real, count = disk.replace, iter(range(100))

    def busy(path: Path, *given: Any) -> Any:
        path.write_bytes(ODD.replace("plain", f"save {next(count)}").encode("utf-8-sig"))
        return real(path, *given)

    monkeypatch.setattr(disk, "replace", busy)
    with pytest.raises(StaleError, match=r"odd\.csv was changed meanwhile"):
        file.update([Patch("a", {"Price": 9})])
    assert not [left for left in tmp_path.iterdir() if left.name != "odd.csv"]


WRITER = """
import sys
from productops.connectors import Files
from productops.sdk.record import Draft
file = Files(sys.argv[1]).csv("a.csv", key="Key")
for number in range(15):
    (made,) = file.create([Draft({"Name": f"{sys.argv[2]} {number}"}, f"{sys.argv[2]}-{number}")])
    assert made.id
"""


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Key,Name\n", encoding="utf-8")
    running = [subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), who]) for who in ("ada", "bo")]
    assert [each.wait(60) for each in running] == [0, 0]
    ids = [record.id for record in Files(tmp_path).csv("a.csv", key="Key").scan()]
    assert sorted(ids) == sorted(f"{who}-{number}" for who in ("ada", "bo") for number in range(15))


def test_a_link_stays_a_link_and_permissions_stay(tmp_path: Path) -> None:
    file = odd(tmp_path)
    (tmp_path / "odd.csv").chmod(0o640)
    (tmp_path / "link.csv").symlink_to(tmp_path / "odd.csv")
    Files(tmp_path).csv("link.csv", key="Key", types=KINDS).update([Patch("a", {"Price": 9})])
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "odd.csv").stat().st_mode & 0o777 == 0o640
    assert file.get(["a"])["a"].fields["Price"] == 9


def test_rows_go_for_good_and_others_stay(tmp_path: Path) -> None:
    file = odd(tmp_path)
    done = file.delete(["b", "none"])
    assert done[0] is None
    assert isinstance(done[1], GoneError)
    assert (tmp_path / "odd.csv").read_bytes().decode("utf-8-sig") == ODD.replace("b;plain;;2;1/2/2026\r\n", "")


EARLY, LATE = datetime(1970, 1, 2), datetime(2069, 12, 30)  # noqa: DTZ001  hypothesis adds the zone
TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=30)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXT.filter(bool),
    "number": st.one_of(st.integers(-(10**15), 10**15), st.floats(allow_nan=False, allow_infinity=False)),
    "bool": st.booleans(),
    "date": st.dates(date(1970, 1, 1), date(2069, 12, 31)),
    "datetime": st.datetimes(EARLY, LATE, timezones=st.just(UTC)),
    "labels": st.lists(
        st.text(st.characters(categories=("L", "N", "P", "S", "Zs"))).map(str.strip).filter(bool), min_size=1
    ),
}


@given(st.data())
def test_every_value_comes_back_as_it_was_written(data: Any) -> None:
    from productops.connectors.files.dates import Style

    kind = data.draw(st.sampled_from(sorted(VALUES)))
    value = data.draw(VALUES[kind])
    order: Callable[..., Any] = st.sampled_from
    style = Style(data.draw(order(["iso", "dmy", "mdy"])), data.draw(order("/.-")), "T", data.draw(st.booleans()))
    form = Format(
        day_first=style.order != "mdy", decimal=data.draw(order(",.")), several=data.draw(order(",;|")),
        zone=data.draw(order(["UTC", "Europe/Paris"])),
    )  # fmt: skip
    column = Column("A", kind, style=style, words=data.draw(order([("yes", "no"), ("Oui", "Non"), ("1", "0")])))
    back = read(write(value, column, form), column, form, "here")
    if kind == "datetime" and style.order != "iso" and form.zone != "UTC":
        assert abs(back - value).total_seconds() in (0, 3600)  # an hour that a clock showed twice
    else:
        assert back == value


class Idea(BaseModel):
    title: str
    due: date | None = None
    stage: str | None = None


def test_a_table_and_a_file_kept_equal(tmp_path: Path) -> None:
    (tmp_path / "plan.csv").write_text(
        "Key;Titel;Termin;Stand;Notiz\n1;Suche;31.12.2026;offen;meine\n", encoding="utf-8"
    )
    account = Memory()
    table = account.collection("Ideas", {"Name": "text", "Due": "date", "Stage": ["New", "Done"]})
    here = Mapping(Idea, title="Name", due="Due", stage=choice("Stage", new="New", done="Done"))
    there = Mapping(Idea, title="Titel", due="Termin", stage=choice("Stand", new="offen", done="fertig"))
    file = there.on(Files(tmp_path).csv("plan.csv", key="Key"))
    sync = Sync("plan", left=here.on(table), right=file, state=tmp_path / "plan.db")
    plan = sync.plan()
    assert [(write.side, write.kind) for change in plan.changes for write in change.writes] == [("left", "create")]
    sync.apply(plan)
    (row,) = table.rows.values()
    assert (row.fields["Name"], row.fields["Due"]) == ("Suche", date(2026, 12, 31))
    table.edit(row.id, Stage="Done", Due=date(2027, 1, 2))
    new = table.add(Name="=Ideen", Stage="New")
    sync.run()
    text = (tmp_path / "plan.csv").read_text(encoding="utf-8")
    assert text.startswith("Key;Titel;Termin;Stand;Notiz\n1;Suche;02.01.2027;fertig;meine\n")
    assert text.splitlines()[2].endswith(";'=Ideen;;offen;")
    assert not sync.plan()
    (tmp_path / "plan.csv").write_text(text.replace("'=Ideen", "Ideen"), encoding="utf-8")
    sync.run()
    assert table.rows[new.id].fields["Name"] == "Ideen"
    assert not sync.plan()
    sync.state.engine.dispose()
