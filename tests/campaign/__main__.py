"""The campaign from the command line: ``make campaign HISTORIES=200 SEED=7``.

The last line printed is one JSON object with the figures of all parts; the exit code is 1 when a promise was broken.
"""

import argparse
import json
import sys
import time

from campaign.parts import NAMES, failed, load, merge


def main() -> int:
    parser = argparse.ArgumentParser(prog="campaign", description=__doc__)
    parser.add_argument("--histories", type=int, default=200, help="the share: so many random histories")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--parts", nargs="*", default=sorted(NAMES), choices=sorted(NAMES))
    told = parser.parse_args()
    figures = []
    for name in told.parts:
        began = time.monotonic()
        figures.append(load(name)(told.histories, told.seed))
        print(f"{name}: {time.monotonic() - began:.1f} s  {json.dumps(figures[-1])}", flush=True)
    total = merge(figures)
    print(json.dumps(total))
    return int(failed(total))


if __name__ == "__main__":
    sys.exit(main())
