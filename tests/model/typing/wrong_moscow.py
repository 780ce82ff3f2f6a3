"""Levels and variants are from a fixed list."""

from productops import ice, moscow_share

moscow_share({"a": ("maybe", 3)})  # expect: dict-item
ice(8, 6, 7, variant="sum")  # expect: arg-type
