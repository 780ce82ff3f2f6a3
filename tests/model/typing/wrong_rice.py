"""RICE without its period, and with words for numbers."""

from productops import rice

rice(reach=360, impact=2, confidence=0.8, effort=3)  # expect: call-arg
rice(reach="many", impact=2, confidence=0.8, effort=3, period="quarter")  # expect: arg-type
