"""Whether a launch is ready, and if not, why: down to the item and its owner. Ready is not a percentage."""

from collections.abc import Collection, Iterable
from datetime import date

from pydantic import Field

from productops.model.base import NonEmpty, OpenEnum, Value
from productops.model.checklist import Checklist, ChecklistItem, ChecklistStatus, Need, WrittenOffset
from productops.model.people import PersonRef
from productops.model.rag import Rag, RagRules, item_rag
from productops.model.waiver import day_label


class GateOutcome(OpenEnum):
    """What a go/no-go says."""

    GO = "go"
    CONDITIONAL_GO = "conditional_go"
    NO_GO = "no_go"
    DEFER = "defer"
    UNKNOWN = "unknown"


class Gate(Value):
    """A point a launch passes: what it looks at, and who decides.

    It looks at the items that name it, those of its `areas`, or with `whole_list` at everything before the launch.
    """

    key: NonEmpty
    name: NonEmpty
    offset: WrittenOffset | None = None
    areas: tuple[NonEmpty, ...] = ()
    whole_list: bool = False
    deciders: tuple[PersonRef, ...] = ()

    def selects(self, item: ChecklistItem) -> bool:
        """Whether the gate looks at an item."""
        before = self.whole_list and not item.after_launch
        return item.gate == self.key or item.area in self.areas or before


class Reason(Value):
    """An open item, its owner, why it counts as open, and what it waits for itself."""

    item_id: str
    title: str
    area: str
    need: Need
    owner: PersonRef | None = None
    why: str
    due: date | None = None
    due_label: str = "no date"
    waits_for: tuple["Reason", ...] = ()

    def lines(self, depth: int = 0) -> list[str]:
        """The tree as text, one line an item."""
        owner = self.owner.label if self.owner else "nobody"
        lead = "  " * depth + ("- waits for " if depth else "- ")
        own = f"{lead}{self.title} ({self.need.value}): {self.why}; due {self.due_label}; owner {owner}"
        return [own, *(line for reason in self.waits_for for line in reason.lines(depth + 1))]

    def __str__(self) -> str:
        return "\n".join(self.lines())


class AreaReadiness(Value):
    """Progress in one area: done of applicable, with waived and not-applicable items shown apart."""

    area: str
    done: int
    applicable: int
    waived: int
    not_applicable: int
    open_must: int
    rag: Rag

    @property
    def progress(self) -> float | None:
        """Done as a share of applicable; None when nothing applies."""
        return self.done / self.applicable if self.applicable else None

    def __str__(self) -> str:
        waived = f", {self.waived} waived" if self.waived else ""
        return f"{self.area}: {self.done}/{self.applicable} done{waived}, {self.rag.word}"


