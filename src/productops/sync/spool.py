"""A list of changes that moves to a temporary file when it grows."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator

from productops.sync.change import Change

TOGETHER = 64  # changes that are written, and hashed, at once


class Spool:
    """A list of changes that moves to a temporary file when it grows."""

    def __init__(self, limit: int = 2_000_000) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=limit)  # noqa: SIM115  lives as long as the plan
        self._fresh: list[str] = []  # not written yet
        self._count = 0
        self._hash = hashlib.blake2b(digest_size=16)

    def append(self, change: Change) -> None:
        """Add a change at the end."""
        self._fresh.append(change.to_json())
        self._count += 1
        if len(self._fresh) == TOGETHER:
            self._write()

    def _write(self) -> None:
        if self._fresh:
            text = "".join([line + "\n" for line in self._fresh]).encode("utf-8", "surrogatepass")
            self._fresh.clear()
            self._file.seek(0, 2)
            self._file.write(text)
            self._hash.update(text)

    def digest(self) -> str:
        """Return a fingerprint of all changes so far."""
        self._write()
        return self._hash.hexdigest()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Change]:
        return (Change.from_json(line) for line in self.lines())

    def lines(self) -> Iterator[str]:
        """Yield each change's JSON."""
        position = 0
        while True:
            self._write()
            self._file.seek(position)
            lines = [line for line in (self._file.readline() for _ in range(200)) if line]
            position = self._file.tell()
            if not lines:
                return
            yield from (line.decode("utf-8", "surrogatepass").rstrip("\n") for line in lines)

    def close(self) -> None:
        """Give the memory or the file back."""
        self._file.close()

    def __del__(self) -> None:
        self._file.close()
