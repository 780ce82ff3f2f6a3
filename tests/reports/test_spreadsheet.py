"""Spreadsheets: every cell with its type, real tables, and text that never computes."""

import csv
import io
import zipfile
from datetime import date, datetime, timedelta, timezone

import pytest

from productops.errors import ConfigError
from productops.reports.spreadsheet import harmless, sheets, to_csv, write_csv, write_excel
from reports.worlds import hostile_source, source

calamine = pytest.importorskip("python_calamine")
NASTY = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "＝1", "=cmd|' /C calc'!A0")


def read(path, sheet):
    return calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python()


def test_every_cell_has_its_type(tmp_path):
    moment = datetime(2026, 10, 13, 9, 30, tzinfo=timezone(timedelta(hours=2)))
    rows = [{"text": "x", "whole": 3, "real": -2.5, "yes": True, "day": date(2026, 10, 13), "at": moment, "none": None}]
    path = write_excel(tmp_path / "a.xlsx", {"Things": rows})
    head, line = read(path, "Things")
    assert head == ["text", "whole", "real", "yes", "day", "at", "none"]
    assert line[:4] == ["x", 3, -2.5, True]
    assert line[4].isoformat()[:10] == "2026-10-13"
    assert line[5].isoformat() == "2026-10-13T07:30:00"
    assert line[6] == ""


def test_a_sheet_is_a_table_with_a_heading_that_stays(tmp_path):
    path = write_excel(tmp_path / "a.xlsx", sheets(source()))
    with zipfile.ZipFile(path) as book:
        tables = [name for name in book.namelist() if name.startswith("xl/tables/")]
        assert len(tables) == len(sheets(source())) == 5
        assert b"pane" in book.read("xl/worksheets/sheet1.xml")
    rows = read(path, "Roadmap")
    assert len(rows) == 21
    assert rows[0][1] == "Title"


def test_text_is_text_in_a_workbook(tmp_path):
    path = write_excel(tmp_path / "a.xlsx", {"x": [{"text": text} for text in NASTY]})
    with zipfile.ZipFile(path) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    assert [row[0] for row in read(path, "x")[1:]] == [text.replace("\r", "") for text in NASTY]


def test_text_is_text_in_csv_and_numbers_are_numbers():
    text = to_csv([{"=a": each, "n": -1} for each in NASTY])
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["'=a", "n"]
    for row in rows[1:]:
        assert row[0].startswith("'")
        assert row[1] == "-1"


def test_the_same_rows_give_the_same_bytes(tmp_path):
    one, two = (write_excel(tmp_path / name, sheets(source()), made_on=date(2026, 11, 2)).read_bytes() for name in "ab")
    assert one == two
    assert write_csv(tmp_path / "c", [{"a": "é"}]).read_bytes() == b"\xef\xbb\xbfa\r\n\xc3\xa9\r\n"


def test_hostile_text_and_odd_headings(tmp_path):
    path = write_excel(tmp_path / "a.xlsx", {**sheets(hostile_source(), "fr"), "a[b]/c": [{"A": 1, "a": 2, "": 3}]})
    assert len(read(path, "Feuille de route")) == 21
    assert read(path, "abc") == [["A", "a 2", " "], [1, 2, 3]]


@pytest.mark.parametrize("name", ["", "[]", "History", "'"])
def test_a_name_excel_refuses(tmp_path, name):
    with pytest.raises(ConfigError, match="no name for a sheet"):
        write_excel(tmp_path / "a.xlsx", {name: [{"a": 1}]})


def test_a_file_that_cannot_be_written(tmp_path):
    with pytest.raises(ConfigError, match="cannot be written"):
        write_excel(tmp_path / "none" / "a.xlsx", {"a": [{"a": 1}]})


def test_the_demand_stands_in_columns_of_its_own():
    first = sheets(source())["Demand"][0]
    assert (first["Title"], first["Accounts"], first["Yearly revenue"], first["Pipeline"]) == (
        "Pay by invoice",
        7,
        206000.0,
        77000.0,
    )


def test_an_export_only_touches_its_copy():
    known = source()
    before = [item.model_dump_json() for item in known.items]
    sheets(known)
    assert [item.model_dump_json() for item in known.items] == before
    assert harmless("=x") == "'=x"
