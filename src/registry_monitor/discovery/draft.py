"""What a target file is written from: values that were found, each with where it comes from and how sure that is."""

from dataclasses import dataclass, field
from enum import StrEnum

NOWHERE = "https://fill-in.invalid"  # a name that never resolves (RFC 6761), so that nothing wrong is asked


class Sureness(StrEnum):
    """How far what AWS says proves a value."""

    SURE = "sure"  # AWS says so itself
    LIKELY = "likely"  # it follows from what AWS says, where people have named things as one does
    DEFAULT = "default"  # AWS cannot tell; it works as it stands


@dataclass(frozen=True)
class Found[T]:
    """One value. ``source``: a clause for people, such as "rule 20 of web"."""

    value: T
    source: str
    sureness: Sureness = Sureness.SURE

    @property
    def comment(self) -> str:
        """As it stands beside the value."""
        return f"{self.source}: {self.sureness}"


@dataclass(frozen=True)
class ServiceDraft:
    """One ECS service. ``public_host``: null where its health path is not led to it. ``closed``: why not its tasks."""

    role: Found[str]
    name: str
    container_port: Found[int]
    public_host: Found[str] | None = None
    health_path: Found[str] | None = None
    probe_path: Found[str] | None = None
    closed: str | None = None


@dataclass(frozen=True)
class RouteDraft:
    """A public URL and the role of the service to which the rules lead it."""

    id: str
    url: Found[str]
    role: str


@dataclass(frozen=True)
class LoadBalancerDraft:
    """One load balancer with the hosts that lead to it."""

    name: Found[str]
    hosts: tuple[Found[str], ...]
    routes: tuple[RouteDraft, ...]


@dataclass(frozen=True)
class EndpointDraft:
    """A health path, asked by a public URL or by an internal one."""

    id: str
    role: str
    url: Found[str]
    status: int
    inside_vpc: bool = False


@dataclass(frozen=True)
class MlflowDraft:
    """Where models are registered. ``proxy``: whose proxy stands there; null where MLflow itself does.

    ``direct_url``: a rule's way past the proxy; null where there is none, or no proxy.
    """

    role: Found[str]
    api_url: Found[str]
    proxy: Found[str] | None = None
    direct_url: Found[str] | None = None
    direct_api_path: Found[str] | None = None


@dataclass(frozen=True)
class RedisDraft:
    """A replication group of ElastiCache. ``service``: the role of the service that rests on it."""

    replication_group: Found[str]
    service: Found[str]
    has_tls: bool


@dataclass(frozen=True)
class DatabaseDraft:
    """An RDS instance. ``engine``: as RDS names it."""

    instance: Found[str]
    engine: str


def is_postgres(engine: str) -> bool:
    """Whether an engine of RDS speaks the protocol of PostgreSQL, which alone the monitor does."""
    return "postgres" in engine  # also aurora-postgresql


@dataclass(frozen=True)
class IngressRule:
    """A port that the monitor needs: ``group`` is the security group of what listens on it."""

    name: str
    description: str
    group: str
    port: int


@dataclass(frozen=True)
class Draft:
    """A whole target file. ``look_over``: what a person knows better."""

    name: Found[str]
    region: str
    cluster: str
    services: tuple[ServiceDraft, ...]
    load_balancers: tuple[LoadBalancerDraft, ...]
    endpoints: tuple[EndpointDraft, ...]
    mlflow: MlflowDraft
    redis: RedisDraft | None = None
    database: DatabaseDraft | None = None
    artifacts_bucket: Found[str] | None = None
    login: Found[str] | None = None  # that MLflow asks for a user and a password of its own
    look_over: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    ingress: tuple[IngressRule, ...] = ()
    connect_to: dict[str, str] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether a run can be made with it before a person has filled anything in but the keys."""
        return self.mlflow.api_url.value != NOWHERE

    @property
    def secret(self) -> str:
        """The name of the secret of the keys, as the stack of the monitor may read it (template.yaml, ReadKeys)."""
        return f"registry-monitor/{self.name.value}"


class DiscoveryError(Exception):
    """No target file can be written: what was seen, and what to do."""
