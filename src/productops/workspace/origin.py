"""Where a change comes from, and the event that tells of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict

from pydantic_core import from_json

from productops.errors import ConfigError
from productops.model.base import ChangeEvent

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


class Origin(TypedDict, total=False):
    """What can be said about a change: who made it, in which system, in which run, why, and when.

    `by` is a person's key or a system's name. `at` is for what happened earlier and is written down now.
    """

    by: str | None
    source: str | None
    run: str | None
    reason: str | None
    at: datetime | None


class Event(ChangeEvent):
    """One change of one field, or of a whole record (`field` is "*", with the record in `old` or `new`).

    `version` is the one that the change made; all fields that changed together share it. `run` names the run of a
    job or sync. `seq` counts all events of a workspace.
    """

    seq: int
    version: int
    run: str | None = None


def micros(moment: datetime) -> int:
    """Return a moment as whole microseconds since 1970.

    Raises:
        ConfigError: it has no time zone.

    """
    if moment.utcoffset() is None:
        raise ConfigError(
            f"{moment.isoformat()} has no time zone.", remedy="Say which moment is meant: datetime(..., tzinfo=UTC)."
        )
    return (moment - EPOCH) // TICK


def moment(number: int) -> datetime:
    """Return the moment of a number of microseconds."""
    return EPOCH + TICK * number


def event_of(row: Any) -> Event:
    """Return the event of a stored row."""
    return Event.model_construct(
        entity_id=row.entity,
        entity_kind=row.kind,
        field=row.field,
        old=None if row.old is None else from_json(row.old),
        new=None if row.new is None else from_json(row.new),
        at=moment(row.at),
        by=row.by,
        reason=row.reason,
        source=row.source,
        seq=row.seq,
        version=row.version,
        run=row.run,
    )
