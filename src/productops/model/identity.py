"""Whether two references mean the same person, when each system shows another part of them."""

from productops.model.people import PersonRef, same_text


def identities(person: PersonRef) -> frozenset[str]:
    """What a person is surely known by: the address and every account; the name only if there is nothing else."""
    known = {f"{ref.system}:{ref.key}" for ref in person.external}
    if person.email:
        known.add(f"email:{same_text(person.email)}")
    return frozenset(known or {f"name:{same_text(person.name or '')}"})


def same_person(one: PersonRef | None, other: PersonRef | None) -> bool:
    """Whether both are surely one person; where one has only a name, an equal name counts.

    >>> same_person(PersonRef(name="Ada"), PersonRef(name="ada", email="ada@example.com"))
    True
    >>> same_person(PersonRef(name="Ada", email="a@example.com"), PersonRef(name="Ada", email="b@example.com"))
    False
    """
    if one is None or other is None:
        return False
    if identities(one) & identities(other):
        return True
    only_a_name = any(not (person.email or person.external) for person in (one, other))
    return only_a_name and same_text(one.name or "") == same_text(other.name or "")
