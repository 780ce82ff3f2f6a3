"""Entities whose rules span several fields, and the rule most of them have: nothing twice."""

from collections import Counter
from collections.abc import Iterable
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


def refuse_doubles(what: str, keys: Iterable[str], where: str = "") -> None:
    """Raise ValueError when a key appears twice; `what` and `where` go into the message.

    >>> refuse_doubles("keys", ["a", "b"])
    """
    if twice := sorted(key for key, count in Counter(keys).items() if count > 1):
        raise ValueError(f"these {what} appear twice{where}: {', '.join(twice)}")
