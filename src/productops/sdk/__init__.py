"""All that a connector's author needs, in one import.

::

    from productops.sdk import Collection, Connector, Features, Field, Record, Schema
"""

from productops.sdk.codecs import (
    Codec,
    HeldValueError,
    choice,
    constant,
    markdown,
    once,
    person,
    read_only,
    ref,
    write_only,
)
from productops.sdk.collection import Check, Collection, Features, Field, Kind, Outcome, Schema, Settle
from productops.sdk.connector import Connector, from_environment, secret
from productops.sdk.mapping import Bound, Cell, Mapping, Names, Seen, Side, View
from productops.sdk.people import People, Row
from productops.sdk.record import Draft, Option, Patch, Record, RichText, Unreadable, User, canonical, fingerprint

__all__ = [
    "Bound",
    "Cell",
    "Check",
    "Codec",
    "Collection",
    "Connector",
    "Draft",
    "Features",
    "Field",
    "HeldValueError",
    "Kind",
    "Mapping",
    "Names",
    "Option",
    "Outcome",
    "Patch",
    "People",
    "Record",
    "RichText",
    "Row",
    "Schema",
    "Seen",
    "Settle",
    "Side",
    "Unreadable",
    "User",
    "View",
    "canonical",
    "choice",
    "constant",
    "fingerprint",
    "from_environment",
    "markdown",
    "once",
    "person",
    "read_only",
    "ref",
    "secret",
    "write_only",
]
