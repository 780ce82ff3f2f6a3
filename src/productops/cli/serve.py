"""`productops sandbox`: all services on loopback until somebody says stop."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path
from typing import Any

from productops.errors import ConfigError, MissingExtraError
from productops.testing.sandbox import Sandbox
from productops.testing.sandbox.services import KINDS


def open_sandbox(seed: Path | dict[str, Any] | None, factor: float, port: int = 0) -> Sandbox:
    """Start a sandbox.

    Raises:
        ConfigError: the seed or a setting makes no sense, or a port is taken.
        MissingExtraError: the packages that serve it are not installed.

    """
    try:
        return Sandbox(seed, limits=factor, port=port).start()
    except ImportError as error:
        raise MissingExtraError("sandbox", purpose="the sandbox") from error
    except (ValueError, OverflowError) as error:
        raise ConfigError(str(error), system="sandbox", remedy="docs/sandbox.md describes the seed.") from error
    except OSError as error:
        raise ConfigError(
            f"The sandbox cannot listen: {error.strerror or error}.", remedy="Choose another --port."
        ) from error


def read_limits(text: str) -> float:
    """Return the factor that ``--limits`` names.

    Raises:
        ConfigError: it is neither "real" nor a number above 0.

    """
    try:
        factor = 1.0 if text == "real" else float(text)
    except ValueError:
        factor = 0.0
    if not 0 < factor < float("inf"):
        raise ConfigError(f"--limits {text!r} is not a limit.", remedy='Write "real", or a factor such as 10.')
    return factor


def serve(*, seed: Path | None, limits: str, port: int, as_json: bool) -> None:
    """Start the sandbox, say where it is, and run until Ctrl-C or SIGTERM."""
    stop = threading.Event()
    before = {sign: signal.signal(sign, lambda *_: stop.set()) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        sandbox = open_sandbox(seed, read_limits(limits), port)
        try:
            print(json.dumps(sandbox.to_dict()) if as_json else _described(sandbox), flush=True)
            stop.wait()
        finally:
            sandbox.stop()
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def _described(sandbox: Sandbox) -> str:
    exports = "\n".join(f"  export {name}={value}" for name, value in sandbox.env().items())
    width = max(map(len, KINDS)) + 2
    lines = [
        f"{f'{name.title()}:':{width}}{where['url']}  {KINDS[name].line.format_map(where)}"
        for name, where in sandbox.to_dict().items()
    ]
    return "\n".join([*lines, "", "To connect a program:", exports, "", "Ctrl-C stops them all."])
