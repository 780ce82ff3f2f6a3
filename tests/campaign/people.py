"""What people type, replace, remove and bring back: who knows it, and how it is done in a place.

Every text and day that somebody types is a word of its own, so that a value tells which thing it is about, who typed
it where, and whether anybody has replaced it since.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict

from campaign.places import STAGES, day

TYPED = ("title", "text", "due")


class People:
    """The people at all places of a world, and what they remember."""

    def __init__(self, world):
        self.world = world
        self.words = itertools.count(1)
        self.things = {}  # word or marker → thing
        self.typed = {}  # word → the place where somebody typed it
        self.edits = Counter()  # (thing, field) → how often somebody typed into it
        self.staged = set()  # (thing, place) where somebody set the status
        self.alive = defaultdict(set)  # (thing, field) → words that nobody replaced
        self.gone = set()  # things of which a person removed a record
        self.moved = set()  # things of which a person brought a record back, or took one out of sight

    def thing(self, values, marker=None):
        """Return which thing a record is about, by the words people typed."""
        for field in TYPED:
            if values.get(field) in self.things:
                return self.things[values[field]]
        return next((self.things[part] for part in (marker or "").split() if part in self.things), None)

    def word(self, field, thing, place):
        number = next(self.words)
        text = day(number, self.world.start) if field == "due" else f"w{number}"
        self.things[text] = thing
        self.typed[text] = place
        self.edits[thing, field] += 1
        return text

    def pick(self, place, number):
        """Return one of the records that show in a place, what it shows and which thing it is about."""
        live = place.live()
        if not live:
            return None, {}, None
        record = sorted(live)[number % len(live)]
        return record, live[record], self.thing(live[record], place.markers().get(record))

    # --- what they do

    def add(self, place):
        thing = f"thing {next(self.words)}"
        values = {field: self.word(field, thing, place) for field in TYPED}
        for field, text in values.items():
            self.alive[thing, field] = {text}
        record = place.add(values)
        for field in values:
            place.edited[record, field] = (self.world.moment(), None)

    def edit(self, place, number, field):
        record, values, thing = self.pick(place, number)
        if record is None:
            return
        if field == "status":
            stages = tuple(STAGES)
            known = stages.index(values["status"]) if values["status"] in stages else 0
            self.staged.add((thing, place))
            self.edits[thing, field] += 1
            place.edit(record, field, stages[(known + 1) % 3])
            return
        if thing is None:
            return
        text = self.word(field, thing, place)
        self.alive[thing, field].discard(values[field])
        self.alive[thing, field].add(text)
        place.edit(record, field, text)

    def remove(self, place, number):
        record, values, thing = self.pick(place, number)
        if thing is None:
            return
        for field in TYPED:
            self.alive[thing, field].discard(values[field])
        self.gone.add(thing)
        place.remove(record)

    def restore(self, place, luck):
        """Something comes out of the trash; perhaps beside a record that was made because it was gone."""
        there = {self.thing(values, place.markers().get(record)) for record, values in place.live().items()}
        record = place.restore(luck)
        if record is None:
            return
        thing = self.thing(place.live()[record], place.markers().get(record))
        self.moved.add(thing)
        if thing in there:
            place.by_hand.add(record)

    def hide(self, place, number):
        live = [record for record in place.live() if record not in getattr(place, "hidden", ())]
        if live:
            place.hide(sorted(live)[number % len(live)])

    def lock(self):
        """An administrator takes the project away from the account, or gives it back."""
        self.world.places[0].lock()

    def rename(self, number):
        """An option, a status or a field gets another name."""
        what, (project, *tables) = number % 3, self.world.places
        fresh = f"Name {next(self.words)}"
        if what == 0:
            old = self._called("Building")
            for place in tables:
                place.hand.rename_option(_field(place, "status"), old, fresh)
            self._rename("Building", fresh)
        elif what == 1:
            project.site.rename_status(self._called("In Progress"), fresh)
            self._rename("In Progress", fresh)
        else:
            place = tables[number % len(tables)]
            place.hand.rename_field(_field(place, "text"), fresh)

    def _called(self, name):
        return next((now for now, known in self.world.now_called.items() if known == name), name)

    def _rename(self, name, fresh):
        known = {now: other for now, other in self.world.now_called.items() if other != name}
        self.world.now_called = known | {fresh: name}


def _field(place, field):
    return place.hand._table.field(place.ids[field]).name
