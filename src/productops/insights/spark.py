"""Duplicates and demand on Spark, for piles that outgrow one machine. Needs the extra ``spark`` and Java.

The heavy part (masking, signatures, bands, comparing) runs on the workers with the very functions of the local path,
so the outcome is that of ``duplicates(notes sorted by id, many=0)``. Only the pairs that are alike, and the counts of
every cell, come to the driver.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from productops.errors import ConfigError, MissingExtraError
from productops.insights import minhash
from productops.insights.demand import DemandRow, DemandTable, coverage
from productops.insights.masking import DIFFERENT, least_notes, parted, plain, unformed
from productops.insights.near import ALIKE, likeness
from productops.insights.stars import star_groups
from productops.model.demand import Books
from productops.model.feedback import Insight
from productops.model.money import Rates
from productops.model.people import Account
from productops.model.roadmap import RoadmapItem

if TYPE_CHECKING:
    import pandas as pd

BANDS = minhash.SIZE // minhash.BAND


def _functions() -> Any:
    try:
        from pyspark.sql import functions
    except ImportError as error:
        raise MissingExtraError("spark", purpose="Working on Spark") from error
    return functions


def duplicates(frame: Any, *, id: str = "id", text: str = "text", least: float = ALIKE) -> Any:  # noqa: A002
    """Group the notes of a Spark DataFrame that say the same.

    Returns a DataFrame with `id`, `group_id` (the note in the middle, for itself as well) and `likeness` to it, for
    every note that belongs to a group. The pairs that are alike must fit into the driver's memory: 24 bytes each.
    Raises ConfigError for columns that are not there, MissingExtraError without pyspark.
    """
    f = _functions()
    _columns(frame, id, text)
    notes = frame.select(f.col(id).cast("string").alias("id"), f.coalesce(f.col(text), f.lit("")).alias("text"))
    bare = _bare(notes).cache()
    said = bare.where("bare != ''").groupBy("bare").agg(f.min("id").alias("first"))
    pairs = _alike(said, least).toPandas()
    middles = _stars(pairs)
    spark = frame.sparkSession
    found = spark.createDataFrame(middles, "first string, middle string")
    grouped = bare.join(said, "bare").join(f.broadcast(found), "first", "left")
    grouped = grouped.withColumn("group_id", f.coalesce("middle", "first"))
    sizes = grouped.groupBy("group_id").agg(f.count("*").alias("size")).where("size > 1")
    heads = said.select(f.col("first").alias("group_id"), f.col("bare").alias("head"))
    told = grouped.join(sizes, "group_id").join(heads, "group_id").select("id", "group_id", "bare", "head")
    return told.mapInPandas(_scored, "id string, group_id string, likeness double")


def _columns(frame: Any, *names: str) -> None:
    if missing := [name for name in names if name not in frame.columns]:
        raise ConfigError(
            f"The frame has no column {', '.join(missing)}; it has {', '.join(frame.columns)}.",
            remedy="Name the columns, for instance text='body'.",
        )


def _bare(notes: Any) -> Any:
    """Every note as it is compared: without greetings, signatures and the sentences of forms."""
    f = _functions()
    least = least_notes(notes.count())
    parts = notes.mapInPandas(_sentences, "part string, rest string")
    counted = parts.groupBy("part").agg(f.count("*").alias("notes"), f.countDistinct("rest").alias("rests"))
    formal = counted.where((f.col("notes") >= least) & (f.col("rests") >= DIFFERENT * f.col("notes")))
    forms = frozenset(row["part"] for row in formal.select("part").collect())

    def bared(frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for some in frames:
            bare = [plain(unformed(text, forms)) for text in some["text"]]
            yield some.assign(bare=bare)[["id", "bare"]]

    return notes.mapInPandas(bared, "id string, bare string")


def _sentences(frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    import pandas as pd

    for some in frames:
        rows = []
        for text in some["text"]:
            parts = parted(text)
            if len(parts) > 1:
                rows += [(part, " ".join(one for one in parts if one != part)) for part in dict.fromkeys(parts)]
        yield pd.DataFrame(rows, columns=["part", "rest"])


def _alike(said: Any, least: float) -> Any:
    """The pairs of different notes that are alike: first, other, likeness."""
    f = _functions()
    from pyspark.sql import Window

    signed = said.mapInPandas(_signed, "first string, bare string, signature binary, bands array<long>").cache()
    bands = signed.select("first", f.posexplode("bands").alias("band", "key"))
    order = Window.partitionBy("band", "key").orderBy("first")
    near = [f.lead("first", step).over(order) for step in range(1, minhash.WINDOW + 1)]
    head = f.first("first").over(order)
    pairs = bands.select("first", f.array(*near).alias("near"), head.alias("head"))
    following = pairs.select(f.col("first").alias("left"), f.explode("near").alias("right")).where("right is not null")
    heads = pairs.where("head != first").select(f.col("head").alias("left"), f.col("first").alias("right"))
    both = following.union(heads).distinct()
    sides = [
        signed.select(
            *(
                f.col(old).alias(f"{side}{new}")
                for old, new in (("first", ""), ("bare", "_bare"), ("signature", "_sign"))
            )
        )
        for side in ("left", "right")
    ]
    joined = both.join(sides[0], "left").join(sides[1], "right")

    def verified(frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for some in frames:
            signs = [
                np.frombuffer(b"".join(some[name]), np.uint32).reshape(-1, minhash.SIZE)
                for name in ("left_sign", "right_sign")
            ]
            close = some[(signs[0] == signs[1]).mean(axis=1) >= minhash.SHARED]
            value = likeness(close["left_bare"].tolist(), close["right_bare"].tolist(), least)
            yield close.assign(alike=value)[["left", "right", "alike"]][value >= least]

    return joined.mapInPandas(verified, "left string, right string, alike double")


def _signed(frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    for some in frames:
        tables = list(minhash.signatures(some["bare"].tolist()))
        table = np.concatenate(tables) if tables else np.zeros((0, minhash.SIZE), np.uint32)
        keys = np.stack([minhash.band_keys(table, band) for band in range(BANDS)], axis=1).view(np.int64)
        yield some.assign(signature=[row.tobytes() for row in table], bands=keys.tolist())[
            ["first", "bare", "signature", "bands"]
        ]


def _stars(pairs: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    # Code points order as the workers do, so that the smaller id wins on both.
    names = sorted({*pairs["left"], *pairs["right"]})
    place = {name: number for number, name in enumerate(names)}
    middles = star_groups(
        len(names),
        [place[name] for name in pairs["left"]],
        [place[name] for name in pairs["right"]],
        pairs["alike"].to_numpy(),
    )
    return pd.DataFrame({"first": names, "middle": [names[middle] for middle in middles.tolist()]}, dtype=object)


def _scored(frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    for some in frames:
        yield some.assign(likeness=likeness(some["head"].tolist(), some["bare"].tolist()))[
            ["id", "group_id", "likeness"]
        ]


def theme_demand(
    frame: Any,
    accounts: Iterable[Account] = (),
    *,
    as_of: date,
    items: Iterable[RoadmapItem] = (),
    insights: Iterable[Insight] = (),
    currency: str | None = None,
    rates: Rates | None = None,
) -> DemandTable:
    """Count demand by theme, segment and area over a Spark DataFrame of notes; equal to the local `theme_demand`.

    The columns are id, theme, area, account_id, requester (what people are told apart by, `PersonRef.key`) and
    received_at; notes without a theme are left out, as are those received after `as_of` (UTC).
    """
    f = _functions()
    _columns(frame, "id", "theme", "area", "account_id", "requester", "received_at")
    accounts, insights = list(accounts), list(insights)
    books = Books(accounts, as_of=as_of, currency=currency, rates=rates)
    segments = {account.id: account.segment for account in accounts}
    notes = frame.where("theme is not null")
    until = datetime.combine(as_of + timedelta(days=1), time.min, UTC)
    received = notes.withColumn("counts", f.col("received_at") < f.lit(until))
    nobody = f.col("account_id").isNull()
    # One row for every theme, area and account: few enough to be joined with the accounts on the driver.
    cells = received.groupBy("theme", "area", "account_id").agg(
        f.sum(f.col("counts").cast("long")).alias("mentions"),
        f.collect_set(f.when(f.col("counts") & nobody, f.col("requester"))).alias("people"),
        f.sum((f.col("counts") & nobody & f.col("requester").isNull()).cast("long")).alias("anonymous"),
    )
    sums: dict[Any, list[Any]] = {}
    for row in cells.collect():
        cell = sums.setdefault((row["theme"], segments.get(row["account_id"]), row["area"]), [set(), 0, set(), 0])
        if row["account_id"] is not None and row["mentions"]:
            cell[0].add(row["account_id"])
        cell[1] += row["mentions"]
        cell[2].update(row["people"])
        cell[3] += row["anonymous"]
    cover = _coverage(notes, {theme for theme, _, _ in sums}, items, insights)
    return DemandTable(
        DemandRow(theme, theme, segment, area, books.amounts(asking, mentions, len(people), anonymous), *cover[theme])
        for (theme, segment, area), (asking, mentions, people, anonymous) in sums.items()
    )


def _coverage(notes: Any, themes: set[str], items: Iterable[RoadmapItem], insights: list[Insight]) -> Any:
    f = _functions()
    members: dict[str, set[str]] = {theme: set() for theme in themes}
    wanted = sorted({insight.feedback_id for insight in insights})
    if wanted:
        frame = notes.sparkSession.createDataFrame([(name,) for name in wanted], "id string")
        for row in notes.join(f.broadcast(frame), "id").select("id", "theme").collect():
            members[row["theme"]].add(row["id"])
    return coverage(members, {theme: theme for theme in themes}, items, insights)
