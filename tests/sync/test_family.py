"""Records that refer to each other: parents first, circles in a second pass, an interruption completed."""

import pytest
from pydantic import BaseModel

from productops import Mapping, Sync, ref
from productops.connectors.memory import Memory
from productops.errors import ConfigError, UnavailableError
from productops.sync.family import Family


class Item(BaseModel):
    title: str
    parent: str | None = None
    goals: list[str] = []


class Goal(BaseModel):
    title: str
    star: str | None = None


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path / "family.db")


class Desk:
    def __init__(self, state):
        self.state = state
        self.account = Memory()
        for side in ("L", "R"):
            self.account.collection(f"{side} items", {"Name": "text", "Parent": "link", "Goals": "links"})
            self.account.collection(f"{side} goals", {"Name": "text", "Star": "link"})
        self.family = self.make()

    def at(self, name):
        return self.account.collection(name)

    def make(self, *, circle=True):
        items = Mapping(Item, title="Name", parent=ref("Parent"), goals=ref("Goals", to="goals"))
        goals = Mapping(Goal, title="Name", **({"star": ref("Star", to="items")} if circle else {}))
        made = {
            name: Sync(
                name, left=mapping.on(self.at(f"L {name}")), right=mapping.on(self.at(f"R {name}")), state=self.state
            )
            for name, mapping in (("items", items), ("goals", goals))
        }
        return Family(*made.values())

    def names(self, side, kind="items"):
        """What each record is called and what it refers to, by name."""
        every = {r.id: r for k in ("items", "goals") for r in self.at(f"{side} {k}").rows.values()}

        def told(value):
            if isinstance(value, list):
                return sorted(told(one) for one in value)
            return every[value].fields["Name"] if value in every else value

        return {
            r.fields["Name"]: {k: told(v) for k, v in r.fields.items() if k != "Name" and v}
            for r in self.at(f"{side} {kind}").rows.values()
        }


def plant(desk):
    goal = desk.at("L goals").add(Name="Grow")
    child = desk.at("L items").add(Name="Child")
    parent = desk.at("L items").add(Name="Parent", Goals=[goal.id])
    desk.at("L items").edit(child.id, Parent=parent.id)
    desk.at("L goals").edit(goal.id, Star=child.id)
    return goal, child, parent


def test_references_arrive_in_one_run(desk):
    plant(desk)
    desk.family.run()
    assert desk.names("R") == {"Child": {"Parent": "Parent"}, "Parent": {"Goals": ["Grow"]}} == desk.names("L")
    assert desk.names("R", "goals") == {"Grow": {"Star": "Child"}}
    assert not any(report.writes for report in desk.family.run())
    assert [sync.plan().problems for sync in desk.family] == [[], []]


def test_both_sides_may_add(desk):
    plant(desk)
    desk.family.run()
    theirs = desk.at("R goals").add(Name="Delight")
    row = next(r for r in desk.at("R items").rows.values() if r.fields["Name"] == "Child")
    desk.at("R items").edit(row.id, Goals=[theirs.id], Parent=None)
    desk.family.run()
    assert desk.names("L") == desk.names("R") == {"Child": {"Goals": ["Delight"]}, "Parent": {"Goals": ["Grow"]}}


def test_what_is_referred_to_goes_first(desk):
    family = desk.make(circle=False)
    assert [sync.name for sync in family] == ["goals", "items"]
    plant(desk)
    reports = family.run()
    assert [report.sync for report in reports] == ["goals", "items", "items"]
    assert (reports[1].problems, reports[2].problems) == ([], [])


def test_an_interrupted_family_is_completed_by_the_next_run(desk, monkeypatch):
    plant(desk)
    items = desk.at("R items")
    create, made = items._create, []

    def dying(draft):
        if made:
            raise UnavailableError("The service went away.")
        made.append(draft)
        return create(draft)

    monkeypatch.setattr(items, "_create", dying)
    with pytest.raises(UnavailableError):
        desk.family.run()
    monkeypatch.undo()
    desk.make().run()
    assert desk.names("R") == {"Child": {"Parent": "Parent"}, "Parent": {"Goals": ["Grow"]}}
    assert desk.names("R", "goals") == {"Grow": {"Star": "Child"}}


def test_a_family_says_what_does_not_fit(desk, tmp_path):
    items, goals = desk.family.syncs["items"], desk.family.syncs["goals"]
    with pytest.raises(ConfigError, match="'items' refers to 'goals', which is not in the family"):
        Family(items)
    with pytest.raises(ConfigError, match="one name"):
        Family(goals, goals)
    goals.location = tmp_path / "other.db"
    with pytest.raises(ConfigError, match="Give all the same state="):
        Family(items, goals)
