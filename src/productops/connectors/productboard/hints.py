"""Deliveries of Productboard's webhooks, as hints. They are not signed: a header that we chose is all there is.

Whoever learns that header can send hints, and a hint only makes us read again. Deliveries have neither an id nor a
time, so a repeated one is not told from a second change.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from productops.errors import AuthError
from productops.redaction import Secret
from productops.sdk.hint import Hint, content, header

SYSTEM = "productboard"
LINKS = ("target", "feature", "note")


def validation(query: Mapping[str, str]) -> str | None:
    """Return what to answer, as plain text, to the GET by which Productboard tries an address; None of any other."""
    return query.get("validationToken")


def read_hint(headers: Mapping[str, str], body: bytes, authorization: str | Secret) -> Hint:
    """Return what a delivery hints at.

    Args:
        headers: of the request.
        body: the raw bytes of the request.
        authorization: the header's value that was given to Productboard when the webhook was made; long and random.

    Raises:
        AuthError: the header is missing or another one.
        RejectedError: the body is no JSON object.

    """
    expected = authorization.reveal() if isinstance(authorization, Secret) else authorization
    given = header(headers, "Authorization")
    if not expected or not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
        raise AuthError(
            "A delivery to the productboard webhook has not the header that was agreed.",
            system=SYSTEM,
            remedy="Answer 401.",
        )
    data = content(body, SYSTEM).get("data")
    links = data.get("links") if isinstance(data, dict) else None
    return Hint(SYSTEM, tuple(_ids(links)) if isinstance(links, dict) else ())


def _ids(links: Mapping[str, Any]) -> list[str]:
    """Return the ids at the end of the addresses; the addresses themselves are never followed."""
    found = [
        urlsplit(link).path.rstrip("/").rpartition("/")[2] for link in map(links.get, LINKS) if isinstance(link, str)
    ]
    return [id_ for id_ in dict.fromkeys(found) if id_]
