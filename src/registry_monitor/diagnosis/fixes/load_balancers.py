"""What mends load balancers, their listeners, their target groups and their firewall."""

import re

from registry_monitor.diagnosis.evidence import Evidence
from registry_monitor.diagnosis.fixes import listener_rules, names
from registry_monitor.diagnosis.fixes.subject import Subject, monitor
from registry_monitor.diagnosis.suspect import Suspect
from registry_monitor.finding import Effort, Fix
from registry_monitor.inventory.deep_facts import RouteTable
from registry_monitor.inventory.facts import TargetGroup
from registry_monitor.model import SuiteName
from registry_monitor.terraform.hcl import Expression, Value, block, changed, identifier, resource

_LISTENER, _GROUP = "aws_lb_listener", "aws_lb_target_group"
_TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"  # which the ELB user guide recommends


def created(suspect: Suspect, evidence: Evidence) -> Fix:
    """A load balancer, in the subnets of one of its siblings."""
    name, known = suspect.resource, evidence.balancers or {}
    like = next((each for each in known.values() if each.subnets), None)
    subnets: Value = like.subnets if like else Expression("var.public_subnet_ids")
    groups: Value = like.security_groups if like else [Expression("aws_security_group.alb.id")]
    return Fix(
        told=f"Create the load balancer {name} with its listeners and rules, and lead its names to its new DNS name.",
        hcl=resource(
            "aws_lb",
            name,
            {
                "name": name,
                "internal": False,
                "load_balancer_type": "application",
                "subnets": subnets,
                "security_groups": groups,
            },
        ),
        verify=Subject(suspect, evidence).aws(
            f'elbv2 describe-load-balancers --names {name} --query "LoadBalancers[].State"'
        ),
        effort=Effort.HOURS,
        caution="Alone it answers nothing: listeners, rules and certificates went with it, and each record of Route "
        "53 still "
        "has the old DNS name.",
    )


def awaited(suspect: Suspect, evidence: Evidence) -> Fix:
    """AWS's own state of a load balancer."""
    name = suspect.resource
    known = (evidence.balancers or {}).get(name)
    reason = f" (AWS says: {known.state_reason})" if known and known.state_reason else ""
    return Fix(
        told=f"Give {name} free addresses in its subnets{reason}; if its state is failed, create it again.",
        verify=Subject(suspect, evidence).aws(
            f'elbv2 describe-load-balancers --names {name} --query "LoadBalancers[].State"'
        ),
        effort=Effort.HOURS,
        caution="While it is provisioning, waiting is all: another change only begins anew.",
    )


def listening(suspect: Suspect, evidence: Evidence) -> Fix:
    """The listener, with a certificate of the host where one is known, and the rules that the target's routes tell."""
    name, _, port = suspect.resource.rpartition(":")
    wanted = next((each for each in evidence.run.target.load_balancers if each.name == name), None)
    own = Expression(f"{_LISTENER}.{identifier(f'{name}_{port}')}.arn")
    rules = listener_rules.all_of(wanted, int(port), own, evidence) if wanted and port.isdigit() else []
    return Fix(
        told=f"Create the listener of {name} on port {port}, then its rules again: they were deleted with it.",
        hcl="\n\n".join((*_certificate_sought(name, port, evidence), _listener(name, port, evidence), *rules)),
        verify=f"curl -sSi {'http' if port == '80' else 'https'}://{_host(name, evidence)}/",
        effort=Effort.HOURS,
        caution="These are the rules that the target's routes tell; there may have been more. What no route tells "
        "goes to the service that most routes of its host lead to.",
    )


def _listener(name: str, port: str, evidence: Evidence) -> str:
    balancer = (evidence.balancers or {}).get(name)
    own = Expression(f"aws_lb.{identifier(name)}.arn")
    attributes: dict[str, Value] = {"load_balancer_arn": balancer.arn if balancer else own, "port": int(port or 443)}
    if port == "80":
        attributes["protocol"] = "HTTP"
    else:
        attributes |= {"protocol": "HTTPS", "ssl_policy": _TLS_POLICY, "certificate_arn": _certificate(name, evidence)}
    fixed = block("fixed_response", {"content_type": "text/plain", "message_body": "Not Found", "status_code": "404"})
    default = block("default_action", {"type": "fixed-response"}, fixed)
    return resource(_LISTENER, f"{name}_{port}", attributes, default)


def _host(balancer: str, evidence: Evidence) -> str:
    known = (each.hosts[0] for each in evidence.run.target.load_balancers if each.name == balancer)
    return next(known, balancer)


def _certificate(balancer: str, evidence: Evidence) -> str | Expression:
    found = names.issued_for((_host(balancer, evidence),), evidence)
    return found or Expression("data.aws_acm_certificate.serving.arn")


def _certificate_sought(balancer: str, port: str, evidence: Evidence) -> list[str]:
    """Where none is known, since listeners alone tell of certificates, Terraform looks for that of the first host."""
    host = _host(balancer, evidence)
    if port == "80" or names.issued_for((host,), evidence):
        return []
    wanted: dict[str, Value] = {"domain": host, "statuses": ["ISSUED"], "most_recent": True}
    return [block('data "aws_acm_certificate" "serving"', wanted)]


def without_client_certificates(suspect: Suspect, evidence: Evidence) -> Fix:
    """Clients without certificates are let in again."""
    name = suspect.resource.partition(":")[0]
    return Fix(
        told=f"Switch mutual TLS off at the listener {suspect.resource}.",
        hcl=changed(_LISTENER, suspect.resource, block("mutual_authentication", {"mode": "off"})),
        verify=f"curl -sSi https://{_host(name, evidence)}/",
        caution="If it is meant, its users need certificates first; passthrough asks for them without refusing "
        "anybody.",
    )


