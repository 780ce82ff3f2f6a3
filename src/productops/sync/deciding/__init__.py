"""From what both sides show to a plan: pairs, twins, first meetings, deletions, guards."""
