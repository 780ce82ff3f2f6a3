"""What starting an account loads: the services' own clients wait until somebody asks for them."""

import subprocess
import sys

SENDERS = """
import sys
from productops.connectors import Airtable, Jira
airtable = Airtable("pat-example")
jira = Jira("https://example.atlassian.net", email="ada@example.com", token="example")
airtable.wire.sender.prepared("GET", "/v0/meta/whoami")
jira.api.sender.prepared("GET", "/myself")
assert not {"pyairtable", "jira", "notion_client", "sqlalchemy"} & set(sys.modules)
assert airtable.client.session is airtable.session
assert jira.client._session.get_adapter("https://example.atlassian.net")
"""


def test_our_own_requests_need_no_client() -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", SENDERS], check=True, timeout=120)


def test_the_face_loads_nothing_of_weight() -> None:
    heavy = (
        "import sys, productops; assert not {'pydantic', 'requests', 'httpx', 'sqlalchemy', 'rich'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", heavy], check=True, timeout=120)
