"""The type of one model field, taken alone: its constraints, its validators, its shape.

A remote often carries a few of a model's fields, so each is validated without the others. It sits in
a model of its own with that one field, where validators find ``info.field_name`` and an empty
``info.data``, as they do when the other fields failed.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    RootModel,
    ValidationError,
    WrapValidator,
    create_model,
)

from productops.sdk import refusals

_VALIDATORS = {"after": AfterValidator, "before": BeforeValidator, "plain": PlainValidator, "wrap": WrapValidator}
# The settings of a model that say which values are valid; the others (aliases, extra, frozen ...) are about the whole.
_SETTINGS = (
    *("str_strip_whitespace", "str_to_lower", "str_to_upper", "str_min_length", "str_max_length"),
    *("arbitrary_types_allowed", "use_enum_values", "allow_inf_nan", "coerce_numbers_to_str", "regex_engine"),
)
_LISTS = (list, tuple, set, frozenset, Sequence, Iterable, Collection)
_SINGLE = (str, int, float, Decimal, date, time, timedelta, Enum, BaseModel)
_PLAIN = (str, bool, int, float, Decimal, date, time, timedelta, Enum, BaseModel)
_SPECIMENS: dict[str, Any] = {
    **dict.fromkeys(("text", "url", "choice", "choices", "labels"), "x"),
    "number": 1,
    "bool": True,
    "date": date(2026, 1, 31),
    "datetime": datetime(2026, 1, 31, 12, tzinfo=UTC),
}
_PERSON = {"name": "Ada Example", "email": "ada@example.com"}


@dataclass(frozen=True, slots=True)
class Shape:
    """What a field's values look like in JSON. ``other`` is what has several parts; options are its legal texts."""

    kind: Literal["text", "number", "bool", "date", "datetime", "url", "choice", "other"]
    options: tuple[str, ...] = ()
    many: bool = False


_FORMATS: dict[str, Literal["date", "datetime", "url"]] = {"date": "date", "date-time": "datetime", "uri": "url"}


