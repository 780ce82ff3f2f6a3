import copy
import json
import pickle
import traceback
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from productops import errors, redaction
from productops.errors import MissingExtraError, ProductOpsError, RateLimitedError, RejectedError
from productops.redaction import Secret

CLASSES = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, ProductOpsError)]
SIMPLE = [each for each in CLASSES if each is not MissingExtraError]
CONTEXT = {"system": "jira", "operation": "create", "record": "P-1", "request_id": "r1", "status": 418}


@pytest.mark.parametrize(
    ("cls", "builtin"),
    [
        (errors.ConfigError, ValueError),
        (errors.MappingError, errors.ConfigError),
        (errors.AuthError, PermissionError),
        (errors.AccessError, PermissionError),
        (errors.MissingExtraError, ImportError),
        (errors.UnavailableError, ConnectionError),
        (errors.GoneError, LookupError),
        (errors.RejectedError, ValueError),
        *(
            (getattr(errors, name), errors.RetryableError)
            for name in ("RateLimitedError", "UnavailableError", "UnknownOutcomeError", "IncompleteListingError")
        ),
    ],
)
def test_the_tree(cls: type, builtin: type) -> None:
    assert issubclass(cls, builtin)


def test_the_picture_names_every_class_and_every_builtin() -> None:
    for cls in CLASSES:
        line = next(line for line in (errors.__doc__ or "").splitlines() if cls.__name__ in line)
        builtin = [base.__name__ for base in cls.__bases__ if base.__module__ == "builtins" and base is not Exception]
        assert all(f"({name})" in line for name in builtin), line


@pytest.mark.parametrize("cls", SIMPLE)
def test_it_reads_as_sentences_and_travels(cls: type[ProductOpsError]) -> None:
    error = cls("it failed", service_message="No such field", remedy="Check the mapping.", **CONTEXT)
    assert str(error) == "it failed. The service says: No such field. Check the mapping."
    error.add_note("seen on Monday")
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(other) is cls
        assert (other.to_dict(), str(other), other.args) == (error.to_dict(), str(error), ("it failed",))
        assert other.__notes__ == ["seen on Monday"]
    assert json.loads(json.dumps(error.to_dict())).items() >= {"error": cls.__name__, **CONTEXT}.items()
    assert repr(error).startswith(f"{cls.__name__}('it failed', system='jira'")


def test_what_is_particular_to_some() -> None:
    assert RateLimitedError("slow down", retry_after=3.5).to_dict()["retry_after"] == 3.5
    assert RateLimitedError("slow down").retry_after is None
    assert RejectedError("no", fields={"summary": "is required"}).to_dict()["fields"] == {"summary": "is required"}
    missing = pickle.loads(pickle.dumps(MissingExtraError("excel", purpose="reading spreadsheets")))
    assert 'pip install "productops[excel]"' in str(missing)
    assert missing.extra == "excel"


def test_a_whole_page_is_cut() -> None:
    assert len(str(ProductOpsError("no", service_message="x" * 10**6))) < 3_000


@settings(max_examples=40, deadline=None)
@given(
    value=st.text(min_size=6, max_size=40).filter(lambda value: value.strip() == value and set(value) != {"*"}),
    before=st.text(max_size=8),
    after=st.text(max_size=8),
    cls=st.sampled_from([ProductOpsError, errors.AuthError, errors.UnavailableError, RejectedError]),
)
def test_a_secret_survives_nowhere_in_an_error(value: str, before: str, after: str, cls: type[ProductOpsError]) -> None:
    # A value that is itself part of the words around it (such as "status") cannot be told from them.
    plain = cls("x", system="x", operation="x", record="x", request_id="x", status=1, service_message="x", remedy="x")
    words = f"{plain} {plain!r} {plain.to_dict()} fields"
    if any(word in words for word in (value, repr(value)[1:-1])):
        return
    # A registry of its own: a drawn "then" must not go from the texts of other tests.
    with patch.object(redaction, "_registry", redaction._Registry()):
        Secret(value)
        text = f"{before}{value}{after}"
        context = dict.fromkeys(("system", "operation", "record", "request_id", "service_message", "remedy"), text)
        extra = {"fields": {text: text}} if cls is RejectedError else {}
        error = cls(text, status=400, **context, **extra)
        shown = [str(error), repr(error), *error.args, *map(str, error.to_dict().values())]
        shown += traceback.format_exception_only(error)
        shown += [part for pair in error.to_dict().get("fields", {}).items() for part in pair]
        assert not [one for one in shown if value in one]
        assert value not in json.dumps(error.to_dict(), ensure_ascii=False)
