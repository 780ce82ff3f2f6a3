"""Spark finds what the local path finds, on the same notes."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from insights.insights_data import ODD, sorted_notes
from insights.test_demand import BIG, DAY, NAMES, NOTES, SMALL, account
from productops.errors import ConfigError, MissingExtraError
from productops.insights import duplicates as local
from productops.insights import spark
from productops.insights.demand import theme_demand
from productops.model.feedback import Feedback, Insight
from productops.model.people import PersonRef
from productops.model.roadmap import RoadmapItem

pytestmark = pytest.mark.filterwarnings("default")  # pyspark warns of its own use of pandas
HERE = find_spec("pyspark") is not None and shutil.which("java") is not None
needs_spark = pytest.mark.skipif(not HERE, reason="Spark needs Java and `make spark`")


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(spark.__file__).parents[2]), *sys.path])
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.shuffle.partitions", "3").config("spark.driver.bindAddress", "127.0.0.1")
    builder = builder.config("spark.driver.host", "127.0.0.1").config("spark.sql.session.timeZone", "UTC")
    running = builder.config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("spark"))).getOrCreate()
    yield running
    running.stop()


def test_without_spark_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(MissingExtraError, match=r"productops\[spark\]"):
        spark.duplicates(None)


def pile() -> list[dict[str, str]]:
    texts = [*sorted_notes(40)[0], *ODD[:6], *ODD[6:8]]
    typed = [f"hello team - {text.replace('e', 'ee', 1)} thanks" for text in texts[:60]]
    formed = [f"What did you expect. {text} now." for text in texts[60:100]]
    crowd = [f"the export of the month is broken for team {n}" for n in range(60)]
    said = [text for text in (*texts, *typed, *formed, *crowd) if "\x00" not in text and "\ud800" not in text]
    return [{"id": f"n{place:04}", "text": text} for place, text in enumerate(said)]


@needs_spark
def test_duplicates_are_those_of_the_local_path(session):
    notes = pile()
    groups = local.duplicates(notes, many=0)
    expected = {m.id: (group.id, m.likeness) for group in groups for m in group.members}
    expected |= {group.id: (group.id, 1.0) for group in groups}
    frame = session.createDataFrame(notes, "id string, text string").repartition(4)
    found = {row["id"]: (row["group_id"], round(row["likeness"], 3)) for row in spark.duplicates(frame).collect()}
    assert len(found) > 100
    assert found == expected


@needs_spark
def test_other_columns_nulls_and_no_notes(session):
    frame = session.createDataFrame([(1, "same words"), (2, None), (3, "Same words!")], "key int, body string")
    found = spark.duplicates(frame, id="key", text="body").collect()
    assert {(row["id"], row["group_id"]) for row in found} == {("1", "1"), ("3", "1")}
    assert spark.duplicates(frame.where("key > 9"), id="key", text="body").count() == 0
    with pytest.raises(ConfigError, match="no column id, text"):
        spark.duplicates(frame)


@needs_spark
def test_demand_is_that_of_the_local_path(session):
    child = account("Child", "enterprise", 3)
    people = [
        PersonRef(email="ada@example.com"),
        PersonRef(email="bo@example.com"),
        None,
        None,
        PersonRef(email="ada@example.com"),
    ]
    loose = [Feedback(text="sso", requester=person, area="login", received_at="2026-09-03T00:00Z") for person in people]
    late = Feedback(text="sso", account_id=child.id, area="login", received_at="2026-10-03T00:00Z")
    notes = [*NOTES, *loose, late]
    names = {note.id: NAMES.get(note.id, "sso") for note in notes}
    planned = RoadmapItem(title="Dark mode", status="planned")
    more = {"as_of": DAY, "items": [planned], "insights": [Insight(feedback_id=NOTES[3].id, target_id=planned.id)]}
    expected = theme_demand(notes, names, [BIG, SMALL, child], **more)
    rows = [
        (n.id, names[n.id], n.area, n.account_id, n.requester.key if n.requester else None, n.received_at)
        for n in notes
    ]
    schema = "id string, theme string, area string, account_id string, requester string, received_at timestamp"
    found = spark.theme_demand(session.createDataFrame(rows, schema).repartition(3), [BIG, SMALL, child], **more)
    assert found.rows == expected.rows
    assert len(found) >= 5
