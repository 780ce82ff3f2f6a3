"""`productops schema`: the JSON Schema of `productops.toml`, for editors."""

from __future__ import annotations

import json

from productops.cli.options import Language
from productops.cli.words import speak


def verb(*, language: Language = None) -> None:
    """Print the JSON Schema of productops.toml, which editors complete and check it by."""
    from productops.cli.jobs.shape import json_schema

    speak(language)
    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))
