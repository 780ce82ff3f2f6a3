"""One service at the hub: what it sees of the workspace, which way things flow, and the sync that keeps it so."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from productops.errors import ConfigError, MappingError, ProductOpsError
from productops.sdk.codecs import Codec, Ref, Wrapped, once, read_only
from productops.sdk.mapping import Mapping as SdkMapping
from productops.sdk.mapping import View
from productops.sdk.record import User
from productops.sync.engine import Sync
from productops.sync.plan import Plan
from productops.sync.report import Report
from productops.workspace.finding import Wanted
from productops.workspace.hub import HubCollection, Same, Slice
from productops.workspace.kinds import Kind

if TYPE_CHECKING:
    from productops.workspace.home import Workspace

Way: TypeAlias = Literal["both", "in", "out"]
WAYS: Mapping[str, Any] = {"both": "both", "in": "left_to_right", "out": "right_to_left"}
SIDES: Mapping[str, Any] = {"spoke": "left", "hub": "right"}
Where: TypeAlias = Callable[[Any], Any] | Mapping[str, Any]


class Spoke:
    """A collection of a service, kept equal with the entities of one class.

    ``sync`` is the pair itself, with all that a sync can do: its left side is the service, its right side the hub.
    """

    def __init__(self, name: str, kind: Kind, sync: Sync, hub: HubCollection) -> None:
        self.name = name
        self.kind = kind
        self.sync = sync
        self.hub = hub

    def __repr__(self) -> str:
        return f"<Spoke {self.sync.name}: {self.sync.views['left'].collection.name} ↔ {self.hub.name}>"

    @property
    def targets(self) -> set[str]:
        """The names of the syncs that its links lead through."""
        specs = (plain(spec) for spec in self.sync.views["left"].mapping.fields.values())
        return {spec.to or self.sync.name for spec in specs if isinstance(spec, Ref)}

    def find_targets(self, known: Collection[str]) -> None:
        """Have links lead to what is connected, where the mapping names it otherwise: ``objectives`` for objective."""
        for view in self.sync.views.values():
            for spec in view.mapping.fields.values():
                ref = plain(spec)
                if isinstance(ref, Ref) and ref.to is not None and ref.to not in known:
                    ref.to = next((name for name in _otherwise(ref.to) if name in known), ref.to)

    def apply(self, plan: Plan, *, confirm: str | None = None, wait: float = 0.0) -> Report:
        """Do what the plan says; what reaches the workspace tells that it came from here, in which run, and by whom."""
        self.hub.part.run = plan.id
        # Asked beforehand: what the run writes into the service itself hides who wrote there before.
        self.hub.part.who = self._editors(plan)
        try:
            return self.sync.apply(plan, confirm=confirm, wait=wait)
        finally:
            self.hub.part.run, self.hub.part.who = None, {}

    def _editors(self, plan: Plan) -> dict[str, dict[str, str]]:
        """Return entity, or key of a new one, → field → who changed it in the service, as far as that tells."""
        view = self.sync.views["left"]
        names = {name: id_ for name, spec in view.mapping.fields.items() if (id_ := _field_id(view, spec))}
        asked: dict[str, list[str]] = {}
        keys: dict[str, str] = {}
        for change in plan.changes:
            for write in change.writes:
                if write.side == "right" and write.kind in ("create", "update") and "left" in change.ends:
                    keys[change.ends["left"]] = change.ends.get("right", change.link)
                    asked[change.ends["left"]] = [names[name] for name in write.fields if name in names]
        try:
            found = view.collection.editors(asked) if asked else {}
        except ProductOpsError:
            return {}  # that nobody is named must not keep the value out
        models = {id_: name for name, id_ in names.items()}
        return {
            keys[remote]: {models[id_]: _called(view.collection.system, user) for id_, user in told.items()}
            for remote, told in found.items()
        }


def _otherwise(name: str) -> Iterator[str]:
    """Yield what a name of many things may mean: the shipped mappings say ``launches``, ``studies``, ``roadmap``."""
    yield f"{name}_item"
    for ending, instead in (("ies", "y"), ("es", ""), ("s", "")):
        if name.endswith(ending):
            yield name.removesuffix(ending) + instead


def _field_id(view: View[Any], spec: Codec) -> str:
    try:
        return view.collection.schema().field(spec.field).id if spec.field is not None else ""
    except ConfigError:
        return ""  # renamed since


def _called(system: str, user: User) -> str:
    return user.email or user.name or f"{system}:{user.id}"


def plain(spec: Codec) -> Codec:
    """Return a codec without the wrappings that only close some of its flows."""
    while isinstance(spec, Wrapped):
        spec = spec.inner
    return spec


def make_spoke(
    workspace: Workspace,
    kind: Kind,
    name: str,
    view: View[Any],
    *,
    direction: Way,
    where: Where | None,
    hide: Iterable[str],
    options: Mapping[str, Any],
) -> Spoke:
    """Build the sync between a view and the part of the workspace that it may see.

    Raises:
        ConfigError: the name, the direction or a field makes no sense.

    """
    if not name or not name.replace("-", "").replace("_", "").isalnum():
        raise ConfigError(f"{name!r} cannot name a spoke.", remedy="Use letters, digits, - and _.")
    if direction not in WAYS:
        raise ConfigError(f"{direction!r} is no direction.", remedy="Say both, in or out.")
    fields = _seen(kind, view.mapping.fields, [hide] if isinstance(hide, str) else list(hide))
    fields = {each: _through(spec, name, kind) for each, spec in fields.items()}
    links = frozenset(each for each, spec in fields.items() if isinstance(plain(spec), Ref))
    hub = HubCollection(workspace, kind, Slice(_wanted(kind, where), links, source=name))
    sync = Sync(
        f"{name}/{kind.name}",
        left=SdkMapping(kind.model, **fields).on(view.collection),
        right=SdkMapping(kind.model, **{each: _stored(kind, each, spec) for each, spec in fields.items()}).on(hub),
        direction=WAYS[direction],
        shared=True,  # what came from one spoke goes on to the others
        **{key: SIDES.get(value, value) if key == "on_conflict" else value for key, value in options.items()},
    )
    return Spoke(name, kind, sync, hub)


def _seen(kind: Kind, fields: Mapping[str, Codec], hidden: Sequence[str]) -> dict[str, Codec]:
    if unknown := [each for each in hidden if each not in kind.model.model_fields]:
        known = ", ".join(fields)
        raise ConfigError(
            f"{kind.model.__name__} has no field {unknown[0]!r} to hide.", remedy=f"The mapping names: {known}."
        )
    left = {each: spec for each, spec in fields.items() if each not in hidden}
    if not left:
        raise MappingError("All the fields of the mapping are hidden.", remedy="Leave one, or do not connect it.")
    return left


def _wanted(kind: Kind, where: Where | None) -> Wanted | None:
    if where is None:
        return None
    return Wanted(kind, (), where) if isinstance(where, Mapping) else Wanted(kind, (where,))


def _through(spec: Codec, name: str, kind: Kind) -> Codec:
    """Return a codec whose links lead through the sync of this spoke that keeps what they lead to."""
    if isinstance(spec, Ref):
        return Ref(str(spec.field), f"{name}/{spec.to or kind.name}")
    if isinstance(spec, Wrapped):
        inner = copy.copy(spec)
        inner.inner = _through(spec.inner, name, kind)
        return inner
    return spec


def _stored(kind: Kind, name: str, spec: Codec) -> Codec:
    """Return how the hub keeps a field: as it is, or as a link; what never changes is written once."""
    inner = plain(spec)
    here: Codec = Ref(name, inner.to) if isinstance(inner, Ref) else Same(name)
    if name == "id":
        return read_only(here)
    return once(here) if kind.model.model_fields[name].frozen else here
