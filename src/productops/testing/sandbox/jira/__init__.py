"""An imitated Jira site, Cloud or Data Center, as a pure state machine."""

from productops.testing.sandbox.jira.errors import RefusedError, SeedError
from productops.testing.sandbox.jira.sandbox import START, JiraSandbox
from productops.testing.sandbox.jira.state import Issue, User

__all__ = ["START", "Issue", "JiraSandbox", "RefusedError", "SeedError", "User"]
