"""The jobs of a file, opened: from ``productops.toml`` to a :class:`~productops.sync.engine.Sync`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from productops.cli.jobs import accounts
from productops.cli.jobs.accounts import MistakesError
from productops.cli.jobs.mapped import mapping_of, model_named
from productops.cli.jobs.references import is_reference, looked_up
from productops.cli.jobs.shape import Job, JobFile, checked
from productops.cli.jobs.source import Mistake, Source
from productops.errors import ConfigError, MissingExtraError
from productops.redaction import Secret
from productops.sdk.connector import Connector
from productops.sdk.mapping import Mapping, Side
from productops.sdk.view import View
from productops.sync.change import SIDES
from productops.sync.engine import Sync
from productops.sync.settings import Settings, check_settings

FILE = Path("productops.toml")
SETTINGS = (
    "direction", "match", "on_conflict", "on_delete", "delete_grace", "full_every", "overlap", "policies",
    "mass_change", "check_every", "shared",
)  # fmt: skip


@dataclass
class JobBook:
    """The jobs of one file. Nothing is looked up or asked before a job is opened."""

    source: Source
    file: JobFile
    progress: Callable[[int, int | None, str], None] | None = None
    _accounts: dict[str, Connector] = field(default_factory=dict)

    @classmethod
    def read(cls, path: str | Path = FILE) -> JobBook:
        """Read and check a file, or that of a folder; no service is asked and no secret is looked up.

        Raises:
            ConfigError: something does not fit; every mistake is told with file, line and key.

        """
        source = Source.read(Path(path) / FILE if Path(path).is_dir() else Path(path))
        book = cls(source, checked(source))
        if mistakes := book._mistakes():
            raise source.error(mistakes)
        return book

    @property
    def names(self) -> list[str]:
        """The jobs' names, in the order of the file."""
        return list(self.file.jobs)

    def chosen(self, job: str | None) -> list[str]:
        """Return the one job that was named, or all.

        Raises:
            ConfigError: there is none of that name.

        """
        if job is None:
            return self.names
        if job not in self.file.jobs:
            raise ConfigError(f"There is no job {job!r}.", remedy=f"There is: {', '.join(self.names)}.")
        return [job]

    def only(self, job: str | None, option: str = "--job ") -> str:
        """Return the one job that was named, or the only one there is; ``option`` is how a command names one.

        Raises:
            ConfigError: there is none of that name, or there are several and none was named.

        """
        found = self.chosen(job)
        if len(found) != 1:
            raise ConfigError("Which job?", remedy=f"Name one: {option}{f', {option}'.join(found)}.")
        return found[0]

    def account(self, name: str) -> Connector:
        """Return the account of a connection, opened once.

        Raises:
            ConfigError: a variable or password is missing, or a setting is refused.

        """
        self.open(name)
        return self._accounts[name]

    def open(self, *names: str) -> None:
        """Open the accounts of connections, each once. What any of them lacks is told at once.

        Raises:
            ConfigError: variables or passwords are missing, or settings are refused.

        """
        mistakes: list[Mistake] = []
        for name in dict.fromkeys(names):
            try:
                if name not in self._accounts:
                    section = self.file.connections[name]
                    self._accounts[name] = accounts.open_account(name, section, self.source.path.parent)
            except MistakesError as error:
                if isinstance(error.__cause__, MissingExtraError):
                    raise error.__cause__ from None
                mistakes += error.mistakes
        if mistakes:
            raise self.source.error(mistakes)

    def sync(self, name: str) -> Sync:
        """Return the sync of a job.

        Raises:
            ConfigError: what the job names does not exist.

        """
        job = self.file.jobs[name]
        self.open(job.left.connection, job.right.connection)
        views = {side: self.view(name, side) for side in SIDES}
        settings = _settings(job)
        people = job.people or self.file.people
        try:
            return Sync(
                name,
                left=views["left"],
                right=views["right"],
                state=self.state_of(job),
                people=self.source.path.parent / people if people else None,
                on_progress=self.progress,
                **settings,
            )
        except ConfigError as error:
            raise self.source.error([Mistake(("jobs", name), error.message, error.remedy or "")]) from error

    def view(self, name: str, side: Side) -> View[Any]:
        """Return one side of a job: its collection through its mapping."""
        job = self.file.jobs[name]
        part = getattr(job, side)
        with _placed(self.source):
            model = model_named(job.model, ("jobs", name, "model"), self.source.path.parent)
            mapping = mapping_of(
                self.source, self.file, model, part, ("jobs", name, side), self.service(part.connection)
            )
        account = self.account(part.connection)
        try:
            return mapping.on(accounts.open_collection(account, part))
        except ConfigError as error:
            raise self.source.error([Mistake(("jobs", name, side), error.message, error.remedy or "")]) from error

    def service(self, connection: str) -> str:
        """Return the name of a connection's connector."""
        return self.file.connections[connection].type or connection

    def state_of(self, job: Job) -> str | Path:
        """Return where a job remembers: a path beside the file, or a database URL.

        Raises:
            ConfigError: its variable is not set.

        """
        place = job.state or self.file.state
        text = looked_up(place) if is_reference(place) else place
        if "://" not in text:
            return self.source.path.parent / text
        _hide_password(text)
        return text

    # --- checking

    def _mistakes(self) -> list[Mistake]:
        found = [
            mistake
            for name, section in self.file.connections.items()
            for mistake in accounts.check_connection(name, section)
        ]
        for name, job in self.file.jobs.items():
            found += self._wrong_job(name, job)
        for place, state in [
            (("state",), self.file.state),
            *((("jobs", n, "state"), j.state) for n, j in self.file.jobs.items()),
        ]:
            if state and "://" in state and "@" in state and not is_reference(state):
                found.append(
                    Mistake(place, "an address with a password is not written into a file", 'Write "env:NAME".')
                )
        return found

    def _wrong_job(self, name: str, job: Job) -> list[Mistake]:
        found: list[Mistake] = []
        try:
            model = model_named(job.model, ("jobs", name, "model"), self.source.path.parent)
        except MistakesError as error:
            return list(error.mistakes)
        sides: dict[Side, Mapping[Any]] = {}
        for side in SIDES:
            part, place = getattr(job, side), ("jobs", name, side)
            if part.connection not in self.file.connections:
                known = ", ".join(self.file.connections) or "none"
                why = f"there is no section [connections.{part.connection}]"
                found.append(Mistake((*place, "connection"), why, f"There is: {known}."))
                continue
            try:
                kind = accounts.account_class(part.connection, self.file.connections[part.connection])
                found += accounts.check_side(place, kind, part)
                sides[side] = mapping_of(self.source, self.file, model, part, place, self.service(part.connection))
            except MistakesError as error:
                found += [one for one in error.mistakes if one.place[0] != "connections"]
        return found + (_unfit(name, job, sides) if len(sides) == len(SIDES) else [])


