"""How a command ends: its exit code.

====  =============================================================================
code  meaning
====  =============================================================================
0     done
1     a new finding: a fresh conflict, a problem, a change of the fields, a launch
      that is not ready; with ``--known``, one that was told before counts as well
2     the user acts: a setting, a token, an argument, a missing package
3     nobody acts: run it again later
4     the next plan acts
5     the owner of the data acts
6     a human acts now: a guard stopped the run
130   stopped by Ctrl-C; what was done stays done and the next run goes on
143   stopped by SIGTERM, likewise
====  =============================================================================
"""

from __future__ import annotations

from productops.errors import ProductOpsError

DONE, FOUND, USAGE, STOPPED, TERMINATED = 0, 1, 2, 130, 143
CODES = {"user": 2, "nobody": 3, "plan": 4, "owner": 5, "human": 6}


def code_of(error: ProductOpsError) -> int:
    """Return the exit code of an error.

    >>> from productops.errors import AuthError, GuardError
    >>> code_of(AuthError("no")), code_of(GuardError("stop"))
    (2, 6)
    """
    return CODES.get(error.who, 1)
