"""Which documents follow their template, and which parts are missing, by team, product and region."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Literal, Self

from pydantic import Field, JsonValue, field_validator, model_validator

from productops.model.base import EntityId, NonEmpty, Value
from productops.model.people import PersonRef
from productops.model.share import Share
from productops.model.templates.document import DocumentTemplate, Part, Requirement

Grouping = Literal["team", "product", "region"]
EVERYTHING = "*"
SHOWN = 20


class Document(Value):
    """A document as far as conformance looks at it: its fields, the text of its sections, its owners by role."""

    id: EntityId
    title: NonEmpty
    url: str | None = None
    team: str | None = None
    product: str | None = None
    region: str | None = None
    template_key: str | None = None
    template_revision: int | None = None
    fields: dict[str, JsonValue] = Field(default_factory=dict)
    sections: dict[str, str | None] = Field(default_factory=dict)
    owners: dict[str, PersonRef | None] = Field(default_factory=dict)

    def has(self, requirement: Requirement) -> bool:
        """Whether a part is there and filled; spaces, an empty list and untouched guidance are not, 0 and False are."""
        if requirement.part == "owner":
            return self.owners.get(requirement.key) is not None
        parts: Mapping[str, JsonValue] = self.fields if requirement.part == "field" else dict(self.sections)
        found = parts.get(requirement.key)
        if isinstance(found, str):
            text = " ".join(found.split()).strip("*_ ")
            return bool(text) and text != " ".join((requirement.guidance or "").split())
        return found is not None and found != [] and found != {}


class Exemption(Value):
    """A part that some documents need not have: which, whose, why, who approved it, and until when (included).

    `requirement` is a name such as "section:risks", or "*" for all parts. It holds for one document, or for all of a
    team, product or region, or for those that match all given; at least one of these must be given (ValueError).
    """

    requirement: NonEmpty
    document_id: EntityId | None = None
    team: str | None = None
    product: str | None = None
    region: str | None = None
    reason: NonEmpty
    approved_by: PersonRef
    approved_on: date
    until: date

    @field_validator("requirement")
    @classmethod
    def names_a_part(cls, requirement: str) -> str:
        """Refuse a name that fits no part."""
        part, _, key = requirement.partition(":")
        if requirement != EVERYTHING and (part not in ("field", "section", "owner") or not key):
            raise ValueError(f"{requirement!r} names no part: write field:…, section:…, owner:… or *")
        return requirement

    @model_validator(mode="after")
    def bounded(self) -> Self:
        """Refuse an exemption for everybody and one that ends before it begins."""
        if not (self.document_id or self.team or self.product or self.region):
            raise ValueError("an exemption is for a document, a team, a product or a region; name one")
        if self.until < self.approved_on:
            raise ValueError(f"the exemption ends on {self.until}, before it was approved on {self.approved_on}")
        return self

    def concerns(self, document: Document, requirement: Requirement) -> bool:
        """Whether it is about this part of this document."""
        wanted = ((self.document_id, document.id), (self.team, document.team),
                  (self.product, document.product), (self.region, document.region))  # fmt: skip
        named = self.requirement in (EVERYTHING, requirement.name)
        return named and all(ours is None or ours == theirs for ours, theirs in wanted)

    def holds(self, as_of: date) -> bool:
        """Whether it counts on a day."""
        return self.approved_on <= as_of <= self.until


class Deviation(Value):
    """One part that a document lacks: missing, exempt, or missing again since an exemption expired."""

    document_id: EntityId
    title: str
    url: str | None
    team: str | None
    product: str | None
    region: str | None
    part: Part
    key: str
    label: str
    state: Literal["missing", "exempt", "expired"]
    reason: str | None = None
    approved_by: str | None = None
    until: date | None = None


class Tally(Value):
    """How much of the template one document, or a group of them, follows. `conforming` documents miss nothing."""

    group: str | None
    documents: int
    conforming: int
    required: int
    met: int
    missing: int
    exempt: int
    expired: int

    @property
    def share(self) -> Share:
        """Parts met, of those required and not exempt."""
        return Share(part=self.met, whole=self.required - self.exempt)


class Conformance(Value):
    """The deviations of documents from a template on a day: a table with totals, a link in every row."""

    template: str
    as_of: date
    rows: tuple[Deviation, ...]
    tallies: tuple[tuple[Document, Tally], ...] = Field(repr=False)
    warnings: tuple[str, ...] = ()

    @property
    def total(self) -> Tally:
        """All documents together."""
        return add_up(None, [tally for _, tally in self.tallies])

    def totals(self, by: Grouping) -> list[Tally]:
        """One tally for each team, product or region, those with the most missing first; None where nobody wrote it."""
        groups: dict[str | None, list[Tally]] = {}
        for document, tally in self.tallies:
            groups.setdefault(getattr(document, by), []).append(tally)
        summed = [add_up(group, tallies) for group, tallies in groups.items()]
        return sorted(summed, key=lambda tally: (-tally.missing, tally.group is None, tally.group or ""))

    def to_dicts(self) -> list[dict[str, Any]]:
        """One row a deviation, of plain values."""
        return [row.model_dump(mode="json") for row in self.rows]

    def __str__(self) -> str:
        total = self.total
        conform = f"{total.conforming} of {total.documents} documents conform"
        parts = f"parts met {total.share}, {total.missing} missing, {total.exempt} exempt"
        lines = [f"{self.template}: {conform}; {parts}"]
        for row in self.rows[:SHOWN]:
            word = "exempt until" if row.state == "exempt" else "exemption expired on"
            end = f" ({word} {row.until}, approved by {row.approved_by})" if row.until else ""
            place = " / ".join(part for part in (row.team, row.product, row.region) if part)
            lines.append(f"- {place + ': ' if place else ''}{row.title}: {row.part} {row.label!r} missing{end}")
        hidden = len(self.rows) - SHOWN
        return "\n".join([*lines, *([f"... and {hidden} more"] if hidden > 0 else [])])


def add_up(group: str | None, tallies: list[Tally]) -> Tally:
    """The sum of tallies."""
    counts = ("documents", "conforming", "required", "met", "missing", "exempt", "expired")
    return Tally(group=group, **{name: sum(getattr(tally, name) for tally in tallies) for name in counts})


def conformance(
    items: Iterable[Document], template: DocumentTemplate, exemptions: Iterable[Exemption] = (), *, as_of: date
) -> Conformance:
    """Which required fields, sections and owners of a template are missing, in which documents.

    An exemption that holds takes a missing part out of the count and is shown with who approved it and until when;
    once it has expired, the part counts as missing again and the row says so. Documents of another template are left
    out with a warning, those of an older revision are held to the present one with a warning.
    """
    documents = list(items)
    mine = [item for item in documents if item.template_key in (None, template.key)]
    granted = list(exemptions)
    rows: list[Deviation] = []
    tallies = []
    for document in sorted(mine, key=place):
        found = [
            deviation(document, part, granted, as_of) for part in template.requirements() if not document.has(part)
        ]
        rows += found
        tallies.append((document, tally_of(found, len(template.requirements()))))
    warnings = []
    if len(mine) < len(documents):
        warnings.append(f"{len(documents) - len(mine)} documents of other templates are left out")
    old = [item for item in mine if item.template_revision is not None and item.template_revision < template.revision]
    if old:
        warnings.append(f"{len(old)} documents were made from an older revision than {template.revision}")
    known = {part.name for part in template.requirements()} | {EVERYTHING}
    unused = sorted({exemption.requirement for exemption in granted} - known)
    if unused:
        warnings.append(f"exemptions from what the template does not require: {', '.join(unused)}")
    return Conformance(
        template=template.name, as_of=as_of, rows=tuple(rows), tallies=tuple(tallies), warnings=tuple(warnings)
    )


def place(document: Document) -> tuple[str, str, str, str, str]:
    """What documents are listed by."""
    return document.team or "", document.product or "", document.region or "", document.title, document.id


def deviation(document: Document, part: Requirement, exemptions: Iterable[Exemption], as_of: date) -> Deviation:
    """One missing part, with the exemption that holds, else with the one that expired last."""
    about = [item for item in exemptions if item.approved_on <= as_of and item.concerns(document, part)]
    last = max(about, key=lambda item: item.until, default=None)
    state: Literal["missing", "exempt", "expired"] = "missing"
    if last is not None:
        state = "exempt" if last.holds(as_of) else "expired"
    return Deviation(
        document_id=document.id,
        title=document.title,
        url=document.url,
        team=document.team,
        product=document.product,
        region=document.region,
        part=part.part,
        key=part.key,
        label=part.title,
        state=state,
        reason=last.reason if last else None,
        approved_by=last.approved_by.label if last else None,
        until=last.until if last else None,
    )


def tally_of(rows: list[Deviation], required: int) -> Tally:
    """Count one document."""
    exempt = sum(row.state == "exempt" for row in rows)
    missing = len(rows) - exempt
    return Tally(
        group=None,
        documents=1,
        conforming=int(missing == 0),
        required=required,
        met=required - len(rows),
        missing=missing,
        exempt=exempt,
        expired=sum(row.state == "expired" for row in rows),
    )
