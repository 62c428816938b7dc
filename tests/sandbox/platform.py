"""What a platform is made of, as data: services, load balancers with their rules, and the names in its AWS account."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.sandbox.credentials import Secrets
from tests.sandbox.services.settings import Era


@dataclass(frozen=True)
class Rule:
    """A listener rule: requests for ``host`` (None: any) and ``paths`` (empty: any) go to the service ``role``."""

    priority: int
    role: str
    host: str | None = None
    paths: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoadBalancer:
    """An internet-facing load balancer: HTTPS on 443 (default: fixed 404), HTTP on 80 (redirect to HTTPS)."""

    name: str
    hosts: tuple[str, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Service:
    """An ECS service on Fargate with its task definition, target group and name in Cloud Map (``role``).

    ``runs``: what runs in it, where its role does not say so; see ``application``. ``has_front``: whether what answers
    at MLflow's port is the stand-in before it, or MLflow itself.
    """

    role: str
    name: str
    container: str
    port: int
    target_group: str
    command: tuple[str, ...]
    environment: dict[str, str]
    secrets: dict[str, str]  # variable -> "secret name:json key"
    memory_mb: int  # what its process needs; with less it is killed
    health_path: str = "/health"
    matcher: str = "200"
    runs: str | None = None
    has_front: bool = True

    @property
    def application(self) -> str:
        """What runs in it: auth, api, mlflow or features; a copy has a number behind its role ("auth-07")."""
        return self.runs or self.role.partition("-")[0]


@dataclass(frozen=True)
class Account:
    """What the platform's things in its AWS account are called.

    ``security_groups``: by their short names. ``task_secrets``: the secrets that tasks read, with what stands in them.
    ``database`` and ``redis``: None where there is none.
    """

    prefix: str  # with which names begin
    region: str
    cluster: str
    namespace: str  # in Cloud Map
    public_zone: str
    artifacts_bucket: str
    security_groups: Mapping[str, str]
    public_table: str
    private_table: str
    task_role: str
    execution_role: str
    task_secrets: Mapping[str, Callable[[Secrets], dict[str, str]]]
    database: str | None = None
    redis: str | None = None
    subnet_group: str = ""


@dataclass(frozen=True)
class Platform:
    """A platform, at one date. ``new_secrets``: makes its credentials anew, so that nothing can know them."""

    era: Era
    target: str  # its name
    target_file: Path
    account: Account
    services: tuple[Service, ...]
    load_balancers: tuple[LoadBalancer, ...]
    new_secrets: Callable[[], Secrets] = Secrets
    vcpu_quota: float = 6  # "Fargate On-Demand vCPU resource count", as a new account has it

    def service(self, role: str) -> Service:
        """Return the service with ``role``; KeyError when there is none."""
        return {service.role: service for service in self.services}[role]

    def running(self, application: str) -> Service:
        """Return the first service in which ``application`` runs; StopIteration when there is none."""
        return next(service for service in self.services if service.application == application)
