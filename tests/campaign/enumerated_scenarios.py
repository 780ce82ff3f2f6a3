"""The golden scenarios: what people do, and the passes in between, one clean example of everything a sync does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flows.world import adf


def carry_out(sync, plan):
    """Apply a plan; tell whether all of it is done, and nothing waits to be looked at again."""
    report = sync.apply(plan)
    return not (plan.waiting or report.uncertain or report.problems or report.skipped)


def later_run(sync):
    return carry_out(sync, sync.plan())


def full_run(sync):
    """A pass that lists everything, as one does each day: what a listing left out is seen then."""
    return carry_out(sync, sync.plan(full=True))


@dataclass(frozen=True)
class Step:
    """What people do, and how the sync is run after it."""

    act: Callable[[Any], None]
    go: Callable[[Any], Any] = later_run


@dataclass(frozen=True)
class Scenario:
    """A quiet start, and steps. ``before`` happens and comes to rest before anything is counted."""

    name: str
    before: Callable[[Any], None]
    steps: tuple[Step, ...]
    options: dict[str, Any] = field(default_factory=dict)
    linked: bool = True  # whether the start is linked before anything is counted


def nothing(_world):
    return None


def stories(*names, **fields):
    def add(world):
        for name in names:
            known = {"description": adf(f"About {name}"), "duedate": "2026-03-31"}
            world.issue(name, known | fields)

    return add


def row(world, name):
    return world.rows()[name]["id"]


def key(world, name):
    return next(issue.key for issue in world.site.issues() if world.shown(issue.key)["summary"] == name)


def add_row(world, name="From the table"):
    world.hand.add({"Name": name, "Notes": "- one\n- two\n", "Stage": "Building", "Target date": "2026-05-01"})


def both_ways(world):
    stories("New story")(world)
    add_row(world)


def every_field_in_jira(world):
    one, mira = key(world, "One"), world.site.user("mira@example.com").account_id
    fields = {"summary": "Uno", "description": adf("Other words"), "duedate": "2026-06-01"}
    world.edit_issue(one, **fields, assignee={"accountId": mira})
    world.site.transition(one, "In Progress", at=world.clock.now())


def every_field_in_airtable(world):
    cells = {"Name": "Eins", "Notes": "Third words\n", "Target date": "2026-07-01", "Stage": "Shipped"}
    world.hand.edit(next(iter(world.rows().values()))["id"], cells)


def clear_fields(world):
    world.edit_issue(world.site.issues("PROD")[0].key, duedate=None, description=None)


def edit_both_sides(world):
    world.edit_issue(key(world, "One"), summary="Jira's name")
    world.hand.edit(row(world, "One"), {"Name": "Airtable's name", "Target date": "2026-08-01"})


def resolve(world):
    for conflict in world.fresh_sync().conflicts():
        world.fresh_sync().resolve(conflict, "right")


def remove_issue(world):
    world.site.remove(key(world, "Two"), at=world.clock.now())


def remove_row(world):
    world.hand.remove(row(world, "Two"))


def same_names_in_both(world):
    stories("One", "Two", "Three")(world)
    for name in ("One", "Two"):
        world.hand.add({"Name": name, "Target date": "2026-09-01"})
    add_row(world, "Four")


def adopt(sync):
    if sync.state.has_links():
        return later_run(sync)
    return carry_out(sync, sync.adopt("left", match="title"))


def lose_the_answer(world):
    stories("One", "Two")(world)
    world.later()
    world.at["airtable"].faults.add("PATCH", r"/v0/.*", "drop_after_commit")
    world.fresh_sync().run()


def rename_things(world):
    world.hand.rename_field("Notes", "Remarks")
    world.hand.rename_option("Stage", "Building", "In the making")
    world.site.rename_status("In Progress", "Under way")
    world.site.transition(key(world, "One"), "Under way", at=world.clock.now())
    world.hand.edit(row(world, "Two"), {"Remarks": "New words\n"})


def edit_many(world):
    for number in range(12):
        world.edit_issue(key(world, f"Idea {number}"), summary=f"Idea {number}, better", duedate="2026-10-01")


def edit_two(world):
    for name in ("One", "Two"):
        world.edit_issue(key(world, name), summary=f"{name}, renamed")


def undo(sync):
    """Take back whatever run wrote the names; where one died, another may have written the second."""
    runs = set()
    for key_ in ("PROD-1", "PROD-2"):
        arrived = [step for step in sync.explain(key_, "title").steps if step.state not in ("failed", "superseded")]
        if arrived and str(arrived[0].value).endswith("renamed"):
            runs.add(arrived[0].run)
    done = [carry_out(sync, sync.undo(run)) for run in sorted(runs)]
    return all(done)


def edit_source_and_mirror(world):
    world.edit_issue(key(world, "One"), summary="One, renamed")
    world.hand.edit(row(world, "Two"), {"Name": "Two, as the mirror says"})
    stories("Three")(world)
    add_row(world)


def move_out(world):
    world.site.move(key(world, "Two"), "OPS", at=world.clock.now())


def edit_the_twin(world):
    world.hand.edit(row(world, "Two"), {"Target date": "2026-11-01"})


def move_back(world):
    world.site.move(key(world, "Two"), "PROD", at=world.clock.now())


EVERYTHING = {"full_every": timedelta(0), "delete_grace": timedelta(minutes=15)}
PAIR = stories("One", "Two")
SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("first sync", nothing, (Step(stories("One", "Two", "Three")),)),
        Scenario("create both ways", stories("One"), (Step(both_ways),)),
        Scenario(
            "every field",
            stories("One"),
            (Step(every_field_in_jira), Step(every_field_in_airtable), Step(clear_fields)),
        ),
        Scenario("batch of creates", nothing, (Step(stories(*(f"Idea {number}" for number in range(12)))),)),
        Scenario("batch of updates", stories(*(f"Idea {number}" for number in range(12))), (Step(edit_many),)),
        Scenario("conflict", PAIR, (Step(edit_both_sides), Step(resolve))),
        Scenario("deletion", PAIR, (Step(remove_issue), Step(nothing), Step(nothing)), EVERYTHING),
        Scenario(
            "hard deletion",
            PAIR,
            (Step(remove_row), Step(nothing), Step(nothing)),
            {**EVERYTHING, "on_delete": "delete"},
        ),
        Scenario("adopt", same_names_in_both, (Step(nothing, adopt),), linked=False),
        Scenario("lost answer", lose_the_answer, (Step(nothing), Step(nothing)), linked=False),
        Scenario("renames", PAIR, (Step(rename_things),)),
        Scenario("undo", PAIR, (Step(edit_two), Step(nothing, undo))),
        Scenario("one way", PAIR, (Step(edit_source_and_mirror),), {"direction": "left_to_right"}),
        Scenario(
            "out of scope and back",
            PAIR,
            (Step(move_out), Step(edit_the_twin), Step(move_back)),
            EVERYTHING,
        ),
    )
}
