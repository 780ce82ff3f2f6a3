"""What the author of a connector needs."""
