"""What a file says about itself is found out, shown, and can be said instead."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from productops import Mapping, choice, person
from productops.connectors import Files
from productops.connectors.files.cells import guarded, unguarded
from productops.connectors.files.dates import day_of, moment_of
from productops.connectors.files.numbers import number_of
from productops.errors import ConfigError, MissingExtraError, RejectedError
from productops.sdk.record import Unreadable

FRENCH = (
    "N°;Titre;Échéance;Prix;Étape\r\n"
    "1;Payer par facture;31/12/2026;1 234,50;À faire\r\n"
    "2;Export « CSV »;05/01/2027;-3,5;Livré\r\n"
    "3;;;;\r\n"
)


class Idea(BaseModel):
    title: str | None = None
    due: date | None = None
    price: float | None = None
    stage: str | None = None
    owner: str | None = None


IDEAS = Mapping(Idea, title="Titre", due="Échéance", price="Prix", stage=choice("Étape", new="À faire", done="Livré"))


def french(folder: Path, text: str = FRENCH, encoding: str = "cp1252") -> None:
    (folder / "idées.csv").write_bytes(text.encode(encoding))


def test_french_excel_is_understood_without_being_told(tmp_path: Path) -> None:
    french(tmp_path)
    view = IDEAS.on(Files(tmp_path).csv("idées.csv", key="N°"))
    found = list(view)
    assert [(one.title, one.due, one.price, one.stage) for one in found] == [
        ("Payer par facture", date(2026, 12, 31), 1234.5, "new"),
        ("Export « CSV »", date(2027, 1, 5), -3.5, "done"),
        (None, None, None, None),
    ]
    assert view.problems == []
    shown = str(view.collection.format)  # type: ignore[attr-defined]
    assert shown.startswith("encoding cp1252, delimiter semicolon, dates day first, decimal comma")
    assert "idées.csv is not UTF-8 (line 1)" in shown


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters_are_found(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = [["Key", "Näme", "Text"], ["1", "A", 'x, y; z|"q"'], ["2", "B", "two\nlines"]]
    text = "\r\n".join(delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    file = Files(tmp_path).csv("a.csv", key="Key")
    assert [record.fields["Text"] for record in file.scan()] == ['x, y; z|"q"', "two\nlines"]
    assert file.format.encoding == encoding
    assert file.format.delimiter == delimiter
    assert [field.name for field in file.schema().fields] == ["Key", "Näme", "Text"]


def test_excels_own_line_about_the_delimiter_counts(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("sep=|\nKey|A,B,C,D\n1|x,y,z,w\n", encoding="utf-8")
    file = Files(tmp_path).csv("a.csv", key="Key")
    assert [record.fields for record in file.scan()] == [{"Key": "1", "A,B,C,D": "x,y,z,w"}]


@pytest.mark.parametrize(
    ("text", "day_first", "day"),
    [
        ("31/12/2026", None, date(2026, 12, 31)),
        ("12/31/2026", None, date(2026, 12, 31)),
        ("3/4/26", True, date(2026, 4, 3)),
        ("3/4/26", False, date(2026, 3, 4)),
        ("31.12.1999", None, date(1999, 12, 31)),
        ("2026-12-31", None, date(2026, 12, 31)),
        ("2026/12/31", None, date(2026, 12, 31)),
        ("31 Dec 2026", None, date(2026, 12, 31)),
        ("December 31st, 2026", None, date(2026, 12, 31)),
        ("31 déc. 2026", None, date(2026, 12, 31)),
        ("1. März 2026", None, date(2026, 3, 1)),
        ("5 juillet 2026", None, date(2026, 7, 5)),
        ("5 juin 2026", None, date(2026, 6, 5)),
        ("2/2/2026", None, date(2026, 2, 2)),
    ],
)
def test_days_as_people_write_them(text: str, day_first: bool | None, day: date) -> None:
    assert day_of(text, day_first=day_first) == day


@pytest.mark.parametrize("text", ["3/4/2026", "31/31/2026", "30/2/2026", "soon", "2026-13-01", "1/2/3", ""])
def test_what_is_no_day_or_two_days_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        day_of(text, day_first=None)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("31/12/2026 14:30", datetime(2026, 12, 31, 13, 30, tzinfo=UTC)),
        ("2026-12-31T14:30:05", datetime(2026, 12, 31, 13, 30, 5, tzinfo=UTC)),
        ("2026-12-31 14:30:05 UTC", datetime(2026, 12, 31, 14, 30, 5, tzinfo=UTC)),
        ("2026-12-31T14:30:05.250Z", datetime(2026, 12, 31, 14, 30, 5, 250_000, tzinfo=UTC)),
        ("2026-12-31 14:30:05 +0200", datetime(2026, 12, 31, 12, 30, 5, tzinfo=UTC)),
        ("Dec 31, 2026 2:30 PM", datetime(2026, 12, 31, 13, 30, tzinfo=UTC)),
        ("31.12.2026", datetime(2026, 12, 30, 23, 0, tzinfo=UTC)),
    ],
)
def test_times_as_people_write_them(text: str, moment: datetime) -> None:
    assert moment_of(text, "Europe/Paris", day_first=None) == moment


@pytest.mark.parametrize(
    ("text", "decimal", "number"),
    [
        ("1 234,50", ",", 1234.5),
        ("1.234,50", ",", 1234.5),
        ("1,234.50", ".", 1234.5),
        ("1\u202f234,5 €", ",", 1234.5),
        ("$1,234", ".", 1234),
        ("-12", ",", -12),
        ("−12", ".", -12),
        ("1e3", ".", 1000.0),
        (",5", ",", 0.5),
    ],
)
def test_numbers_as_people_write_them(text: str, decimal: str, number: float) -> None:
    assert number_of(text, decimal) == number


@pytest.mark.parametrize(
    ("text", "decimal"), [("1,5", "."), ("12.34", ","), ("n/a", "."), ("1-2", "."), ("", "."), (".", ".")]
)
def test_a_number_is_never_read_a_thousand_times_too_large(text: str, decimal: str) -> None:
    with pytest.raises(ValueError, match="is no number"):
        number_of(text, decimal)


@pytest.mark.parametrize(
    ("cells", "decimal"),
    [
        (["1,5"], ","),
        (["1.5"], "."),
        (["1,234", "1,5"], ","),
        (["1.234", "1.234.567"], ","),
        (["0,125"], ","),
        (["1"], None),
    ],
)
def test_the_decimal_sign_is_told_by_all_the_numbers(tmp_path: Path, cells: list[str], decimal: str | None) -> None:
    (tmp_path / "a.csv").write_text("P\tQ\n" + "".join(f"{cell}\tx\n" for cell in cells), encoding="utf-8")
    assert Files(tmp_path).csv("a.csv", types={"P": "number"}).format.decimal == decimal


def test_a_date_that_can_be_two_days_must_be_said(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Key,Due\n1,03/04/2026\n", encoding="utf-8")
    files = Files(tmp_path)
    with pytest.raises(ConfigError, match=r"a\.csv, row 2, Due: '03/04/2026' can be two days.*day_first=True"):
        files.csv("a.csv", key="Key", types={"Due": "date"}).schema()
    said = [files.csv("a.csv", types={"Due": "date"}, day_first=first) for first in (True, False)]
    assert [next(file.scan()).fields["Due"] for file in said] == [date(2026, 4, 3), date(2026, 3, 4)]


def test_a_cell_that_cannot_be_read_is_told_with_its_place_and_spoils_nothing_else(tmp_path: Path) -> None:
    french(tmp_path, FRENCH.replace("-3,5", "n.c."))
    view = IDEAS.on(Files(tmp_path).csv("idées.csv", key="N°"))
    assert [one.title for one in view] == ["Payer par facture", "Export « CSV »", None]
    (problem,) = view.problems
    assert "idées.csv, row 3, Prix: 'n.c.' is no number" in problem


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('Key,A\n1,"open\n2,x\n', r"row 2: a quote is opened and never closed\. Close the quote"),
        ("Key,A\n1,x,y\n", r"row 2: there are 3 cells and 2 columns; the first too many is 'y'"),
        ("Key,A\n1,x\n1,y\n", r"row 3: it has the Key '1' of row 2\. Give each row a key"),
        ("Key,A\n1,x\n,y\n", r"row 3: it has no Key\..*fill_keys"),
    ],
)
def test_errors_name_the_row_and_the_remedy(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    with pytest.raises(RejectedError, match=rf"a\.csv, {said}"):
        list(Files(tmp_path).csv("a.csv", key="Key").scan())


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    files = Files(tmp_path)
    with pytest.raises(ConfigError, match=r"none\.csv is not there"):
        files.csv("none.csv").schema()
    (tmp_path / "a.csv").write_bytes("é\n".encode("cp1252"))
    with pytest.raises(RejectedError, match=r"a\.csv, line 1: the text is not utf-8"):
        files.csv("a.csv", encoding="utf-8").schema()
    with pytest.raises(ConfigError, match=r"has no column 'Key'.*It has: é"):
        files.csv("a.csv", key="Key").schema()
    assert files.check()
    assert not Files(tmp_path / "nowhere").check()


@pytest.mark.parametrize(
    "text", ["=1+1", "+A1", "-A1", "@x", "'=1", "''=1", "\tx", "-5", "+49 30 123", "plain", "'quoted'", "＝x"]
)
def test_no_text_becomes_a_formula_and_each_comes_back(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+A", "-A", "@", "\t", "＝"))


def test_people_lists_and_yes_and_no(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        'Key,Owner,Tags,Done\n1,"Ada Example <ada@example.com>","a, ""b, c""",Oui\n2,bo@example.com,,Non\n',
        encoding="utf-8",
    )
    kinds: Any = {"Owner": "person", "Tags": "labels", "Done": "bool"}
    file = Files(tmp_path).csv("a.csv", key="Key", types=kinds)
    one, two = file.scan()
    assert (one.fields["Owner"].name, one.fields["Owner"].email) == ("Ada Example", "ada@example.com")
    assert one.fields["Tags"] == ["a", "b, c"]
    assert (one.fields["Done"], two.fields["Done"]) == (True, False)
    (model,) = (item for item in Mapping(Idea, owner=person("Owner"), title="Key").on(file) if item.title == "2")
    assert model.owner == "bo@example.com"


