"""The same over a real socket: what requests and pyairtable really send, and how often."""

from productops.connectors.airtable import Airtable
from productops.errors import UnknownOutcomeError
from productops.sdk import Draft
from productops.testing.sandbox.airtable import STANDARD_TOKEN
from productops.testing.sandbox.airtable import Airtable as Service
from productops.testing.sandbox.server import Server


def test_a_dropped_create_is_sent_once_and_found_by_its_key():
    fields = [{"name": "Name", "type": "singleLineText"}, {"name": "Sync key", "type": "singleLineText"}]
    seed = {"bases": [{"name": "Work", "tables": [{"name": "Roadmap", "fields": fields}]}]}
    service = Service.from_json(seed, limits=None)
    with Server(service) as server:
        account = Airtable(STANDARD_TOKEN, url=server.url, rate=1000)
        table = account.table(service.base("Work").id, "Roadmap", key="Sync key")
        name = table.schema().field("Name").id
        server.faults.add("PATCH", r"/v0/app.*", "drop_after_commit")
        [lost] = table.create([Draft({name: "A"}, "m-1")])
        assert isinstance(lost, UnknownOutcomeError)
        assert sum(count for (method, _), count in server.counts.items() if method in ("PATCH", "POST")) == 1
        [found] = table.create([Draft({}, "m-1")])
        assert found.existed
        assert found.fields[name] == "A"
        assert [record.id for record in table.scan(table.server_time())] == [found.id]
        assert table.delete([found.id]) == [None]
        account.client.session.close()
