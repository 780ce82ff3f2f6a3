"""Finding a template, reading it in one language, and making it what it describes."""

import re
from collections.abc import Mapping
from importlib import import_module
from importlib.resources import files
from pathlib import Path as FilePath
from typing import Any, TypeVar, cast, overload

from pydantic import BaseModel, ValidationError

from productops.model.templates.reading import (
    MAX_BYTES,
    Lines,
    Path,
    Problem,
    TemplateError,
    failed,
    key_of,
    read_yaml,
)

KINDS = {
    "document": ("productops.model.templates.document", "DocumentTemplate"),
    "process": ("productops.model.templates.starter", "ProcessTemplate"),
    "checklist": ("productops.model.checklist_template", "ChecklistTemplate"),
    "canvas": ("productops.model.canvas", "Canvas"),
}
NAME = re.compile(r"[a-z][a-z0-9_]*")
LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")
HEADER = ("kind", "languages")
MOST_PROBLEMS = 10

M = TypeVar("M", bound=BaseModel)


def names() -> list[str]:
    """The names of the templates that come with the library, sorted."""
    folder = files("productops.model.templates") / "data"
    return sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))


@overload
def load(name: str, lang: str = ...) -> BaseModel: ...
@overload
def load(name: str, lang: str = ..., *, into: type[M]) -> M: ...
def load(name: str, lang: str = "en", *, into: type[BaseModel] | None = None) -> BaseModel:
    """One of our templates in a language ("en" or "fr"): a document, checklist, canvas or process by its kind.

    `into` names the class instead and gives the type checker the type. Raises TemplateError, a ValueError, for an
    unknown name or language.

    >>> from productops.model.templates import DocumentTemplate
    >>> [section.title for section in load("newsletter", into=DocumentTemplate).sections][:2]
    ['Headline', 'Shipped']
    """
    if not NAME.fullmatch(name) or name not in names():
        raise TemplateError(name, [Problem(line=None, key="", text=f"is no template; there are {', '.join(names())}")])
    data = (files("productops.model.templates") / "data" / f"{name}.yaml").read_bytes()
    return make(data, f"{name}.yaml", lang, into)


@overload
def load_file(path: str | FilePath, lang: str = ...) -> BaseModel: ...
@overload
def load_file(path: str | FilePath, lang: str = ..., *, into: type[M]) -> M: ...
def load_file(path: str | FilePath, lang: str = "en", *, into: type[BaseModel] | None = None) -> BaseModel:
    """A team's own template from a YAML file; TemplateError names the file, the line and the key of each problem.

    The file says its `kind`: document, checklist, canvas or process. Where it lists `languages`, a text may be a
    mapping from these languages to texts; without that list every text is as written.
    """
    try:
        with FilePath(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise failed(str(path), f"cannot be read: {error.strerror or error}") from error
    return make(data, str(path), lang, into)


def make(data: bytes, file: str, lang: str, into: type[BaseModel] | None) -> BaseModel:
    """Build what a template describes."""
    content, lines = read_yaml(data, file)
    if not isinstance(content, dict):
        raise failed(file, "must be a mapping of keys to values", 1)
    model = into or model_for(content, lines, file)
    languages = languages_of(content, lines, file)
    if languages and lang not in languages:
        raise failed(
            file, f"has no language {lang!r}, only {', '.join(languages)}", lines["languages",], ("languages",)
        )
    body = {key: value for key, value in content.items() if key not in HEADER}
    try:
        return model.model_validate(in_language(body, languages, lang))
    except ValidationError as error:
        raise TemplateError(file, problems_of(error, lines)) from error


def model_for(content: Mapping[str, Any], lines: Lines, file: str) -> type[BaseModel]:
    """The class that a template's kind stands for."""
    kind = content.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        what = "is missing" if kind is None else f"{kind!r} is not known"
        raise failed(file, f"{what}; use one of {', '.join(sorted(KINDS))}", lines.get(("kind",), 1), ("kind",))
    module, name = KINDS[kind]
    return cast("type[BaseModel]", getattr(import_module(module), name))


def languages_of(content: Mapping[str, Any], lines: Lines, file: str) -> list[str]:
    """The languages a template says it is written in."""
    found = content.get("languages", [])
    if not isinstance(found, list) or not all(isinstance(each, str) and LANGUAGE.fullmatch(each) for each in found):
        text = "must be a list of codes such as en, fr or pt-BR (in quotes where YAML reads another value: 'no')"
        raise failed(file, text, lines["languages",], ("languages",))
    return found


def in_language(value: Any, languages: list[str], lang: str) -> Any:
    """Replace each mapping of languages to texts by the text in one language, else in the first listed that it has."""
    if isinstance(value, list):
        return [in_language(item, languages, lang) for item in value]
    if not isinstance(value, dict):
        return value
    if value and languages and set(value) <= set(languages) and all(isinstance(text, str) for text in value.values()):
        return value.get(lang) or next(value[each] for each in languages if each in value)
    # `labels` holds translations of its own, which stay.
    return {key: item if key == "labels" else in_language(item, languages, lang) for key, item in value.items()}


def problems_of(error: ValidationError, lines: Lines) -> list[Problem]:
    """The first problems of a validation, each with its line: that of the key, or of the nearest thing around it."""
    found = []
    for detail in error.errors(include_url=False, include_context=False, include_input=False)[:MOST_PROBLEMS]:
        path: Path = detail["loc"]
        near = next(path[:length] for length in range(len(path), -1, -1) if path[:length] in lines)
        text = detail["msg"].removeprefix("Value error, ")
        found.append(Problem(line=lines[near], key=key_of(path), text=text))
    return found