def test_a_spreadsheet_is_read_with_its_types_and_never_computed(tmp_path: Path) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter")
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet, other = book.add_worksheet("Ideas"), book.add_worksheet("Other")
        other.write_row(0, 0, ["A"])
        for row, cells in enumerate(
            [["Key", "Name", "Due", "Price", "Sum"], ["1", "=cmd|x", date(2026, 12, 31), 2.5]], 1
        ):
            for column, cell in enumerate(cells):
                if isinstance(cell, date):
                    sheet.write_datetime(  # spreadsheets know no zones
                        row, column, date(2026, 12, 31), book.add_format({"num_format": "dd/mm/yy"})
                    )
                elif isinstance(cell, str):
                    sheet.write_string(row, column, cell)
                else:
                    sheet.write(row, column, cell)
        sheet.write_formula(2, 4, "=1+1", None, 41)
    files = Files(tmp_path)
    file = files.excel("a.xlsx", "Ideas", key="Key", types={"Due": "date", "Price": "number", "Sum": "number"})
    (record,) = file.scan()
    assert record.fields == {"Key": "1", "Name": "=cmd|x", "Due": date(2026, 12, 31), "Price": 2.5, "Sum": 41}
    assert not file.features.update
    assert [field.name for field in files.excel("a.xlsx", "Other").schema().fields] == ["A"]
    with pytest.raises(ConfigError, match="It has: Ideas, Other"):
        files.excel("a.xlsx", "Sheet1").schema()
    (tmp_path / "b.xlsx").write_bytes(b"no zip")
    with pytest.raises(RejectedError, match=r"b\.xlsx is no spreadsheet"):
        files.excel("b.xlsx").schema()


