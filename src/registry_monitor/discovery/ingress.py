"""The ports that the monitor needs, past the load balancers, as Terraform."""

from collections.abc import Iterator, Sequence

from registry_monitor.discovery.draft import Draft, IngressRule, is_postgres
from registry_monitor.discovery.seen import Seen
from registry_monitor.discovery.services import Chosen
from registry_monitor.discovery.stores import cache_of, database_of
from registry_monitor.terraform.hcl import Expression, Value, block, resource

_MONITOR = Expression("var.monitor_security_group_id")


def ingress_rules(seen: Seen, chosen: Sequence[Chosen], draft: Draft) -> tuple[IngressRule, ...]:
    """One rule for each port of a security group: services that share both share the rule."""
    ports: dict[tuple[str, int], IngressRule] = {}
    for rule in (*_of_services(chosen, draft), *_of_stores(seen, draft)):
        ports.setdefault((rule.group, rule.port), rule)
    return tuple(ports.values())


def ingress_terraform(rules: Sequence[IngressRule]) -> str:
    """The rules, with the monitor's security group as a variable."""
    described = {"description": "The output SecurityGroupId of the monitor's stack", "type": Expression("string")}
    written = [block('variable "monitor_security_group_id"', described)]
    for rule in rules:
        attributes: dict[str, Value] = {
            "description": rule.description,
            "security_group_id": rule.group,
            "referenced_security_group_id": _MONITOR,
            "ip_protocol": "tcp",
            "from_port": rule.port,
            "to_port": rule.port,
        }
        written.append(resource("aws_vpc_security_group_ingress_rule", rule.name, attributes))
    return "\n\n".join(written)


def _of_services(chosen: Sequence[Chosen], draft: Draft) -> Iterator[IngressRule]:
    """One of a service's security groups is enough: what any of them lets in is let in (Amazon VPC user guide)."""
    for each, service in zip(chosen, draft.services, strict=True):
        if each.service.security_groups and service.closed is None:
            name = f"monitor_to_{service.role.value}"
            told = f"Registry monitor asks the tasks of {service.name} directly"
            yield IngressRule(name, told, each.service.security_groups[0], service.container_port.value)


def _of_stores(seen: Seen, draft: Draft) -> Iterator[IngressRule]:
    if draft.redis is not None:
        cache = cache_of(seen, draft.redis.replication_group.value)
        if cache.security_groups and cache.port:
            told = "Registry monitor asks Redis for a PING"
            yield IngressRule("monitor_to_redis", told, cache.security_groups[0], cache.port)
    if draft.database is not None and is_postgres(draft.database.engine):
        database = database_of(seen, draft.database.instance.value)
        if database.security_groups and database.port:
            told = "Registry monitor asks PostgreSQL whether it serves"
            yield IngressRule("monitor_to_database", told, database.security_groups[0], database.port)
