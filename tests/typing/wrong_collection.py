"""A collection that cannot be made, for it does not list its records."""

from productops.sdk.collection import Collection, Field, Schema


class Empty(Collection):
    """A collection with a schema alone."""

    system = name = container = "empty"

    def schema(self, *, refresh: bool = False) -> Schema:
        """Return the only field."""
        return Schema((Field("line", "Line"),))


nothing = Empty()  # expect: abstract
