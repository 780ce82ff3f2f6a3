"""Templates as data: ours for launches, roadmaps, reports, canvases and processes, and a team's own from YAML.

A template says its `kind` (document, checklist, canvas or process) and, where it is written in several languages,
lists them under `languages`. `load` reads ours, `load_file` a team's own.
"""

from productops.model.templates.document import (
    DocumentTemplate,
    FieldTemplate,
    OwnerTemplate,
    Requirement,
    SectionTemplate,
)
from productops.model.templates.loading import load, load_file, names
from productops.model.templates.reading import Problem, TemplateError
from productops.model.templates.starter import ProcessTemplate

__all__ = [
    "DocumentTemplate",
    "FieldTemplate",
    "OwnerTemplate",
    "Problem",
    "ProcessTemplate",
    "Requirement",
    "SectionTemplate",
    "TemplateError",
    "load",
    "load_file",
    "names",
]
