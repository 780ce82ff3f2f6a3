"""The table of what each connector can do is made from what it declares. Run this file to write it anew."""

from datetime import timedelta
from pathlib import Path

import pytest

from productops.connectors import Airtable, Files, Jira, Memory, Notion, Productboard
from productops.sdk.collection import Collection

PAGES = Path(__file__).parents[1] / "docs" / "connectors"
START, END = "<!-- features -->\n", "<!-- /features -->"
COLLECTIONS: dict[str, Collection] = {
    "airtable": Airtable("pat-example").table("app0", "tbl0", key="Sync key"),
    "files": Files().csv("ideas.csv", key="Key"),
    "jira": Jira("https://example.atlassian.net", email="ada@example.com", token="x").issues("PROD"),
    "memory": Memory().collection("ideas"),
    "notion": Notion("ntn_example").data_source("0" * 32, key="Sync key"),
    "productboard": Productboard("pb-example").features(),
}


def told(value: timedelta | None) -> str:
    """Return a length of time as people say it."""
    if value is None:
        return "no"
    seconds = value.total_seconds()
    if not seconds:
        return "exactly"
    return f"to {seconds / 60:g} min" if seconds >= 60 else f"to {seconds:g} s"


def table(collection: Collection) -> str:
    """Return what a collection declares as a table."""
    features, settle = collection.features, collection.settle()
    markers = {
        "none": "no", "field": "yes, in a field that you name", "property": "yes, where no user sees it",
        "id": "yes, as the key of what it made",
    }  # fmt: skip
    deletes = {"none": "no", "trash": "into the trash", "hard": "for good"}

    def batch(able: bool, size: int) -> str:
        return f"yes, {size} at once" if able and size > 1 else "yes, one by one" if able else "no"

    rows = {
        "read by id": batch(features.get, features.get_batch),
        "create": batch(features.create, features.create_batch),
        "change": batch(features.update, features.update_batch),
        "delete": deletes[features.delete],
        "list what changed since a moment": told(features.cursor),
        "time of the last change": told(features.updated),
        "keeps the sync's key": markers[features.marker],
        "a repeated create makes no twin": "yes" if features.upsert else "no: it is looked for first",
        "writes answer with the record": "yes" if features.echo else "no",
        "empty values clear a field": "yes" if features.clears else "no",
        "lists its people": "yes" if features.lists_people else "no",
        "writes people by e-mail": "yes" if features.people_by_email else "no",
        "its own clock": "yes" if features.server_clock else "no",
        "late commit (D)": f"{settle.late.total_seconds():g} s",
        "search lag (V)": f"{settle.lag.total_seconds():g} s",
    }
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())]) + "\n"


def parts(name: str) -> tuple[str, str, str]:
    """Return a page before, in and behind its table."""
    before, _, rest = (PAGES / f"{name}.md").read_text(encoding="utf-8").partition(START)
    shown, _, after = rest.partition(END)
    return before, shown, after


@pytest.mark.parametrize("name", COLLECTIONS)
def test_the_table_says_what_the_connector_declares(name: str) -> None:
    assert parts(name)[1] == table(COLLECTIONS[name])


def test_every_connector_has_a_page() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} >= set(COLLECTIONS)


if __name__ == "__main__":
    for name, collection in COLLECTIONS.items():
        before, _, after = parts(name)
        (PAGES / f"{name}.md").write_text(before + START + table(collection) + END + after, encoding="utf-8")
