"""Several services around a workspace in bad weather, and an oracle that only looks at them and at the conflicts."""

import itertools
import shutil
from collections import defaultdict
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, Field

from productops import Workspace
from productops.errors import ProductOpsError
from productops.sdk.mapping import Mapping
from sync.weather import Crash, Service, World

NAMES = ("s0", "s1", "s2", "s3", "s4")
HUB = "hub"


class Word(BaseModel):
    """What is synced: two words."""

    id: str = Field(default_factory=lambda: f"word_0{next(COUNT)}")
    x: str | None = None
    y: str | None = None


COUNT = itertools.count()


class Sky(World):
    """A star: some services, a workspace that lives in a file, and what people typed at each."""

    def __init__(self, home, blank, spokes, *, upsert=False, order=None, options=None):
        self.now = datetime(2026, 3, 1, tzinfo=UTC)
        self.upsert = upsert
        self.words = itertools.count(1)
        self.faults, self.edits, self.calls = {}, {}, 0
        self.things, self.typed_at = {}, {}
        self.alive = defaultdict(set)
        self.gaps = self.written = 0
        self.quiet = False
        # Every second one spells what it is given in its own way.
        self.sides = {name: Service(self, name, SPELLINGS[at % 2]) for at, name in enumerate(NAMES[:spokes])}
        self.order = list(order or self.sides)
        self.options = options or {}
        self.path = home / f"star {next(COUNT)}.db"
        shutil.copy(blank, self.path)
        self.hub = Desk()

    def engine(self):
        """A fresh process."""
        ws = Workspace(self.path)
        ws.register("word", Word)
        for name in self.order:
            view = Mapping(Word, x="x", y="y").on(self.sides[name])
            spoke = ws.connect(
                name, view, clock=lambda: self.now, full_every=timedelta(0), delete_grace=timedelta(days=900),
                **self.options.get(name, {}),
            )  # fmt: skip
            self._under_the_weather(spoke.hub)
        return ws

    def _under_the_weather(self, hub):
        create, update = hub.create, hub.update
        hub.create = lambda drafts: self.call(self.hub, "write", lambda: create(drafts), len(drafts))
        hub.update = lambda patches: self.call(self.hub, "write", lambda: update(patches), len(patches))

    def run(self, faults=(), edits=()):
        self.calls = 0
        # A workspace answers late to nobody: what it did not commit at once it never will.
        self.faults = dict(faults)
        self.edits = {}
        for at, edit in edits:
            self.edits.setdefault(at, []).append(edit)
        ws = self.engine()
        try:
            ws.run()
        except (Crash, ProductOpsError):
            self.tick(1)
            return False
        finally:
            ws.close()
        return True

    def call(self, service, kind, act, size=0):
        if service is self.hub and self.faults.get(self.calls + 1) == "late":
            self.faults[self.calls + 1] = "lost"
        return super().call(service, kind, act, size)

    # --- people at the workspace

    def words_of(self):
        with Workspace(self.path) as ws:
            ws.register("word", Word)
            return list(ws.all(Word))

    def person_adds(self, side):
        if side != HUB:
            super().person_adds(side)
            return
        thing = f"thing {next(self.words)}"
        item = Word(x=self.word(side, thing), y=self.word(side, thing))
        self.alive[thing, "x"], self.alive[thing, "y"] = {item.x}, {item.y}
        with Workspace(self.path) as ws:
            ws.register("word", Word)
            ws.add(item)

    def person_edits(self, side, number, name):
        if side != HUB:
            super().person_edits(side, number, name)
            return
        with Workspace(self.path) as ws:
            ws.register("word", Word)
            items = list(ws.all(Word))
            if not items:
                return
            item = items[number % len(items)]
            if (thing := self.thing_of(item)) is None:
                return
            old, new = (getattr(item, name) or "").rstrip("~"), self.word(side, thing)
            self.alive[thing, name].discard(old)
            self.alive[thing, name].add(new)
            setattr(item, name, new)
            ws.save(item)

    def thing_of(self, item):
        words = [(word or "").rstrip("~") for word in (item.x, item.y)]
        return next((self.things[word] for word in words if word in self.things), self.things.get(item.id[5:]))

    # --- the verdict

    def judge(self):
        ws = self.engine()
        told = {
            (value or "").rstrip("~")
            for item in ws.conflicts(closed=True)
            for value in (item.left, item.right)
            if isinstance(value, str)
        }
        unsettled = bool(ws.conflicts())
        ws.close()
        pictures = {name: self.picture(name) for name in (*self.sides, HUB)}
        shown = {(word or "").rstrip("~") for one in pictures.values() for pair in one.values() for word in pair}
        for (thing, name), words in self.alive.items():
            missing = words - shown - told
            assert not missing, f"lost: {missing} of {thing}.{name}"
        for name, picture in pictures.items():
            assert set(picture) == set(pictures[HUB]), f"{name} and the hub do not hold the same things"
            for thing, pair in picture.items():
                if not unsettled:
                    here, there = bare(pair), bare(pictures[HUB][thing])
                    assert here == there, f"{name} shows {here} and the hub {there}"
                for word in pair if name in ("s0", "s2", "s4", HUB) else ():
                    typed = self.typed_at.get((word or "").rstrip("~"))
                    leaked = (word or "").endswith("~") and typed in ("s0", "s2", "s4", HUB)
                    assert not leaked, f"a spelling of {word!r}, typed at {typed}, came to {name}"

    def picture(self, name):
        """Return thing → what it says at a place; a thing that is there twice fails."""
        if name == HUB:
            pairs = [(self.thing_of(item), (item.x, item.y)) for item in self.words_of()]
        else:
            pairs = [(self.thing(row), (row.fields["x"], row.fields["y"])) for row in self.sides[name].live()]
        things = [thing for thing, _ in pairs]
        assert len(things) == len(set(things)), f"doubled at {name}: {sorted(map(str, things))}"
        return dict(pairs)


class Desk:
    """Stands for the workspace where the weather asks which service it is."""

    def __init__(self):
        self.pending = []


def bare(pair):
    return tuple((word or "").rstrip("~") for word in pair)


SPELLINGS = (lambda text: text, lambda text: text if text.endswith("~") else text + "~")
