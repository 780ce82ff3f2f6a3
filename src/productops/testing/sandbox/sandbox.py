"""Everything at once: all services on loopback, ready for ``Jira.from_env()`` and its like."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Literal, Self, TypeVar, cast

from productops.testing.sandbox.airtable import Airtable, SeedError
from productops.testing.sandbox.clock import Clock, SystemClock
from productops.testing.sandbox.endpoint import Endpoint
from productops.testing.sandbox.jira import JiraSandbox
from productops.testing.sandbox.notion import Notion
from productops.testing.sandbox.productboard import Productboard
from productops.testing.sandbox.server import Server
from productops.testing.sandbox.services import KINDS, Knobs, listed
from productops.testing.sandbox.standard import standard_seed
from productops.testing.sandbox.wire import Service

S = TypeVar("S", bound=Service)
SEARCH_LAG = 0.2  # seconds; the real ones are minutes, and every demo and test would have to wait for them
LATE_COMMIT = 0.3
EXCHANGES_KEPT = 20_000


class Host(Server, Generic[S]):
    """A server that knows which service it runs."""

    @property
    def service(self) -> S:
        """The service behind the server."""
        return cast("S", self.endpoint.service)


class Sandbox:
    """All services, each on a loopback server of its own; a context manager.

    ``servers`` holds them by name; ``jira``, ``airtable``, ``notion`` and ``productboard`` are the same, with their
    types.

    Args:
        seed: ``{"jira": ..., "airtable": ..., "notion": ..., "productboard": ...}``, each as ``docs/sandbox.md``
            describes, or the path of a JSON file with it. A missing part, or none at all, is the standard one: the Jira
            project PROD, the Airtable base Product with an empty table Roadmap, an empty Notion database Roadmap, and
            a Productboard with a product and no features.
        limits: ``"real"``, or a factor that makes all rate limits that many times as mild.
        search_lag: seconds until the searches of Jira, Notion and Productboard show a write (V).
        late_commit: the longest time, in seconds, that any service takes to commit a request it was sent (D).
        clock: what time it is in all services; the machine's clock when left out.
        port: Jira's; the others follow, one by one. 0 lets the machine choose them all.

    Raises:
        ValueError: the seed or a setting makes no sense; ``SeedError`` says where.
        ImportError: the extra ``sandbox`` is not installed.

    Example::

        with Sandbox() as sandbox:
            os.environ.update(sandbox.env())
            sandbox.airtable.faults.add("PATCH", r"/v0/.*", "drop_after_commit")

    """

    def __init__(
        self,
        seed: Mapping[str, Any] | str | Path | None = None,
        *,
        limits: Literal["real"] | float = "real",
        search_lag: float = SEARCH_LAG,
        late_commit: float = LATE_COMMIT,
        clock: Clock | None = None,
        port: int = 0,
    ) -> None:
        factor = 1.0 if limits == "real" else float(limits)
        if not factor > 0:
            raise ValueError("limits is 'real' or a factor above 0")
        data = read_seed(seed)
        self.clock: Clock | SystemClock = clock or SystemClock()
        knobs = Knobs(factor, search_lag, late_commit, self.clock)
        self.servers: dict[str, Host[Any]] = {}
        for number, (name, kind) in enumerate(KINDS.items()):
            endpoint = Endpoint(kind.make(data[name], knobs), clock=self.clock, side=name, log_size=EXCHANGES_KEPT)
            self.servers[name] = Host(endpoint, port=port + number if port else 0)
        self._running = ExitStack()

    @property
    def jira(self) -> Host[JiraSandbox]:
        """Jira's server."""
        return self.servers["jira"]

    @property
    def airtable(self) -> Host[Airtable]:
        """Airtable's server."""
        return self.servers["airtable"]

    @property
    def notion(self) -> Host[Notion]:
        """Notion's server."""
        return self.servers["notion"]

    @property
    def productboard(self) -> Host[Productboard]:
        """Productboard's server."""
        return self.servers["productboard"]

    @property
    def requests(self) -> int:
        """How many requests all servers have met so far."""
        return sum(sum(server.counts.values()) for server in self.servers.values())

    @property
    def settle(self) -> float:
        """Seconds after which a request whose answer was lost has been committed, and shows."""
        return max((float(sum(server.service.settle)) for server in self.servers.values()), default=0.0)

    def env(self) -> dict[str, str]:
        """Return the environment variables that connect a program to this sandbox."""
        found = self.to_dict()
        return {
            f"{name.upper()}_{key.upper()}": found[name][key] for name, kind in KINDS.items() for key in kind.variables
        }

    def to_dict(self) -> dict[str, dict[str, str]]:
        """Return where everything is and how to sign in, as JSON-able values.

        The project, base, table and data source are the first ones of the seed.
        """
        return {name: {"url": server.url, **KINDS[name].find(server.service)} for name, server in self.servers.items()}

    def start(self) -> Self:
        """Start all servers; returns when they answer."""
        with ExitStack() as starting:
            for server in self.servers.values():
                starting.enter_context(server)
            self._running = starting.pop_all()
        return self

    def stop(self) -> None:
        """Stop all servers and wait for their threads."""
        self._running.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Sandbox: {', '.join(f'{name.title()} at {server.url}' for name, server in self.servers.items())}>"


def read_seed(seed: Mapping[str, Any] | str | Path | None) -> dict[str, Any]:
    """Return a whole seed; a missing part is the standard one.

    Raises:
        SeedError: the file cannot be read, is no JSON, or has keys that mean nothing.

    """
    if isinstance(seed, str | Path):
        try:
            seed = json.loads(Path(seed).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise SeedError(f"the seed cannot be read: {error}") from None
    if seed is not None and not isinstance(seed, Mapping):
        raise SeedError(f"a seed is an object with {listed()}")
    given = dict(seed or {})
    if unknown := sorted(set(given) - set(KINDS)):
        raise SeedError(f"a seed has {listed()}, not {unknown[0]!r}")
    return {**standard_seed(), **given}


__all__ = ["Host", "Sandbox", "SeedError", "read_seed"]
