"""What happened and what people decided: the history of fields, answers to conflicts, findings, what was forgotten."""
