"""A workspace in a SQLite file, and the same in PostgreSQL: the whole suite runs on both."""

import pytest
from sqlalchemy import create_engine, text

from productops.workspace.home import Workspace
from sync.postgres import server
from workspace.house import House


@pytest.fixture(scope="session")
def running():
    """An engine of a PostgreSQL server, and the URL of a database there."""
    with server() as url:
        engine = create_engine(url.format(name="postgres"), isolation_level="AUTOCOMMIT")
        yield engine, url.format(name="postgres")
        engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def location(request, tmp_path):
    """Where a new workspace may be."""
    if request.param == "sqlite":
        return str(tmp_path / "product.db")
    engine, url = request.getfixturevalue("running")
    with engine.connect() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    return url


@pytest.fixture
def ws(location):
    with Workspace(location, by="ada") as workspace:
        yield workspace


@pytest.fixture
def house(tmp_path):
    """A workspace in the middle of a star."""
    it = House(tmp_path)
    yield it
    it.ws.close()
