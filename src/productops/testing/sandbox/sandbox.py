"""Everything at once: both services on loopback, ready for ``Jira.from_env()`` and ``Airtable.from_env()``."""

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
from productops.testing.sandbox.server import Server
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
    """Both services on two loopback servers; a context manager.

    Args:
        seed: ``{"jira": ..., "airtable": ...}``, each as ``docs/sandbox.md`` describes, or the path of a JSON
            file with it. A missing half, or none at all, is the standard one: the Jira project PROD and the
            Airtable base Product with an empty table Roadmap.
        limits: ``"real"``, or a factor that makes both services' rate limits that many times as mild.
        search_lag: seconds until Jira's search shows a write (V).
        late_commit: the longest time, in seconds, that either service takes to commit a request it was sent (D).
        clock: what time it is in both services; the machine's clock when left out.
        port: Jira's; Airtable's is the next one. 0 lets the machine choose both.

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
        watch = clock or SystemClock()
        knobs: dict[str, Any] = {"search_lag": search_lag, "late_commit": late_commit, "rate": factor}
        jira = JiraSandbox.from_json(data["jira"], now=watch.now(), **knobs)
        airtable = Airtable.from_json(data["airtable"], limits=factor, clock=watch)
        airtable.settle = (late_commit, 0.0)
        self.clock = watch
        self.jira: Host[JiraSandbox] = _host(jira, watch, "jira", port)
        self.airtable: Host[Airtable] = _host(airtable, watch, "airtable", port + 1 if port else 0)
        self._running = ExitStack()

    @property
    def requests(self) -> int:
        """How many requests both servers have met so far."""
        return sum(self.jira.counts.values()) + sum(self.airtable.counts.values())

    @property
    def settle(self) -> float:
        """Seconds after which a request whose answer was lost has been committed, and shows."""
        return sum(self.jira.service.settle)

    def env(self) -> dict[str, str]:
        """Return the environment variables that connect a program to this sandbox."""
        found = self.to_dict()
        return {
            **{f"JIRA_{name.upper()}": found["jira"][name] for name in ("url", "email", "token")},
            **{f"AIRTABLE_{name.upper()}": found["airtable"][name] for name in ("url", "token")},
        }

    def to_dict(self) -> dict[str, dict[str, str]]:
        """Return where everything is and how to sign in, as JSON-able values.

        The project, base and table are the first ones of the seed.
        """
        site, account = self.jira.service.site, self.airtable.service
        user = next(iter(site.users.values()))
        base = next(iter(account.world.bases.values()), None)
        return {
            "jira": {
                "url": self.jira.url,
                "email": user.email,
                "token": user.token,
                "project": next(iter(site.projects.values())).key,
            },
            "airtable": {
                "url": self.airtable.url,
                "token": next(iter(account.tokens)),
                "base": base.id if base else "",
                "table": base.tables[0].name if base and base.tables else "",
            },
        }

    def start(self) -> Self:
        """Start both servers; returns when they answer."""
        with ExitStack() as starting:
            for server in (self.jira, self.airtable):
                starting.enter_context(server)
            self._running = starting.pop_all()
        return self

    def stop(self) -> None:
        """Stop both servers and wait for their threads."""
        self._running.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Sandbox: Jira at {self.jira.url}, Airtable at {self.airtable.url}>"


def _host(service: S, clock: Clock, side: str, port: int) -> Host[S]:
    return Host(Endpoint(service, clock=clock, side=side, log_size=EXCHANGES_KEPT), port=port)


def read_seed(seed: Mapping[str, Any] | str | Path | None) -> dict[str, Any]:
    """Return a whole seed; a missing half is the standard one.

    Raises:
        SeedError: the file cannot be read, is no JSON, or has keys that mean nothing.

    """
    if isinstance(seed, str | Path):
        try:
            seed = json.loads(Path(seed).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise SeedError(f"the seed cannot be read: {error}") from None
    if seed is not None and not isinstance(seed, Mapping):
        raise SeedError("a seed is an object with jira and airtable")
    given = dict(seed or {})
    if unknown := sorted(set(given) - {"jira", "airtable"}):
        raise SeedError(f"a seed has jira and airtable, not {unknown[0]!r}")
    return {**standard_seed(), **given}


__all__ = ["Host", "Sandbox", "SeedError", "read_seed"]
