"""Accounts: settings from the environment, secrets that stay secret, connectors by name."""

from importlib.metadata import EntryPoint, EntryPoints
from typing import Any

import pytest

from productops.connectors.memory import Memory
from productops.errors import ConfigError
from productops.redaction import Secret
from productops.sdk import Connector, from_environment, registry, secret


def test_a_variable_is_read_without_stray_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRODUCTOPS_TEST_TOKEN", "  abc\n")
    assert from_environment("PRODUCTOPS_TEST_TOKEN", system="memory", remedy="Set it.") == "abc"


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_variable_is_named_with_a_remedy(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("PRODUCTOPS_TEST_TOKEN", raising=False)
    if value is not None:
        monkeypatch.setenv("PRODUCTOPS_TEST_TOKEN", value)
    with pytest.raises(ConfigError, match=r"variable PRODUCTOPS_TEST_TOKEN is not set\. Make a token\.") as caught:
        from_environment("PRODUCTOPS_TEST_TOKEN", system="memory", remedy="Make a token.")
    assert caught.value.system == "memory"


def test_a_secret_is_wrapped_once_and_never_shown() -> None:
    made = secret(" very-secret-value ")
    assert made.reveal() == "very-secret-value"
    assert secret(made) is made
    assert "very-secret-value" not in f"{made} {made!r}"
    assert "very-secret-value" not in str(ConfigError("got very-secret-value"))


@pytest.mark.parametrize("nothing", ["", "  ", None, 3, Secret("")])
def test_a_secret_that_is_none_says_so(nothing: Any) -> None:
    with pytest.raises(ConfigError, match="Is its variable set"):
        secret(nothing)


class Service(Connector):
    """A connector of another package."""

    system = "service"

    def __init__(self, token: str) -> None:
        self.token = secret(token)

    def check(self) -> Any:
        raise NotImplementedError


def test_a_connectors_repr_holds_no_secret() -> None:
    assert repr(Service("very-secret-value")) == "<Service>"
    with pytest.raises(TypeError):
        Connector()  # type: ignore[abstract]


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "memory": "productops.connectors.memory:Memory",
        "absent": "productops_absent_package:Thing",
        "misspelt": "productops.connectors.memory:Memry",
        "function": "productops.sdk.connector:secret",
    }
    points = EntryPoints(EntryPoint(name, value, registry.GROUP) for name, value in values.items())
    monkeypatch.setattr(registry, "entry_points", lambda group: points.select(group=group))


@pytest.mark.usefixtures("installed")
def test_connectors_are_listed_without_importing_them() -> None:
    assert sorted(registry.connectors()) == ["absent", "function", "memory", "misspelt"]
    assert registry.connector("memory") is Memory


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("linear", r"no connector 'linear'\. Installed are: absent, function, memory, misspelt"),
        ("absent", r"'absent' \(productops_absent_package:Thing\) does not import: ModuleNotFoundError"),
        ("misspelt", "does not import: AttributeError"),
        ("function", "is not a Connector class"),
    ],
)
def test_a_connector_that_cannot_be_had_says_why(name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        registry.connector(name)


@pytest.mark.usefixtures("installed")
def test_broken_plugins_are_warnings_and_the_others_load() -> None:
    with pytest.warns(UserWarning, match="does not import|not a Connector") as told:
        assert registry.available() == {"memory": Memory}
    assert len(told) == 3


def test_ours_are_registered_under_their_names() -> None:
    found = registry.connectors()
    assert {"memory", "jira", "airtable"} <= set(found)
    assert registry.connector("memory") is Memory


def test_no_plugins_at_all_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "entry_points", lambda group: EntryPoints())
    assert registry.available() == {}
    with pytest.raises(ConfigError, match="Installed are: none"):
        registry.connector("memory")
