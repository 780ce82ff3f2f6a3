"""An imitated Productboard workspace, API version 2.

Written from a third party's account of the interface: nothing here was compared with a live workspace. Where the
account contradicts itself the stricter reading is taken.
"""

from productops.testing.sandbox.productboard.seed import STANDARD_TOKEN, SeedError
from productops.testing.sandbox.productboard.service import Productboard

__all__ = ["STANDARD_TOKEN", "Productboard", "SeedError"]
