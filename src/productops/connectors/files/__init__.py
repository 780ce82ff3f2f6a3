"""Files as collections: CSV, JSON lines, spreadsheets and folders of Markdown files."""

from productops.connectors.files.account import Files
from productops.connectors.files.format import Format

__all__ = ["Files", "Format"]
