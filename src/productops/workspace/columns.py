"""The two types of column a workspace has, the same on SQLite and PostgreSQL."""

from sqlalchemy import BigInteger, Integer, Text
from sqlalchemy.dialects import postgresql

# Compared byte by byte, so that both databases list in one order.
TEXT = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
NUMBER = BigInteger().with_variant(Integer(), "sqlite")  # SQLite counts up only what is called INTEGER
