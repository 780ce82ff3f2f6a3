"""Jira: the issues of a project, on Cloud (REST v3) and on Data Center (REST v2)."""

from productops.connectors.jira.account import Jira
from productops.connectors.jira.collection import JiraIssues

__all__ = ["Jira", "JiraIssues"]
