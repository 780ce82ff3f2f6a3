"""Who holds a sync's lease, told so that another process can see whether that holder is still there.

A killed process leaves its lease behind. Where host, kernel and process namespace are the same as ours, and the
process is gone, nobody needs to wait until the lease runs out. Everywhere else only time tells.
"""

from __future__ import annotations

import os
import socket
import uuid
from functools import cache
from pathlib import Path

LEASE = 900.0  # seconds a runner may be silent before another takes over


def new_holder() -> str:
    """Return a name for a runner in this process; no two are alike."""
    return f"{_place()} {os.getpid()} {_started(os.getpid())} {uuid.uuid4().hex[:8]}"


def is_gone(holder: str) -> bool:
    """Tell whether a holder's process is known to be over; ``False`` where that cannot be told."""
    place, _, rest = holder.partition(" ")
    parts = rest.split(" ")
    if len(parts) != 3 or not parts[0].isdigit() or place != _place() or parts[1] == "?":
        return False
    return _started(int(parts[0])) != parts[1]


@cache
def _place() -> str:
    """Return what tells one set of process numbers from another: the host, its boot and the namespace."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        space = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        boot = space = "?"
    return f"{socket.gethostname()}:{boot}:{space}".replace(" ", "_")


def _started(pid: int) -> str:
    """Return when a process started, in the kernel's ticks: a number used again belongs to another process."""
    try:
        # The name in brackets may hold anything; what follows it has a fixed order.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except FileNotFoundError:
        return "none" if Path("/proc/self/stat").exists() else "?"
    except OSError:
        return "?"
    return "none" if fields[0] in ("Z", "X") else fields[19]
