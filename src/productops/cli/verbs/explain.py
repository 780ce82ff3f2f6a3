"""`productops explain`: who wrote a field, when, and by which rule."""

from __future__ import annotations

from typing import Annotated

import typer

from productops.cli.options import FILE, AsJson, JobsFile, Language, OneJob
from productops.cli.speaking import Voice


def verb(
    record: Annotated[str, typer.Argument(help="A record's key, id or address, on either side.", metavar="RECORD")],
    field: Annotated[str, typer.Argument(help="The model's field.", metavar="FIELD")],
    *,
    job: OneJob = None,
    file: JobsFile = FILE,
    as_json: AsJson = False,
    language: Language = None,
) -> None:
    """Tell who wrote a field of a record, when, and by which rule."""
    from productops.cli.words.explanations import explanation_text

    voice = Voice(language, as_json=as_json)
    book = voice.book(file)
    found = book.sync(book.only(job)).explain(record, field)
    voice.text(explanation_text(found))
    voice.value(found.to_dict())
