"""A launch: what goes out, when, who answers for it, and whether it is ready."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from pydantic import Field, JsonValue

from productops.model.base import Entity, EntityId, NonEmpty, Value
from productops.model.burnup import WINDOW_DAYS, BurnUp, burn_up
from productops.model.checklist import Checklist
from productops.model.checklist_template import ChecklistTemplate
from productops.model.decision import Decision
from productops.model.launch_dates import DateMove, LaunchSlip, TargetChange, slip
from productops.model.launch_status import TRANSITIONS, LaunchKind, LaunchStatus
from productops.model.people import PersonRef
from productops.model.rag import RagRules
from productops.model.readiness import Gate, GateOutcome, Readiness, readiness
from productops.model.replan import ChecklistDiff, apply_changes, plan_changes
from productops.model.timebox import TimeBucket
from productops.model.transitions import check_transition
from productops.model.waiver import Active, is_active

OVER = (LaunchStatus.CANCELLED, LaunchStatus.ROLLED_BACK)  # whose readiness is only of interest to look back
GUARDED = {
    "status": "status is never assigned: use move(...) for a step of ours, record_status(...) for what a service says",
    "status_history": "status_history is only appended to, by move(...) and record_status(...)",
}


class KpiTarget(Value):
    """A number the launch is to move, from a baseline to a target; which of the two is higher says which way."""

    key: NonEmpty
    name: NonEmpty
    unit: str = ""
    baseline: float | None = None
    target: float

    def met_by(self, value: float) -> bool:
        """Whether a value reaches the target; without a baseline more is better."""
        falling = self.baseline is not None and self.target < self.baseline
        return value <= self.target if falling else value >= self.target


class LaunchStatusChange(Value):
    """One step of the status; `source` names the service a fact was read from, None for a step of our own."""

    old: LaunchStatus
    new: LaunchStatus
    on: date
    source: str | None = None
    raw: str | None = None


class Orphan(Value):
    """Something that belongs to a person who has left."""

    what: str
    person: PersonRef
    item_id: str | None = None

    def __str__(self) -> str:
        return f"{self.what} belongs to {self.person.label}, who has left"


class Launch(Entity):
    """A launch and its checklist.

    `tier` is a rank by impact on the business, 1 the biggest; `tier_label` is what the company calls it. `target`
    may be coarse; change it with `retarget`, which keeps the history and moves the checklist. Change the status
    with `move`; `record_status` writes down what a service says, legal or not. Assigning `status` raises
    AttributeError with what to do instead.

    >>> launch = Launch(name="Checkout 2", tier=1, target=TimeBucket.day(date(2026, 12, 1)))
    >>> launch.move("planned", on=date(2026, 9, 1))
    >>> print(launch.readiness(as_of=date(2026, 11, 2)).headline())
    Checkout 2 is not ready (as of 2 Nov 2026): there is no applicable item to check.
    """

    id_prefix: ClassVar[str] = "launch"

    name: NonEmpty
    product_id: EntityId | None = None
    tier: int = Field(default=1, ge=1)
    tier_label: NonEmpty | None = None
    kind: LaunchKind = LaunchKind.GA
    status: LaunchStatus = LaunchStatus.IDEA
    status_history: tuple[LaunchStatusChange, ...] = ()
    target: TimeBucket = Field(default_factory=TimeBucket.unknown)
    target_history: tuple[TargetChange, ...] = ()
    launched_on: date | None = None
    owner: PersonRef | None = None
    team_ids: list[EntityId] = Field(default_factory=list)
    goals: list[KpiTarget] = Field(default_factory=list)
    segments: list[NonEmpty] = Field(default_factory=list)
    region_ids: list[EntityId] = Field(default_factory=list)
    roadmap_item_ids: list[EntityId] = Field(default_factory=list)
    gates: list[Gate] = Field(default_factory=list)
    checklist: Checklist = Field(default_factory=Checklist)
    decisions: list[Decision] = Field(default_factory=list)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in GUARDED:
            raise AttributeError(GUARDED[name])
        super().__setattr__(name, value)

    @property
    def tier_name(self) -> str:
        """What to show for the tier."""
        return self.tier_label or f"Tier {self.tier}"

    @property
    def day(self) -> date | None:
        """The day of the launch while it is out, else the first day of its target."""
        return (self.launched_on if self.status is LaunchStatus.LAUNCHED else None) or self.target.start

    def gate(self, key: str) -> Gate:
        """The gate with a key; raises KeyError that names those there are."""
        for gate in self.gates:
            if gate.key == key:
                return gate
        known = ", ".join(gate.key for gate in self.gates) or "none"
        raise KeyError(f"{self.name} has no gate {key!r}; its gates: {known}")

    def move(self, status: LaunchStatus | str, *, on: date) -> None:
        """Take a step of our own; raises IllegalTransition naming the legal ones.

        The step to `launched` sets `launched_on`; a launch rolled back keeps that day until it launches again.
        """
        new = LaunchStatus(status)
        check_transition("launch", TRANSITIONS, self.status, new)
        self.note_status(LaunchStatusChange(old=self.status, new=new, on=on))
        if new is LaunchStatus.LAUNCHED:
            self.launched_on = on

    def record_status(
        self, raw: object, *, on: date, source: str, aliases: Mapping[str, str] | None = None
    ) -> LaunchStatusChange | None:
        """Write down a status read from a service, whatever it is; an unknown text is kept in `custom`.

        Returns the change, or None when the status is the one we had. `launched_on` is set only where it was None.
        """
        reading = LaunchStatus.read(raw, aliases)
        same_text = reading.known or self.custom.get("status_raw") == reading.raw
        if reading.value is self.status and same_text:
            return None
        change = LaunchStatusChange(old=self.status, new=reading.value, on=on, source=source, raw=reading.raw)
        self.note_status(change)
        if reading.value is LaunchStatus.LAUNCHED and self.launched_on is None:
            self.launched_on = on
        return change

    def note_status(self, change: LaunchStatusChange) -> None:
        """Set the status and append to its history, without any check; a foreign text is kept while it stands."""
        super().__setattr__("status", change.new)
        super().__setattr__("status_history", (*self.status_history, change))
        kept = {key: value for key, value in self.custom.items() if key != "status_raw"}
        unknown = change.new is LaunchStatus.UNKNOWN and change.raw is not None
        self.custom: dict[str, JsonValue] = {**kept, "status_raw": change.raw} if unknown else kept

    def targets(self) -> tuple[TargetChange, ...]:
        """All targets in order, with the present one at the end even if it was assigned without `retarget`."""
        last = self.target_history[-1].target if self.target_history else None
        if last == self.target or (last is None and not self.target.known):
            return self.target_history
        set_on = self.updated_at.date() if self.target_history else self.created_at.date()
        return (*self.target_history, TargetChange(target=self.target, set_on=set_on))

    def retarget(
        self,
        target: TimeBucket,
        *,
        on: date,
        committed: bool = True,
        reason: str | None = None,
        by: PersonRef | None = None,
        source: str | None = None,
        holidays: Collection[date] = (),
    ) -> DateMove:
        """Move the date: keep the old one in the history, compute the checklist's due days, say what is now overdue."""
        old = self.target
        change = TargetChange(target=target, set_on=on, committed=committed, reason=reason, by=by, source=source)
        self.target_history = (*self.targets(), change)
        self.target = target
        return DateMove(old=old, new=target, checklist=self.checklist.reschedule(target, on, holidays))

    def slip(self) -> LaunchSlip:
        """How late it launched against the first and against the last committed date."""
        return slip(self.targets(), self.launched_on)

    def use_template(self, template: ChecklistTemplate, *, as_of: date, holidays: Collection[date] = ()) -> Checklist:
        """Start the checklist from a template; ValueError when there are items already, which a re-plan keeps."""
        if self.checklist.items:
            raise ValueError(f"{self.name} has a checklist; see what would change with plan_changes(template, ...)")
        self.checklist = template.instantiate(
            self.tier, self.kind, self.target, as_of=as_of, holidays=holidays, launch_id=self.id
        )
        return self.checklist

    def plan_changes(self, template: ChecklistTemplate, *, as_of: date) -> ChecklistDiff:
        """What this template, at the present tier and kind, would change in the checklist; nothing is changed yet."""
        return plan_changes(self.checklist, template, self.tier, self.kind, as_of=as_of)

    def apply_changes(self, diff: ChecklistDiff, *, holidays: Collection[date] = ()) -> None:
        """Make exactly the changes of a diff."""
        fresh = apply_changes(self.checklist, diff, self.target, holidays=holidays)
        for item in fresh.items:
            item.launch_id = item.launch_id or self.id
        self.checklist = fresh

    def readiness(
        self,
        as_of: date,
        gate: str | None = None,
        *,
        rules: RagRules | None = None,
        holidays: Collection[date] = (),
    ) -> Readiness:
        """Whether the launch, or one of its gates, is ready on a day; print it to see why not."""
        found = readiness(
            self.checklist,
            as_of,
            launch=self.name,
            launch_on=self.day,
            gate=self.gate(gate) if gate else None,
            rules=rules,
            holidays=holidays,
        )
        over = self.status_on(as_of)
        return found.model_copy(update={"over": over.value.replace("_", " ")}) if over in OVER else found

    def status_on(self, as_of: date) -> LaunchStatus:
        """The status as it was at the end of a day, as far as the history tells."""
        past = [step.new for step in self.status_history if step.on <= as_of]
        if past:
            return past[-1]
        return self.status_history[0].old if self.status_history else self.status

    def decide(
        self, gate: str, outcome: GateOutcome | str, *, by: Collection[PersonRef], at: datetime, **details: Any
    ) -> Decision:
        """Record what people decided at a gate beside what the rule recommends at that moment.

        `details` are further fields of Decision: reason, conditions, reconvene_on, votes, dissent. Raises
        ValueError when the decision breaks a rule of validity. The status is not touched; `move` does that.
        """
        on = at.date()  # in the time zone of the meeting, before it becomes UTC
        seen = self.readiness(on, gate)
        decision = Decision(
            gate=gate,
            outcome=GateOutcome(outcome),
            recommended=seen.recommended,
            snapshot=seen,
            decided_by=tuple(by),
            on=on,
            at=at,
            **details,
        )
        self.decisions = [*self.decisions, decision]
        return decision

    def last_decision(self, gate: str) -> Decision | None:
        """The latest decision at a gate."""
        found = [decision for decision in self.decisions if decision.gate == gate]
        return max(found, key=lambda decision: (decision.on, decision.created_at), default=None)

    def burn_up(self, as_of: date, *, since: date | None = None, window_days: int = WINDOW_DAYS) -> BurnUp:
        """The burn-up of the checklist, with the forecast against the target."""
        return burn_up(self.checklist, as_of, since=since, target=self.target, window_days=window_days)

    def orphans(self, active: Active, as_of: date) -> list[Orphan]:
        """What belongs to people who have left: the launch, open items, valid waivers, open conditions."""
        held: list[tuple[str, PersonRef | None, str | None]] = [(f"the launch {self.name}", self.owner, None)]
        for item in self.checklist.items:
            if item.is_open(as_of):
                held.append((item.title, item.owner, item.id))
            if item.waiver is not None and item.is_waived(as_of):
                held.append((f"the waiver of {item.title}", item.waiver.accepted_by, item.id))
        for decision in self.decisions:
            held += [(f"the condition {each.text!r}", each.owner, None) for each in decision.open_conditions(as_of)]
        return [
            Orphan(what=what, person=person, item_id=item_id)
            for what, person, item_id in held
            if person is not None and not is_active(person, active)
        ]
