"""A fictional company, for the demo, the docs and the tests."""
