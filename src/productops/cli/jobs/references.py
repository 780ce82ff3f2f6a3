"""Values that stand elsewhere: ``env:NAME`` is an environment variable, ``keyring:SERVICE/USER`` a stored password.

Secrets are given in no other way. A reference is looked up when a job is opened, and its value is kept in a
``Secret``, which no repr, log or error shows.
"""

from __future__ import annotations

import os

from productops.errors import ConfigError, MissingExtraError
from productops.redaction import Secret

SECRETS = ("token", "password", "secret", "api_key", "apikey", "access_token", "client_secret", "private_key")
KINDS = ("env", "keyring")


def is_reference(value: object) -> bool:
    """Tell whether a setting says where its value is.

    >>> is_reference("env:JIRA_TOKEN"), is_reference("https://example.com")
    (True, False)
    """
    return isinstance(value, str) and value.partition(":")[0] in KINDS and ":" in value


def is_secret(name: str) -> bool:
    """Tell whether a setting of this name may only be given by reference."""
    return name.lower() in SECRETS or name.lower().endswith(("_token", "_secret", "_password"))


def looked_up(reference: str) -> str:
    """Return the value of a reference.

    Raises:
        ConfigError: the variable is not set, or the keyring has no such password.
        MissingExtraError: the keyring is not installed.

    """
    kind, _, name = reference.partition(":")
    return _environment(name) if kind == "env" else _keyring(name)


def _environment(name: str) -> str:
    value = os.environ.get(name, "").strip()
    if not value:
        raise ConfigError(f"The environment variable {name} is not set.", remedy=f"Set {name}, then run again.")
    return value


def _keyring(name: str) -> str:
    service, _, user = name.partition("/")
    if not service or not user:
        raise ConfigError(f"keyring:{name} names no password.", remedy="Write keyring:SERVICE/USER.")
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as error:
        raise MissingExtraError("keyring", purpose="a password in the keyring") from error
    try:
        value = keyring.get_password(service, user)
    except KeyringError as error:
        raise ConfigError(f"The keyring cannot be read: {type(error).__name__}.", remedy="Unlock it.") from None
    if not value:
        raise ConfigError(
            f"The keyring holds no password for {service}/{user}.", remedy=f"Run: keyring set {service} {user}"
        )
    return value


def wrapped(reference: str) -> Secret:
    """Return the value of a reference, wrapped."""
    return Secret(looked_up(reference))
