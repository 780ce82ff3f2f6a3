"""How many ask for something: accounts, not notes; revenue and pipeline side by side, never added together."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from productops.looks import as_html
from productops.model.base import Value
from productops.model.dedupe import roots
from productops.model.feedback import Feedback, Insight
from productops.model.money import MissingRate, Money, Rates
from productops.model.people import Account, AccountStatus


class Demand(Value):
    """What a set of notes amounts to.

    `accounts` counts every account once, whatever its status; `people` are requesters without an account;
    `anonymous` are notes with neither. `arr` is that of customers (and of accounts without a status), `churned_arr`
    that of former ones, `pipeline` what is still being sold; each None when nothing is known. `weighted` is the
    damped sum over the accounts counted in `arr`. What was left out of a sum is in `warnings`.
    """

    mentions: int
    accounts: int
    people: int
    anonymous: int
    customers: int
    prospects: int
    churned: int
    arr: Money | None
    churned_arr: Money | None
    pipeline: Money | None
    weighted: float | None
    warnings: tuple[str, ...] = ()

    def _repr_html_(self) -> str | None:
        return as_html(self, "demand")


class DemandTable(dict[str, Demand]):
    """Demand by group; in a notebook it shows as a table."""

    def _repr_html_(self) -> str | None:
        return as_html(self, "demand_table")


@dataclass(frozen=True, slots=True)
class Worth:
    """What one account adds to a sum, looked up once."""

    status: AccountStatus
    currency: str | None
    arr: Decimal | None
    pipeline: Decimal | None
    weight: float | None
    stale: bool
    ancestors: tuple[str, ...]


class Books:
    """The accounts, ready to be counted many times, and the rules they are counted by.

    Amounts are given in `currency`, else in the base of `rates`, else in the one currency that occurs. The damped
    weight of an account is log10(1 + ARR ÷ `unit`); an ARR dated more than `max_age_days` before `as_of`, or not at
    all, warns. With `parents_include_children` the ARR of an account holds that of the accounts below it, which
    then add nothing beside it. The defaults are ours.
    """

    def __init__(
        self,
        accounts: Iterable[Account],
        *,
        as_of: date,
        currency: str | None = None,
        rates: Rates | None = None,
        unit: float = 1000,
        max_age_days: int = 90,
        parents_include_children: bool = True,
    ) -> None:
        self.as_of = as_of
        self.until: datetime = datetime.combine(as_of + timedelta(days=1), time.min, UTC)
        self.target = rates.base if rates else None
        if currency is not None:
            self.target = Money(amount=Decimal(0), currency=currency).currency
        self.rates: Rates | None = rates or (Rates(base=self.target) if self.target else None)
        self.unit = unit
        self.max_age_days = max_age_days
        self.factors: dict[str, tuple[Decimal, Decimal] | str] = {}
        by_id = {account.id: account for account in accounts}
        oldest = as_of - timedelta(days=max_age_days)
        self.worth: dict[str, Worth] = {
            account.id: Worth(
                status=account.status,
                currency=account.currency,
                arr=account.arr,
                pipeline=account.pipeline,
                weight=self.weight(account),
                stale=account.arr is not None and (account.arr_as_of is None or account.arr_as_of < oldest),
                ancestors=ancestors(account, by_id) if parents_include_children and account.parent_id else (),
            )
            for account in by_id.values()
        }

    def factor(self, currency: str) -> tuple[Decimal, Decimal] | str:
        """What an amount in a currency is multiplied and divided by, or why it cannot be converted."""
        if currency not in self.factors:
            one = Decimal(1)
            if self.target is None or self.rates is None or currency == self.target:
                self.factors[currency] = one, one
            else:
                try:
                    found = self.rates.rate(currency, self.as_of), self.rates.rate(self.target, self.as_of)
                    self.factors[currency] = found
                except MissingRate as error:
                    self.factors[currency] = str(error)
        return self.factors[currency]

    def weight(self, account: Account) -> float | None:
        """The damped weight of an account's ARR, or None when it is not known in our currency."""
        if account.arr is None or account.currency is None:
            return None
        factor = self.factor(account.currency)
        if isinstance(factor, str):
            return None
        return math.log10(1 + float(account.arr * factor[0] / factor[1]) / self.unit)

    def total(self, sums: Mapping[str, Decimal], what: str, warnings: list[str]) -> Money | None:
        """Bring sums by currency to one amount; what cannot be converted is left out and said so."""
        target = self.target or (next(iter(sums)) if len(sums) == 1 else None)
        if target is None:
            if sums:
                warnings.append(f"{what} is in {', '.join(sorted(sums))}: give rates to add it up")
            return None
        amount, counted = Decimal(0), False
        for currency, part in sorted(sums.items()):
            factor = self.factor(currency)
            if isinstance(factor, str):
                warnings.append(f"{what} of {part} {currency} left out: {factor}")
            else:
                amount, counted = amount + part * factor[0] / factor[1], True
        return Money(amount=amount, currency=target) if counted else None

    def count(self, notes: Iterable[Feedback]) -> Demand:
        """Count the notes received up to `as_of`."""
        asking: set[str] = set()
        people: set[str] = set()
        mentions = anonymous = 0
        for note in notes:
            if note.received_at >= self.until:
                continue
            mentions += 1
            if note.account_id is not None:
                asking.add(note.account_id)
            elif note.requester is not None:
                people.add(note.requester.key)
            else:
                anonymous += 1
        return self.amounts(asking, mentions, len(people), anonymous)

    def amounts(self, asking: set[str], mentions: int, people: int, anonymous: int) -> Demand:
        """Sum over the accounts that ask."""
        known = {key: self.worth[key] for key in asking if key in self.worth}
        status = Counter(worth.status for worth in known.values())
        warnings = []
        if missing := len(asking) - len(known):
            warnings.append(f"{missing} of {len(asking)} accounts are not known, so their revenue is left out")
        paying = {k: w for k, w in known.items() if w.status in (AccountStatus.CUSTOMER, AccountStatus.UNKNOWN)}
        if unstated := sum(worth.arr is None for worth in paying.values()):
            warnings.append(f"the ARR of {unstated} accounts is not known and left out")
        counted = outermost({key: worth for key, worth in paying.items() if worth.arr is not None})
        if inner := len(paying) - unstated - len(counted):
            warnings.append(f"the ARR of {inner} accounts is held to be part of their parents' and not added")
        if stale := sum(worth.stale for worth in counted):
            warnings.append(f"the ARR of {stale} accounts is undated or more than {self.max_age_days} days old")
        arr = self.total(by_currency(counted), "ARR", warnings)
        weights = [worth.weight for worth in counted if worth.weight is not None]
        gone = {k: w for k, w in known.items() if w.status is AccountStatus.CHURNED and w.arr is not None}
        return Demand(
            mentions=mentions,
            accounts=len(asking),
            people=people,
            anonymous=anonymous,
            customers=status[AccountStatus.CUSTOMER],
            prospects=status[AccountStatus.PROSPECT],
            churned=status[AccountStatus.CHURNED],
            arr=arr,
            churned_arr=self.total(by_currency(outermost(gone)), "churned ARR", warnings),
            pipeline=self.total(by_currency(known.values(), pipeline=True), "pipeline", warnings),
            weighted=math.fsum(weights) if arr is not None else None,
            warnings=tuple(warnings),
        )


