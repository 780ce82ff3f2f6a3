"""The list of what must be done before a launch, should be or could be, and by whom."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, model_validator

from productops.model.base import Entity, EntityId, NonEmpty, OpenEnum, Value
from productops.model.dependencies import DependencyCycle, find_cycle, in_order
from productops.model.identity import same_person
from productops.model.offsets import Due, Offset
from productops.model.people import PersonRef
from productops.model.timebox import TimeBucket
from productops.model.waiver import MOST_CONSULTED, Active, Raci, RaciFinding, Waiver, is_active
from productops.model.whole import WholeEntity, refuse_doubles


class Need(OpenEnum):
    """How badly a launch needs an item; an unknown need counts as must, the careful reading."""

    MUST = "must"
    SHOULD = "should"
    COULD = "could"
    UNKNOWN = "unknown"


class ChecklistStatus(OpenEnum):
    """Where an item stands; an unknown status counts as open."""

    TODO = "todo"
    DOING = "doing"
    DONE = "done"
    BLOCKED = "blocked"
    NOT_APPLICABLE = "n/a"
    UNKNOWN = "unknown"


def read_offset(value: object) -> object:
    """Read an offset written as text."""
    return Offset.parse(value) if isinstance(value, str) else value


def plain_zero(offset: Offset) -> Offset:
    """T0 in days, weeks or months is the same day, so it is stored in one way."""
    return offset if offset.count else Offset()


WrittenOffset = Annotated[
    Offset, BeforeValidator(read_offset), AfterValidator(plain_zero), PlainSerializer(str, return_type=str)
]


class ChecklistItem(Entity):
    """One thing to do for one launch.

    `due` is computed from `offset` and the launch's target unless `due_pinned`; `due_approximate` says that the
    target is coarser than a day. `depends_on` names other items of the checklist by their `key`. An item whose
    required evidence is missing does not count as done, whatever its status says.
    """

    id_prefix: ClassVar[str] = "check"

    title: NonEmpty
    launch_id: EntityId | None = None
    template_key: NonEmpty | None = None
    area: NonEmpty = "general"
    need: Need = Need.MUST
    gate: NonEmpty | None = None
    status: ChecklistStatus = ChecklistStatus.TODO
    owner: PersonRef | None = None
    owner_role: str | None = None
    team_id: EntityId | None = None
    raci: Raci | None = None
    offset: WrittenOffset | None = None
    due: date | None = None
    due_approximate: bool = False
    due_pinned: bool = False
    duration_days: int | None = Field(default=None, ge=0)
    depends_on: tuple[NonEmpty, ...] = ()
    evidence_required: bool = False
    evidence: tuple[NonEmpty, ...] = ()
    waiver: Waiver | None = None
    added_on: date | None = None
    done_on: date | None = None
    done_by: PersonRef | None = None
    na_on: date | None = None
    na_reason: str | None = None

    @property
    def key(self) -> str:
        """What other items name it by: the template's key, else the id."""
        return self.template_key or self.id

    @property
    def after_launch(self) -> bool:
        """Whether it is planned for after the launch day, so that it cannot hold the launch up."""
        return self.offset is not None and self.offset.count > 0

    @property
    def due_label(self) -> str:
        """The due day as people read it, with "about" where it is approximate."""
        return Due(on=self.due, approximate=self.due_approximate).label

    def status_on(self, as_of: date) -> ChecklistStatus:
        """The status as it was on a day; what was finished or set aside later was still to do."""
        later = {ChecklistStatus.DONE: self.done_on, ChecklistStatus.NOT_APPLICABLE: self.na_on}.get(self.status)
        return ChecklistStatus.TODO if later is not None and later > as_of else self.status

    def is_done(self, as_of: date) -> bool:
        """Whether it was done on a day, with the evidence it needs."""
        return self.status_on(as_of) is ChecklistStatus.DONE and bool(self.evidence or not self.evidence_required)

    def applies(self, as_of: date) -> bool:
        """Whether it was on the list on a day and not set aside."""
        there = self.added_on is None or self.added_on <= as_of
        return there and self.status_on(as_of) is not ChecklistStatus.NOT_APPLICABLE

    def is_open(self, as_of: date) -> bool:
        """Whether it applied on a day and was not done."""
        return self.applies(as_of) and not self.is_done(as_of)

    def is_waived(self, as_of: date) -> bool:
        """Whether it was open on a day under a waiver that counted."""
        return self.is_open(as_of) and self.waiver is not None and self.waiver.problem(as_of, self.owner) is None

    def finish(self, on: date, by: PersonRef | None = None, evidence: Iterable[str] = ()) -> None:
        """Mark as done; raises ValueError when required evidence is missing."""
        shown = (*self.evidence, *evidence)
        if self.evidence_required and not shown:
            raise ValueError(f"{self.title!r} needs evidence to be done: pass evidence=[...], for instance a link")
        self.evidence, self.done_on, self.done_by, self.status = shown, on, by, ChecklistStatus.DONE

    def set_aside(self, on: date, reason: str) -> None:
        """Mark as not applicable, which is neither done nor open; the reason is kept and must not be empty."""
        if not reason.strip():
            raise ValueError(f"say why {self.title!r} does not apply")
        self.na_on, self.na_reason, self.status = on, reason, ChecklistStatus.NOT_APPLICABLE

    def waive(self, waiver: Waiver) -> None:
        """Accept the item as it is; raises ValueError when its own owner accepts."""
        if same_person(self.owner, waiver.accepted_by):
            raise ValueError(f"{waiver.accepted_by.label} owns {self.title!r}, so somebody else must accept the risk")
        self.waiver = waiver

    def pin(self, day: date) -> None:
        """Fix the due day by hand; it no longer moves with the launch."""
        self.due, self.due_approximate, self.due_pinned = day, False, True

    def reschedule(self, target: TimeBucket, as_of: date, holidays: Collection[date] = ()) -> None:
        """Compute the due day anew; items that are done, pinned or without an offset keep theirs."""
        if self.offset is None or self.due_pinned or self.is_done(as_of):
            return
        due = self.offset.resolve_from(target, holidays)
        self.due, self.due_approximate = due.on, due.approximate

    def overdue(self, as_of: date) -> bool:
        """Whether it is open and its day has passed."""
        return self.due is not None and self.due < as_of and self.is_open(as_of)


