"""Demand needs a day and notes, and revenue and pipeline do not add up by themselves."""

from datetime import date

from productops import Account, demand

demand([])  # expect: call-arg
demand([Account(name="Shop")], as_of=date(2026, 9, 1))  # expect: list-item
found = demand([], as_of=date(2026, 9, 1))
str(found.arr + found.pipeline)  # expect: operator
