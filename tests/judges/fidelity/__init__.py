"""Recorded bodies of the services as judges of the connectors.

``python -m judges.fidelity FOLDER`` looks at every file of a folder, whatever it is called, and tells by its content
what it holds. What the connectors read must decode into typed values; where it can be written, the values alone must
lead back to what was recorded; every refusal must become the error that says who acts.
"""
