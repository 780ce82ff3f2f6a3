"""The two-way table between a model's fields and a remote's, and a collection seen through it.

Any pydantic model will do. Each field is validated alone, so a remote that carries three of nine
fields is fine, and one bad value does not spoil its record.

>>> from pydantic import BaseModel
>>> from productops.sdk.codecs import choice
>>> class Idea(BaseModel):
...     title: str
...     stage: str | None = None
>>> mapping = Mapping(Idea, title="Name", stage=choice("Stage", new="Inbox", done="Shipped"))
"""

from __future__ import annotations

import difflib
from functools import cached_property
from typing import Generic

from pydantic import BaseModel

from productops.errors import MappingError
from productops.sdk.codecs import Codec, codec
from productops.sdk.collection import Collection
from productops.sdk.fieldtype import FieldType, field_type
from productops.sdk.names import Names
from productops.sdk.seen import PROTECTED, Cell, Seen, Side
from productops.sdk.spot import Links, NoLinks, Spot
from productops.sdk.view import Bound, M, View


class Mapping(Generic[M]):
    """A two-way table between a model's fields and a remote's.

    Args:
        model: any pydantic model.
        fields: model field → remote field name, or a codec (``choice``, ``markdown``, ``person`` ...).

    Raises:
        MappingError: the model has no such field, or a codec is malformed.

    """

    def __init__(self, model: type[M], /, **fields: str | Codec) -> None:
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            raise MappingError(f"A mapping needs a pydantic model, not {model!r}.", remedy="Give it the class.")
        if not fields:
            raise MappingError("The mapping names no field.", remedy='Write Mapping(Model, title="Name", ...).')
        for name in fields:
            if name not in model.model_fields:
                near = difflib.get_close_matches(name, model.model_fields, n=3)
                remedy = f"Did you mean {', '.join(near)}?" if near else f"It has: {', '.join(model.model_fields)}."
                raise MappingError(f"{model.__name__} has no field {name!r}.", remedy=remedy)
        self.model = model
        self.fields: dict[str, Codec] = {name: codec(spec) for name, spec in fields.items()}

    def on(self, collection: Collection) -> View[M]:
        """See a collection through this mapping."""
        return View(self, collection)

    def __repr__(self) -> str:
        return f"Mapping({self.model.__name__}, {', '.join(self.fields)})"

    @cached_property
    def adapters(self) -> dict[str, FieldType]:
        """The type of each mapped field, alone, with the model's own field validators."""
        return {name: field_type(self.model, name) for name in self.fields}

    @cached_property
    def title(self) -> str:
        """The field that names a record to people."""
        return next((name for name in ("title", "name", "summary") if name in self.fields), next(iter(self.fields)))


__all__ = [
    "PROTECTED",
    "Bound",
    "Cell",
    "Links",
    "Mapping",
    "Names",
    "NoLinks",
    "Seen",
    "Side",
    "Spot",
    "View",
]
