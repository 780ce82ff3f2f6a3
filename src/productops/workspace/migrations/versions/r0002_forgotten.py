"""Digests of people who were forgotten."""

import sqlalchemy as sa
from alembic import op

from productops.workspace.columns import NUMBER, TEXT

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "ws_forgotten",
        sa.Column("digest", TEXT, primary_key=True),
        sa.Column("words", NUMBER, nullable=False),
        sa.Column("email", NUMBER, nullable=False),
    )