class FieldType:
    """What one field of a model accepts, and its values in JSON form.

    >>> class Idea(BaseModel):
    ...     votes: int = Field(0, ge=0)
    >>> votes = FieldType(Idea, "votes")
    >>> votes.load("3"), votes.accepts(-1), votes.required, votes.many
    (3, False, False, False)
    """

    def __init__(self, model: type[BaseModel], name: str) -> None:
        self.name = name
        self.required: bool = model.model_fields[name].is_required()
        self._annotation: Any = _annotation(model, name)
        self._config = ConfigDict(**{key: model.model_config[key] for key in _SETTINGS if key in model.model_config})  # type: ignore[typeddict-item,literal-required]  # the keys are those of ConfigDict
        field: dict[str, Any] = {name: (self._annotation, ...)}
        self._alone: type[BaseModel] = create_model(model.__name__, __config__=self._config, **field)
        self.takes_none: bool = self.accepts(None)
        self.many: bool | None = _many(model.model_fields[name].annotation)
        self.settled: bool = _settled(model.model_fields[name].annotation)
        self.joins: bool = self.settled and not _asks_others(self._annotation)
        self.shared: bool = _shared(self._annotation)

    @cached_property
    def shape(self) -> Shape:
        """What the values look like in JSON: their kind, the legal texts, whether there are several.

        >>> FieldType(RootModel[list[int]], "root").shape
        Shape(kind='number', options=(), many=True)
        """
        schema = self._alone.model_json_schema(mode="serialization")
        return _shape(schema["properties"][self.name], schema.get("$defs", {}), many=False)

    def load(self, value: Any) -> Any:
        """Return the value in JSON form as the field's type and validators leave it.

        Values come from services, so a strict model reads them leniently: ``"idea"`` is an enum's value.

        Raises:
            ValidationError: the field does not accept the value.

        """
        alone = self._validate(value)
        plain = getattr(alone, self.name)
        if isinstance(plain, Decimal) and plain.is_finite():  # 9.5 and 9.50 are one number
            return format(plain.normalize(), "f")
        # A plain validator may return what the annotation does not say; that is between it and its author.
        return alone.model_dump(mode="json", by_alias=False, warnings=False)[self.name]

    def validate_python(self, value: Any) -> Any:
        """Return the value as the model holds it.

        Raises:
            ValidationError: the field does not accept the value.

        """
        return getattr(self._validate(value), self.name)

    def _validate(self, value: Any) -> BaseModel:
        return self._alone.model_validate({self.name: value}, strict=False, by_name=True)

    def accepts(self, value: Any) -> bool:
        """Tell whether the field takes this value."""
        try:
            self._validate(value)
        except Exception:  # noqa: BLE001  users' validators may raise anything when they are asked something odd
            return False
        return True

    def suits(self, kind: str) -> bool:
        """Tell whether some value of a remote field's kind can be one of this field; where nobody knows, it can.

        >>> class Idea(BaseModel):
        ...     title: str
        ...     due: date | None = None
        >>> due = FieldType(Idea, "due")
        >>> due.suits("date"), due.suits("text"), due.suits("number")
        (True, True, False)
        """
        if kind in ("number", "bool") and self.shape.kind in ("date", "datetime"):
            return False  # a number would be read as the seconds since 1970
        if kind not in _SPECIMENS or self.shape.kind in ("text", "url", "choice"):
            return True  # a text may spell what goes there, a number for instance
        specimen = _SPECIMENS[kind]
        try:
            self._validate([specimen] if self.many else specimen)
        except ValidationError as error:
            return any(item["type"] not in refusals.KINDS for item in error.errors(include_url=False))
        except Exception:  # noqa: BLE001  users' validators may raise anything when they are asked something odd
            return True
        return True

    def unknown(self, value: str) -> str | None:
        """Return why a text is none of those that the field's type lists, where it lists them."""
        try:
            self._validate([value] if self.many else value)
        except ValidationError as error:
            found = error.errors(include_url=False)
            return refusals.line(found[0]) if all(item["type"] in refusals.LISTED for item in found) else None
        except Exception:  # noqa: BLE001  as above
            return None
        return None

    @property
    def takes_text(self) -> bool:
        """Whether the field spells a person as text, not as a name and an e-mail."""
        if self._accepts_one(_PERSON):
            return False
        return any(self._accepts_one(text) for text in _PERSON.values())

    def _accepts_one(self, value: Any) -> bool:
        return self.accepts(value) or (self.many is not False and self.accepts([value]))


@lru_cache(maxsize=2048)
def field_type(model: type[BaseModel], name: str) -> FieldType:
    """Return the type of a model's field; made once, for it takes a class of its own."""
    return FieldType(model, name)


