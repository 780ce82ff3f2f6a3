"""A history as a list of steps, each a plain value: what is drawn from a seed can be played again in part.

The steps of a history follow from its seed alone. Each pass gets the state of the luck at its beginning, so that it is
the same pass also when steps before it are left out.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from campaign.places import FIELDS
from productops.testing.sandbox.faults import SeededFaults

UNSURE = ("drop_after_commit", "late_commit", "bad_gateway_after", "malformed", "truncated", "partial_batch")
PASSING = (
    *UNSURE, "drop_before_commit", "rate_limited", "error_500", "bad_gateway_before", "unavailable", "login_page",
    "repeated_token", "slow",
)  # fmt: skip
SHUT = ("unauthorized", "forbidden")  # what a person has to open again; it ends a pass
WRITES = r"^(PUT|PATCH|DELETE|POST) (?!.*(fetch|search))"


def luck_of(*parts: object) -> random.Random:
    return random.Random("|".join(map(str, parts)))


@dataclass(frozen=True)
class Act:
    """Something that one person does: where, and to the how-manieth record."""

    what: str
    place: int
    number: int
    field: str = ""

    def do(self, world: Any) -> None:
        people, place = world.people, world.places[self.place]
        if self.what == "edit":
            people.edit(place, self.number, self.field)
        elif self.what == "add":
            people.add(place)
        elif self.what == "restore":
            people.restore(place, luck_of(self.number))
        elif self.what == "lock":
            people.lock()
        elif self.what == "rename":
            people.rename(self.number)
        else:
            getattr(people, self.what)(place, self.number)


@dataclass(frozen=True)
class Wait:
    """Nothing happens for some seconds."""

    seconds: float

    def do(self, world: Any) -> None:
        world.clock.advance(self.seconds)


@dataclass(frozen=True)
class Weather:
    """Which share of the requests goes wrong, and how."""

    seed: int
    rate: float
    kinds: tuple[str, ...]
    where: str

    def faults(self, late: float) -> SeededFaults:
        return SeededFaults(self.seed, self.rate, kinds=self.kinds, late=late, operations=self.where)


@dataclass(frozen=True)
class Pass:
    """A pass of one runner or two, in some weather, with people acting before some of its requests."""

    weather: Weather | None = None
    acts: tuple[tuple[int, Act], ...] = ()
    die: tuple[str, int] | None = None
    runners: int = 1
    luck: tuple[Any, ...] | None = field(default=None, compare=False)  # what the luck was when it began

    def do(self, world: Any, luck: random.Random | None = None) -> None:
        if luck is None:
            luck = random.Random()
            luck.setstate(self.luck)
        world.counts["steps"] += len(self.acts)
        storm = None if self.weather is None else self.weather.faults(world.late)
        acts = [(at, lambda act=act: act.do(world)) for at, act in self.acts]
        world.run(weather=storm, acts=acts, die=self.die, runners=self.runners, luck=luck)


Step = Act | Wait | Pass


# --- drawn


def draw_act(luck: random.Random, places: int, *, stormy: bool) -> Act:
    """Something that one person does; in a storm mostly typing."""
    place, number = luck.choice(range(places)), luck.randrange(6)
    draw = luck.random() * (0.7 if stormy else 1.0)
    if draw < 0.62:
        return Act("edit", place, number, luck.choice(FIELDS))
    for most, what in ((0.76, "add"), (0.86, "remove"), (0.90, "restore"), (0.94, "hide"), (0.96, "lock")):
        if draw < most:
            return Act(what, place, number)
    return Act("rename", place, number)


def draw_weather(luck: random.Random, *, stormy: bool) -> Weather | None:
    """Fine; answers to writes lost; everything that passes by itself; or doors shut in between."""
    seed, draw = luck.randrange(10**9), luck.random()
    if draw < 0.25:
        return None
    if draw < 0.6 or stormy:
        return Weather(seed, luck.choice([0.2, 0.4, 0.7]), UNSURE, WRITES)
    if draw < 0.9:
        return Weather(seed, luck.choice([0.03, 0.1, 0.3]), PASSING, "")
    return Weather(seed, luck.choice([0.05, 0.4]), (*PASSING, *SHUT, *SHUT), "")


def draw_pass(luck: random.Random, places: int, *, stormy: bool) -> Pass:
    storm = draw_weather(luck, stormy=stormy)
    many = luck.choice([0, 0, 1, 2, 3]) + 2 * stormy
    acts = tuple((luck.randrange(1, 30), draw_act(luck, places, stormy=stormy)) for _ in range(many))
    die = None
    if luck.random() < (0.1 if stormy else 0.2):
        where = luck.choice(["die_at", "die_after", "die_in_commit"])
        die = (where, luck.randrange(1, 24 if where == "die_in_commit" else 14))
    runners = 2 if die is None and luck.random() < 0.15 else 1
    return Pass(storm, acts, die, runners, luck.getstate())


def draw_steps(luck: random.Random, places: int, count: int, *, stormy: bool) -> Iterator[Step]:
    """Draw the steps one by one; a pass draws from the same luck while it is carried out."""
    waits = [0.2, 1, 1, 2, 4, 10] if stormy else [1, 1, 4, 4, 20, 300, 1_200]
    for _ in range(count):
        draw = luck.random()
        if draw < (0.35 if stormy else 0.5):
            yield draw_act(luck, places, stormy=stormy)
        elif draw < (0.5 if stormy else 0.67):
            yield Wait(luck.choice(waits))
        else:
            yield draw_pass(luck, places, stormy=stormy)


# --- a part of them


def pieces(steps: list[Step]) -> list[str]:
    """Name everything that can be left out: steps by their number, parts of a pass by a letter behind it."""
    named = []
    for number, step in enumerate(steps):
        named.append(str(number))
        if isinstance(step, Pass):
            named += [f"{number}a{at}" for at in range(len(step.acts))]
            named += [f"{number}{mark}" for mark, there in _parts(step) if there]
    return named


def _parts(step: Pass) -> tuple[tuple[str, bool], ...]:
    return ("w", step.weather is not None), ("d", step.die is not None), ("r", step.runners > 1)


def without(steps: list[Step], dropped: frozenset[str]) -> list[Step]:
    """Return the steps without some pieces."""
    kept: list[Step] = []
    for number, step in enumerate(steps):
        if str(number) in dropped:
            continue
        if isinstance(step, Pass):
            acts = tuple(one for at, one in enumerate(step.acts) if f"{number}a{at}" not in dropped)
            step = replace(
                step, acts=acts, weather=None if f"{number}w" in dropped else step.weather,
                die=None if f"{number}d" in dropped else step.die,
                runners=1 if f"{number}r" in dropped else step.runners,
            )  # fmt: skip
        kept.append(step)
    return kept
