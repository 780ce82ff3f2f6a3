"""One policy for all requests, and two plugs for it.

``requests_plug.RequestsPlug`` and ``httpx_plug.HttpxPlug`` stay in their own modules, so that nothing here loads an
HTTP library.
"""

from productops.sdk.transport.answers import (
    request_id,
    require_json,
    retold,
    service_message,
    translate,
)
from productops.sdk.transport.clock import Clock, SystemClock
from productops.sdk.transport.exchange import RequestEvent, Settle
from productops.sdk.transport.limits import PROCESS_LIMITS, Breaker, Bucket, Limits, RetryBudget
from productops.sdk.transport.parsing import Parse, parse_json, parser_of
from productops.sdk.transport.policy import Policy
from productops.sdk.transport.waiting import parse_http_date, parse_retry_after

__all__ = [
    "PROCESS_LIMITS",
    "Breaker",
    "Bucket",
    "Clock",
    "Limits",
    "Parse",
    "Policy",
    "RequestEvent",
    "RetryBudget",
    "Settle",
    "SystemClock",
    "parse_http_date",
    "parse_json",
    "parse_retry_after",
    "parser_of",
    "request_id",
    "require_json",
    "retold",
    "service_message",
    "translate",
]
