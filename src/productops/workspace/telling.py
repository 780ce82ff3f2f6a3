"""Telling people that what they asked for is out: each of them once, also across processes and crashes.

A notice is claimed before it is sent: its records are written with the outcome "unknown". Of two processes one gets
it. Who was told, and who may have been when a process died in between, is not told again.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from productops.errors import RejectedError
from productops.model.closing import Closures, Notice, closures
from productops.model.feedback import Feedback, Insight, LoopClosure, Outcome, send_key
from productops.model.feedback_states import FeedbackState
from productops.model.launch import Launch
from productops.model.roadmap import Roadmap, RoadmapItem

if TYPE_CHECKING:
    from productops.workspace.home import Workspace

ABOUT = FeedbackState.SHIPPED


def draft(ws: Workspace, launch: Launch, options: dict[str, Any]) -> Closures:
    """Draft the notices of a launch from all that the workspace holds."""
    items = [*ws.all(RoadmapItem), *(item for roadmap in ws.all(Roadmap) for item in roadmap.items)]
    return closures(launch, list(ws.all(Feedback)), ws.all(Insight), items, ws.all(LoopClosure), **options)


def claim(ws: Workspace, notice: Notice, channel: str, origin: Any) -> bool:
    """Take a notice to send it; false when somebody took or sent it before."""
    with ws.batch(**origin):
        known = _known(ws, notice)
        if any(each.outcome is not Outcome.BOUNCED for each in known.values()):
            return False
        _record(ws, notice, known, channel, Outcome.UNKNOWN, None)
        return True


def mark(
    ws: Workspace, notice: Notice, channel: str, outcome: Outcome, message_ref: str | None, origin: Any
) -> list[LoopClosure]:
    """Write down what came of a notice; return what was new."""
    if outcome is Outcome.UNKNOWN:
        raise RejectedError("What came of a notice cannot be unknown.", fields={"outcome": "is unknown"})
    with ws.batch(**origin):
        known = _known(ws, notice)
        open_ones = {key: each for key, each in known.items() if each.outcome in (Outcome.UNKNOWN, Outcome.BOUNCED)}
        if known and not open_ones:
            return []
        return _record(ws, notice, known, channel, outcome, message_ref)


def _known(ws: Workspace, notice: Notice) -> dict[str, LoopClosure]:
    """Return the records of a notice that are there, by their sending key."""
    keys = {send_key(wish.feedback_id, wish.target_id, ABOUT) for wish in notice.wishes}
    found = (each for key in notice.feedback_ids for each in ws.find(LoopClosure, feedback_id=key))
    return {each.send_key: each for each in found if each.send_key in keys}


def _record(
    ws: Workspace, notice: Notice, known: dict[str, LoopClosure], channel: str, outcome: Outcome, ref: str | None
) -> list[LoopClosure]:
    fresh = []
    for wish in notice.wishes:
        key = send_key(wish.feedback_id, wish.target_id, ABOUT)
        record = known.get(key)
        if record is None:
            record = LoopClosure(
                id=f"loop_{hashlib.sha256(key.encode()).hexdigest()[:26]}", feedback_id=wish.feedback_id,
                target_id=wish.target_id, about=ABOUT, channel=channel, sent_at=datetime.now(UTC), outcome=outcome,
                message_ref=ref,
            )  # fmt: skip
        elif record.outcome is Outcome.NOTIFIED:
            continue
        else:
            record.outcome, record.channel, record.message_ref = outcome, channel, ref or record.message_ref
            record.sent_at = datetime.now(UTC)
        fresh.append(ws.save(record))
    return fresh


def unsettled(ws: Workspace) -> list[LoopClosure]:
    """Return what was claimed and never marked: whoever sent it may have died before or after."""
    return list(ws.find(LoopClosure, outcome=Outcome.UNKNOWN))
