"""Keeps two views of the same things equal: plan, merge, guard, apply."""
