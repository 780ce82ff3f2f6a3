"""Entities, their events and states in between."""

import sqlalchemy as sa
from alembic import op

from productops.workspace.columns import NUMBER, TEXT

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "ws_meta",
        sa.Column("name", TEXT, primary_key=True),
        sa.Column("value", TEXT, nullable=False),
    )
    op.create_table(
        "ws_entities",
        sa.Column("kind", TEXT, primary_key=True),
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("born", NUMBER, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("data", TEXT),
    )
    op.create_table(
        "ws_events",
        sa.Column("seq", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("entity", TEXT, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("field", TEXT, nullable=False),
        sa.Column("old", TEXT),
        sa.Column("new", TEXT),
        sa.Column("by", TEXT),
        sa.Column("source", TEXT),
        sa.Column("run", TEXT),
        sa.Column("reason", TEXT),
    )
    op.create_index("ws_events_entity", "ws_events", ["kind", "entity", "at"])
    op.create_index("ws_events_at", "ws_events", ["at"])
    op.create_table(
        "ws_states",
        sa.Column("kind", TEXT, primary_key=True),
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("version", NUMBER, primary_key=True),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("data", TEXT),
    )
