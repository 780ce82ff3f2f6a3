"""Files as collections: CSV, JSON lines and spreadsheets."""

from productops.connectors.files.account import Files
from productops.connectors.files.format import Format

__all__ = ["Files", "Format"]
