"""What is measured: each scenario by name, who does the same work, how often, and what must hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.job import AIRTABLE_BATCH, AIRTABLE_PAGE, JIRA_PAGE, NOTION_PAGE, pages

DLT_UP_TO = 20_000  # records; it keeps them all in memory, and takes its time
SLOW_ROUNDS = 2  # in which it runs, where there are more than a few records


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure of a row must not exceed, or with ``least`` not fall below."""

    figure: str  # a key of the row
    bound: float
    words: str
    least: bool = False

    def met(self, value: float) -> bool:
        """Tell whether a value is within the bound."""
        return value >= self.bound if self.least else value <= self.bound


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of work. ``minimum`` is the least number of requests that carries the data, no schema read.

    ``floor``, ``peer`` and ``others`` are the clients that do the same work, by module and function; where
    ``shared`` is false each has a place of its own, because it changes what the next one would find.
    """

    name: str
    ours: str
    minimum: Callable[[int, int], int]  # records, changed → requests
    floor: str | None = None
    peer: str | None = None
    peer_name: str = ""
    others: dict[str, str] = field(default_factory=dict)
    shared: bool = True
    changed: float = 0.0  # share of the records that people edit before each run
    targets: tuple[Target, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether its clients write to the stub, so that one must not disturb another."""
        return not self.name.startswith(("read", "import", "productops", "workspace", "feedback"))

    def clients(self, records: int) -> dict[str, str]:
        """Return who runs: the floor, the peer, ours and the others, each with its module and function."""
        others = {name: one for name, one in self.others.items() if name != "dlt" or records <= DLT_UP_TO}
        first = {"floor": self.floor, "peer": self.peer, "ours": self.ours}
        return {role: one for role, one in first.items() if one is not None} | others


@dataclass(frozen=True, slots=True)
class Measurement:
    """A scenario at one size and one latency: a row of the table."""

    scenario: Scenario
    records: int
    latency: int = 0  # milliseconds that the stub lets each request wait

    @property
    def name(self) -> str:
        """The row's name."""
        late = f", {self.latency} ms" if self.latency else ""
        return self.scenario.name + (f", {self.records:,}{late}" if self.records > 1 else "")

    @property
    def changed(self) -> int:
        """How many records people edit before each run."""
        return round(self.records * self.scenario.changed)

    @property
    def minimum(self) -> int:
        """The least number of requests that carries the data."""
        return self.scenario.minimum(self.records, self.changed)


def _reads(size: int) -> Callable[[int, int], int]:
    return lambda records, _changed: pages(records, size)


def _none(_records: int, _changed: int) -> int:
    return 0


def _read(name: str, function: str, size: int, peer: str, *targets: Target, **others: str) -> Scenario:
    more = {"floor, streamed": f"streamed.{function}", **{key.replace("_", " "): one for key, one in others.items()}}
    clients = (f"floor.{function}", f"peers.{function}", peer)
    return Scenario(name, f"ours.{function}", _reads(size), *clients, others=more, targets=targets)


def _sync(name: str, function: str, minimum: Callable[[int, int], int], **more: object) -> Scenario:
    clients = (f"floor.{function}", f"peers.{function}", "jira + pyairtable")
    return Scenario(name, f"ours.{function}", minimum, *clients, **more)  # type: ignore[arg-type]


def _copy(records: int, _changed: int) -> int:
    return pages(records, JIRA_PAGE) + pages(records, AIRTABLE_BATCH)


def _carry(_records: int, changed: int) -> int:
    return max(1, pages(changed, JIRA_PAGE)) + 1 + pages(changed, AIRTABLE_BATCH)


def _both(records: int, _changed: int) -> int:
    return pages(records, JIRA_PAGE) + pages(records, AIRTABLE_PAGE)


AIRTABLE = _read(
    "read Airtable, 12 fields", "read_airtable", AIRTABLE_PAGE, "pyairtable",
    Target("ratio_to_floor", 1.6, "≤ 1.6 × the floor"), dlt="tool.read_airtable",
)  # fmt: skip
JIRA = _read(
    "read Jira, 24 fields", "read_jira", JIRA_PAGE, "jira, dicts",
    Target("ratio_to_floor", 1.4, "≤ 1.4 × the floor"), jira_objects="peers.read_jira_objects", dlt="tool.read_jira",
)  # fmt: skip
JIRA_FEW = _read(
    "read Jira, 4 of 24 fields", "read_jira_few", JIRA_PAGE, "jira, dicts",
    Target("ratio_to_floor", 1.4, "≤ 1.4 × the floor"), jira_objects="peers.read_jira_few_objects",
    floor_reading_all_fields="floor.read_jira",
)  # fmt: skip
JIRA_RICH = Scenario(
    "read Jira, 4 fields and rich text", "ours.read_jira_rich", _reads(JIRA_PAGE), "floor.read_jira_rich",
    "peers.read_jira_rich", "jira + marklas",
)  # fmt: skip
NOTION = _read(
    "read Notion, 13 properties", "read_notion", NOTION_PAGE, "notion-client", dlt="tool.read_notion"
)  # fmt: skip
FIRST = _sync(
    "first sync", "first_sync", _copy,
    targets=(
        Target("cpu_us_per_record", 200, "≤ 200 µs a record"),
        Target("requests_to_minimum", 1.01, "≤ 1.01 × the least requests"),
    ),
)  # fmt: skip
FIRST_RICH = _sync("first sync, with rich text", "first_sync_rich", _copy)
QUIET = _sync("incremental, nothing changed", "changes", _carry, shared=False,
              targets=(Target("requests", 2, "2 requests"),))  # fmt: skip
