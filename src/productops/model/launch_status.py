"""The kinds of launches and the states one goes through."""

from productops.model.base import OpenEnum


class LaunchKind(OpenEnum):
    """What is launched, or ended."""

    BETA = "beta"
    SOFT = "soft"
    GA = "ga"
    SUNSET = "sunset"
    PRICING = "pricing"
    UNKNOWN = "unknown"


class LaunchStatus(OpenEnum):
    """Where a launch stands; `unknown` is a status some service uses and we do not know."""

    IDEA = "idea"
    PLANNED = "planned"
    IN_PREP = "in_prep"
    GO = "go"
    LAUNCHED = "launched"
    CANCELLED = "cancelled"
    ROLLED_BACK = "rolled_back"
    UNKNOWN = "unknown"


S = LaunchStatus
# Steps back are legal before the launch, for plans change; a cancelled launch is over, a new one is a new record.
TRANSITIONS: dict[LaunchStatus, tuple[LaunchStatus, ...]] = {
    S.IDEA: (S.PLANNED, S.CANCELLED),
    S.PLANNED: (S.IN_PREP, S.IDEA, S.CANCELLED),
    S.IN_PREP: (S.GO, S.PLANNED, S.CANCELLED),
    S.GO: (S.LAUNCHED, S.IN_PREP, S.CANCELLED),
    S.LAUNCHED: (S.ROLLED_BACK,),
    S.ROLLED_BACK: (S.IN_PREP, S.CANCELLED),
    S.CANCELLED: (),
    # Where nobody knows the present state, any known one may follow.
    S.UNKNOWN: tuple(status for status in S if status is not S.UNKNOWN),
}
