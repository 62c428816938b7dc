"""What AWS says of a whole cluster of which nothing is known yet but its name: for who writes its target file."""

from pydantic import Field

from registry_monitor.inventory.deep_facts import Certificate, DnsRecord, SecurityGroup
from registry_monitor.inventory.facts import (
    ByName,
    Cache,
    Database,
    EcsService,
    Fact,
    Listener,
    LoadBalancer,
    TargetGroup,
    TaskDefinition,
    Unknown,
)
from registry_monitor.model import Document


class ClusterFacts(Document):
    """One read-only snapshot. What could not be read is Unknown, with the permission that is missing."""

    cluster: str
    region: str
    services: Fact[tuple[EcsService, ...] | None]  # null: there is no such cluster in this account and region
    definitions: ByName[TaskDefinition] = Field(default_factory=dict)  # by ARN
    target_groups: Fact[tuple[TargetGroup, ...]]  # those of the services
    load_balancers: Fact[tuple[LoadBalancer, ...]]  # Application Load Balancers that forward to these groups
    listeners: ByName[tuple[Listener, ...]] = Field(default_factory=dict)  # by load balancer
    certificates: ByName[Certificate | None] = Field(default_factory=dict)  # by ARN; null: there is none
    records: Fact[tuple[DnsRecord, ...]]  # of the zones of all names that rules and certificates have
    internal_names: ByName[str | None] = Field(default_factory=dict)  # by Cloud Map service; null: no name of a VPC
    databases: Fact[tuple[Database, ...]]  # all of the region
    caches: Fact[tuple[Cache, ...]]  # the same
    security_groups: Fact[tuple[SecurityGroup, ...]]  # of services, databases and caches, and those their rules name

    @property
    def unread(self) -> tuple[str, ...]:
        """Why each fact that is Unknown could not be read, each reason once."""
        facts: list[Fact[object]] = []
        for _, value in self:
            facts.extend(value.values() if isinstance(value, dict) else [value] if not isinstance(value, str) else [])
        return tuple(dict.fromkeys(fact.reason for fact in facts if isinstance(fact, Unknown)))
