"""The judge of a world: it looks at the places, knows what people typed, and asks a sync for its conflicts only.

What it judges, by the invariants that a sync promises, is told in ``invariants.py``.
"""

from __future__ import annotations

from collections import defaultdict

from campaign.people import TYPED
from campaign.places import FIELDS
from productops.sync.deciding.breaker import OSCILLATION, SWINGS

NAMES = {"description": "text"}  # the model's field → what it is called here


class Oracle:
    """Sees every write of a program as it takes effect, and how all ends."""

    def __init__(self, world, people):
        self.world, self.people = world, people
        self.counts, self.problems = world.counts, world.problems

    def wrong(self, what, number, text):
        """Count a promise that was broken."""
        self.counts[what] += number
        self.problems.append(text)

    # --- what a program did

    def committed(self, place, before, after, read, process):
        """A process's request took effect. What it overwrote that others wrote after its last look is a gap edit."""
        if before != after:
            place.writes += 1
            self.counts["writes"] += 1
        for record, old in before.items():
            new = after.get(record)
            if new is None:
                self._removed(place, record, old, read, process)
                continue
            if new["other"] != old["other"]:
                self.problems.append(f"a field that is not mapped changed in {place.name}")
            for field in TYPED:
                if new[field] != old[field]:
                    if unseen(place, record, field, read, process):
                        self._gap(old, field)
                    place.edited[record, field] = (self.world.moment(), process)
        for record in after.keys() - before.keys():
            self._learn(place, record, after[record])

    def _learn(self, place, record, values):
        thing = self.people.thing(values)
        if thing is not None and (marker := place.markers().get(record, "").strip()):
            self.people.things.update(dict.fromkeys(marker.split(), thing))

    def _removed(self, place, record, old, read, process):
        thing = self.people.thing(old)
        if thing not in self.people.gone:
            self.wrong("wrong_deletes", 1, f"{thing} was deleted in {place.name} although nobody had deleted it")
        for field in TYPED:
            if unseen(place, record, field, read, process):
                self._gap(old, field)

    def _gap(self, values, field):
        word = values[field]
        thing = self.people.things.get(word)
        if thing is not None and word in self.people.alive[thing, field]:
            self.people.alive[thing, field].discard(word)
            self.counts["gap_edits"] += 1

    # --- how it ends

    def judge(self):
        """Count what is lost, doubled or unequal, and conflicts that nobody caused."""
        found = self._conflicts()
        live = [place.live() for place in self.world.places]
        self._lost([conflict for _, conflict in found], live)
        by_thing = [self._by_thing(*each) for each in zip(self.world.places, live, strict=True)]
        for number, conflict in found:
            if not self._caused(number, conflict):
                says = f"{conflict.kind} {conflict.field}: {conflict.left!r} and {conflict.right!r}"
                self.wrong("extra_conflicts", 1, f"nobody caused the conflict {says}")
        self._alone(by_thing)
        # A status to which the workflow knows no way is reported and stays as it is.
        held = any("cannot be set" in line for sync in self.world.syncs() for line in sync.plan().problems)
        self._equal(by_thing, FIELDS[:3] if held else FIELDS, self._open(found))

    def judge_soon(self):
        """What people typed into pairs that nobody removed or hid is equal before everything is listed again."""
        kept = self.people.gone | self.people.moved
        shown = [self._shown(place, place.live()) for place in self.world.places]
        by_thing = [
            {thing: copies[0] for thing, copies in found.items() if thing not in kept and len(copies) == 1}
            for found in shown
        ]
        self._equal(by_thing, TYPED, self._open(self._conflicts()), "not soon ")

    def _conflicts(self):
        return [(number, one) for number, sync in enumerate(self.world.syncs()) for one in sync.conflicts(closed=True)]

    def _open(self, found):
        """Return the (thing, field) that wait for a decision; a field of "" means all of them."""
        return {
            (self._thing_of(conflict), NAMES.get(conflict.field, conflict.field))
            for _, conflict in found
            if conflict.state == "open"
        }

    def _thing_of(self, conflict):
        values = (str(value).strip() for value in (conflict.left, conflict.right, conflict.title, conflict.base))
        return next((self.people.things[value] for value in values if value in self.people.things), None)

    def _lost(self, conflicts, live):
        told = {str(value).strip() for one in conflicts for value in (one.left, one.right, one.base) if value}
        shown = {values[field] for records in live for values in records.values() for field in TYPED}
        for (thing, field), words in sorted(self.people.alive.items()):
            for word in sorted(words - shown - told):
                self.wrong("lost_updates", 1, f"lost: {word} of {thing}.{field}")

    def _shown(self, place, records):
        """Return what a place shows of each thing, without what people doubled by hand."""
        markers, found = place.markers(), defaultdict(list)
        for record, values in records.items():
            if record not in place.by_hand:
                found[self.people.thing(values, markers.get(record))].append(values)
        return found

    def _by_thing(self, place, records):
        found = self._shown(place, records)
        for thing, copies in found.items():
            if len(copies) > 1:
                self.wrong("duplicates", len(copies) - 1, f"doubled in {place.name}: {thing}")
        return {thing: copies[0] for thing, copies in found.items()}

    def _caused(self, number, conflict):
        """Whether two people typed what a conflict shows, one on each side of the sync.

        A record that came back from the trash shows what it showed when it went, whoever had typed that where.
        """
        sides = self.world.places[: number + 1], self.world.places[number + 1 :]
        values = [str(value).strip() for value in (conflict.left, conflict.right)]
        people, field, thing = self.people, NAMES.get(conflict.field, conflict.field), self._thing_of(conflict)
        swung = people.edits[thing, field] - (field in TYPED)  # one word of each made the record
        if conflict.kind == OSCILLATION and swung >= SWINGS:
            return True
        if field in TYPED:
            typed = [people.typed.get(value) for value in values]
            if all(place in side for place, side in zip(typed, sides, strict=True)):
                return True
            return thing in people.gone | people.moved
        if field == "status":  # its values do not tell who chose them
            return all(any(place in side for _, place in people.staged) for side in sides) or bool(people.gone)
        return conflict.kind == "deleted here, edited there" or bool(people.gone)

    def _alone(self, by_thing):
        """What people deleted on one side may stay on another: an edit wins, and an empty listing is not believed."""
        first, *others = by_thing
        for number, other in enumerate(others, 1):
            if alone := (set(first) ^ set(other)) - self.people.gone:
                self.wrong("unequal", len(alone), f"no twin: {sorted(map(str, alone))} (place {number})")
            self.counts["kept_alone"] += len((set(first) ^ set(other)) & self.people.gone)

    def _equal(self, by_thing, fields, undecided, how=""):
        """Through a record in the middle that people deleted nothing flows: only what shows everywhere is compared."""
        first, *others = by_thing
        for other in others:
            for thing in sorted(set(first).intersection(*others), key=str):
                for field in fields:
                    says = first[thing][field], other[thing][field]
                    if says[0] != says[1] and not undecided & {(thing, field), (thing, "")}:
                        self.wrong("unequal", 1, f"{how}unequal: {thing}.{field}: {says[0]!r} and {says[1]!r}")


def unseen(place, record, field, read, process):
    """Whether others edited a field after the look right before the write; without such a look nothing is excused.

    A person may have; so may another sync that ends in the same table, in a process of its own or because the
    write took effect late.
    """
    at, who = place.edited.get((record, field), (0, None))
    return at > read.get((record, field), at) and (who is None or who != process)
