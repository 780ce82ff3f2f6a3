"""The laws that every collection keeps, as a test class: a connector's test is one fixture.

::

    class TestIdeas(CollectionContract):
        @pytest.fixture
        def subject(self):
            ideas = Memory().collection("ideas", fields={"Name": "text", "Effort": "number"})
            return Subject(ideas, title="Name", other="Effort", value=3)

What a collection declares in its :class:`~productops.sdk.collection.Features` is tested; for what it does not declare
it must refuse. Needs pytest.
"""

from __future__ import annotations

from collections.abc import Sequence

from productops.testing.contract.reading import Reading
from productops.testing.contract.subject import Subject, law
from productops.testing.contract.telling import Telling
from productops.testing.contract.weather import Weather
from productops.testing.contract.writing import Writing


class CollectionContract(Telling, Reading, Writing, Weather):
    """The laws. Subclass it and give it a fixture named ``subject`` that returns a new :class:`Subject`."""


__all__: Sequence[str] = ("CollectionContract", "Subject", "law")