def ancestors(account: Account, by_id: Mapping[str, Account]) -> tuple[str, ...]:
    """The ids of all accounts above one, nearest first; a ring of parents is walked once."""
    above: list[str] = []
    parent = account.parent_id
    while parent is not None and parent not in above and parent != account.id:
        above.append(parent)
        parent = by_id[parent].parent_id if parent in by_id else None
    return tuple(above)


def outermost(counted: Mapping[str, Worth]) -> list[Worth]:
    """Leave out accounts that have a counted one above them; in a ring of parents the smallest id counts."""
    kept = []
    for key, worth in counted.items():
        above = [other for other in worth.ancestors if other in counted]
        if not any(key not in counted[other].ancestors or other < key for other in above):
            kept.append(worth)
    return kept


def by_currency(counted: Iterable[Worth], *, pipeline: bool = False) -> dict[str, Decimal]:
    """Sum amounts by currency, the ARR or the pipeline."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for worth in counted:
        amount = worth.pipeline if pipeline else worth.arr
        if amount is not None and worth.currency is not None:
            sums[worth.currency] += amount
    return dict(sums)


def demand(
    notes: Iterable[Feedback],
    accounts: Iterable[Account] = (),
    *,
    as_of: date,
    currency: str | None = None,
    rates: Rates | None = None,
    unit: float = 1000,
    max_age_days: int = 90,
    parents_include_children: bool = True,
) -> Demand:
    """Count who asks, up to a day (UTC); the arguments are those of `Books`.

    >>> from productops.model.people import Account
    >>> shop = Account(name="Shop", status="customer", arr=99_000, currency="EUR", arr_as_of=date(2026, 9, 1))
    >>> notes = [Feedback(text=text, account_id=shop.id, received_at="2026-09-02T00:00Z") for text in ("a", "b")]
    >>> found = demand(notes, [shop], as_of=date(2026, 9, 30))
    >>> found.mentions, found.accounts, str(found.arr), found.weighted
    (2, 1, '99000 EUR', 2.0)
    """
    return Books(
        accounts,
        as_of=as_of,
        currency=currency,
        rates=rates,
        unit=unit,
        max_age_days=max_age_days,
        parents_include_children=parents_include_children,
    ).count(notes)


def demand_table(
    groups: Mapping[str, Iterable[Feedback]],
    accounts: Iterable[Account] = (),
    *,
    as_of: date,
    currency: str | None = None,
    rates: Rates | None = None,
    unit: float = 1000,
    max_age_days: int = 90,
    parents_include_children: bool = True,
) -> DemandTable:
    """`demand` for every group of notes, as `group_notes` and `group_by_target` make them."""
    books = Books(
        accounts,
        as_of=as_of,
        currency=currency,
        rates=rates,
        unit=unit,
        max_age_days=max_age_days,
        parents_include_children=parents_include_children,
    )
    return DemandTable({key: books.count(notes) for key, notes in groups.items()})


def group_notes(notes: Iterable[Feedback], key: Callable[[Feedback], str | None]) -> dict[str, list[Feedback]]:
    """Group notes by what `key` gives, "" for None; a merged note counts with the one it was merged into.

    >>> list(group_notes([Feedback(text="a", theme="theme_1")], lambda note: note.theme))
    ['theme_1']
    """
    listed = list(notes)
    root = roots(listed)
    by_id = {note.id: note for note in listed}
    groups: dict[str, list[Feedback]] = defaultdict(list)
    for note in listed:
        groups[key(by_id.get(root.get(note.id, note.id), note)) or ""].append(note)
    return dict(groups)


def group_by_target(notes: Iterable[Feedback], insights: Iterable[Insight]) -> dict[str, list[Feedback]]:
    """The notes behind every roadmap item or problem, merged ones included, each once."""
    listed = list(notes)
    root = roots(listed)
    by_id = {note.id: note for note in listed}
    merged: dict[str, list[Feedback]] = defaultdict(list)
    for note_id, end in root.items():
        if note_id != end:
            merged[end].append(by_id[note_id])
    wanted: dict[str, dict[str, None]] = defaultdict(dict)
    for insight in insights:
        feedback_id = insight.feedback_id
        wanted[insight.target_id][root.get(feedback_id, feedback_id)] = None
    return {
        target: [by_id[key] for key in keys if key in by_id] + [note for key in keys for note in merged.get(key, ())]
        for target, keys in wanted.items()
    }
