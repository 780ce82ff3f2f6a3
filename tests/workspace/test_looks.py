"""Roadmap diffs, trends, burn-ups and readiness out of the history: what the company's own snapshots say."""

from datetime import UTC, date, datetime, timedelta

import pytest

from productops import demo
from productops.errors import ConfigError, GoneError
from productops.model.assessment import Assessment
from productops.model.canvas import Canvas
from productops.model.canvas_trend import trend
from productops.model.launch import Launch
from productops.model.roadmap import Roadmap, RoadmapItem, Snapshot
from productops.model.roadmap_diff import diff


def lived(ws, company, *, within):
    """Let a workspace live through the company's three months, as snapshots of it tell them."""
    for snapshot in company.snapshots:
        with ws.batch(at=snapshot.at, by="mira", reason="The monthly review."):
            if within:
                roadmap = Roadmap(id="roadmap_1", title="Ferry tickets", items=list(snapshot.items))
                ws.save(roadmap, over=ws.version(roadmap) or None)
                continue
            there = {item.id: item for item in ws.all(RoadmapItem)}
            for item in snapshot.items:
                ws.save(item, over=ws.version(item) or None)
                there.pop(item.id, None)
            for gone in there.values():
                ws.delete(gone)


def told(found):
    return {(change.kind, change.item_id, change.field) for change in found.changes}


@pytest.mark.parametrize("within", [False, True], ids=["items of their own", "items within a roadmap"])
def test_a_roadmaps_diff_is_that_of_the_snapshots_nobody_had_to_make(ws, within):
    company = demo.company()
    lived(ws, company, within=within)
    roadmap = "roadmap_1" if within else None
    first, second, third = company.snapshots
    for before, after in ((first, second), (second, third), (first, third)):
        found = ws.roadmap_diff(before.at, after.at, roadmap=roadmap)
        assert told(found) == told(diff(before, after))
        assert len(found.changes) > 3
        # Who and why comes from the history.
        assert found.warnings == ()
        assert {change.decided_by for change in found.changes} == {"mira"}
        assert ws.snapshot(after.at, roadmap).items == after.items
    log = ws.roadmap_diff(first.at, third.at, roadmap=roadmap, mode="log")
    assert told(log) >= told(diff(first, third))
    assert not ws.roadmap_diff(third.at, third.at + timedelta(days=9), roadmap=roadmap)
    assert ws.snapshot(first.at - timedelta(seconds=1), roadmap) == Snapshot(at=first.at - timedelta(seconds=1))
    with pytest.raises(GoneError):
        ws.snapshot(third.at, "roadmap_none")


def test_a_trend_holds_each_assessment_against_the_canvas_of_its_time(ws):
    company = demo.company()
    for canvas in company.canvases:
        ws.save(canvas, over=ws.version(canvas) or None)
    ws.add_all(company.assessments)
    march, october = sorted(ws.all(Assessment), key=lambda each: each.held_on)
    assert ws.canvas_trend(march, october) == trend(
        company.assessments[0], company.canvases[0], company.assessments[1], company.canvases[1]
    )
    assert ws.canvas_of(march).revision == 1
    assert ws.get(Canvas, company.canvas.id).revision == 2
    with pytest.raises(GoneError, match="never held revision 7"):
        ws.canvas_of(march.model_copy(update={"canvas_revision": 7}))


def test_readiness_five_days_before_needs_no_snapshot(ws):
    start = datetime(2025, 9, 1, 8, tzinfo=UTC)
    launch = demo.company().launch("groups")
    for item in launch.checklist.items:
        item.added_on = item.done_on = None
        item.status = "todo"
    ws.add(launch, at=start)
    points = []
    for number, item in enumerate(launch.checklist.items):
        item.status = "done"  # nobody wrote down on which day
        ws.save(launch, at=start + timedelta(days=number, hours=3))
        points.append(number + 1)
    day = date(2025, 9, 6)
    five_before = ws.readiness(launch.id, day - timedelta(days=5))
    then = ws.readiness(launch.id, day)
    assert five_before.progress < then.progress
    assert ws.readiness(launch.id, start).progress == 0
    assert ws.readiness(launch.id, start + timedelta(hours=4)).progress == five_before.progress
    with pytest.raises(GoneError):
        ws.readiness(launch.id, day - timedelta(days=50))

    burnt = ws.burn_up(launch.id, day, since=date(2025, 8, 31))
    scope = len([item for item in launch.checklist.items if not item.after_launch])
    assert [(point.on.day, point.done) for point in burnt.points] == [
        (31, 0),
        (1, 1),
        (2, 2),
        (3, 3),
        (4, 4),
        (5, 5),
        (6, 6),
    ]
    assert [point.scope for point in burnt.points] == [0, *[scope] * 6]
    # From the dates on the items alone, all would always have been done.
    assert launch.burn_up(day, since=date(2025, 9, 1)).points[0].done == scope
    with pytest.raises(ConfigError, match="lies after"):
        ws.burn_up(launch.id, day, since=day + timedelta(days=1))
    with pytest.raises(GoneError):
        ws.burn_up("launch_none", day)


def test_earlier_versions_can_be_got(ws):
    launch = ws.add(demo.company().launch("winter"))
    ws.delete(launch)
    ws.save(launch)
    launch.name = "Another"
    ws.save(launch)
    assert (
        ws.get(Launch, launch.id, version=1) == ws.get(Launch, launch.id, version=3) == demo.company().launch("winter")
    )
    assert ws.get(Launch, launch.id, version=4).name == "Another"
    for version in (0, 2, 5, -1):
        with pytest.raises(GoneError, match=f"no version {version}"):
            ws.get(Launch, launch.id, version=version)
