"""The tables of the state database, the same in SQLite and PostgreSQL.

Every table starts with the sync's name, so hundreds of syncs share one database. Values are JSON text:
they are compared in Python and only stored here.
"""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKeyConstraint, Index, Integer, MetaData, String, Table, Text

VERSION = 1
tables: MetaData = MetaData()


def _sync() -> Column[str]:
    return Column("sync", String, primary_key=True)


meta: Table = Table(
    "po_meta", tables, _sync(),
    Column("lineage", String, nullable=False),  # a new one for every new state: plans of another life are refused
    Column("serial", Integer, nullable=False),  # grows with every change of links, base or intents
    Column("prefix", String, nullable=False),  # first letters of this sync's markers
    Column("config", Text, nullable=False),  # what the mappings were, field by field
    Column("version", Integer, nullable=False),
    Column("created", Float, nullable=False),
)  # fmt: skip

links: Table = Table(
    "po_links", tables, _sync(),
    Column("link", String, primary_key=True),  # also the marker that created records carry
    Column("state", String, nullable=False),  # active, parked (out of scope), deleted
    Column("created", Float, nullable=False),
    Index("po_links_state", "sync", "state"),  # most are active: the few others are looked for in every pass
)  # fmt: skip

ends: Table = Table(
    "po_ends", tables, _sync(),
    Column("link", String, primary_key=True),
    Column("side", String, primary_key=True),
    Column("remote", String, nullable=False),
    Column("label", Text, nullable=False),  # JSON: key, url, title
    ForeignKeyConstraint(["sync", "link"], ["po_links.sync", "po_links.link"], ondelete="CASCADE"),
    Index("po_ends_remote", "sync", "side", "remote", unique=True),
)  # fmt: skip

base: Table = Table(
    "po_base", tables, _sync(),
    Column("link", String, primary_key=True),
    Column("side", String, primary_key=True),
    Column("hashes", Text, nullable=False),  # JSON: field → fingerprint of what this side showed when last agreed
    ForeignKeyConstraint(["sync", "link"], ["po_links.sync", "po_links.link"], ondelete="CASCADE"),
)  # fmt: skip

base_values: Table = Table(
    "po_base_values", tables, _sync(),
    Column("link", String, primary_key=True),
    Column("side", String, primary_key=True),
    Column("data", Text, nullable=False),  # JSON: field → value; apart, because most passes need only the hashes
    ForeignKeyConstraint(["sync", "link"], ["po_links.sync", "po_links.link"], ondelete="CASCADE"),
)  # fmt: skip

inbox: Table = Table(
    "po_inbox", tables, _sync(),
    Column("side", String, primary_key=True),
    Column("remote", String, primary_key=True),
    Column("link", String),  # null: not linked yet
    Column("own", String, nullable=False),  # the marker this record's twin would carry
    Column("marker", String),  # the marker this record carries
    Column("match", String),  # its declared key, for first meetings
    Column("seen", Text),  # JSON of the record as seen; null: must be read again
    Column("at", Float, nullable=False),
    Index("po_inbox_link", "sync", "link"),
    Index("po_inbox_match", "sync", "side", "match"),
    Index("po_inbox_marker", "sync", "side", "marker"),
    Index("po_inbox_own", "sync", "side", "own"),
)  # fmt: skip

intents: Table = Table(
    "po_intents", tables, _sync(),
    Column("op", String, primary_key=True),
    Column("run", String, nullable=False),
    Column("link", String, nullable=False),
    Column("side", String, nullable=False),
    Column("kind", String, nullable=False),  # create, update, delete
    Column("change", Text, nullable=False),  # JSON of the change this write belongs to
    # sent, unknown, half (it arrived, the rest of its change is to come), confirmed, failed, superseded
    Column("state", String, nullable=False),
    Column("sent", Float, nullable=False),
    Column("settles", Float, nullable=False),  # before this an absent effect proves nothing
    Column("missed", Integer, nullable=False, default=0),  # probes after settling that found nothing
    Column("probed", Float),
    Column("remote", String),
    Column("error", Text),
    Index("po_intents_open", "sync", "state"),
    Index("po_intents_link", "sync", "link"),
)  # fmt: skip

refusals: Table = Table(
    "po_refusals", tables, _sync(),
    Column("link", String, primary_key=True),
    Column("side", String, primary_key=True),
    Column("payload", String, nullable=False),  # fingerprint of what was refused
    Column("message", Text, nullable=False),
    Column("at", Float, nullable=False),
)  # fmt: skip

cursors: Table = Table(
    "po_cursors", tables, _sync(),
    Column("side", String, primary_key=True),
    Column("watermark", Float),
    Column("full", Float),  # when the last complete listing began
)  # fmt: skip

conflicts: Table = Table(
    "po_conflicts", tables, _sync(),
    Column("id", String, primary_key=True),
    Column("link", String, nullable=False),
    Column("field", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("data", Text, nullable=False),  # JSON: base, left, right, their hashes, title, urls
    Column("state", String, nullable=False),  # open, decided, closed
    Column("decision", Text),
    Column("opened", Float, nullable=False),
    Column("closed", Float),
    Index("po_conflicts_link", "sync", "link"),
)  # fmt: skip

tombstones: Table = Table(
    "po_tombstones", tables, _sync(),
    Column("link", String, primary_key=True),
    Column("side", String, primary_key=True),
    Column("reason", String, nullable=False),
    Column("first", Float, nullable=False),
    Column("last", Float, nullable=False),
    Column("confirmations", Integer, nullable=False),
)  # fmt: skip

deliveries: Table = Table(
    "po_deliveries", tables, _sync(),
    Column("mark", String, primary_key=True),  # side, service and what the service calls the delivery
    Column("at", Float, nullable=False),
)  # fmt: skip

runs: Table = Table(
    "po_runs", tables, _sync(),
    Column("run", String, primary_key=True),
    Column("started", Float, nullable=False),
    Column("finished", Float),
    Column("report", Text),
)  # fmt: skip

names: Table = Table(
    "po_names", tables, _sync(),
    Column("side", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("id", String, nullable=False),
)  # fmt: skip

people: Table = Table(
    "po_people", tables, _sync(),
    Column("row", Integer, primary_key=True),
    Column("data", Text, nullable=False),
)  # fmt: skip

lease: Table = Table(
    "po_lease", tables, _sync(),
    Column("holder", String, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("expires", Float, nullable=False),
)  # fmt: skip

facts: Table = Table(
    "po_facts", tables, _sync(),
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)  # fmt: skip

schemas: Table = Table(
    "po_schemas", tables, _sync(),
    Column("side", String, primary_key=True),
    Column("container", String, nullable=False),
    Column("data", Text, nullable=False),  # JSON: field id → name, kind, required, options
    Column("seen", Float, nullable=False),
)  # fmt: skip

findings: Table = Table(
    "po_findings", tables, _sync(),
    Column("mark", String, primary_key=True),  # fingerprint of a line that was told
    Column("first", Float, nullable=False),
    Column("last", Float, nullable=False),
)  # fmt: skip
