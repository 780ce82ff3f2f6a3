"""Exports brought in again and again: no note twice, nothing of ours overwritten, and all of it shown before."""

from datetime import UTC, date, datetime

import pytest
from pydantic import BaseModel

from productops import Account, Feedback, Mapping, RoadmapItem, Workspace, choice, constant
from productops.connectors import Files, Memory
from productops.errors import ConfigError, RejectedError, StaleError
from productops.mappings import contact

INTERCOM = (
    "Conversation ID,Created at,Contact,Subject,First message,Tags\n"
    '901,12/31/2026 2:30 PM,"Ada Example <ada@example.com>",Export,"Please add CSV, as before",export\n'
    "902,01/02/2027 9:05 AM,bo@example.com,,Dark mode!,\n"
)
INTERCOM_MAP = Mapping(
    Feedback, text="First message", source=constant("support"), source_id="Conversation ID", received_at="Created at",
    requester=contact("Contact"), title="Subject", tags="Tags",
)  # fmt: skip


@pytest.fixture
def ws(tmp_path):
    with Workspace(tmp_path / "product.db", by="me") as it:
        yield it


def write(tmp_path, text, name="export.csv", encoding="utf-8"):
    (tmp_path / name).write_bytes(text.encode(encoding))
    return Files(tmp_path).csv(name)


def notes(ws):
    return {note.source_id: note for note in ws.all(Feedback)}


def test_a_preview_shows_and_writes_nothing(ws, tmp_path):
    preview = ws.preview(INTERCOM_MAP.on(write(tmp_path, INTERCOM)), source="intercom")
    assert preview.summary() == "export.csv: 2 new, 0 changed, 0 as they are."
    assert "dates month first" in str(preview)
    assert ws.count(Feedback) == 0
    ws.load(preview, by="ada")
    found = notes(ws)["901"]
    assert (found.text, found.requester.email, found.source_system) == (
        "Please add CSV, as before",
        "ada@example.com",
        "intercom",
    )
    assert found.received_at == datetime(2026, 12, 31, 14, 30, tzinfo=UTC)
    (event,) = ws.history(found)
    assert (event.by, event.source, event.run) == ("ada", "intercom", preview.run)


def test_an_overlapping_export_adds_no_twin_and_keeps_our_triage(ws, tmp_path):
    ws.load(INTERCOM_MAP.on(write(tmp_path, INTERCOM)), source="intercom")
    note = notes(ws)["901"]
    note.move("triaged", at=datetime.now(UTC), by="ada")
    note.area, note.title = "exports", "Our own words"
    ws.save(note)
    later = (
        INTERCOM.replace(",Export,", ",Export to CSV,").replace(",,Dark mode!", ",Night,Dark mode!")
        + "903,01/03/2027 8:00 AM,,,New one,\n"
    )
    preview = ws.preview(INTERCOM_MAP.on(write(tmp_path, later, "later.csv")), source="intercom")
    assert preview.summary() == "later.csv: 1 new, 1 changed, 1 as they are, 1 kept as changed here."
    (kept,) = preview.kept
    assert kept == "later.csv, row 2: title stays Our own words; intercom says Export to CSV"
    ws.load(preview)
    found = notes(ws)
    assert sorted(found) == ["901", "902", "903"]
    assert (found["901"].state, found["901"].area, found["901"].title) == ("triaged", "exports", "Our own words")
    assert found["902"].title == "Night"
    again = ws.preview(INTERCOM_MAP.on(write(tmp_path, later, "later.csv")), source="intercom")
    assert (bool(again), again.same) == (False, 3)


def test_the_same_id_of_two_places_is_two_notes(ws, tmp_path):
    for source in ("intercom", "zendesk"):
        ws.load(INTERCOM_MAP.on(write(tmp_path, INTERCOM)), source=source)
    assert ws.count(Feedback) == 4


