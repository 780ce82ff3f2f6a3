"""From entities to pages, charts, newsletters, documents and spreadsheets that people would rather look at."""

from productops.reports.site import write_site
from productops.reports.source import Source

__all__ = ["Source", "write_site"]
