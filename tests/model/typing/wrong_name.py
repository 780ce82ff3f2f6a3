"""Names that are not there, and a person who is only a text."""

from productops import Roadmaps  # expect: attr-defined
from productops.model.forget import forget

str(Roadmaps)
forget("Ada", salt="a secret salt")  # expect: arg-type
forget(salt="a secret salt")  # expect: call-arg
