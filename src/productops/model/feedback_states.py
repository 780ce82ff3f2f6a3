"""The life of a note: which state may follow which, and what to say when one may not."""

from collections.abc import Collection, Mapping

from productops.model.base import OpenEnum
from productops.model.transitions import check_transition as check_legal


class FeedbackState(OpenEnum):
    """How far a note has come; `unknown` is a foreign state whose text is kept in `custom`."""

    NEW = "new"
    TRIAGED = "triaged"
    NEEDS_INFO = "needs_info"
    LINKED = "linked"
    DUPLICATE = "duplicate"
    DECLINED = "declined"
    ROUTED = "routed"
    PLANNED = "planned"
    SHIPPED = "shipped"
    NOTIFIED = "notified"
    CLOSED = "closed"
    UNKNOWN = "unknown"


S = FeedbackState
Transitions = Mapping[FeedbackState, Collection[FeedbackState]]

# The way forward. What follows needs_info and routed is our choice; pass another table to `Feedback.move` to differ.
FORWARD: Transitions = {
    S.NEW: (S.TRIAGED,),
    S.TRIAGED: (S.LINKED, S.NEEDS_INFO, S.DUPLICATE, S.DECLINED, S.ROUTED),
    S.NEEDS_INFO: (S.LINKED, S.DUPLICATE, S.DECLINED, S.ROUTED),
    S.LINKED: (S.PLANNED,),
    S.PLANNED: (S.SHIPPED,),
    S.SHIPPED: (S.NOTIFIED,),
    S.ROUTED: (S.SHIPPED, S.DECLINED),
    S.DECLINED: (S.NOTIFIED,),
    S.NOTIFIED: (S.CLOSED,),
    S.DUPLICATE: (),
    S.CLOSED: (),
    S.UNKNOWN: (),
}
# Reopening: whatever has been triaged may be triaged again.
TRANSITIONS: Transitions = {
    state: (*after, *(() if state in (S.NEW, S.TRIAGED) else (S.TRIAGED,))) for state, after in FORWARD.items()
}
DECIDED = frozenset({S.LINKED, S.DUPLICATE, S.DECLINED, S.ROUTED, S.PLANNED, S.SHIPPED, S.NOTIFIED, S.CLOSED})
NEEDS_REASON = frozenset({S.DECLINED})
# What services call by another name: "processed" says that somebody looked at it, not that it is closed.
ALIASES: Mapping[str, str] = {"processed": "triaged"}


def check_transition(
    old: FeedbackState, new: FeedbackState, *, silent: bool = False, transitions: Transitions = TRANSITIONS
) -> None:
    """Raise IllegalTransition unless `new` may follow `old`.

    A note whose requester may not be told (`silent`) may be closed without being notified.

    >>> check_transition(FeedbackState.NEW, FeedbackState.SHIPPED)
    Traceback (most recent call last):
    productops.model.transitions.IllegalTransition: a note cannot go from new to shipped; from new it can go to: triaged
    """
    legal = list(transitions.get(old, ()))
    if silent and FeedbackState.NOTIFIED in legal:
        legal.append(FeedbackState.CLOSED)
    check_legal("note", {old: legal}, old, new)
