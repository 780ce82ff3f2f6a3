"""Deliveries of Jira's webhooks, as hints. Signed: ``X-Hub-Signature: sha256=<hex>`` over the raw body."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from productops.redaction import Secret
from productops.sdk.hint import Hint, check_signature, content, digest, header

SYSTEM = "jira"


def read_hint(headers: Mapping[str, str], body: bytes, secret: str | Secret) -> Hint:
    """Return what a delivery hints at.

    Args:
        headers: of the request.
        body: the raw bytes of the request.
        secret: the webhook's secret, as it was given to Jira.

    Raises:
        AuthError: the signature is missing or wrong.
        RejectedError: the body is no JSON object.

    """
    check_signature(body, secret, header(headers, "X-Hub-Signature"), prefix="sha256=", system=SYSTEM)
    data = content(body, SYSTEM)
    issue = data.get("issue")
    id_ = issue.get("id") if isinstance(issue, dict) else None
    # Jira's header that names a delivery is not signed, so a forger could give an old body a new name. The body
    # holds its time in milliseconds, and a retry sends the same bytes.
    return Hint(SYSTEM, (str(id_),) if id_ else (), digest(body), _at(data.get("timestamp")))


def _at(stamp: Any) -> datetime | None:
    """Return a time given in milliseconds."""
    if not isinstance(stamp, int | float) or isinstance(stamp, bool) or not 0 < stamp < 1e14:
        return None
    return datetime.fromtimestamp(stamp / 1000, UTC)
