"""What differs between Productboard and services that speak like it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from productops.sdk.collection import Kind

Form: TypeAlias = Kind | Literal["timeframe", "health", "progress", "work"]
KINDS: Mapping[str, Form] = {
    "TextFieldValue": "text",
    "RichTextFieldValue": "markdown",
    "NumberFieldValue": "number",
    "BooleanFieldValue": "bool",
    "DateFieldValue": "date",
    "UrlFieldValue": "url",
    "MemberFieldValue": "person",
    "StatusFieldValue": "choice",
    "SingleSelectFieldValue": "choice",
    "MultiSelectFieldValue": "choices",
    "TagsFieldValue": "labels",
    "TeamsFieldValue": "labels",
    "TimeframeFieldValue": "timeframe",
    "HealthFieldValue": "health",
    "ProgressFieldValue": "progress",
    "WorkProgressFieldValue": "work",
}
LINKED: Mapping[str, str] = {
    "product": "Products", "component": "Components", "feature": "Features", "subfeature": "Subfeatures",
    "initiative": "Initiatives", "objective": "Objectives", "keyResult": "Key results", "release": "Releases",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dialect:
    """The words a Productboard-style service uses. Schemas that ``kinds`` does not name can be read, not written.

    >>> Dialect(prefix="/api").path("notes", "7")
    '/api/notes/7'
    """

    name: str = "Productboard"
    url: str = "https://api.productboard.com"
    prefix: str = "/v2"
    cursor: str = "pageCursor"
    kinds: Mapping[str, Form] = field(default_factory=lambda: KINDS)
    linked: Mapping[str, str] = field(default_factory=lambda: LINKED)  # type of an entity → the field of links to them
    source: str = "productops"  # metadata.source.system of what a sync makes
    unsearchable: frozenset[str] = frozenset({"company", "user"})  # types whose search by date was refused
    variable: str = "PRODUCTBOARD"  # environment variables are this and _TOKEN, _URL
    rate: float = 50.0  # requests a second

    def path(self, *parts: str) -> str:
        """Return the path of an endpoint."""
        return "/".join((self.prefix, *parts))
