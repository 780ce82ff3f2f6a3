"""The cells of a table, laid out as people see them."""

from __future__ import annotations

from productops.connectors.jira.adf.write import Node

WIDEST = 1_000  # a span beyond this is a mistake, and would fill the memory


def span(cell: Node, name: str) -> int:
    """Return over how many columns (``colspan``) or rows (``rowspan``) a cell reaches."""
    value = (cell.get("attrs") or {}).get(name)
    return min(value, WIDEST) if isinstance(value, int) and value > 1 else 1


def grid(rows: list[Node]) -> list[list[Node | None]]:
    """Return the rows of a table, all equally wide; where a merged cell reaches to, there is nothing."""
    covered: set[tuple[int, int]] = set()
    laid: list[dict[int, Node]] = []
    width = 0
    for at, row in enumerate(rows):
        here: dict[int, Node] = {}
        column = 0
        for cell in row.get("content") or []:
            while (at, column) in covered:
                column += 1
            here[column] = cell
            wide, high = span(cell, "colspan"), span(cell, "rowspan")
            reach = {(at + down, column + right) for down in range(min(high, len(rows) - at)) for right in range(wide)}
            covered |= reach - {(at, column)}
            column += wide
        laid.append(here)
        width = max(width, column)
    return [[row.get(column) for column in range(width)] for row in laid]


def spanned(rows: list[Node]) -> bool:
    """Tell whether a table has merged cells."""
    cells = [cell for row in rows for cell in row.get("content") or []]
    return any(span(cell, name) > 1 for cell in cells for name in ("colspan", "rowspan"))


def divided(rows: list[Node]) -> list[Node]:
    """Return rows without merged cells: what one reached over becomes empty cells."""
    found = []
    for row, laid in zip(rows, grid(rows), strict=True):
        cells: list[Node] = []
        for cell in laid:
            if cell is None:
                cells.append({"type": "tableCell", "content": [{"type": "paragraph"}]})
                continue
            attrs = dict(cell.get("attrs") or {})
            for name in ("colspan", "rowspan", "colwidth"):
                attrs.pop(name, None)
            bare = {name: part for name, part in cell.items() if name != "attrs"}
            cells.append(bare | ({"attrs": attrs} if attrs else {}))
        found.append({**row, "content": cells})
    return found
