"""Models of whole records, for reads that leave nothing out."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel

from productops.model.people import PersonRef


class Issue(BaseModel):
    """Every field of the stub's issues but the description."""

    title: str
    kind: str
    status: str
    priority: str | None = None
    resolution: str | None = None
    assignee: PersonRef | None = None
    reporter: PersonRef | None = None
    creator: PersonRef | None = None
    created: datetime
    updated: datetime
    due: date | None = None
    resolved: datetime | None = None
    labels: list[str] = []
    components: list[str] = []
    fix_versions: list[str] = []
    versions: list[str] = []
    estimate: int | None = None
    start: date | None = None
    points: float | None = None
    severity: str | None = None
    team: str | None = None
    markets: list[str] = []
    ticket: str | None = None
    customer: str | None = None


class Row(BaseModel):
    """Every field of the stub's rows."""

    title: str
    notes: str | None = None
    owner: PersonRef | None = None
    due: date | None = None
    stage: str | None = None
    tags: list[str] = []
    points: int | None = None
    budget: float | None = None
    confidence: float | None = None
    asked_by: str | None = None
    spec: str | None = None
    blocked: bool = False


class Page(BaseModel):
    """Every property of the stub's pages."""

    title: str
    summary: str | None = None
    status: str | None = None
    kind: str | None = None
    tags: list[str] = []
    owner: list[PersonRef] = []
    due: date | None = None
    points: int | None = None
    blocked: bool = False
    spec: str | None = None
    asked_by: str | None = None
    phone: str | None = None
    created: datetime
