"""Productboard keeps the laws of a collection."""

import pytest

from productops.testing.contract import CollectionContract, Subject
from productops.testing.sandbox.productboard import STANDARD_TOKEN, shown

PAGE = 10  # short pages, so that few records fill several
MISSING = "00000000-0000-4000-8000-00000000dead"


def subject_of(world, collection, **more) -> Subject:
    where = collection.where
    asked = {"list": ("*", rf".*/{where}(/search)?"), "create": ("POST", f".*/{where}"),
             "update": ("PATCH", f".*/{where}/[^/]*")}  # fmt: skip
    return Subject(
        collection,
        title="name",
        missing=MISSING,
        many=25,
        later=lambda: world.clock.sleep(90),
        fault=lambda where, kind: world.endpoint.faults.add(*asked[where], kind),
        secret=STANDARD_TOKEN,
        **more,
    )


@pytest.fixture(autouse=True)
def short_pages(monkeypatch):
    monkeypatch.setattr(shown, "PAGE", PAGE)


class TestProductboard(CollectionContract):
    @pytest.fixture
    def subject(self, world) -> Subject:
        features = world.features
        size = features.schema().field("Size")
        return subject_of(world, features, other=size.id, value=size.options[0])


class TestNotes(CollectionContract):
    @pytest.fixture
    def subject(self, world) -> Subject:
        return subject_of(world, world.account.notes(), other="customer", value="Ada Lind <ada@example.com>")


class TestCustomers(CollectionContract):
    @pytest.fixture
    def subject(self, world) -> Subject:
        acme = world.service.add("company", name="Acme")
        return subject_of(world, world.account.users(), other="parent", value=acme.id)
