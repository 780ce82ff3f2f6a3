"""Between an entity and its stored JSON: what goes in comes out equal, or is refused by the name of its field."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError, from_json, to_json

from productops.errors import RejectedError
from productops.workspace.kinds import Kind
from productops.workspace.stamping import held
from productops.workspace.sureness import is_sure

M = TypeVar("M", bound=BaseModel)
LONGEST_ID = 300  # longer ones do not fit an index of PostgreSQL
LONGEST_LISTED = 5


class Packed(NamedTuple):
    """An entity ready to be stored."""

    id: str
    text: str


def compact(value: Any) -> str:
    """Return compact JSON text, spelt as entities spell theirs."""
    return to_json(value).decode()


def identity(kind: Kind, item: BaseModel) -> str:
    """Return what an entity is known by.

    Raises:
        RejectedError: it is no text, empty, too long, or holds control characters.

    """
    if kind.key == ("id",):
        found = getattr(item, "id")  # noqa: B009  its kind was checked to have one
        key = str(found) if type(found) is int else found
    else:
        key = compose([getattr(item, name) for name in kind.key])
    if is_key(key):
        return str(key)
    raise RejectedError(
        f"{kind.model.__name__} has the id {str(key)[:60]!r}, which cannot be one.",
        system="workspace", fields=dict.fromkeys(kind.key, "is no usable id"),
        remedy=f"An id is 1 to {LONGEST_ID} printable characters.",
    )  # fmt: skip


def is_key(key: object) -> bool:
    """Whether something can be the id of an entity."""
    return isinstance(key, str) and 0 < len(key) <= LONGEST_ID and key.isprintable()


def compose(parts: list[Any]) -> str:
    """Join several values to one id, so that different values give different ids.

    >>> compose(["proc/1", "team_2", None])
    'proc~11/team_2/~'
    """
    texts = ["~" if part is None else str(from_json(to_json(part))) for part in parts]
    return "/".join(
        text if text == "~" and part is None else text.replace("~", "~0").replace("/", "~1")
        for text, part in zip(texts, parts, strict=True)
    )


def pack(kind: Kind, item: BaseModel) -> Packed:
    """Check an entity as a whole and return its JSON.

    Raises:
        RejectedError: a field holds what the model forbids, or what would not come back equal.

    """
    if type(item) is not kind.model:
        raise RejectedError(f"{type(item).__name__} is not kept as {kind.name!r}.", system="workspace")
    key = identity(kind, item)
    model = kind.model
    try:
        text = model.__pydantic_serializer__.to_json(item, round_trip=True, by_alias=False, warnings="error")
        if is_sure(kind.loose, item):
            return Packed(key, text.decode())
        back = model.__pydantic_validator__.validate_json(text, by_name=True, by_alias=False)
    except ValidationError as error:
        raise refusal(kind, key, _reasons(error)) from error
    except (PydanticSerializationError, UnicodeEncodeError) as error:
        raise refusal(kind, key, _unwritable(kind, item) or {"": str(error)}) from error
    if back.__dict__ != held(item) and (changed := _changed(kind, item, back)):
        raise refusal(kind, key, changed)
    return Packed(key, text.decode())


def unpack(kind: Kind, text: str) -> BaseModel:
    """Return the entity of stored JSON, brought to the present form of its class.

    Raises:
        RejectedError: the class changed in a way that no longer admits it.

    """
    try:
        model: BaseModel = kind.model.__pydantic_validator__.validate_json(text, by_name=True, by_alias=False)
    except ValidationError as error:
        found = from_json(text)
        key = str(found.get("id", "")) if isinstance(found, dict) else ""
        raise refusal(kind, key, _reasons(error)) from error
    return model


def refusal(kind: Kind, key: str, reasons: dict[str, str]) -> RejectedError:
    """Return the error that names the entity, its fields and what is wrong with each."""
    listed = "; ".join(f"{name}: {why}" if name else why for name, why in list(reasons.items())[:LONGEST_LISTED])
    return RejectedError(
        f"{kind.model.__name__} {key} is refused: {listed}",
        system="workspace", record=key, fields=reasons, remedy="Nothing of it was stored.",
    )  # fmt: skip


def _reasons(error: ValidationError) -> dict[str, str]:
    return {
        ".".join(map(str, each["loc"])): str(each["msg"])
        for each in error.errors(include_url=False, include_input=False, include_context=False)
    }


def _unwritable(kind: Kind, item: BaseModel) -> dict[str, str]:
    """Name the fields that cannot be written, each tried alone."""
    found = {}
    for name in kind.model.model_fields:
        try:
            kind.model.__pydantic_serializer__.to_json(
                item, include={name}, round_trip=True, by_alias=False, warnings="error"
            )
        except (PydanticSerializationError, UnicodeEncodeError) as error:
            found[name] = " ".join(str(error).split())
    return found


def _changed(kind: Kind, item: BaseModel, back: BaseModel) -> dict[str, str]:
    """Name the fields that would not come back equal."""
    told = {}
    for name, info in kind.model.model_fields.items():
        mine, theirs = getattr(item, name, None), getattr(back, name)
        if mine != theirs and not info.exclude:
            told[name] = f"{_short(mine)} would come back as {_short(theirs)}"
    return told


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"  # noqa: PLR2004, RUF100  a line's width
