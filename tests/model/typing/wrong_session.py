"""A move gives a new session and process; it is not a method of the study."""

from datetime import date

from productops import Process, Study

Study(title="Checkout").move("done")  # expect: attr-defined
process: None = Process(name="Triage").move("pilot", on=date(2026, 9, 1))  # expect: assignment
Process(name="Triage").move("pilot")  # expect: call-arg
