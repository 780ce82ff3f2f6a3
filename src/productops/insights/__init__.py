"""What a pile of feedback says: the same said twice, whose it is, of what kind, about what, and who asks for it.

Everything runs offline on one processor. It needs the extra ``insights`` (numpy, scipy, scikit-learn, rapidfuzz),
and says so when it is absent; the extra ``embed`` adds a small language model, ``spark`` more than one machine.
"""

from importlib.util import find_spec

from productops.errors import MissingExtraError

NEEDED = ("numpy", "scipy", "sklearn", "rapidfuzz")
if not all(map(find_spec, NEEDED)):
    without = ", ".join(name for name in NEEDED if find_spec(name) is None)
    raise MissingExtraError("insights", purpose=f"Reading feedback (without {without})")
