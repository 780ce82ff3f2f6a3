"""When what would be sent says what was recorded."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def holds(shown: Any, sent: Any) -> bool:
    """Tell whether everything that is sent is what was shown; the services show more than they are sent.

    Times are equal when they are the same moment, numbers when they are the same number, ids whether they are
    written as text or as number.
    """
    if isinstance(sent, dict):
        return isinstance(shown, dict) and all(name in shown and holds(shown[name], sent[name]) for name in sent)
    if isinstance(sent, list):
        pairs = zip(shown, sent, strict=False) if isinstance(shown, list) else ()
        return isinstance(shown, list) and len(shown) == len(sent) and all(holds(one, other) for one, other in pairs)
    if shown == sent and isinstance(shown, bool) == isinstance(sent, bool):
        return True
    if isinstance(sent, str) and isinstance(shown, int) and not isinstance(shown, bool):
        return str(shown) == sent
    return isinstance(sent, str) and isinstance(shown, str) and _moment(sent) is not None and (
        _moment(sent) == _moment(shown)
    )  # fmt: skip


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if len(text) <= 10:
        return None
    return found.astimezone(UTC) if found.tzinfo else found
