"""Airtable: a personal access token, and the tables it can see.

Example: ``Airtable.from_env().table("app...", "Roadmap", key="Sync key")``.
"""

from productops.connectors.airtable.account import Airtable
from productops.connectors.airtable.table import AirtableTable

__all__ = ["Airtable", "AirtableTable"]