def test_words_that_were_edited_at_the_source_are_told_and_never_ours(ws, tmp_path):
    ws.load(INTERCOM_MAP.on(write(tmp_path, INTERCOM)), source="intercom")
    preview = ws.load(
        INTERCOM_MAP.on(write(tmp_path, INTERCOM.replace("Dark mode!", "Light mode!"))), source="intercom"
    )
    assert preview.kept == ["export.csv, row 3: text stays Dark mode!; intercom says Light mode!"]
    assert notes(ws)["902"].text == "Dark mode!"


def test_a_column_that_can_be_read_in_two_ways_says_so(ws, tmp_path):
    """A subject of a Zendesk export, with dates that nothing decides."""
    text = "Id,Subject,Description,Requested\n7,Hi,Dark mode,01/02/2026\n"
    mapping = Mapping(
        Feedback,
        text="Description",
        title="Subject",
        source_id="Id",
        source=constant("support"),
        received_at="Requested",
    )
    with pytest.raises(ConfigError, match=r"export\.csv, row 2, Requested: '01/02/2026' can be two days"):
        ws.preview(mapping.on(write(tmp_path, text)), source="zendesk")
    (tmp_path / "export.csv").write_text(text, encoding="utf-8")
    file = Files(tmp_path).csv("export.csv", day_first=True, zone="Europe/Paris")
    ws.load(mapping.on(file), source="zendesk")
    assert notes(ws)["7"].received_at == datetime(2026, 1, 31, 23, tzinfo=UTC)


def test_french_excel(ws, tmp_path):
    text = (
        "Identifiant;Compte;Chiffre d'affaires;Devise;Renouvellement;Santé\r\n"
        "1;Café du Port;12 500,50;EUR;31/12/2026;Bonne\r\n"
        "2;Brasserie « Été »;1 000;EUR;05/06/2027;Faible\r\n3;Vide;;;;\r\n"
    )
    mapping = Mapping(
        Account, name="Compte", arr="Chiffre d'affaires", currency="Devise", renewal_on="Renouvellement",
        health=choice("Santé", good="Bonne", poor="Faible"),
    )  # fmt: skip
    file = write(tmp_path, text, "comptes.csv", "cp1252")
    preview = ws.preview(mapping.on(file), source="crm", match="name")
    assert "encoding cp1252, delimiter semicolon, dates day first, decimal comma" in str(preview)
    ws.load(preview)
    one = next(ws.find(Account, name="Café du Port"))
    assert (float(one.arr), one.renewal_on, one.health) == (12500.5, date(2026, 12, 31), "good")
    changed = text.replace("Bonne", "Faible").replace("12 500,50", "13 000,00")
    preview = ws.preview(mapping.on(write(tmp_path, changed, "comptes.csv", "cp1252")), source="crm", match="name")
    assert preview.summary() == "comptes.csv: 0 new, 1 changed, 2 as they are."
    assert "health: good → poor" in str(preview)


def test_productboards_notes_with_their_own_state(ws, tmp_path):
    text = "id,title,content,state\nn1,Export,Please,unprocessed\nn2,,Dark,processed\n"
    mapping = Mapping(
        Feedback, text="content", title="title", source_id="id", source=constant("internal"),
        state=choice("state", new="unprocessed", triaged="processed"),
    )  # fmt: skip
    ws.load(mapping.on(write(tmp_path, text)), source="productboard")
    note = notes(ws)["n1"]
    for state, reason in (("triaged", None), ("declined", "no")):
        note.move(state, at=datetime.now(UTC), by="ada", reason=reason)
    ws.save(note)
    ws.load(
        mapping.on(write(tmp_path, text.replace("n1,Export,Please,unprocessed", "n1,Export,Please,processed"))),
        source="productboard",
    )
    assert notes(ws)["n1"].state == "declined"


