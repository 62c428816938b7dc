"""AWS clients of the monitor, and what their errors mean in words. boto3 stands only here and in ``outputs``."""

import threading
from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ReadTimeoutError,
)

from registry_monitor import __version__

CONNECT_TIMEOUT_S = 3
READ_TIMEOUT_S = 5
_TRIES = 2  # an API that fails twice is UNKNOWN; nothing is retried against a throttle for longer

_creating = threading.Lock()  # boto3 creates clients from one default session, which is not thread-safe
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedException", "403")
_THROTTLED = ("Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException", "SlowDown")
_UNREACHABLE = (EndpointConnectionError, ConnectTimeoutError, ReadTimeoutError, ConnectionClosedError)


@lru_cache(maxsize=64)
def _client(service: str, region: str) -> Any:
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": _TRIES},
        max_pool_connections=10,
        user_agent_extra=f"registry-monitor/{__version__}",
    )
    return boto3.client(service, region_name=region, config=config)


def aws_client(service: str, region: str) -> Any:
    """A client, kept over warm invocations; ``AWS_ENDPOINT_URL`` leads it elsewhere, as boto3 has it."""
    with _creating:
        return _client(service, region)


def explain(call: str, error: Exception) -> str:
    """A sentence for people: which call failed (``ecs:DescribeServices``), how, and what to do."""
    match error:
        case ClientError():
            code = str(error.response.get("Error", {}).get("Code", "unknown"))
            message = str(error.response.get("Error", {}).get("Message", ""))[:300]
            if code in _DENIED:
                return f"{call} was denied to the monitor's role ({code}): add {call} to its policy"
            if code in _THROTTLED:
                return f"{call} was throttled by AWS ({code}), also when asked again; the next run asks anew"
            return f"{call} failed with {code}: {message}"
        case NoCredentialsError() | PartialCredentialsError():
            return f"{call} was not made: there are no AWS credentials; set a profile or the AWS_* variables"
        case _ if isinstance(error, _UNREACHABLE):
            remedy = "the monitor's network has no route or VPC endpoint to it, or it did not answer in time"
            return f"{call} could not be reached ({type(error).__name__}): {remedy}"
        case BotoCoreError():
            return f"{call} failed with {type(error).__name__}: {str(error)[:300]}"
        case _:
            return f"{call} gave an answer that could not be read ({type(error).__name__}: {str(error)[:200]})"
