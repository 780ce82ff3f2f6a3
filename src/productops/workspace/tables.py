"""What a workspace keeps, as tables. The steps in ``migrations`` make them; a test keeps the two equal.

``entities`` holds what is, one row an entity, as JSON. A deleted one keeps its row without data, so that its versions
count on. ``events`` holds what was: one row for each field that changed (``old`` and ``new`` as JSON, NULL for a field
that was not there), and one for a whole record that came or went, with the field ``*``. A past state is the present
one minus the later events; ``states`` keeps the whole record every so many versions, so that few have to be undone.

Times are whole microseconds since 1970, UTC. Within one entity they never go back.
"""

from sqlalchemy import Column, Index, MetaData, Table

from productops.workspace.columns import NUMBER, TEXT

tables: MetaData = MetaData()

meta: Table = Table("ws_meta", tables, Column("name", TEXT, primary_key=True), Column("value", TEXT, nullable=False))

entities: Table = Table(
    "ws_entities",
    tables,
    Column("kind", TEXT, primary_key=True),
    Column("id", TEXT, primary_key=True),
    Column("version", NUMBER, nullable=False),  # counts up with each change, deletions included
    Column("born", NUMBER, nullable=False),  # when it first came
    Column("at", NUMBER, nullable=False),  # of the latest version
    Column("data", TEXT),
)

events: Table = Table(
    "ws_events",
    tables,
    Column("seq", NUMBER, primary_key=True, autoincrement=True),
    Column("kind", TEXT, nullable=False),
    Column("entity", TEXT, nullable=False),
    Column("version", NUMBER, nullable=False),  # that the change made
    Column("at", NUMBER, nullable=False),
    Column("field", TEXT, nullable=False),
    Column("old", TEXT),
    Column("new", TEXT),
    Column("by", TEXT),
    Column("source", TEXT),
    Column("run", TEXT),
    Column("reason", TEXT),
    Index("ws_events_entity", "kind", "entity", "at"),
    Index("ws_events_at", "at"),
)

states: Table = Table(
    "ws_states",
    tables,
    Column("kind", TEXT, primary_key=True),
    Column("id", TEXT, primary_key=True),
    Column("version", NUMBER, primary_key=True),
    Column("at", NUMBER, nullable=False),
    Column("data", TEXT),
)

forgotten: Table = Table(
    "ws_forgotten",
    tables,
    Column("digest", TEXT, primary_key=True),  # of a name, an address or an account, keyed with the workspace's secret
    Column("words", NUMBER, nullable=False),  # how many it has; 0 for an account
    Column("email", NUMBER, nullable=False),  # 1 for an address
)
