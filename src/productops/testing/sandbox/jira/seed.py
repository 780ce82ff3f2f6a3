"""A site from JSON. The format is written up in ``docs/sandbox.md`` and in ``JiraSandbox.from_json``.

Every name is checked, every unknown key is an error, and the message says where: ``projects[0].types[1]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from productops.testing.sandbox.jira.defaults import (
    CATEGORIES,
    LINKS,
    OPEN,
    PEOPLE,
    PRIORITIES,
    RESOLUTIONS,
    SCREEN,
    TYPES,
    VERSION,
)
from productops.testing.sandbox.jira.errors import SeedError
from productops.testing.sandbox.jira.fields import CUSTOM, SYSTEM, USUAL, Field, Option, custom_field
from productops.testing.sandbox.jira.state import (
    Component,
    IssueType,
    LinkType,
    Named,
    Project,
    Site,
    Status,
    Transition,
    TypeScheme,
    User,
    Version,
    Workflow,
)

Json = Mapping[str, Any]


@dataclass(slots=True)
class Place:
    """A spot in the seed, for error messages."""

    path: str
    value: Any

    def fail(self, text: str) -> SeedError:
        """Return the error to raise."""
        return SeedError(f"{self.path or 'the seed'}: {text}")

    def object(self, *known: str) -> Json:
        """Return the object here, with no key but the known ones."""
        if not isinstance(self.value, dict):
            raise self.fail("an object is expected")
        strange = sorted(set(self.value) - set(known))
        if strange:
            raise self.fail(f"unknown key {strange[0]!r}; known are {', '.join(known)}")
        return self.value

    def need(self, key: str) -> str:
        """Return a text that must be there."""
        found = self.value.get(key)
        if not isinstance(found, str) or not found:
            raise self.fail(f"{key!r} is required and must be a text")
        return found

    def each(self, key: str, default: Sequence[Any] = ()) -> Iterable[Place]:
        """Return the places of a list."""
        found = self.value.get(key, default)
        if not isinstance(found, list | tuple):
            raise self.fail(f"{key!r} must be a list")
        prefix = f"{self.path}." if self.path else ""
        return [Place(f"{prefix}{key}[{number}]", one) for number, one in enumerate(found)]


class Planter:
    """Builds a site from a seed."""

    def __init__(self, seed: Any, *, cloud: bool) -> None:
        self.root: Place = Place("", seed)
        self.site: Site = Site(cloud=cloud)
        self.workflows: dict[str, Workflow] = {}

    def plant(self) -> Site:
        """Return the site without its issues."""
        self.root.object(
            "users", "priorities", "resolutions", "linkTypes", "fields", "noise", "workflows", "projects", "issues"
        )
        for place in self.root.each("users", PEOPLE):
            self.user(place)
        if not self.site.users:
            raise self.root.fail("'users' must not be empty")
        for kind, names in (("priorities", PRIORITIES), ("resolutions", RESOLUTIONS)):
            for number, place in enumerate(self.root.each(kind, names), 1):
                getattr(self.site, kind)[str(number)] = Named(str(number), self.text(place))
        self.link_types()
        self.fields()
        for name, raw in dict(self.root.value.get("workflows", {})).items():
            self.workflows[name] = self.workflow(Place(f"workflows.{name}", raw))
        if not self.root.value.get("projects"):
            raise self.root.fail("'projects' must list at least one project")
        for place in self.root.each("projects"):
            self.project(place)
        return self.site

    def text(self, place: Place) -> str:
        """Return the text at a place."""
        if not isinstance(place.value, str) or not place.value:
            raise place.fail("a text is expected")
        return place.value

    def user(self, place: Place) -> None:
        """Add a person."""
        raw = place.object(
            "name",
            "email",
            "accountId",
            "username",
            "token",
            "timeZone",
            "active",
            "emailHidden",
            "admin",
            "assignable",
        )
        name, email = place.need("name"), place.need("email")
        short = email.partition("@")[0]
        zone = raw.get("timeZone", "UTC")
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, TypeError):
            raise place.fail(f"there is no time zone {zone!r}") from None
        account = raw.get("accountId") or f"5b10{sha256(email.encode()).hexdigest()[:20]}"
        if account in self.site.users:
            raise place.fail(f"the account {account!r} is there twice")
        self.site.users[account] = User(
            account_id=account,
            username=raw.get("username", short),
            name=name,
            email=email,
            token=raw.get("token", f"{short}-token"),
            zone=zone,
            active=raw.get("active", True),
            email_hidden=raw.get("emailHidden", False),
            admin=raw.get("admin", False),
            assignable=raw.get("assignable", True),
        )

    def link_types(self) -> None:
        """Add the kinds of link."""
        default = [{"name": name, "inward": inward, "outward": outward} for name, inward, outward in LINKS]
        for place in self.root.each("linkTypes", default):
            place.object("name", "inward", "outward")
            number = str(self.site.next_id("link type"))
            names = place.need("name"), place.need("inward"), place.need("outward")
            self.site.link_types[number] = LinkType(number, *names)

    def fields(self) -> None:
        """Add the fields: the system's, the usual custom ones, the seed's, and the noise."""
        self.site.fields = {one.id: one for one in SYSTEM}
        for number, name, kind in USUAL:
            options: tuple[Option, ...] = ()
            if kind == "checkboxes":
                options = (Option(str(self.site.next_id("option")), "Impediment"),)
            self._add(custom_field(number, name, kind, options))
        for place in self.root.each("fields"):
            raw = place.object("name", "type", "options", "id")
            kind = place.need("type")
            if kind not in CUSTOM:
                raise place.fail(f"there is no field type {kind!r}; known are {', '.join(CUSTOM)}")
            options = tuple(self.option(one) for one in place.each("options"))
            found = custom_field(self.field_number(place, raw), place.need("name"), kind, options)
            if found.id in self.site.fields:
                raise place.fail(f"{found.id} is there twice")
            self._add(found)
        for number in range(int(self.root.value.get("noise", 0))):
            self._add(custom_field(11000 + number, f"App field {number + 1}", "any"))

    def _add(self, found: Field) -> None:
        self.site.fields[found.id] = found

    def field_number(self, place: Place, raw: Json) -> int:
        """Return the number of a custom field: from its id, or the next one."""
        if "id" not in raw:
            return self.site.next_id("field", 10030)
        text = str(raw["id"])
        if not text.startswith("customfield_") or not text[12:].isdigit():
            raise place.fail("'id' must look like customfield_10042")
        return int(text[12:])

    def option(self, place: Place) -> Option:
        """Return a choice: a text, or an object with children."""
        number = str(self.site.next_id("option"))
        if isinstance(place.value, str):
            return Option(number, place.value)
        place.object("value", "children")
        return Option(number, place.need("value"), tuple(self.option(one) for one in place.each("children")))

    def workflow(self, place: Place) -> Workflow:
        """Return a workflow; statuses are shared by name across the site."""
        raw = place.object("statuses", "initial", "transitions")
        statuses = [self.status(one) for one in place.each("statuses")]
        if not statuses:
            raise place.fail("'statuses' must not be empty")
        names = {self.site.statuses[one].name: one for one in statuses}
        initial = raw.get("initial", self.site.statuses[statuses[0]].name)
        if initial not in names:
            raise place.fail(f"'initial' is {initial!r}, which is not among its statuses")
        every = [{"name": name, "to": name} for name in names]
        arrows = [
            self.transition(one, names, str(11 + 10 * number))
            for number, one in enumerate(place.each("transitions", every))
        ]
        return Workflow(tuple(statuses), names[initial], tuple(arrows))

    def status(self, place: Place) -> str:
        """Return the id of a status, adding it when it is new."""
        place.object("name", "category")
        name, category = place.need("name"), place.value.get("category", "indeterminate")
        if category not in CATEGORIES:
            raise place.fail(f"'category' must be one of {', '.join(CATEGORIES)}")
        for one in self.site.statuses.values():
            if one.name == name:
                if one.category != category:
                    raise place.fail(f"the status {name!r} has another category elsewhere")
                return one.id
        number = str(self.site.next_id("status"))
        self.site.statuses[number] = Status(number, name, category)
        return number

    def transition(self, place: Place, names: Mapping[str, str], identity: str) -> Transition:
        """Return an arrow; without ``from`` it starts anywhere."""
        raw = place.object("id", "name", "from", "to", "screen", "required")
        ends = [self.text(one) for one in place.each("from")]
        for name in (*ends, place.need("to")):
            if name not in names:
                raise place.fail(f"{name!r} is not a status of this workflow")
        required = self.names(place, "required")
        screen = tuple(dict.fromkeys([*self.names(place, "screen"), *required]))
        sources = frozenset(names[one] for one in ends)
        title, target = place.value.get("name", raw["to"]), names[raw["to"]]
        return Transition(str(raw.get("id", identity)), title, sources, target, screen, frozenset(required))

    def names(self, place: Place, key: str, default: Sequence[str] = ()) -> list[str]:
        """Return field ids for a list of field names or ids."""
        return [self.field(one) for one in place.each(key, default)]

    def field(self, place: Place) -> str:
        """Return the id of a field named by id or display name."""
        wanted = self.text(place)
        if wanted in self.site.fields:
            return wanted
        found = [one.id for one in self.site.fields.values() if one.name == wanted]
        if len(found) != 1:
            what = "several fields are" if found else "no field is"
            raise place.fail(f"{what} called {wanted!r}; give the id")
        return found[0]

    def project(self, place: Place) -> None:
        """Add a project with its schemes."""
        raw = place.object(
            "key", "name", "public", "lead", "members", "types", "workflow", "screens", "priorities", "versions",
            "components",
        )  # fmt: skip
        key = place.need("key")
        if not (key.isascii() and key.isalnum() and key.isupper() and key[0].isalpha()):
            raise place.fail(f"the key {key!r} must be capital letters and digits, a letter first")
        if self.site.project(key):
            raise place.fail(f"the project {key} is there twice")
        number = str(self.site.next_id("project"))
        members = frozenset(self.account(one) for one in place.each("members")) if "members" in raw else None
        lead = self.account(Place(f"{place.path}.lead", raw["lead"])) if "lead" in raw else next(iter(self.site.users))
        schemes = {
            identity: scheme for one in place.each("types", TYPES) for identity, scheme in self.scheme(place, one)
        }
        new = Project(number, key, raw.get("name", key), lead, schemes, raw.get("public", False), members)
        new.priorities = self.priorities(place)
        self.site.projects[number] = new
        self.parts(place, new)

    def account(self, place: Place) -> str:
        """Return the account of a person named by account id, e-mail or name."""
        wanted = self.text(place)
        for one in self.site.users.values():
            if wanted in {one.account_id, one.email, one.name, one.username}:
                return one.account_id
        raise place.fail(f"there is no user {wanted!r}")

    def priorities(self, place: Place) -> tuple[str, ...]:
        """Return the priority scheme of a project: all of them unless the seed chooses."""
        names = {one.name: one.id for one in self.site.priorities.values()}
        chosen = [self.text(one) for one in place.each("priorities", list(names))]
        for name in chosen:
            if name not in names:
                raise place.fail(f"there is no priority {name!r}")
        return tuple(names[name] for name in chosen)

    def parts(self, place: Place, project: Project) -> None:
        """Add versions and components; each is a text or an object."""
        for one in place.each("versions"):
            raw: Json = {"name": one.value} if isinstance(one.value, str) else one.object(*VERSION)
            number = str(self.site.next_id("version"))
            name = Place(one.path, raw).need("name")
            found = Version(number, project.id, name, raw.get("released", False), release_date=raw.get("releaseDate"))
            project.versions[number] = found
        for one in place.each("components"):
            number = str(self.site.next_id("component"))
            project.components[number] = Component(number, project.id, self.text(one))

    def scheme(self, project: Place, place: Place) -> Iterable[tuple[str, TypeScheme]]:
        """Return one issue type of a project with its screens and workflow."""
        if isinstance(place.value, str):
            place = Place(place.path, {"name": place.value})
        raw = place.object("name", "level", "create", "edit", "required", "workflow")
        screens = Place(f"{project.path}.screens", project.value.get("screens", {}))
        screens.object("create", "edit", "required")
        everything = [*SCREEN, *(one["id"] for one in self.custom())]
        required = frozenset(self.names(place if "required" in raw else screens, "required"))
        create = self.names(place if "create" in raw else screens, "create", everything)
        edit = self.names(place if "edit" in raw else screens, "edit", ["issuetype", *everything])
        found = TypeScheme(tuple(create), tuple(edit), required, self.chosen(project, place))
        lacking = sorted(required - set(create))
        if lacking:
            raise place.fail(f"{lacking[0]!r} is required but not on the create screen")
        yield self.type(place), found

    def custom(self) -> list[dict[str, str]]:
        """Return the custom fields of the seed, which default screens show."""
        usual = {f"customfield_{number}" for number, _, _ in USUAL if number < 10015}
        return [
            {"id": one.id}
            for one in self.site.fields.values()
            if one.custom and one.id not in usual and int(one.schema["customId"] if one.schema else 0) < 11000
        ]

    def chosen(self, project: Place, place: Place) -> Workflow:
        """Return the workflow of a type: its own, its project's, or the open default."""
        for one in (place, project):
            raw = one.value.get("workflow")
            if isinstance(raw, str):
                if raw not in self.workflows:
                    raise one.fail(f"there is no workflow {raw!r}")
                return self.workflows[raw]
            if raw is not None:
                return self.workflow(Place(f"{one.path}.workflow", raw))
        if "" not in self.workflows:
            self.workflows[""] = self.workflow(Place("workflow", OPEN))
        return self.workflows[""]

    def type(self, place: Place) -> str:
        """Return the id of an issue type, adding it when it is new."""
        name, level = place.need("name"), place.value.get("level", 0)
        if level not in {-1, 0, 1}:
            raise place.fail("'level' must be 1 (epic), 0 or -1 (sub-task)")
        for one in self.site.types.values():
            if one.name == name:
                if "level" in place.value and one.level != level:
                    raise place.fail(f"the issue type {name!r} has another level elsewhere")
                return one.id
        number = str(self.site.next_id("type"))
        self.site.types[number] = IssueType(number, name, level)
        return number
