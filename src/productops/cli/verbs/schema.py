"""`productops schema`: the JSON Schema of `productops.toml`, for editors."""

from __future__ import annotations

import json


def verb() -> None:
    """Print the JSON Schema of productops.toml, which editors complete and check it by."""
    from productops.cli.jobs.shape import json_schema

    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))
