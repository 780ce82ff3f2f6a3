"""A list of changes that moves to a temporary file when it grows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

from productops.sync.change import Change


class Spool:
    """A list of changes that moves to a temporary file when it grows."""

    def __init__(self, limit: int = 2_000_000) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=limit, mode="w+", encoding="utf-8", newline="\n")  # noqa: SIM115  lives as long as the plan
        self._count = 0

    def append(self, change: Change) -> None:
        """Add a change at the end."""
        self._file.seek(0, 2)
        self._file.write(change.to_json() + "\n")
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Change]:
        return (Change.from_json(line) for line in self.lines())

    def lines(self) -> Iterator[str]:
        """Yield each change's JSON."""
        position = 0
        while True:
            self._file.seek(position)
            lines = [line for line in (self._file.readline() for _ in range(200)) if line]
            position = self._file.tell()
            if not lines:
                return
            yield from (line.rstrip("\n") for line in lines)

    def close(self) -> None:
        """Give the memory or the file back."""
        self._file.close()

    def __del__(self) -> None:
        self._file.close()