LINKED = _sync("no-op plan, links", "quiet_plan", _carry, targets=(
    Target("requests", 2, "2 requests"),
    Target("cpu_s", 1, "≤ 1 s"),
    Target("peak_rss_mb", 200, "≤ 200 MB"),
))  # fmt: skip
ONE = _sync("incremental, 1 % changed", "changes", _carry, shared=False, changed=0.01)
TEN = _sync("incremental, 10 % changed", "changes", _carry, shared=False, changed=0.1)
COMPARE = _sync("full compare", "compare", _both, shared=False)

PACED = Scenario(
    "first sync at the documented limits", "paced.first_sync", _copy,
    targets=(Target("share_of_limit", 0.97, "≥ 97 % of the limit's rate", least=True),),
)  # fmt: skip
ADD = Scenario("workspace, add notes", "rooms.workspace_add", _none, "plain.workspace_add")
READ = Scenario("workspace, read notes", "rooms.workspace_read", _none, "plain.workspace_read")
DEMAND = Scenario("feedback, table of demand", "rooms.demand", _none)
DUPLICATES = Scenario("feedback, near-identical notes", "rooms.duplicates", _none)
STARTS = {"jira": "starts.import_jira", "notion-client": "starts.import_notion_client", "dlt": "tool.started"}
IMPORT = Scenario(
    "import productops", "starts.import_ours", _none, "starts.bare", "starts.import_pyairtable", "pyairtable",
    others=STARTS, targets=(Target("cpu_s", 0.15, "≤ 150 ms"),),
)  # fmt: skip
HELP = Scenario(
    "productops --help", "starts.command_line", _none, "starts.bare", "starts.import_pyairtable", "import pyairtable",
    targets=(Target("cpu_s", 0.25, "≤ 250 ms"),),
)  # fmt: skip

FULL = (
    Measurement(IMPORT, 1),
    Measurement(HELP, 1),
    *(Measurement(AIRTABLE, size) for size in (1_000, 10_000, 100_000)),
    *(Measurement(AIRTABLE, 2_000, latency) for latency in (50, 150)),
    *(Measurement(JIRA, size) for size in (1_000, 20_000)),
    Measurement(JIRA_FEW, 20_000),
    Measurement(JIRA_RICH, 2_000),
    *(Measurement(NOTION, size) for size in (1_000, 20_000)),
    *(Measurement(FIRST, 1_000, latency) for latency in (50, 150)),
    *(Measurement(one, 10_000) for one in (QUIET, ONE, TEN, COMPARE)),
    *(Measurement(LINKED, links) for links in (1_000, 100_000, 1_000_000)),
    *(Measurement(PACED, size) for size in (1_000, 10_000)),
    *(Measurement(one, 100_000) for one in (ADD, READ, DEMAND)),
    *(Measurement(DUPLICATES, size) for size in (1_000, 10_000)),
    Measurement(FIRST_RICH, 2_000),
    *(Measurement(FIRST, size) for size in (1_000, 10_000, 100_000)),
)
QUICK = (
    Measurement(IMPORT, 1),
    Measurement(HELP, 1),
    *(Measurement(AIRTABLE, size) for size in (1_000, 5_000)),
    Measurement(AIRTABLE, 1_000, 50),
    Measurement(JIRA, 2_000),
    Measurement(JIRA_FEW, 2_000),
    Measurement(JIRA_RICH, 500),
    Measurement(NOTION, 2_000),
    *(Measurement(one, 1_000) for one in (QUIET, ONE, TEN, COMPARE)),
    Measurement(LINKED, 100_000),
    *(Measurement(FIRST, size) for size in (1_000, 2_000)),
    Measurement(FIRST_RICH, 500),
    Measurement(PACED, 5_000),
    *(Measurement(one, 5_000) for one in (ADD, READ, DEMAND)),
    Measurement(DUPLICATES, 1_000),
)
