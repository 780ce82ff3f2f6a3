"""A loopback Airtable: ``Airtable.from_json(seed)``, behind any of the sandbox's plugs."""

from productops.testing.sandbox.airtable.seed import STANDARD_TOKEN, SeedError
from productops.testing.sandbox.airtable.service import Airtable

__all__ = ["STANDARD_TOKEN", "Airtable", "SeedError"]