def _settings(job: Job) -> dict[str, Any]:
    """Return what a job says of how its sync decides."""
    return {key: getattr(job, key) for key in SETTINGS}


def _unfit(name: str, job: Job, sides: dict[Side, Mapping[Any]]) -> list[Mistake]:
    """Return what of a job's settings does not fit its mappings."""
    given = _settings(job)
    match = given.pop("match")
    try:
        check_settings(Settings(**given, match=(match,) if isinstance(match, str) else tuple(match)), sides)
    except ConfigError as error:
        key = next((key for key in ("match", "policies") if error.message.startswith(key)), "")
        return [Mistake(("jobs", name, *([key] if key else [])), error.message, error.remedy or "")]
    return []


@contextmanager
def _placed(source: Source) -> Iterator[None]:
    """Add file and line to mistakes that are found inside. A missing package is told as such."""
    try:
        yield
    except MistakesError as error:
        if isinstance(error.__cause__, MissingExtraError):
            raise error.__cause__ from None
        raise source.error(error.mistakes) from None


def _hide_password(url: str) -> None:
    from sqlalchemy import make_url

    password = make_url(url).password
    if password:
        Secret(str(password))


def read(path: Path, progress: Callable[[int, int | None, str], None] | None = None) -> JobBook:
    """Read a file of jobs; see :meth:`JobBook.read`."""
    book = JobBook.read(path)
    book.progress = progress
    return book


__all__: Sequence[str] = ("FILE", "JobBook", "read")
