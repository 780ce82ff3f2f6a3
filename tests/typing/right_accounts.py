"""Accounts made from arguments, asked whether they work."""

from datetime import timedelta

from productops.connectors import Airtable, Jira, Memory
from productops.sdk.connector import Connector

accounts: list[Connector] = [
    Jira("https://jira.example.com", email="ada@example.com", token="t", timeout=(5.0, 30.0), rate=None),
    Airtable("t", rate=2.5, late_commit=timedelta(seconds=30)),
    Memory(),
]
working: dict[str, bool] = {account.system: account.check().ok for account in accounts}
