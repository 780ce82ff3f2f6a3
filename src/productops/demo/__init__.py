"""A fictional company, for the demo, the docs and the tests.

>>> company().launch("groups").name
'Group tickets'
"""

from productops.demo.cast import AS_OF
from productops.demo.company import Company, company

__all__ = ["AS_OF", "Company", "company"]
