"""When a launch is out: who asked for it, and one notice for each of them, once."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from productops.model.base import Value
from productops.model.dedupe import roots
from productops.model.identity import identities
from productops.model.launch import Launch
from productops.model.launch_status import LaunchStatus
from productops.model.people import PersonRef

TOLD_STATES = ("notified", "closed")


class Asked(Protocol):
    """What is read of a note; `Feedback` has all of it."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def requester(self) -> PersonRef | None: ...  # noqa: D102
    @property
    def account_id(self) -> str | None: ...  # noqa: D102
    @property
    def merged_into(self) -> str | None: ...  # noqa: D102
    @property
    def consent_to_contact(self) -> bool | None: ...  # noqa: D102
    @property
    def state(self) -> str: ...  # noqa: D102


class Linked(Protocol):
    """What is read of a link from a note to an item; `Insight` has all of it."""

    @property
    def feedback_id(self) -> str: ...  # noqa: D102
    @property
    def target_id(self) -> str: ...  # noqa: D102


class Shipped(Protocol):
    """What is read of a roadmap item; `RoadmapItem` has all of it."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def launch_id(self) -> str | None: ...  # noqa: D102


class Sent(Protocol):
    """What is read of a notice sent earlier; `LoopClosure` has all of it."""

    @property
    def feedback_id(self) -> str: ...  # noqa: D102
    @property
    def target_id(self) -> str | None: ...  # noqa: D102
    @property
    def about(self) -> str: ...  # noqa: D102
    @property
    def outcome(self) -> str: ...  # noqa: D102


class Wish(Value):
    """One note and the shipped thing it asked for: an item's id, or the launch's own."""

    feedback_id: str
    target_id: str


class Notice(Value):
    """A drafted notice to one person about all they asked for; `key` is the same for the same person and launch.

    Record one sent notice for each of `wishes`, so that no later draft holds any of them.
    """

    key: str
    launch_id: str
    requester: PersonRef
    account_ids: tuple[str, ...] = ()
    wishes: tuple[Wish, ...]
    subject: str
    text: str

    @property
    def feedback_ids(self) -> tuple[str, ...]:
        """The notes it answers."""
        return tuple(dict.fromkeys(wish.feedback_id for wish in self.wishes))

    def __repr__(self) -> str:
        return f"<Notice to {self.requester.label!r} about {len(self.feedback_ids)} notes>"

    __str__ = __repr__


class LeftOut(Value):
    """Notes which get no notice, and why."""

    feedback_ids: tuple[str, ...]
    requester: PersonRef | None = None
    account_id: str | None = None
    reason: str


class Closures(Value):
    """Whom to tell about a launch, and whom not, with the reason; every linked note is in exactly one of the two."""

    launch_id: str
    notices: tuple[Notice, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    why_none: str | None = None

    def __bool__(self) -> bool:
        return bool(self.notices)

    def __repr__(self) -> str:
        return f"<Closures {len(self.notices)} to tell, {len(self.left_out)} left out>"

    def __str__(self) -> str:
        lines = [self.why_none] if self.why_none else []
        lines += [f"tell {notice.requester.label}: {len(notice.feedback_ids)} notes" for notice in self.notices]
        for each in self.left_out:
            who = each.requester.label if each.requester else each.account_id or "somebody unknown"
            lines.append(f"leave out {who}: {each.reason}")
        return "\n".join(lines) or "nobody asked for it"


def closures(
    launch: Launch,
    feedback: Iterable[Asked],
    insights: Iterable[Linked],
    items: Iterable[Shipped],
    sent: Iterable[Sent] = (),
    *,
    what: str | None = None,
    told_states: Sequence[str] = TOLD_STATES,
    ask_first: bool = False,
    retry_bounced: bool = False,
) -> Closures:
    """Draft a notice for everybody who asked for what the launch ships, and for nobody twice.

    A note asked when it is linked to one of the launch's items (the item names the launch, or the launch the item)
    or to the launch itself, or when it is merged, over any number of steps, with a note that is. Notes of one person
    are one notice; people are one when they share an address or an account. `sent` are the notices sent so far:
    who was told about any of these items by one of their notes, is not told again. Somebody who objected once, in
    any of these notes or by an earlier notice, is left out; with `ask_first` also who was never asked. Notes in
    one of `told_states` count as told. A launch that is not out gives no notices. `what` names it in the text.
    """
    if launch.status is not LaunchStatus.LAUNCHED:
        return Closures(launch_id=launch.id, why_none=f"{launch.name} is not out: its status is {launch.status.value}")
    shipped = {launch.id, *launch.roadmap_item_ids, *(item.id for item in items if item.launch_id == launch.id)}
    notes = {note.id: note for note in feedback}
    wishes = wishes_for(notes, insights, shipped)
    outcomes: dict[str, set[str]] = defaultdict(set)
    for closure in sent:
        # An objection holds whatever it was about; having been told only if it was of shipping, and of this or of
        # all that a note asked for.
        whole_note = closure.target_id is None and closure.feedback_id in wishes
        news = closure.about == "shipped" and (whole_note or closure.target_id in shipped)
        if news or closure.outcome == "opted_out":
            outcomes[closure.feedback_id].add(str(closure.outcome))
    notices: list[Notice] = []
    left_out: list[LeftOut] = []
    # All notes are grouped, not only the linked ones: an objection counts wherever the person made it.
    for group in by_person(list(notes.values())):
        asked = [note for note in group if note.id in wishes]
        if not asked:
            continue
        reason = why_not(group, asked, outcomes, told_states, ask_first=ask_first, retry_bounced=retry_bounced)
        if reason is None:
            notices.append(draft(launch, asked, wishes, what or launch.name))
        else:
            left_out.append(left(asked, reason))
    return Closures(launch_id=launch.id, notices=tuple(notices), left_out=tuple(left_out))


def wishes_for(
    notes: Mapping[str, Asked], insights: Iterable[Linked], shipped: set[str]
) -> dict[str, tuple[Wish, ...]]:
    """What each note asked for of all that is shipped, by its own links and those of the notes merged with it."""
    root = roots(notes.values())
    wanted: dict[str, dict[str, None]] = defaultdict(dict)
    for insight in insights:
        if insight.target_id in shipped:
            wanted[root.get(insight.feedback_id, insight.feedback_id)].setdefault(insight.target_id)
    return {
        note_id: tuple(Wish(feedback_id=note_id, target_id=target) for target in wanted[group])
        for note_id in notes
        if (group := root.get(note_id, note_id)) in wanted
    }


N = TypeVar("N", bound=Asked)


def by_person(notes: Sequence[N]) -> list[list[N]]:
    """Group notes by who said them; notes of nobody known stay alone.

    A bare name counts within one account only: there is more than one Anna.
    """
    group_of: dict[str, int] = {}
    groups: dict[int, list[N]] = {}
    for number, note in enumerate(notes):
        tokens = tokens_of(note)
        known = sorted({group_of[token] for token in tokens if token in group_of})
        home = known[0] if known else number
        groups.setdefault(home, [])
        for other in known[1:]:
            groups[home] += groups.pop(other)
            group_of.update({token: home for token, group in group_of.items() if group == other})
        groups[home].append(note)
        group_of.update(dict.fromkeys(tokens, home))
    return list(groups.values())


def tokens_of(note: Asked) -> set[str]:
    """What the note's requester is known by."""
    if note.requester is None:
        return set()
    found = identities(note.requester)
    only_name = not (note.requester.email or note.requester.external)
    return {f"{token}@{note.account_id or ''}" for token in found} if only_name else set(found)


