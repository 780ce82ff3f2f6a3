"""Productboard, API version 2: an access token, and the notes and entities of its workspace.

Example: ``Productboard.from_env().features(parent="<id of a product>")``.
"""

from productops.connectors.productboard.account import Productboard
from productops.connectors.productboard.collection import Things
from productops.connectors.productboard.dialect import Dialect

__all__ = ["Dialect", "Productboard", "Things"]