def test_what_is_broken_is_told_with_its_place_and_the_rest_comes_in(ws, tmp_path):
    rows = ["1,Good,2026-01-01", ",No id,2026-01-01", "1,Twice,2026-01-01", "4,Odd date,soon", "5,,2026-01-01", ""]
    text = "\n".join(["Conversation ID,First message,Created at", *rows])
    mapping = Mapping(
        Feedback,
        text="First message",
        source_id="Conversation ID",
        received_at="Created at",
        source=constant("support"),
    )
    preview = ws.load(mapping.on(write(tmp_path, text)), source="intercom")
    assert sorted(notes(ws)) == ["1", "4"]
    told = "\n".join(preview.problems)
    assert "export.csv, row 3: it says no source_id" in told
    assert "export.csv, row 4: it has the same source_id as export.csv, row 2" in told
    assert "row 5, Created at: 'soon' is no date" in told
    assert "export.csv, row 6: " in told
    assert "text" in told


def test_a_broken_file_changes_nothing(ws, tmp_path):
    with pytest.raises(RejectedError, match="row 3: a quote is opened and never closed"):
        ws.load(
            INTERCOM_MAP.on(write(tmp_path, INTERCOM.replace("bo@example.com", '"bo@example.com'))), source="intercom"
        )
    assert ws.count(Feedback) == 0


def test_a_preview_that_is_out_of_date_is_refused(ws, tmp_path):
    preview = ws.preview(INTERCOM_MAP.on(write(tmp_path, INTERCOM)), source="intercom")
    ws.add(Feedback(text="Meanwhile"))
    with pytest.raises(StaleError, match="since the preview was made"):
        ws.load(preview)
    assert ws.count(Feedback) == 1


def test_any_view_can_be_brought_in(ws):
    table = Memory().collection("Ideas", {"Name": "text", "Notes": "text"})
    table.add(Name="Dark mode", Notes="why")
    view = Mapping(RoadmapItem, title="Name", description="Notes").on(table)
    with pytest.raises(ConfigError, match="by which fields a RoadmapItem is known again"):
        ws.preview(view)
    ws.load(view, match="title")
    table.edit("Ideas-1", Notes=None)
    ws.load(view, match="title")
    (item,) = ws.all(RoadmapItem)
    assert (item.title, item.description) == ("Dark mode", "")
    with pytest.raises(ConfigError, match="no field 'titel'"):
        ws.preview(view, match="titel")


def test_what_was_deleted_here_does_not_come_back(ws, tmp_path):
    view = INTERCOM_MAP.on(write(tmp_path, INTERCOM))
    ws.load(view, source="intercom")
    ws.delete(notes(ws)["902"])
    preview = ws.load(view, source="intercom")
    assert sorted(notes(ws)) == ["901"]
    assert "export.csv, row 3: it was deleted here (fb_" in preview.kept[0]


def test_a_key_of_several_values_is_one_too(ws):
    table = Memory().collection("Ideas", {"Name": "text", "Tags": "labels"})
    table.add(Name="Dark mode", Tags=["a", "b"])
    view = Mapping(RoadmapItem, title="Name", tags="Tags").on(table)
    ws.load(view, match=["title", "tags"])
    assert not ws.preview(view, match=["title", "tags"])


def test_fields_can_be_kept_by_name(ws):
    table = Memory().collection("Ideas", {"Name": "text", "Notes": "text"})
    table.add(Name="Dark mode", Notes="first")
    view = Mapping(RoadmapItem, title="Name", description="Notes").on(table)
    ws.load(view, match="title")
    table.edit("Ideas-1", Notes="second")
    assert not ws.preview(view, match="title", keep="description")
    assert ws.load(view, match="title").revisions[0].fields == {"description": ("first", "second")}


def test_a_model_of_your_own(ws, tmp_path):
    class Ticket(BaseModel):
        id: str
        title: str
        votes: int = 0

    ws.register("ticket", Ticket)
    (tmp_path / "t.csv").write_text("Key;Title;Votes\nA-1;Dark mode;1 234\n", encoding="utf-8")
    view = Mapping(Ticket, id="Key", title="Title", votes="Votes").on(Files(tmp_path).csv("t.csv"))
    ws.load(view)
    ws.load(view)
    assert list(ws.all(Ticket)) == [Ticket(id="A-1", title="Dark mode", votes=1234)]
