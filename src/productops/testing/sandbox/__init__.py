"""Loopback imitations of the services: pure state machines with three plugs. Imported on first use."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from productops.testing.sandbox.clock import SystemClock, VirtualClock
    from productops.testing.sandbox.endpoint import Endpoint, Exchange
    from productops.testing.sandbox.faults import Fault, Script, SeededFaults
    from productops.testing.sandbox.sandbox import Sandbox
    from productops.testing.sandbox.server import Server
    from productops.testing.sandbox.standard import standard_seed

_HOMES = {
    "Endpoint": "endpoint",
    "Exchange": "endpoint",
    "Fault": "faults",
    "Sandbox": "sandbox",
    "Script": "faults",
    "SeededFaults": "faults",
    "Server": "server",
    "SystemClock": "clock",
    "VirtualClock": "clock",
    "standard_seed": "standard",
}
__all__ = [
    "Endpoint",
    "Exchange",
    "Fault",
    "Sandbox",
    "Script",
    "SeededFaults",
    "Server",
    "SystemClock",
    "VirtualClock",
    "standard_seed",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"productops.testing.sandbox.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