def test_without_the_extra_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "python_calamine", None)
    with pytest.raises(MissingExtraError, match=r'pip install "productops\[excel\]"'):
        Files(tmp_path).excel("a.xlsx").schema()


def test_json_lines_keep_their_types(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(
        '{"key": 7, "n": 2.5, "d": "2026-12-31", "x": {"deep": [1]}, "t": "\'=1"}\n\n', encoding="utf-8"
    )
    kinds: Any = {"n": "number", "d": "date", "x": "other", "new": "bool"}
    (record,) = Files(tmp_path).jsonl("a.jsonl", key="key", types=kinds).scan()
    assert record.id == "7"
    assert record.fields == {"key": "7", "n": 2.5, "d": date(2026, 12, 31), "x": {"deep": [1]}, "t": "'=1", "new": None}
    (tmp_path / "b.jsonl").write_text('{"key": 1}\n[1]\n', encoding="utf-8")
    with pytest.raises(RejectedError, match=r"b\.jsonl, line 2: it is no object"):
        Files(tmp_path).jsonl("b.jsonl").schema()


def test_an_unreadable_cell_is_not_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Key,N\n1,soon\n", encoding="utf-8")
    (record,) = Files(tmp_path).csv("a.csv", key="Key", types={"N": "number"}).scan()
    assert isinstance(record.fields["N"], Unreadable)


def test_a_kind_that_is_misspelt_is_refused_before_anything_is_read() -> None:
    with pytest.raises(ConfigError, match=r"'numbr' is no kind of column\. Did you mean 'number'\?"):
        Files().csv("ideas.csv", types={"Price": "numbr"})  # type: ignore[dict-item]
