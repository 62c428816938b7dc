"""The whole of a target file."""

from pydantic import Field, ValidationInfo, field_validator

from registry_monitor.model import FLEET
from registry_monitor.target.authentication import Authentication, Keys
from registry_monitor.target.fields import Identifier, MapPlace, Name, Percent, Section, TerraformAddress
from registry_monitor.target.maintenance import ExpectedDown, Incidents
from registry_monitor.target.mlflow import Mlflow
from registry_monitor.target.platform import (
    Account,
    Call,
    Contact,
    Database,
    Endpoint,
    Headroom,
    LoadBalancer,
    Redis,
    Service,
    Unprobed,
    session_name,
)

LONGEST_SESSION_NAME = 64  # STS API reference, AssumeRole, RoleSessionName


class Performance(Section):
    """What the suite ``performance`` does, on demand only, and the service levels that it holds the platform to."""

    concurrent_registrations: int = Field(5, ge=1, le=20)
    samples: int = Field(20, ge=3, le=100)
    health_ms: float = Field(1000, gt=0)
    registration_s: float = Field(30, gt=0)
    error_rate_pct: Percent = 0
    requests_per_host: int = Field(1500, ge=1, le=10_000)


class Thresholds(Section):
    """Scores below these are told as missed; coverage below its threshold makes a run BLIND.

    ``deployment_grace_s``: so long a deployment may take before it is a fault that it has not ended.
    ``uptime_pct``: the service level objective, over 30 days; what is left of its error budget stands in the history.
    """

    infrastructure_score_pct: Percent = 80
    authentication_score_pct: Percent = 90
    registration_score_pct: Percent = 100
    coverage_pct: Percent = 100
    certificate_days_left: int = Field(14, ge=0)
    deployment_grace_s: int = Field(1800, ge=60)
    uptime_pct: float = Field(99.5, ge=0, lt=100)


class Limits(Section):
    """What the monitor may ask of the platform, per run. ``megabytes_per_host``: of answers; then nothing is asked."""

    requests_per_host: int = Field(400, ge=1, le=10_000)
    megabytes_per_host: int = Field(64, ge=1, le=1024)
    concurrency_per_host: int = Field(4, ge=1, le=50)
    concurrency: int = Field(12, ge=1, le=100)


class Target(Section):
    """The platform under watch.

    ``account``: null where the platform is in the monitor's own. ``closed_to_monitor``: roles of services, "redis" or
    "database" whose ports the platform has not opened to the monitor: what asks them directly is skipped.
    ``probe_blocking_endpoints``: whether endpoints that block the platform's event loop may be asked at all.
    ``terraform_map``: where the platform's pipeline puts the map of Terraform addresses (``terraform-map``):
    s3://bucket/key, or a path.
    """

    name: Identifier
    region: str = Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")
    cluster: Name
    account: Account | None = None
    contacts: tuple[Contact, ...] = ()
    keys: Keys
    services: tuple[Service, ...] = Field(min_length=1)
    load_balancers: tuple[LoadBalancer, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    unprobed: tuple[Unprobed, ...] = ()
    probe_blocking_endpoints: bool = False
    calls: tuple[Call, ...] = ()
    authentication: Authentication | None = None
    mlflow: Mlflow
    redis: Redis | None = None
    database: Database | None = None
    artifacts_bucket: Name | None = None
    artifacts_bucket_terraform: TerraformAddress | None = None
    terraform_map: MapPlace | None = None
    closed_to_monitor: tuple[Identifier, ...] = ()
    headroom: Headroom = Headroom()
    performance: Performance = Performance()
    thresholds: Thresholds = Thresholds()
    incidents: Incidents = Incidents()
    expected_down: tuple[ExpectedDown, ...] = ()
    limits: Limits = Limits()
    connect_to: dict[str, str] = Field(default_factory=dict)

    @field_validator("name")
    @classmethod
    def _leaves_the_fleets_folder(cls, value: str) -> str:
        if value == FLEET:
            raise ValueError("expected another name: the folder of this name has the target files of a fleet")
        return value

    @field_validator("account")
    @classmethod
    def _name_fits_into_the_sessions(cls, value: Account | None, info: ValidationInfo) -> Account | None:
        """Cut, it would be that of another target too, whose platform's role asks for it."""
        most = LONGEST_SESSION_NAME - len(session_name(""))
        if value is not None and len(info.data.get("name", "")) > most:
            raise ValueError(f"expected a name of the target of at most {most} characters: the role's session has it")
        return value

    @field_validator("connect_to")
    @classmethod
    def _both_sides_have_ports(cls, value: dict[str, str]) -> dict[str, str]:
        for side in [*value.keys(), *value.values()]:
            host, _, port = side.rpartition(":")
            if not host or not port.isdigit():
                raise ValueError(f"expected 'host:port' on both sides, as curl's --connect-to has it; got '{side}'")
        return value
