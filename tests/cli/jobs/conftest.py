"""The desk of ``cli_desk`` for every test here."""

from cli_desk import desk

__all__ = ["desk"]
