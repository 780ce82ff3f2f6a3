"""A quarter is not a day, and a launch does not know today."""

from datetime import date

from productops import Launch, TimeBucket

launch = Launch(name="Checkout")
launch.readiness()  # expect: call-arg
launch.target = date(2026, 12, 1)  # expect: assignment
TimeBucket.quarter("2026", 4)  # expect: arg-type
