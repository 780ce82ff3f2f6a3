"""Templates of documents: which sections, fields and owners a roadmap, a report or a newsletter has."""

from typing import ClassVar, Literal

from pydantic import Field, field_validator

from productops.model.base import Entity, NonEmpty, Value
from productops.model.whole import refuse_doubles

Part = Literal["field", "section", "owner"]


class SectionTemplate(Value):
    """A heading, whether it must be filled, and what to write under it."""

    key: NonEmpty
    title: NonEmpty
    required: bool = True
    guidance: str | None = None


class FieldTemplate(Value):
    """A short value of a document, for instance its period or its status."""

    key: NonEmpty
    title: NonEmpty
    required: bool = True
    guidance: str | None = None
    choices: tuple[NonEmpty, ...] = ()


class OwnerTemplate(Value):
    """Somebody a document must name, by role."""

    key: NonEmpty
    title: NonEmpty
    required: bool = True
    guidance: str | None = None


class Requirement(Value):
    """One part that a document must have: what kind of part, its key and its title."""

    part: Part
    key: str
    title: str
    guidance: str | None = None

    @property
    def name(self) -> str:
        """How exemptions name it, for instance "section:risks"."""
        return f"{self.part}:{self.key}"


AnyPart = FieldTemplate | SectionTemplate | OwnerTemplate


class DocumentTemplate(Entity):
    """What a kind of document consists of; raises ValueError for two parts of one kind under one key."""

    id_prefix: ClassVar[str] = "tmpl"

    key: NonEmpty
    name: NonEmpty
    revision: int = Field(default=1, ge=1)
    description: str | None = None
    credit: str | None = None
    fields: tuple[FieldTemplate, ...] = ()
    sections: tuple[SectionTemplate, ...] = ()
    owners: tuple[OwnerTemplate, ...] = ()

    @field_validator("fields", "sections", "owners")
    @classmethod
    def keys_differ(cls, parts: tuple[AnyPart, ...]) -> tuple[AnyPart, ...]:
        """Refuse two parts under one key."""
        refuse_doubles("keys", (part.key for part in parts))
        return parts

    def requirements(self) -> list[Requirement]:
        """Every part a document must have: fields first, then sections, then owners, in the template's order."""
        parts: list[tuple[Part, tuple[AnyPart, ...]]] = [
            ("field", self.fields),
            ("section", self.sections),
            ("owner", self.owners),
        ]
        return [
            Requirement(part=kind, key=part.key, title=part.title, guidance=part.guidance)
            for kind, all_parts in parts
            for part in all_parts
            if part.required
        ]

    def short_parts(self) -> list[FieldTemplate | OwnerTemplate]:
        """Fields, then owners."""
        return [*self.fields, *self.owners]

    def to_markdown(self, title: str | None = None) -> str:
        """An empty document to fill in, as Markdown: fields and owners as a list, guidance in italics."""
        lines = [f"# {title or self.name}", ""]
        lines += [f"- **{part.title}**: " for part in self.short_parts()]
        for section in self.sections:
            lines += ["", f"## {section.title}"]
            lines += ["", f"*{section.guidance}*"] if section.guidance else []
        return "\n".join(lines) + "\n"
