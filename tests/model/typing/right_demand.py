"""Notes, accounts and what they ask for."""

from collections.abc import Mapping
from datetime import date

from productops import Account, Feedback, Insight, Money, demand
from productops.model.base import ChangeEvent
from productops.model.demand import Demand, demand_table, group_by_target, group_notes

account = Account(name="Shop")
note = Feedback(text="CSV, please", account_id=account.id)
event: ChangeEvent = note.move("triaged", at=note.received_at)
link = Insight(feedback_id=note.id, target_id="item_1")
found: Demand = demand([note], [account], as_of=date(2026, 9, 30))
revenue: Money | None = found.arr
table: Mapping[str, Demand] = demand_table(group_notes([note], lambda each: each.theme), as_of=date(2026, 9, 30))
behind: dict[str, list[Feedback]] = group_by_target([note], [link])
total: Money = Money.total([each.arr for each in table.values() if each.arr], "EUR")
