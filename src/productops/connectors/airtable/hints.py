"""Pings of Airtable's webhooks, as hints. Signed: ``X-Airtable-Content-MAC: hmac-sha256=<hex>`` over the raw body.

A ping says that something changed in a base, and not what; the next plan reads it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from productops.errors import ConfigError
from productops.redaction import Secret
from productops.sdk.hint import Hint, check_signature, content, digest, header, moment

SYSTEM = "airtable"


def read_hint(headers: Mapping[str, str], body: bytes, secret: str | Secret) -> Hint:
    """Return what a ping hints at.

    Args:
        headers: of the request.
        body: the raw bytes of the request.
        secret: ``macSecretBase64``, as Airtable showed it when the webhook was made.

    Raises:
        AuthError: the signature is missing or wrong.
        ConfigError: the secret is not the one that Airtable showed.
        RejectedError: the body is no JSON object.

    """
    text = secret.reveal() if isinstance(secret, Secret) else secret
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ConfigError(
            "The webhook's secret is not base64.", system=SYSTEM, remedy="Take macSecretBase64."
        ) from None
    check_signature(body, key, header(headers, "X-Airtable-Content-MAC"), prefix="hmac-sha256=", system=SYSTEM)
    data = content(body, SYSTEM)
    return Hint(SYSTEM, (), digest(body), moment(data.get("timestamp")))
