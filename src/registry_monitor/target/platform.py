"""The sections of a target file that say what the platform consists of: services, load balancers, endpoints, stores."""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from registry_monitor.model import Depth
from registry_monitor.target.fields import (
    EncryptedUrl,
    Expectation,
    ExternalId,
    HttpUrl,
    Identifier,
    Name,
    Percent,
    Port,
    RoleArn,
    Section,
    TerraformAddress,
)


class Account(Section):
    """The AWS account of the platform, where it is not the monitor's: the role by which all of it is read.

    ``external_id``: what the role's trust policy asks for beside the monitor's own role and the name of the session;
    no secret (IAM user guide, "Access to AWS accounts owned by third parties").
    """

    role_arn: RoleArn
    external_id: ExternalId


def session_name(target: str) -> str:
    """The name of a role's session: of the target, so that the role's trust policy can ask for its own target alone."""
    return f"registry-monitor-{target}"


class DirectProbe(Section):
    """A request that proves that a service works: asked through its public host, and of each of its tasks."""

    path: str = Field(pattern=r"^/")
    key: Identifier | None = None
    expect: Expectation = Expectation()


class Service(Section):
    """One ECS service of the platform.

    ``public_host``: the host by which its users know it. ``health_path``: what its target group asks.
    ``probe``: a request that only this service answers so. ``openapi_url``: where it documents its endpoints.
    ``terraform``: its address, here and elsewhere for where the map of addresses does not have it.
    """

    role: Identifier
    name: Name
    container_port: Port
    public_host: str | None = None
    health_path: str = Field("/health", pattern=r"^/")
    probe: DirectProbe | None = None
    openapi_url: HttpUrl | None = None
    terraform: TerraformAddress | None = None


class Call(Section):
    """What one service must be able to ask of another, seen from outside: the caller's answer proves it.

    ``bad_key``: sent with a fresh random key, which the callee alone can refuse.
    """

    id: Identifier
    caller: Identifier
    callee: Identifier
    url: EncryptedUrl
    key: Identifier | None = None
    bad_key: bool = False
    expect: Expectation = Expectation()
    budget_ms: int = Field(1000, gt=0)


class Route(Section):
    """A public URL, and the service to which the load balancer's rules must lead it."""

    id: Identifier
    url: HttpUrl
    service: Identifier


class LoadBalancer(Section):
    """One Application Load Balancer, the public hosts that it serves and where its rules lead."""

    name: Name
    hosts: tuple[str, ...] = Field(min_length=1)
    routes: tuple[Route, ...] = ()
    terraform: TerraformAddress | None = None


class Endpoint(Section):
    """One request that is safe to make, and its right answer.

    ``without_key``: the right answer without a key, where it takes one. ``infrastructure``: asked by the suite
    infrastructure_health. ``inside_vpc``: reachable only from inside the platform's network; skipped elsewhere.
    ``proves``: what a right answer proves, for health_endpoints; "nothing" for one that is static.
    ``blocks_event_loop``: harms a platform in trouble; asked last, alone, and only when nothing has failed.
    ``known``: a known weakness and where it is known from; then another answer is an observation, never a failure.
    """

    id: Identifier
    service: Identifier
    method: Literal["GET", "HEAD", "OPTIONS"] = "GET"
    url: HttpUrl
    key: Identifier | None = None
    expect: Expectation = Expectation()
    without_key: Expectation | None = None
    budget_ms: int = Field(1000, gt=0)
    depth: Depth = Depth.FULL
    infrastructure: bool = False
    inside_vpc: bool = False
    proves: str | None = None
    blocks_event_loop: bool = False
    known: str | None = None

    @model_validator(mode="after")
    def _keeps_its_key(self) -> "Endpoint":
        parts = urlsplit(self.url)
        is_open = parts.scheme == "http" and not self.inside_vpc and parts.hostname not in ("localhost", "127.0.0.1")
        if self.key is not None and is_open:
            raise ValueError("expected https:// where a key is sent: everybody on the way could read it")
        return self


class Unprobed(Section):
    """A documented path that is never called, and why: it costs money, or changes something."""

    path: str = Field(pattern=r"^/")
    reason: str = Field(min_length=1)


class Contact(Section):
    """Whom to ask about a part of the platform, or about the monitor: told in what a run hands over."""

    about: str = Field(min_length=1, max_length=200)
    ask: str = Field(min_length=1, max_length=200)


class RedisUser(Section):
    """A user of the monitor's own in Redis; its password stands in the secret of the keys under ``password_key``."""

    name: Name
    password_key: Identifier


class Redis(Section):
    """The platform's Redis: an ElastiCache replication group.

    ``service``: the role of the service that rests on it; null for the one that judges keys.
    """

    replication_group: Name
    service: Identifier | None = None
    tls: bool = True
    user: RedisUser | None = None
    budget_ms: int = Field(500, gt=0)
    terraform: TerraformAddress | None = None


class Database(Section):
    """MLflow's database: an RDS instance. ``ca_file``: null means the certificate authorities of Amazon RDS.

    ``engine``: of others than postgres, whose protocol the monitor speaks, only what AWS says is judged.
    """

    instance: Name
    engine: Identifier = "postgres"
    ca_file: Path | None = None
    budget_ms: int = Field(1000, gt=0)
    terraform: TerraformAddress | None = None


class Headroom(Section):
    """How much of a resource may be used over the last 15 minutes, where CloudWatch knows."""

    task_memory_pct: Percent = 90
    database_free_storage_gb: float = Field(1, ge=0)
    database_connections: int = Field(70, ge=1)
    redis_memory_pct: Percent = 90