def together(types: Sequence[FieldType]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return what :meth:`FieldType.load` does for several fields of one model, in one go.

    For fields that join: those whose validators do not look at other fields, for here there are some. Values may be
    given for some of the fields only; what is returned for the others means nothing.

    >>> class Idea(BaseModel):
    ...     title: str
    ...     due: date | None = None
    >>> together([FieldType(Idea, "title"), FieldType(Idea, "due")])({"title": "CSV", "due": date(2026, 1, 31)})
    {'title': 'CSV', 'due': '2026-01-31'}
    """
    fields: dict[str, Any] = {each.name: (each._annotation, None) for each in types}
    joint: type[BaseModel] = create_model("Together", __config__=types[0]._config if types else None, **fields)

    def load(values: Mapping[str, Any]) -> dict[str, Any]:
        made = joint.model_validate(values, strict=False, by_name=True)
        return made.model_dump(mode="json", by_alias=False, warnings=False)

    return load


def _annotation(model: type[BaseModel], name: str) -> Any:
    """Return the field's type with its constraints and the model's validators for it, in pydantic's order."""
    info = model.model_fields[name]
    extra: list[Any] = list(info.metadata)
    if info.discriminator is not None:
        extra.append(Field(discriminator=info.discriminator))
    decorators = model.__pydantic_decorators__.field_validators.values()
    mine = (item for item in decorators if name in item.info.fields or "*" in item.info.fields)
    extra += [_VALIDATORS[item.info.mode](item.func) for item in mine]
    return Annotated[info.annotation, *extra] if extra else info.annotation


def _many(annotation: Any) -> bool | None:
    """Tell whether a type is a list of things, one thing, or (``None``) something that could be either."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _many(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        shapes = {_many(part) for part in get_args(annotation) if part is not type(None)}
        return shapes.pop() if len(shapes) == 1 else None
    if origin is Literal:
        return False
    kind = origin or annotation
    if not isinstance(kind, type) or issubclass(kind, RootModel):
        return None
    if kind in _LISTS:
        return True
    return False if issubclass(kind, _SINGLE) else None


def _settled(annotation: Any) -> bool:
    """Tell whether a value and its form in JSON are one to this type, so that either may be validated.

    Not so where several types compete: a date and its text are two values to ``date | str``, and to ``Any``.
    """
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _settled(parts[0])
    if origin in (Union, types.UnionType):
        some = [part for part in parts if part is not type(None)]
        return len(some) == 1 and _settled(some[0])
    if origin is Literal:
        return all(isinstance(part, str) for part in parts)
    if origin in (list, tuple, set, frozenset, dict):
        return all(_settled(part) for part in parts if part is not ...)
    return isinstance(annotation, type) and issubclass(annotation, _PLAIN) and not issubclass(annotation, RootModel)


def _shared(annotation: Any) -> bool:
    """Tell whether one value may be in many models: it is a frozen model, and nothing else looks at it."""
    if get_origin(annotation) in (Union, types.UnionType):
        some = [part for part in get_args(annotation) if part is not type(None)]
        return len(some) == 1 and _shared(some[0])
    if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)) or issubclass(annotation, RootModel):
        return False
    config = annotation.model_config
    return bool(config.get("frozen")) and config.get("revalidate_instances", "never") == "never"


def _asks_others(annotation: Any) -> bool:
    """Tell whether a validator of this field may look at other fields, or its JSON form needs a look of its own."""
    for part in get_args(annotation):
        if isinstance(part, tuple(_VALIDATORS.values())) and _takes_info(part):
            return True
        if part is Decimal or _asks_others(part):
            return True
    return annotation is Decimal


def _takes_info(validator: Any) -> bool:
    values = 2 if isinstance(validator, WrapValidator) else 1  # and the handler
    try:
        return len(inspect.signature(validator.func).parameters) > values
    except (TypeError, ValueError):
        return True


def _shape(schema: Mapping[str, Any], named: Mapping[str, Any], *, many: bool) -> Shape:
    """Read a shape from a JSON schema; null and references are looked through."""
    if "$ref" in schema:
        return _shape(named[schema["$ref"].rpartition("/")[2]], named, many=many)
    if "allOf" in schema and len(schema["allOf"]) == 1:
        return _shape(schema["allOf"][0], named, many=many)
    if parts := schema.get("anyOf") or schema.get("oneOf"):
        shapes = {_shape(part, named, many=many) for part in parts if part.get("type") != "null"}
        return shapes.pop() if len(shapes) == 1 else Shape("text" if _all_text(shapes) else "other", many=many)
    texts = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
    if texts and all(isinstance(text, str) for text in texts):
        # Open enumerations read foreign texts as "unknown"; nobody writes that.
        return Shape("choice", tuple(text for text in texts if text != "unknown"), many)
    match schema.get("type"):
        case "array":
            return _shape(schema.get("items", {}), named, many=True)
        case "string":
            return Shape(_FORMATS.get(schema.get("format", ""), "text"), many=many)
        case "integer" | "number":
            return Shape("number", many=many)
        case "boolean":
            return Shape("bool", many=many)
        case _:
            return Shape("other", many=many)


def _all_text(shapes: Collection[Shape]) -> bool:
    return {shape.kind for shape in shapes} <= {"text", "choice", "date", "datetime", "url"}
