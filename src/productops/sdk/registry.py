"""Connectors by name: ours and those of installed packages, through entry points.

A package offers a connector with one line of its ``pyproject.toml``::

    [project.entry-points."productops.connectors"]
    linear = "productops_linear:Linear"
"""

from __future__ import annotations

import warnings
from importlib.metadata import EntryPoint, entry_points

from productops.errors import ConfigError
from productops.sdk.connector import Connector

GROUP = "productops.connectors"


def connectors() -> dict[str, EntryPoint]:
    """Return the entry points of all connectors by name, without importing any."""
    return {point.name: point for point in entry_points(group=GROUP)}


def connector(name: str) -> type[Connector]:
    """Import a connector by its name.

    Raises:
        ConfigError: no installed package offers it, or its package does not import.

    """
    found = connectors()
    if name not in found:
        raise ConfigError(
            f"There is no connector {name!r}.",
            remedy=f"Installed are: {', '.join(sorted(found)) or 'none'}. Install the package that offers it.",
        )
    point = found[name]
    try:
        loaded = point.load()
    except Exception as error:  # whatever a foreign package raises on import is its user's problem to see
        raise ConfigError(
            f"The connector {name!r} ({point.value}) does not import: {type(error).__name__}: {error}",
            remedy="Reinstall its package.",
        ) from error
    if not (isinstance(loaded, type) and issubclass(loaded, Connector)):
        raise ConfigError(
            f"The connector {name!r} ({point.value}) is not a Connector class.", remedy="Tell its package's author."
        )
    return loaded


def available() -> dict[str, type[Connector]]:
    """Import every connector; a broken one is a warning, not a crash."""
    loaded = {}
    for name in sorted(connectors()):
        try:
            loaded[name] = connector(name)
        except ConfigError as error:
            warnings.warn(str(error), stacklevel=2)
    return loaded
