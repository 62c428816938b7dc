"""Facts that are read when something fails, and by full runs: what tasks run with, how they are reached, what they use.

Values that may be secret are never kept: a variable's value stands here only where it cannot be one.
"""

from datetime import datetime
from typing import Literal

from registry_monitor.model import Document


class Variable(Document):
    """A variable of a container. ``value``: null where it might be secret; ``fingerprint``: to compare revisions by."""

    value: str | None
    fingerprint: str


class ContainerDefinition(Document):
    """One container of a task definition (ECS API Reference, ContainerDefinition)."""

    name: str
    image: str
    is_essential: bool
    ports: tuple[int, ...]
    command: tuple[str, ...]  # entry point and command, one after the other; what looks like a secret is redacted
    environment: dict[str, Variable]
    secrets: dict[str, str]  # variable -> valueFrom: an ARN of Secrets Manager or of SSM, never a value
    health_check: tuple[str, ...] | None  # its command
    log_group: str | None
    log_prefix: str | None


class StoppedContainer(Document):
    """One container of a stopped task. ``exit_code``: null where it never ran."""

    name: str
    exit_code: int | None
    reason: str | None
    health_status: str | None


class StoppedTask(Document):
    """One task that has ended, which ECS tells of for about an hour. ``stop_code``: as in the ECS API Reference."""

    id: str
    service: str | None
    task_definition: str
    stop_code: str | None
    reason: str | None
    started_at: datetime | None  # null where it never ran
    stopped_at: datetime | None
    containers: tuple[StoppedContainer, ...]


class SecurityRule(Document):
    """One permission of a security group. ``protocol``: tcp, udp, icmp or -1 for all, whose ports are null."""

    protocol: str
    from_port: int | None
    to_port: int | None
    groups: tuple[str, ...]  # ids of the groups that are let in (or out to)
    blocks: tuple[str, ...]  # CIDR blocks, of IPv4 and of IPv6
    prefix_lists: tuple[str, ...] = ()  # ids, such as that of S3's addresses


class SecurityGroup(Document):
    """One security group with its rules."""

    id: str
    name: str
    ingress: tuple[SecurityRule, ...]
    egress: tuple[SecurityRule, ...]


class AclEntry(Document):
    """One entry of a network ACL; entries are tried by number, and the last one (32767) denies."""

    number: int
    is_egress: bool
    allows: bool
    protocol: str  # a number as text, -1 for all
    block: str
    from_port: int | None
    to_port: int | None


class NetworkAcl(Document):
    """One network ACL and the subnets that it guards. ``name``: its Name tag."""

    id: str
    name: str | None = None
    subnets: tuple[str, ...]
    entries: tuple[AclEntry, ...]


class Route(Document):
    """One route. ``target``: such as igw-…, nat-…, vpce-… or "local"; ``state``: active or blackhole."""

    destination: str  # CIDR block or prefix list
    target: str
    state: str


class RouteTable(Document):
    """One route table; the main one also serves subnets without a table of their own. ``name``: its Name tag."""

    id: str
    name: str | None = None
    is_main: bool
    subnets: tuple[str, ...]
    routes: tuple[Route, ...]


class Subnet(Document):
    """One subnet of the VPC."""

    id: str
    zone: str
    block: str
    free_addresses: int


class VpcEndpoint(Document):
    """One VPC endpoint. ``service``: without the region's part, such as s3, ecr.api or secretsmanager."""

    id: str
    service: str
    kind: str  # Gateway or Interface
    state: str
    route_tables: tuple[str, ...]
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]


class NatGateway(Document):
    """One NAT gateway."""

    id: str
    subnet: str
    state: str


class Network(Document):
    """The VPC of the platform's tasks and load balancers."""

    vpc: str
    subnets: tuple[Subnet, ...]
    acls: tuple[NetworkAcl, ...]
    route_tables: tuple[RouteTable, ...]
    endpoints: tuple[VpcEndpoint, ...]
    nat_gateways: tuple[NatGateway, ...]


class DnsRecord(Document):
    """One record of Route 53 for a name (also a wildcard's). ``values``: targets without their last dot."""

    zone: str
    is_private: bool
    name: str
    kind: str  # A, AAAA, CNAME
    values: tuple[str, ...]  # an alias's target, or the record's values


class HostRecords(Document):
    """What Route 53 has for a host: no zones mean that this account keeps none for it, so that nothing is proved."""

    zones: tuple[str, ...]  # names, without the last dot; one may be there twice, public and private
    private_zones: tuple[str, ...] = ()  # those of them that only VPCs see
    records: tuple[DnsRecord, ...]


class Certificate(Document):
    """One certificate of ACM. ``status``: ISSUED, EXPIRED and others (ACM API Reference, CertificateDetail)."""

    arn: str
    status: str
    names: tuple[str, ...]
    ends_at: datetime | None
    renewal: str | None


class SecretState(Document):
    """One secret of Secrets Manager, never its value. ``deleted_at``: when its deletion was asked for."""

    arn: str
    name: str
    deleted_at: datetime | None
    changed_at: datetime | None
    rotated_at: datetime | None


class Statement(Document):
    """One statement of a policy."""

    effect: Literal["Allow", "Deny"]
    actions: tuple[str, ...]  # with their wildcards; NotAction statements are kept with a leading "!"
    resources: tuple[str, ...]  # the same
    is_conditional: bool = False  # a condition decides whether it counts; what it asks is not told
    principals: tuple[str, ...] = ()  # whom it is about, in a policy of a resource; NotPrincipal with a leading "!"


class Role(Document):
    """What an IAM role may do. ``managed``: names of the policies of AWS or of the account that are attached to it."""

    arn: str
    name: str
    managed: tuple[str, ...]
    statements: tuple[Statement, ...]  # of its inline and attached policies


class LogLine(Document):
    """One line of a log, redacted."""

    at: datetime
    text: str


class LogTail(Document):
    """The last lines of a service's log, redacted, oldest first."""

    group: str
    group_exists: bool = True
    lines: tuple[LogLine, ...]