class RemovedItem(Value):
    """An item taken off the list, so that the scope line of a burn-up stays true to the past."""

    key: str
    title: str
    added_on: date | None
    removed_on: date


class Rescheduled(Value):
    """What a new date did to a checklist, by item ids."""

    moved: tuple[str, ...] = ()
    kept_done: tuple[str, ...] = ()
    kept_pinned: tuple[str, ...] = ()
    now_overdue: tuple[str, ...] = ()

    def __str__(self) -> str:
        kept = f"{len(self.kept_done)} done and {len(self.kept_pinned)} pinned kept"
        noun = "item" if len(self.moved) == 1 else "items"
        return f"{len(self.moved)} {noun} moved, {kept}, {len(self.now_overdue)} now overdue"


class Checklist(WholeEntity):
    """The items of one launch, and which template and revision they came from.

    Two items with one key and items which wait for each other in a circle raise ValueError; the text prints the
    circle.

    >>> checklist = Checklist(items=[ChecklistItem(title="Price list", offset="T-2w")])
    >>> print(checklist.reschedule(TimeBucket.quarter(2026, 4), as_of=date(2026, 9, 1)))
    1 item moved, 0 done and 0 pinned kept, 0 now overdue
    >>> checklist.items[0].due_label
    'about 17 Sep 2026'
    """

    id_prefix: ClassVar[str] = "list"

    template_key: str | None = None
    template_revision: int | None = None
    items: list[ChecklistItem] = Field(default_factory=list)
    removed: tuple[RemovedItem, ...] = ()

    @model_validator(mode="after")
    def keys_fit(self) -> Self:
        """Refuse two items with one key, and circles."""
        refuse_doubles("keys", (item.key for item in self.items), " in the checklist")
        if cycle := find_cycle(self.waits_for()):
            raise DependencyCycle(cycle)
        return self

    def waits_for(self) -> dict[str, tuple[str, ...]]:
        """Each item's key, and the keys it waits for."""
        return {item.key: item.depends_on for item in self.items}

    def in_order(self) -> list[ChecklistItem]:
        """The items, each after all it waits for; raises DependencyCycle."""
        by_key = {item.key: item for item in self.items}
        return [by_key[key] for key in in_order(self.waits_for())]

    def item(self, key: str) -> ChecklistItem:
        """The item with a key or an id; raises KeyError."""
        for item in self.items:
            if key in (item.key, item.id):
                return item
        raise KeyError(f"no item {key!r} in this checklist; there are: {', '.join(item.key for item in self.items)}")

    def reschedule(self, target: TimeBucket, as_of: date, holidays: Collection[date] = ()) -> Rescheduled:
        """Compute due days from a target; done and pinned items keep theirs. Says what moved and is now overdue."""
        overdue_before = {item.id for item in self.items if item.overdue(as_of)}
        before = {item.id: (item.due, item.due_approximate) for item in self.items}
        for item in self.items:
            item.reschedule(target, as_of, holidays)
        done = {item.id for item in self.items if item.is_done(as_of)}
        return Rescheduled(
            moved=tuple(item.id for item in self.items if (item.due, item.due_approximate) != before[item.id]),
            kept_done=tuple(item.id for item in self.items if item.id in done),
            kept_pinned=tuple(item.id for item in self.items if item.due_pinned and item.id not in done),
            now_overdue=tuple(item.id for item in self.items if item.overdue(as_of) and item.id not in overdue_before),
        )

    def orphans(self, active: Active, as_of: date) -> list[ChecklistItem]:
        """Open items whose owner has left; `active` is a predicate, or the people who are still here."""
        return [
            item
            for item in self.items
            if item.owner is not None and item.is_open(as_of) and not is_active(item.owner, active)
        ]

    def unowned(self, as_of: date) -> list[ChecklistItem]:
        """Open items without an owner."""
        return [item for item in self.items if item.owner is None and item.is_open(as_of)]

    def raci_findings(self, most_consulted: int = MOST_CONSULTED) -> list[RaciFinding]:
        """What is wrong with the RACI of the items that have one, each with its item's id."""
        return [
            RaciFinding(level=finding.level, text=f"{item.title}: {finding.text}", item_id=item.id)
            for item in self.items
            if item.raci is not None
            for finding in item.raci.findings(most_consulted)
        ]
