"""Notion: an integration's token, and the data sources that are shared with it.

Example: ``Notion.from_env().data_source("https://www.notion.so/...", key="Sync key")``.
"""

from productops.connectors.notion.account import Notion
from productops.connectors.notion.source import NotionSource

__all__ = ["Notion", "NotionSource"]
