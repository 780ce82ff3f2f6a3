"""A score may have no value."""

from productops import wsjf

doubled = wsjf(3, 13, 8, 5).value * 2  # expect: operator
sure: float = wsjf(3, 13, 8, 5).value  # expect: assignment