def why_not(
    group: Sequence[Asked],
    asked: Sequence[Asked],
    outcomes: Mapping[str, set[str]],
    told_states: Sequence[str],
    *,
    ask_first: bool,
    retry_bounced: bool,
) -> str | None:
    """Why a person gets no notice, or None."""
    before = set().union(*(outcomes.get(note.id, set()) for note in group))
    if any(note.consent_to_contact is False for note in group) or "opted_out" in before:
        return "opted out"
    if before & {"notified", "unknown"}:
        return "already told"
    if "bounced" in before and not retry_bounced:
        return "the notice bounced; find another address"
    if all(note.requester is None for note in asked):
        return "nobody knows who asked; the account's contact may"
    if told := sorted({str(note.state) for note in asked if note.state in told_states}):
        return f"already told, by the note's state {', '.join(told)}"
    if ask_first and not any(note.consent_to_contact for note in group):
        return "was never asked for consent"
    return None


def draft(launch: Launch, asked: Sequence[Asked], wishes: Mapping[str, tuple[Wish, ...]], what: str) -> Notice:
    """One notice for all notes of one person."""
    requester = best_reference(asked)
    greeting = f"Hello {requester.name}" if requester.name else "Hello"
    day = f" since {launch.launched_on.isoformat()}" if launch.launched_on else ""
    return Notice(
        key=f"{launch.id}/{hashlib.sha256(min(identities(requester)).encode()).hexdigest()[:16]}",
        launch_id=launch.id,
        requester=requester,
        account_ids=tuple(dict.fromkeys(note.account_id for note in asked if note.account_id)),
        wishes=tuple(wish for note in asked for wish in wishes[note.id]),
        subject=f"You asked for it: {what}",
        text=f"{greeting},\n\nyou asked for this, and it is available{day}: {what}.\nThank you for telling us.\n",
    )


def best_reference(asked: Sequence[Asked]) -> PersonRef:
    """The reference that reaches a person best: with an address, else with an account, else a name."""
    known = [note.requester for note in asked if note.requester is not None]
    return max(known, key=lambda person: (person.email is not None, bool(person.external), person.name is not None))


def left(asked: Sequence[Asked], reason: str) -> LeftOut:
    """The notes of one person without a notice."""
    return LeftOut(
        feedback_ids=tuple(note.id for note in asked),
        requester=next((note.requester for note in asked if note.requester), None),
        account_id=next((note.account_id for note in asked if note.account_id), None),
        reason=reason,
    )
