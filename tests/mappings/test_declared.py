"""Mappings written as data say the same as mappings written in Python, and say what is wrong with them."""

import pytest

from productops import Mapping, RoadmapItem, choice, constant, markdown, once, person, read_only, ref
from productops.errors import MappingError
from productops.sdk.codecs import spell
from productops.sdk.declared import declared, written

DATA = {
    "title": "Name",
    "description": {"markdown": "Notes", "once": True},
    "owner": {"person": "Owner", "read_only": True},
    "status": {"choice": "Stage", "options": {"idea": "Inbox", "doing": ["Building", "Review"]}},
    "objective_ids": {"ref": "Objectives", "to": "objectives"},
    "team": {"constant": "Core", "field": "Team"},
}
PYTHON = Mapping(
    RoadmapItem, title="Name", description=once(markdown("Notes")), owner=read_only(person("Owner")),
    status=choice("Stage", idea="Inbox", doing=["Building", "Review"]),
    objective_ids=ref("Objectives", to="objectives"), team=constant("Core", field="Team"),
)  # fmt: skip


def spelled(mapping):
    return {name: spell(codec) for name, codec in mapping.fields.items()}


def test_data_and_python_are_the_same_mapping():
    assert spelled(declared(RoadmapItem, DATA)) == spelled(PYTHON)
    scope = {name: value for name, value in globals().items() if not name.startswith("_")}
    assert spelled(eval(written(RoadmapItem, DATA), scope)) == spelled(PYTHON)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (5, "status is mapped to 5"),
        ("", "status is mapped to ''"),
        ({}, "The mapping of status does not say how"),
        ({"chioce": "Stage"}, "'chioce' is no way. Did you mean choice?"),
        ({"choice": "Stage"}, "is a choice without options"),
        ({"choice": "Stage", "person": "Owner"}, "has choice and person"),
        ({"markdown": "Notes", "options": {}}, "has 'options', which markdown does not take"),
        ({"markdown": None}, "names no remote field"),
    ],
)
def test_what_is_wrong_is_said(spec, said):
    with pytest.raises(MappingError) as caught:
        declared(RoadmapItem, {"title": "Name", "status": spec})
    assert said in str(caught.value)


def test_an_unknown_model_field_is_refused():
    with pytest.raises(MappingError, match="RoadmapItem has no field 'titel'"):
        declared(RoadmapItem, {"titel": "Name"})
