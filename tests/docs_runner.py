"""Plays a page of the documentation from top to bottom, as a reader would, in a folder of its own.

A block with ``title="name"`` is written to that file. A block of Python without a title runs, and what it prints must
be what the next block of ``text`` says. A line ``$ command`` of a console block runs, and what it prints must hold the
lines below it, in order. ``…`` stands for anything. ``ID`` and ``RUN`` in a command are filled in as a reader would.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from productops.cli.app import run
from productops.testing.sandbox import Sandbox

BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```', re.DOTALL | re.MULTILINE)
LEFT_OUT = ("pip install", "productops sandbox", "cd ", "pytest", "make ")


def blocks(page: Path) -> list[tuple[str, str, str]]:
    """Return the kind, the title and the text of each fenced block of a page."""
    return [(kind, title, text) for kind, title, text in BLOCK.findall(page.read_text(encoding="utf-8"))]


def pattern(line: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in line.rstrip().split("…")) + r"\s*")


def missing(expected: str, printed: str) -> str | None:
    """Return the first expected line that the output has not, in order."""
    left = printed.splitlines()
    for line in (line for line in expected.splitlines() if line.strip() and line.strip() != "…"):
        found = next((at for at, told in enumerate(left) if pattern(line).fullmatch(told)), None)
        if found is None:
            return line
        left = left[found + 1 :]
    return None


@dataclass
class Reader:
    """Somebody who does what a page says."""

    folder: Path
    sandbox: Sandbox | None = None
    codes: list[int] = field(default_factory=list)  # the exit codes of the commands
    names: dict[str, Any] = field(default_factory=dict)
    said: str = ""  # what the last command printed

    def play(self, page: Path) -> None:
        """Play a page. Raises AssertionError with the page, the command and the line that is not true."""
        found = blocks(page)
        for number, (kind, title, text) in enumerate(found):
            where = f"{page.name}, block {number + 1}"
            if title:
                (self.folder / title).write_text(text, encoding="utf-8")
            elif kind == "python":
                following = found[number + 1] if number + 1 < len(found) else ("", "", "")
                self._python(text, following[2] if following[:2] == ("text", "") else None, where)
            elif kind == "console":
                self._console(text, where)

    def _python(self, code: str, expected: str | None, where: str) -> None:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(code, where, "exec"), self.names)
        if expected is not None:
            lost = missing(expected, out.getvalue())
            assert lost is None, f"{where} prints no line {lost!r}:\n{out.getvalue()}"

    def _console(self, text: str, where: str) -> None:
        for command, expected in _commands(text):
            if command.startswith(LEFT_OUT):
                continue
            command = self._filled(command)
            code, out, err = self._run(command)
            assert "Traceback" not in err, f"{where}: {command}\n{err}"
            self.codes.append(code)
            self.said = out
            lost = missing(expected, out)
            assert lost is None, f"{where}: {command} prints no line {lost!r}:\n{out}{err}"

    def _run(self, command: str) -> tuple[int, str, str]:
        """Run a command: ours in this process, which is the same and much sooner done."""
        words = shlex.split(command)
        if words[0] == "productops":
            out, err = io.StringIO(), io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = run(words[1:])
            return code, out.getvalue(), err.getvalue()
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        more = {"env": {**os.environ, "PATH": path}, "capture_output": True, "text": True, "timeout": 100}
        done = subprocess.run(words, cwd=self.folder, check=False, **more)
        return done.returncode, done.stdout, done.stderr

    def _filled(self, command: str) -> str:
        """Fill in what a reader copies from the output above."""
        words = shlex.split(command)
        if "ID" in words:
            command = command.replace("ID", re.search(r"\bc-\w+", self.said)[0])
        if "RUN" in words:
            command = command.replace("RUN", re.findall(r"plan-\w+", self.said)[-1])
        return command


def _commands(text: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        yield command.strip(), expected
