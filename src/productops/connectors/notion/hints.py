"""Deliveries of Notion's webhooks, as hints. Signed: ``X-Notion-Signature: sha256=<hex>`` over the raw body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from productops.redaction import Secret
from productops.sdk.hint import Hint, check_signature, content, digest, header, moment

SYSTEM = "notion"


def verification_token(body: bytes) -> str | None:
    """Return the token of the one unsigned request by which Notion sets a webhook up; None of any other.

    A person copies it into Notion, and it is the secret from then on.

    Raises:
        RejectedError: the body is no JSON object.

    """
    found = content(body, SYSTEM)
    token = found.get("verification_token")
    return token if isinstance(token, str) and set(found) == {"verification_token"} else None


def read_hint(headers: Mapping[str, str], body: bytes, secret: str | Secret) -> Hint:
    """Return what a delivery hints at. A retry is known by the event's id, although it counts its attempts.

    Args:
        headers: of the request.
        body: the raw bytes of the request.
        secret: the webhook's verification token.

    Raises:
        AuthError: the signature is missing or wrong.
        RejectedError: the body is no JSON object.

    """
    check_signature(body, secret, header(headers, "X-Notion-Signature"), prefix="sha256=", system=SYSTEM)
    data = content(body, SYSTEM)
    return Hint(SYSTEM, _pages(data), str(data.get("id") or digest(body)), moment(data.get("timestamp")))


def _pages(data: Mapping[str, Any]) -> tuple[str, ...]:
    entity, more = data.get("entity"), data.get("data")
    if isinstance(entity, dict) and entity.get("type") == "page" and entity.get("id"):
        return (str(entity["id"]),)
    if isinstance(more, dict) and more.get("page_id"):  # a comment
        return (str(more["page_id"]),)
    return ()
