"""Every kind of entity goes into JSON and back without loss, fits its schema, and is upgraded from an older form."""

import importlib
import json
import os
import pkgutil
import subprocess
import sys
from functools import cache

import jsonschema
import pytest
from pydantic import ValidationError

from productops import model
from productops.demo import company
from productops.demo.company import within
from productops.model.base import Entity
from productops.model.templates import load, names
from productops.model.whole import WholeEntity

for found in pkgutil.walk_packages(model.__path__, "productops.model."):
    importlib.import_module(found.name)


def subclasses(kind):
    for sub in kind.__subclasses__():
        if sub.__module__.startswith("productops.model."):
            yield sub
        yield from subclasses(sub)


KINDS = sorted(set(subclasses(Entity)) - {WholeEntity}, key=lambda kind: kind.__name__)


@cache
def samples():
    made = {}
    for entity in [*company().entities(), *(each for name in names() for each in within(load(name)))]:
        made.setdefault(type(entity), []).append(entity)
    return made


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def kind(request):
    return request.param


def test_the_company_has_one_of_every_kind():
    assert [kind.__name__ for kind in KINDS if kind not in samples()] == []
    assert len(KINDS) > 35


def test_json_and_back_is_the_same(kind):
    for entity in samples()[kind]:
        text = entity.model_dump_json()
        again = kind.model_validate_json(text)
        assert again == entity
        assert again.model_dump_json() == text
        assert kind.model_validate(json.loads(text)) == entity  # as a JSON column gives it back
        assert kind.model_validate(entity.model_dump()) == entity


def test_json_fits_the_schema(kind):
    schema = kind.json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    checker = jsonschema.Draft202012Validator(schema)
    for entity in samples()[kind]:
        document = json.loads(entity.model_dump_json())
        assert [error.message for error in checker.iter_errors(document)] == []
        assert set(document) == set(schema["properties"]) == set(kind.model_fields)
    assert not checker.is_valid({**document, "id": 5})
    assert not checker.is_valid({**document, "unheard_of": 1})


def test_ids_say_what_they_are(kind):
    prefixes = {entity.id.partition("_")[0] for entity in samples()[kind]}
    assert kind.id_prefix
    assert prefixes == {kind.id_prefix}


def test_data_of_an_older_schema_is_upgraded(kind):
    current = kind.model_fields["schema_version"].default

    def upgrade(old):
        """The older form called tags labels."""
        kept = {key: value for key, value in old.items() if key != "labels"}
        return {**kept, "tags": old["labels"]}

    body = {"__annotations__": {"schema_version": int}, "__module__": __name__, "schema_version": current + 1}
    later = type(kind.__name__, (kind,), {**body, "upgrades": {**kind.upgrades, current: upgrade}})
    document = json.loads(samples()[kind][0].model_dump_json())
    old = {**{key: value for key, value in document.items() if key != "tags"}, "labels": ["old"]}
    upgraded = later.model_validate(old)
    assert (upgraded.tags, upgraded.schema_version, upgraded.id) == (["old"], current + 1, document["id"])
    assert "labels" in old
    assert later.model_validate_json(upgraded.model_dump_json()) == upgraded
    with pytest.raises(ValidationError, match=f"has schema version {current} here"):
        kind.model_validate_json(upgraded.model_dump_json())


def test_a_set_is_the_same_text_in_every_process():
    script = (
        "from productops.model.study import Consent\n"
        "print(Consent(scope={'contact', 'recording', 'quote'}, given_on='2026-01-01', until='2026-12-31')"
        ".model_dump_json())"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True
        ).stdout
        for seed in ("1", "2", "3", "4")
    }
    assert len(texts) == 1
