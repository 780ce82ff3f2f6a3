"""How one field of a pair is decided: the table of cases, policies, and what a side cannot show."""
