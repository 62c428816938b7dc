"""AWS clients of the monitor. boto3 stands only here and in ``outputs``."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config

from registry_monitor import __version__
from registry_monitor.kept import Kept

CONNECT_TIMEOUT_S = 2.0
READ_TIMEOUT_S = 4.0  # with two tries less than a check's 15 s, so that the check can name the API that did not answer
_TRIES = 2  # an API that fails twice is UNKNOWN; nothing is retried against a throttle for longer

type ClientOf = Callable[[str, str], Any]  # service ("ecs"), region -> client

_creating = threading.Lock()  # a session is not thread-safe, its clients are (boto3 user guide, "Multithreading")
_counting = threading.Lock()
_made: Counter[str] = Counter()


@lru_cache(maxsize=1)
def _session() -> boto3.Session:
    session = boto3.Session()
    session.events.register("before-call", _count)  # the clients that it makes have it too
    return session


def _count(model: Any, **_: Any) -> None:
    with _counting:
        _made[f"{model.service_model.signing_name}:{model.name}"] += 1


def calls_made() -> Counter[str]:
    """How many calls this process has made until now, by service and operation; a second try of one is not counted."""
    with _counting:
        return _made.copy()


@dataclass(frozen=True)
class Credentials:
    """Those of a session of an assumed role, which end."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)


@dataclass(frozen=True)
class _Settings:
    service: str
    region: str
    connect_timeout_s: float
    read_timeout_s: float
    credentials: Credentials | None


def _make_client(settings: _Settings) -> Any:
    config = Config(
        connect_timeout=settings.connect_timeout_s,
        read_timeout=settings.read_timeout_s,
        retries={"mode": "standard", "total_max_attempts": _TRIES},
        max_pool_connections=10,
        user_agent_extra=f"registry-monitor/{__version__}",
    )
    given = settings.credentials
    secrets = (
        {}
        if given is None
        else {
            "aws_access_key_id": given.access_key_id,
            "aws_secret_access_key": given.secret_access_key,
            "aws_session_token": given.session_token,
        }
    )
    with _creating:
        return _session().client(settings.service, region_name=settings.region, config=config, **secrets)


_forgotten_together: list[Kept[Any, Any]] = []


def kept_with_clients[K, V](kept: Kept[K, V]) -> Kept[K, V]:
    """Have something forgotten whenever the clients are: it rests on the same credentials and endpoint."""
    _forgotten_together.append(kept)
    return kept


_clients = kept_with_clients(Kept(_make_client))


def aws_client(
    service: str,
    region: str,
    *,
    connect_timeout_s: float = CONNECT_TIMEOUT_S,
    read_timeout_s: float = READ_TIMEOUT_S,
    credentials: Credentials | None = None,
) -> Any:
    """A client, kept over warm invocations; ``AWS_ENDPOINT_URL`` leads it elsewhere, as boto3 has it.

    ``credentials``: null are the process's own. Raises BotoCoreError for wrong settings of AWS, such as a profile that
    does not exist, and ValueError for a wrong ``AWS_ENDPOINT_URL``.
    """
    return _clients.get(_Settings(service, region, connect_timeout_s, read_timeout_s, credentials))


def own_region() -> str:
    """Where the process itself is, as boto3 finds it; us-east-1 where nothing says so.

    From there S3 leads on to a bucket's own region. Raises BotoCoreError for wrong settings of AWS.
    """
    return default_region() or "us-east-1"


@dataclass(frozen=True)
class Region:
    """The clients of one region, each made when it is first used."""

    name: str
    client_of: ClientOf

    def client(self, service: str) -> Any:
        """The client of a service ("ecs")."""
        return self.client_of(service, self.name)

    def reading[K, T](self, service: str, read: Callable[[Any, K], T]) -> Callable[[K], T]:
        """A reader of facts by key that makes its client only when it reads."""
        return lambda key: read(self.client(service), key)


def credentials_source() -> str | None:
    """How boto3 has found its credentials ("env", "iam-role"); None where there are none.

    Raises BotoCoreError for wrong settings of AWS, such as a profile that does not exist.
    """
    with _creating:
        credentials = _session().get_credentials()
    return credentials and str(credentials.method)


def default_region() -> str | None:
    """The region that boto3 takes by itself (AWS_DEFAULT_REGION, or the profile's); None where there is none.

    Raises BotoCoreError for wrong settings of AWS, such as a profile that does not exist.
    """
    with _creating:
        region: str | None = _session().region_name
    return region


def forget_clients() -> None:
    """Drop the kept clients: credentials or endpoint of the process have changed."""
    for kept in _forgotten_together:
        kept.forget()
    with _creating:
        _session.cache_clear()
