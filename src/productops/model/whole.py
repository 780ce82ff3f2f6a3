"""Entities whose rules span several fields."""

from typing import Any

from productops.model.base import Entity


class WholeEntity(Entity):
    """An entity that is checked as a whole: an assignment which would break a rule raises and changes nothing.

    Pydantic runs a model's rules after an assignment, when the wrong value is there already; here they run before.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        fields = type(self).model_fields
        if name in fields:
            type(self).model_validate({**{field: getattr(self, field) for field in fields}, name: value})
        super().__setattr__(name, value)
