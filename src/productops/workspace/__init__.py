"""A home for entities: one SQLite file or a PostgreSQL database, with the history of every field."""
