"""An account in a service: where collections come from."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from urllib.parse import urlsplit

from productops.errors import ConfigError
from productops.redaction import Secret
from productops.sdk.collection import Check
from productops.sdk.transport.exchange import is_loopback


class Connector(ABC):
    """An account in a service. Its methods return collections; its repr holds no secret.

    A connector's constructor takes credentials as arguments; ``from_env()`` reads them from the
    environment variables that its docstring names.
    """

    system: str

    @abstractmethod
    def check(self) -> Check:
        """Tell in one call whether the credentials work, and whose they are."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


def from_environment(name: str, *, system: str, remedy: str) -> str:
    """Return an environment variable that must be set.

    Raises:
        ConfigError: it is not set; the error names it and says where to get the value.

    """
    value = os.environ.get(name, "").strip()
    if not value:
        raise ConfigError(f"The environment variable {name} is not set.", system=system, remedy=remedy)
    return value


def secret(value: str | Secret) -> Secret:
    """Wrap a credential so that it never shows in a repr, a log or an error.

    Raises:
        ConfigError: it is empty or no text, as when an environment variable was not set.

    """
    if not isinstance(value, Secret):
        if not isinstance(value, str):
            raise ConfigError(f"A credential is text, not {type(value).__name__}.", remedy="Is its variable set?")
        value = Secret(value.strip())
    if not value:
        raise ConfigError("The credential is empty.", remedy="Is its variable set?")
    return value


def checked_address(url: str, *, name: str, variable: str, default: str, system: str) -> str:
    """Return the address of a service: https, or anything on this machine.

    Raises:
        ConfigError: a token would travel there unencrypted, or it is no address.

    """
    parts = urlsplit(url)
    if parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url))):
        return url
    raise ConfigError(
        f"{name}'s address must begin with https://; a token is not sent unencrypted.",
        system=system,
        remedy=f"Leave url= and {variable} out, or write {default}.",
    )