class Readiness(Value):
    """The readiness of a launch, or of one of its gates, on a day. Printing it says why it is not ready.

    `ready` is true when no applicable must is open without a valid waiver; where nothing applies at all nothing was
    checked, and it is false. `blockers` are the reasons, `open_should` what else is open and was asked for.
    `recommended` is what the rule says; people decide.
    """

    launch: str
    gate: str | None = None
    as_of: date
    ready: bool
    recommended: GateOutcome
    total: AreaReadiness
    areas: tuple[AreaReadiness, ...] = ()
    blockers: tuple[Reason, ...] = ()
    open_should: tuple[Reason, ...] = ()
    waived: tuple[Reason, ...] = ()
    set_aside: tuple[str, ...] = ()
    after_launch: int = Field(default=0, ge=0)
    over: str | None = None  # "cancelled" or "rolled back", where the launch was that by then

    @property
    def progress(self) -> float | None:
        """Done as a share of applicable; never read it as readiness."""
        return self.total.progress

    @property
    def rag(self) -> Rag:
        """The worst colour of all items."""
        return self.total.rag

    def headline(self) -> str:
        """One sentence."""
        what = f"{self.launch}, gate {self.gate}" if self.gate else self.launch
        if self.over:
            return f"{what} is {self.over} (as of {day_label(self.as_of)}); this is how far its checklist had come."
        if self.ready:
            return f"{what} is ready (as of {day_label(self.as_of)})."
        if not self.total.applicable:
            return f"{what} is not ready (as of {day_label(self.as_of)}): there is no applicable item to check."
        count = len(self.blockers)
        noun = "must item is" if count == 1 else "must items are"
        return f"{what} is not ready (as of {day_label(self.as_of)}): {count} {noun} open without a valid waiver."

    def __bool__(self) -> bool:
        return self.ready

    def __repr__(self) -> str:
        state = "ready" if self.ready else f"not ready, {len(self.blockers)} blockers"
        return f"<Readiness {state}, {self.total.done}/{self.total.applicable} done>"

    def __str__(self) -> str:
        share = f" ({self.progress:.1%})" if self.progress is not None else ""
        counts = f"{self.total.done} of {self.total.applicable} applicable items done{share}"
        extra = f"; {self.total.waived} waived, {self.total.not_applicable} not applicable"
        later = f", {self.after_launch} after the launch" if self.after_launch else ""
        lines = [self.headline(), f"Progress: {counts}{extra}{later}. Recommended: {self.recommended.value}."]
        lines += [line for reason in self.blockers for line in reason.lines()]
        for heading, reasons in (("Waived:", self.waived), ("Open, not needed to be ready:", self.open_should)):
            if reasons:
                lines += [heading, *(reason.lines()[0] for reason in reasons)]
        if self.set_aside:
            lines.append(f"Musts set aside as not applicable: {', '.join(self.set_aside)}")
        return "\n".join([*lines, "By area:", *(f"- {area}" for area in self.areas)])


def readiness(
    checklist: Checklist,
    as_of: date,
    *,
    launch: str = "the launch",
    launch_on: date | None = None,
    gate: Gate | None = None,
    rules: RagRules | None = None,
    holidays: Collection[date] = (),
) -> Readiness:
    """Judge a checklist on a day; without a gate by everything that is due before the launch.

    A day in the past gives the answer of then, as far as the dates on the items tell. `launch_on` is the launch day,
    or the first day of its bucket.

    >>> from productops.model.checklist import ChecklistItem
    >>> print(readiness(Checklist(items=[ChecklistItem(title="Price list")]), date(2026, 11, 2)).headline())
    the launch is not ready (as of 2 Nov 2026): 1 must item is open without a valid waiver.
    """
    chosen = [item for item in checklist.items if (gate.selects(item) if gate else not item.after_launch)]
    gate_on = launch_on
    if gate is not None and gate.offset is not None and launch_on is not None:
        gate_on = gate.offset.resolve(launch_on, holidays)

    def sum_up(area: str, items: Iterable[ChecklistItem]) -> AreaReadiness:
        return area_readiness(area, list(items), as_of, gate_on, rules, holidays)

    still_open = [item for item in chosen if item.is_open(as_of) and not item.is_waived(as_of)]
    musts = [item for item in still_open if item.need in (Need.MUST, Need.UNKNOWN)]
    total = sum_up("total", chosen)
    areas = dict.fromkeys(item.area for item in chosen)
    ready = not musts and total.applicable > 0
    should = [item for item in still_open if item.need is Need.SHOULD]
    return Readiness(
        launch=launch,
        gate=gate.name if gate else None,
        as_of=as_of,
        ready=ready,
        recommended=recommendation(ready, waived=total.waived, open_should=len(should)),
        total=total,
        areas=tuple(sum_up(area, (item for item in chosen if item.area == area)) for area in areas),
        blockers=tuple(reason_for(item, checklist, as_of) for item in musts),
        open_should=tuple(reason_for(item, checklist, as_of) for item in should),
        waived=tuple(reason_for(item, checklist, as_of) for item in chosen if item.is_waived(as_of)),
        set_aside=tuple(set_aside_musts(chosen, as_of)),
        after_launch=0 if gate else sum(item.after_launch and item.applies(as_of) for item in checklist.items),
    )


