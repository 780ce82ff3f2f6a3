"""An argument that the account does not have."""

from productops.connectors import Airtable, Jira

jira = Jira("https://jira.example.com", email="ada@example.com", password="p")  # expect: call-arg
airtable = Airtable("t")