def _group(suspect: Suspect, evidence: Evidence) -> TargetGroup | None:
    return next(
        (each for each in evidence.groups.values() if suspect.arn == each.arn or suspect.resource == each.name), None
    )


def _health(suspect: Suspect, evidence: Evidence) -> str:
    group = _group(suspect, evidence)
    if group is None:
        return monitor(SuiteName.INFRASTRUCTURE_HEALTH)
    which = f"--target-group-arn {group.arn}"
    return Subject(suspect, evidence).aws(
        f'elbv2 describe-target-health {which} --query "TargetHealthDescriptions[].TargetHealth"'
    )


def health_path(suspect: Suspect, evidence: Evidence) -> Fix:
    """The path on which the service answers health checks."""
    subject, group = Subject(suspect, evidence), _group(suspect, evidence)
    right = evidence.roles[subject.role].health_path if subject.role else "/health"
    now = f" (it asks {group.health_check_path})" if group and group.health_check_path else ""
    return Fix(
        told=f"Let the target group {suspect.resource} ask {right}{now}.",
        hcl=changed(
            _GROUP, subject.name, block("health_check", {"path": right, "matcher": (group and group.matcher) or "200"})
        ),
        verify=_health(suspect, evidence),
        caution="It will be felt: ECS replaces tasks that count as sick, again and again, and users get 503 in "
        "between. Do not take the code that comes now into the matcher: then a broken service counts as healthy.",
    )


def health_port(suspect: Suspect, evidence: Evidence) -> Fix:
    """The port on which the service is registered."""
    return Fix(
        told=f"Let the health check of the target group {suspect.resource} ask the port of its traffic.",
        hcl=changed(_GROUP, Subject(suspect, evidence).name, block("health_check", {"port": "traffic-port"})),
        verify=_health(suspect, evidence),
        caution="Opening the wrong port in the container or its security group instead only hides it.",
    )


def health_timeout(suspect: Suspect, evidence: Evidence) -> Fix:
    """Twice the time, as far as AWS lets it."""
    group = _group(suspect, evidence)
    now = (group and group.health_check_timeout_s) or 5
    wanted = min(2 * now, 120)
    return Fix(
        told=f"Let the health check of the target group {suspect.resource} wait {wanted} s in the place of {now}.",
        hcl=changed(
            _GROUP,
            Subject(suspect, evidence).name,
            block("health_check", {"timeout": wanted, "interval": max(30, wanted + 10)}),
        ),
        verify=_health(suspect, evidence),
        caution="The interval must be longer than the time-out. A health page that has become slow is worth a look.",
    )


def protocol(suspect: Suspect, evidence: Evidence) -> Fix:
    """A new group, since AWS changes no group's protocol."""
    subject, group = Subject(suspect, evidence), _group(suspect, evidence)
    return Fix(
        told=f"Replace the target group {suspect.resource} by one with the protocol version HTTP1, and lead its "
        "rules and "
        "its service to that.",
        hcl=changed(
            _GROUP,
            subject.name,
            {"name_prefix": f"{subject.name[:5]}-", "protocol_version": "HTTP1", "port": (group and group.port) or 80},
            block("lifecycle", {"create_before_destroy": True}),
        ),
        verify=monitor(SuiteName.ENDPOINT_AVAILABILITY, SuiteName.SERVICES),
        effort=Effort.HOURS,
        caution="AWS changes no group's protocol version: without create_before_destroy and another name the apply "
        "fails, "
        "since rules still use the old group.",
    )


def zone_enabled(suspect: Suspect, evidence: Evidence) -> Fix:
    """A subnet of the tasks' zone for the load balancer."""
    zone = next(iter(re.findall(r"[a-z]{2}(?:-[a-z]+)+-\d[a-z]", suspect.resource)), "that zone")
    name = suspect.resource.removesuffix(zone).strip() or suspect.resource
    balancer = (evidence.balancers or {}).get(name)
    network = evidence.read(evidence.run.inventory.network)
    tables = network.route_tables if network else ()
    public = {subnet for table in tables if _is_public(table) for subnet in table.subnets}
    there = [each for each in (network.subnets if network else ()) if each.zone == zone]
    subnet = next((each.id for each in sorted(there, key=lambda each: each.id not in public)), None)
    subnets = [*(balancer.subnets if balancer else ()), *([subnet] if subnet else ())]
    return Fix(
        told=f"Give the load balancer {name} a public subnet in {zone}, or keep the tasks out of that zone.",
        hcl=changed("aws_lb", name, {"subnets": subnets}) if subnet and balancer and balancer.subnets else None,
        verify=monitor(SuiteName.INFRASTRUCTURE_HEALTH, SuiteName.SERVICES_DIRECT),
        caution="Take a subnet with a route to an internet gateway: in another, clients of that zone's address time "
        "out.",
    )


def _is_public(table: RouteTable) -> bool:
    return any(route.target.startswith("igw-") for route in table.routes)


def firewall(suspect: Suspect, evidence: Evidence) -> Fix:
    """The rule of the web ACL that refuses."""
    name = suspect.resource
    acl = evidence.read(evidence.run.inventory.firewalls.get(name))
    return Fix(
        told=f"See in the sampled requests of the web ACL {acl or f'of {name}'} which rule refuses these requests; "
        "let that "
        "rule count instead of block, or narrow it.",
        verify=f"curl -sSi https://{_host(name, evidence)}/",
        effort=Effort.HOURS,
        caution="Do not take the web ACL off the load balancer: that opens every door. If it refuses the monitor "
        "alone, allow "
        "its User-Agent registry-monitor.",
    )