def recommendation(ready: bool, *, waived: int, open_should: int) -> GateOutcome:  # noqa: FBT001, RUF100 - reads as prose
    """The rule: not ready is no_go; a valid waiver or an open should makes a go conditional; else go."""
    if not ready:
        return GateOutcome.NO_GO
    return GateOutcome.CONDITIONAL_GO if waived or open_should else GateOutcome.GO


def area_readiness(
    area: str,
    items: list[ChecklistItem],
    as_of: date,
    gate_on: date | None,
    rules: RagRules | None,
    holidays: Collection[date],
) -> AreaReadiness:
    """Count the items of one area; items added later than the day do not exist yet."""
    there = [item for item in items if item.added_on is None or item.added_on <= as_of]
    applicable = [item for item in there if item.applies(as_of)]
    waived = sum(item.is_waived(as_of) for item in there)
    open_musts = [item for item in there if item.is_open(as_of) and item.need in (Need.MUST, Need.UNKNOWN)]
    colours = [item_rag(item, as_of, gate_on=gate_on, rules=rules, holidays=holidays) for item in applicable]
    return AreaReadiness(
        area=area,
        done=sum(item.is_done(as_of) for item in applicable),
        applicable=len(applicable),
        waived=waived,
        not_applicable=len(there) - len(applicable),
        open_must=sum(not item.is_waived(as_of) for item in open_musts),
        rag=Rag.worst(colour.rag for colour in colours if colour is not None),
    )


def set_aside_musts(items: Iterable[ChecklistItem], as_of: date) -> Iterable[str]:
    """Musts marked as not applicable, with the reason: they leave the count, not the sight."""
    for item in items:
        if item.status_on(as_of) is ChecklistStatus.NOT_APPLICABLE and item.need in (Need.MUST, Need.UNKNOWN):
            yield f"{item.title} ({item.na_reason or 'no reason given'})"


def reason_for(item: ChecklistItem, checklist: Checklist, as_of: date, path: tuple[str, ...] = ()) -> Reason:
    """Why an item is open, with the open items it waits for below it."""
    by_key = {other.key: other for other in checklist.items}
    # The path guards against a circle somebody drew in a service after the checklist was made.
    here = (*path, item.key)
    waited = [by_key[key] for key in item.depends_on if key in by_key and key not in here]
    return Reason(
        item_id=item.id,
        title=item.title,
        area=item.area,
        need=item.need,
        owner=item.owner,
        why=why_open(item, as_of),
        due=item.due,
        due_label=item.due_label,
        waits_for=tuple(
            reason_for(other, checklist, as_of, here)
            for other in waited
            if other.is_open(as_of) and not other.is_waived(as_of)
        ),
    )


def why_open(item: ChecklistItem, as_of: date) -> str:
    """The status, and what else keeps the item open or lets it pass."""
    status = item.status_on(as_of)
    parts = [
        "ticked, but the required evidence is missing" if status is ChecklistStatus.DONE else status_text(item, status)
    ]
    if item.overdue(as_of):
        parts.append("overdue")
    if item.waiver is not None:
        problem = item.waiver.problem(as_of, item.owner)
        until = (
            f"until {day_label(item.waiver.expires_on)}" if item.waiver.expires_on else f"if {item.waiver.condition}"
        )
        parts.append(problem or f"waived by {item.waiver.accepted_by.label} {until}: {item.waiver.reason}")
    return ", ".join(parts)


def status_text(item: ChecklistItem, status: ChecklistStatus) -> str:
    """The status as people read it, with a foreign status in its own words."""
    if status is not ChecklistStatus.UNKNOWN:
        return status.value
    return f"unknown status {item.custom.get('status_raw', '')!r}".replace(" ''", "")
