"""What a circle of readers may see of a roadmap: a list of allowed fields, and no date finer than agreed."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import Field

from productops.model.base import NonEmpty, SortedSet, Value
from productops.model.roadmap import Audience, Confidence, Horizon, ItemStatus, RoadmapItem, Snapshot, Theme
from productops.model.roadmap_diff import ChangeKind, Slip, slip_between
from productops.model.timebox import FINENESS, Precision, TimeBucket

Shown = Literal["problem", "outcome", "description", "confidence"]


class ViewPolicy(Value):
    """Who reads, the finest time they get, and what they get beside title, status, horizon, theme and time."""

    audience: Audience
    finest: Precision = Precision.QUARTER
    fields: SortedSet[Shown] = frozenset()


# Our defaults; pass your own policy to differ.
POLICIES: Mapping[Audience, ViewPolicy] = {
    Audience.EXEC: ViewPolicy(
        audience=Audience.EXEC,
        finest=Precision.DAY,
        fields=frozenset({"problem", "outcome", "description", "confidence"}),
    ),
    Audience.SALES: ViewPolicy(audience=Audience.SALES, fields=frozenset({"confidence"})),
    Audience.PUBLIC: ViewPolicy(audience=Audience.PUBLIC),
}


class ItemView(Value):
    """An item as an audience sees it. `key` stands for the item's id, which tells when it was made."""

    key: str
    title: NonEmpty
    text: str | None = None
    status: ItemStatus
    horizon: Horizon | None = None
    when: TimeBucket | None = None
    theme: str | None = None
    confidence: Confidence | None = None
    problem: str | None = None
    outcome: str | None = None
    description: str | None = None


class ViewChange(Value):
    """One change as an audience sees it: what they saw before and see now, without reasons or names."""

    kind: ChangeKind
    key: str
    title: str
    old: str | None = None
    new: str | None = None
    slip: Slip | None = None


class RoadmapView(Value):
    """A roadmap as an audience sees it."""

    audience: Audience
    items: tuple[ItemView, ...] = Field(default=())


def coarsen(when: TimeBucket | None, finest: Precision) -> TimeBucket | None:
    """A time no finer than agreed: that of the end, so that nothing is promised too early.

    A free span is as fine as a day. With `none` no time is given at all.

    >>> coarsen(TimeBucket.parse("2026-09-30"), Precision.QUARTER).label
    'Q3 2026'
    """
    if when is None or not when.known or finest is Precision.NONE:
        return None
    last = when.end or when.start
    if last is None:
        return None
    if when.precision is not Precision.NONE and FINENESS[when.precision] >= FINENESS[finest]:
        return when
    return TimeBucket.around(last, finest)


def view(
    items: Iterable[RoadmapItem], policy: ViewPolicy | Audience | str, themes: Iterable[Theme] = ()
) -> RoadmapView:
    """The items meant for an audience or a wider one, with the fields and times the policy allows.

    Nothing else gets through: a field is shown because it is listed, not because it was not forgotten. Themes are
    named only when given. Sales and the public read `public_description`. Raises ValueError for the audience
    `internal`, which needs no view, and `unknown`.

    >>> view([RoadmapItem(title="CSV export", audience="public")], "public").items[0].title
    'CSV export'
    """
    rules = policy if isinstance(policy, ViewPolicy) else POLICIES.get(Audience(policy))
    if rules is None or rules.audience.width == 0:
        raise ValueError("views are made for: exec, sales, public")
    names = {theme.id: theme.name for theme in themes}
    shown = [item for item in items if item.audience.width >= rules.audience.width]
    return RoadmapView(audience=rules.audience, items=tuple(view_item(item, rules, names) for item in shown))


def view_item(item: RoadmapItem, rules: ViewPolicy, themes: Mapping[str, str]) -> ItemView:
    """One item under a policy."""
    extra = {
        name: getattr(item, name) or None for name in ("problem", "outcome", "description") if name in rules.fields
    }
    return ItemView(
        key=hashlib.sha256(item.id.encode()).hexdigest()[:16],
        title=item.title,
        text=item.public_description,
        status=item.status,
        horizon=item.horizon,
        when=coarsen(item.when, rules.finest),
        theme=themes.get(item.theme or ""),
        confidence=in_words(item.confidence_share) if "confidence" in rules.fields else None,
        **extra,
    )


def in_words(share: float | None) -> Confidence | None:
    """A confidence in words: high above 0.8, medium above 0.5, else low."""
    if share is None:
        return None
    return Confidence.HIGH if share > 0.8 else Confidence.MEDIUM if share > 0.5 else Confidence.LOW


LABELS: tuple[tuple[str, ChangeKind], ...] = (
    ("title", ChangeKind.RENAMED),
    ("status", ChangeKind.STATUS),
    ("horizon", ChangeKind.HORIZON),
    ("confidence", ChangeKind.CONFIDENCE),
    ("theme", ChangeKind.EDITED),
    ("text", ChangeKind.RESCOPED),
    ("problem", ChangeKind.RESCOPED),
    ("outcome", ChangeKind.RESCOPED),
    ("description", ChangeKind.RESCOPED),
)


def view_changes(
    before: Snapshot, after: Snapshot, policy: ViewPolicy | Audience | str, themes: Iterable[Theme] = ()
) -> list[ViewChange]:
    """What changed for an audience: the difference of the two views, so what was never shown cannot show up.

    A move within the finest time agreed is no change to them. An item that leaves their circle is removed, one that
    enters it added.
    """
    named = list(themes)
    old = {item.key: item for item in view(before.items, policy, named).items}
    new = {item.key: item for item in view(after.items, policy, named).items}
    changes = [ViewChange(kind=ChangeKind.REMOVED, key=key, title=old[key].title) for key in sorted(old.keys() - new)]
    changes += [ViewChange(kind=ChangeKind.ADDED, key=key, title=new[key].title) for key in sorted(new.keys() - old)]
    for key in sorted(old.keys() & new):
        changes += item_changes(old[key], new[key])
    return changes


def item_changes(old: ItemView, new: ItemView) -> list[ViewChange]:
    """The fields of one item that look different."""
    found = [
        ViewChange(kind=kind, key=new.key, title=new.title, old=getattr(old, name), new=getattr(new, name))
        for name, kind in LABELS
        if getattr(old, name) != getattr(new, name)
    ]
    if old.when != new.when:
        slip = slip_between(old.when, new.when)
        kind = ChangeKind.PRECISION
        if slip is not None:
            kind = ChangeKind.MOVED_LATER if slip.later > 0 else ChangeKind.MOVED_EARLIER
        labels = [when.label if when else None for when in (old.when, new.when)]
        found.append(ViewChange(kind=kind, key=new.key, title=new.title, old=labels[0], new=labels[1], slip=slip))
    return found
