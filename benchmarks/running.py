"""Running clients, each in a process of its own, interleaved, against one stub."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.scenarios import SLOW_ROUNDS, Measurement

Figures = dict[str, float]
Rounds = dict[str, list[Figures]]  # client → what each round cost
PLACES = ("floor", "peer", "ours")
FEW = 5_000  # records
ROOT = Path(__file__).parents[1]
OWN_PYTHON = {"tool": ROOT / ".venv-bench" / "bin" / "python"}  # clients that live apart from the library's packages


class MissingClientError(Exception):
    """A client cannot run here; the message says why."""


class Client:
    """A client that was started and is warm."""

    def __init__(self, name: str, arguments: list[str]) -> None:
        self.slow: bool = name.partition(".")[0] in OWN_PYTHON
        python = OWN_PYTHON.get(name.partition(".")[0], Path(sys.executable))
        if not python.exists():
            raise MissingClientError("not installed")
        self.name = name
        self.process = subprocess.Popen(
            [str(python), "-m", "benchmarks.measured", name, *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip

    def warm(self) -> None:
        """Wait until it is warm."""
        self._answer()

    def run(self) -> Figures:
        """Let it do its work once."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> Figures:
        assert self.process.stdout is not None
        if line := self.process.stdout.readline():
            found: Figures = json.loads(line)
            return found
        assert self.process.stderr is not None
        raise RuntimeError(f"{self.name} failed:\n{self.process.stderr.read()}")

    def end(self) -> None:
        """Let it end."""
        self.process.communicate()


@contextmanager
def client(name: str, url: str, one: Measurement, tag: int) -> Iterator[Client]:
    """Start a client, and end it."""
    with tempfile.TemporaryDirectory(prefix="productops-bench-") as folder:
        found = Client(name, [url, str(one.records), str(tag), str(one.changed), folder])
        try:
            yield found
        except BaseException:  # also when somebody stops it: what it started must not go on
            found.process.kill()
            raise
        finally:
            found.end()


def interleaved(one: Measurement, url: str, rounds: int) -> tuple[Rounds, Mapping[str, str]]:
    """Run every client once in each round, right after each other; return also who could not run, and why.

    Another one begins each round, so that none always runs after the same other.
    """
    missing: dict[str, str] = {}
    with ExitStack() as stack:
        running: dict[str, Client] = {}
        for role, name in one.scenario.clients(one.records).items():
            tag = 0 if one.scenario.shared else PLACES.index(role)
            try:
                running[role] = stack.enter_context(client(name, url, one, tag))
            except MissingClientError as error:
                missing[role] = str(error)
                continue
            if one.scenario.writes:
                running[role].warm()
        for each in running.values():
            if not one.scenario.writes:  # they may warm up side by side
                each.warm()
        roles = list(running)
        found: Rounds = {role: [] for role in roles}
        for number in range(rounds):
            shift = number % len(roles)
            for role in [*roles[shift:], *roles[:shift]]:
                if running[role].slow and one.records > FEW and number >= SLOW_ROUNDS:
                    continue
                found[role].append(running[role].run())
    return found, missing
