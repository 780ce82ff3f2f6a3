"""The tables of what is lost and what is kept are made from what connectors declare; run this to write them."""

import re
from pathlib import Path

import pytest

from productops.connectors.airtable.cells import UNSHOWN as AIRTABLE
from productops.connectors.jira.adf import LOSSY, LOSSY_MARKS
from productops.connectors.jira.adf import UNSHOWN as JIRA
from productops.connectors.notion.blocks_hidden import MENTIONS, NAMES
from productops.connectors.notion.blocks_read import UNSHOWN as NOTION
from productops.connectors.notion.blocks_write import STRANGE
from productops.connectors.productboard.text import UNSHOWN as PRODUCTBOARD
from productops.sync.deciding.losses import NAMES_ONLY

PAGE = Path(__file__).parents[1] / "docs" / "rich-text.md"
LOST = {
    "Jira": {*JIRA.values()},
    "Notion": {*NOTION.values(), STRANGE},
    "Airtable": {*AIRTABLE.values(), NAMES_ONLY},
    "Productboard": {*PRODUCTBOARD.values(), NAMES_ONLY},
}
KEPT = {
    "Jira": {*LOSSY.values(), *LOSSY_MARKS.values(), "table colours", "table headers", "table spans"},
    "Notion": {*NAMES.values(), *MENTIONS.values(), "colours", "equations in a text", "underlining"},
    "Productboard": {"underlining"},
}


def table(names: dict[str, set[str]]) -> str:
    rows = [f"| {service} | {'; '.join(sorted(found, key=str.casefold))} |" for service, found in names.items()]
    return "\n".join(["| | |", "| --- | --- |", *rows]) + "\n"


def written(page: str) -> str:
    for name, names in (("losses", LOST), ("kept", KEPT)):
        made = f"<!-- {name} -->\n{table(names)}<!-- /{name} -->"
        page = re.sub(rf"<!-- {name} -->\n.*?<!-- /{name} -->", lambda _, made=made: made, page, flags=re.DOTALL)
    return page


@pytest.mark.parametrize("service", LOST)
def test_the_page_tells_what_is_declared(service: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == written(page), "run python tests/test_docs_rich_text.py"
    assert f"| {service} |" in page


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
