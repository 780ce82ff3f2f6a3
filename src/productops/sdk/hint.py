"""What a service's webhook tells, taken as a hint: look here again. Its content is never believed.

A webhook may be forged, repeated, late, out of order or missing. So a delivery only says which records to read again;
what they hold is read from the service itself, and polling finds what no delivery told.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from productops.errors import AuthError, RejectedError
from productops.redaction import Secret
from productops.sdk.transport.parsing import parse_json

LARGEST = 1_000_000  # bytes of a delivery; no service sends nearly as much


@dataclass(frozen=True, slots=True)
class Hint:
    """A delivery that was proven to come from its service.

    ``records`` are the ids to read again; none means that something changed and nobody says what. ``delivery`` is the
    same for a repeated delivery and comes from what is signed; None where a service gives nothing to know it by.
    ``at`` is when the service says that it happened.
    """

    system: str
    records: tuple[str, ...] = ()
    delivery: str | None = None
    at: datetime | None = None


def header(headers: Mapping[str, str], name: str) -> str:
    """Return a header by its name in any case, and "" where there is none."""
    return next((value for key, value in headers.items() if key.lower() == name.lower()), "")


def check_signature(body: bytes, key: bytes | str | Secret, given: str, *, prefix: str, system: str) -> None:
    """Check an HMAC-SHA256 over the body as it came, in hexadecimal or base64.

    Args:
        body: the raw bytes; what was parsed and written again has another signature.
        key: the secret that the service and we share.
        given: the header's value.
        prefix: what stands before the signature: ``"sha256="``.
        system: the service, for the error.

    Raises:
        AuthError: the signature is missing or another one.

    """
    if isinstance(key, Secret):
        key = key.reveal()
    raw = key.encode() if isinstance(key, str) else key
    mac = hmac.new(raw, body, hashlib.sha256).digest()
    # Compared as bytes: text that is not ASCII would raise an error of its own, which tells a forger something.
    told = given.strip().encode("utf-8", "replace")
    forms = (prefix.encode() + mac.hex().encode(), prefix.encode() + base64.b64encode(mac))
    if not raw or not any(hmac.compare_digest(form, told) for form in forms):  # both, so that it takes one time
        raise AuthError(
            f"A delivery to the {system} webhook has no signature of {system}'s.",
            system=system,
            remedy="Answer 401. If the service sent it, the secret here is not the webhook's.",
        )


def content(body: bytes, system: str) -> dict[str, Any]:
    """Return a delivery's JSON object.

    Raises:
        RejectedError: it is too large, or none.

    """
    try:
        data = parse_json(body) if len(body) <= LARGEST else None
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise RejectedError(f"A delivery to the {system} webhook cannot be read.", system=system, remedy="Answer 400.")
    return data


def digest(body: bytes) -> str:
    """Return by what a delivery is known whose service signs a time, but names no delivery."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def moment(text: object) -> datetime | None:
    """Return an ISO time with its zone, or None."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else None
