"""What leaves: intents before writes, their answers, what is agreed afterwards, and writes whose answer was lost."""
