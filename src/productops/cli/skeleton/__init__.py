"""A connector's package to begin with, as text: ``shelf`` stands for the service's name."""
