"""The verbs, one a file. Each file has a function ``verb``; what it needs is imported when it runs."""
