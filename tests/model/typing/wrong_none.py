"""What may be absent must be looked at."""

from productops import Roadmap

roadmap = Roadmap(title="Shop")
str(roadmap.get("item_1").title)  # expect: union-attr
label: str = roadmap.items[0].when.label  # expect: union-attr
