"""The whole way once over a real loopback socket."""

from productops.connectors.productboard import Productboard
from productops.sdk.record import Draft
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.productboard import STANDARD_TOKEN
from productops.testing.sandbox.productboard import Productboard as Service
from productops.testing.sandbox.server import Server


def test_over_a_socket():
    service = Service.from_json({"features": [{"name": "Dark mode"}]})
    with Server(Endpoint(service)) as server:
        account = Productboard(STANDARD_TOKEN, url=server.url)
        features = account.features(parent=service.named("Product").id)
        (made,) = features.create([Draft({"name": "Search", "description": "*soon*"}, marker="m-1")])
        assert [one.fields["name"] for one in features.scan()] == ["Dark mode", "Search"]
        assert features.find(["m-1"], made.created)["m-1"] == [made]
        account.wire.client.close()
