"""A codec whose method lacks the spot."""

from typing import Any

from productops.sdk.codecs import Codec
from productops.sdk.mapping import Spot


class Shout(Codec):
    """Text that the service keeps in capitals."""

    def decode(self, value: Any) -> str:  # expect: override
        """Return the text in small letters."""
        return str(value).lower()

    def encode(self, value: Any, spot: Spot) -> str:
        """Return the text in capitals."""
        return str(value).upper()
