"""The help of every command in the language spoken.

The commands are written in English. In another language their sentences are looked up in ``help-fr.yaml`` when a
help is shown, and not before: a command that runs pays nothing for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any

from typer.core import TyperCommand, TyperGroup

from productops.cli.words import missing, spoken

# What the command line's own library says around our sentences: name there → the text in English.
FRAME = {
    "ARGUMENTS_PANEL_TITLE": "Arguments",
    "OPTIONS_PANEL_TITLE": "Options",
    "COMMANDS_PANEL_TITLE": "Commands",
    "REQUIRED_LONG_STRING": "[required]",
    "DEFAULT_STRING": "[default: {}]",
}


class Verb(TyperCommand):
    """A command that explains itself in the language spoken."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Show the help."""
        told(self, ctx)
        super().format_help(ctx, formatter)


class Verbs(TyperGroup):
    """A group of commands that explains itself in the language spoken."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Show the help, with a line of each command."""
        told(self, ctx)
        for name in self.list_commands(ctx):
            told(self.get_command(ctx, name), ctx)
        super().format_help(ctx, formatter)


def told(command: Any, context: Any) -> None:
    """Put a command's help, and the words around it, into the language spoken."""
    language = spoken()
    for text in ("help", "short_help"):
        setattr(command, text, _said(getattr(command, text), language))
    for parameter in command.get_params(context):  # with the option --help, which the library makes
        if getattr(parameter, "help", None):
            parameter.help = _said(parameter.help, language)
    frame: Any = import_module("typer.rich_utils")
    for name, text in FRAME.items():
        setattr(frame, name, _said(text, language))


def _said(text: str | None, language: str) -> str | None:
    if text is None or language == "en":
        return text
    known = catalogue(language)
    if text not in known and text not in known.values():
        missing.add(text)
    return known.get(text, text)


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return what the help says: English sentence → sentence in a language."""
    import yaml

    text = (files("productops.cli.words") / f"help-{language}.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))
