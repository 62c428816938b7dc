"""Which component of the platform a cause blames: two causes of one component are of one thing, or parts of it.

A component is a family and a name. A rule, a listener and a certificate are parts of their load balancer; a task
definition, a container, its variables and its image are parts of their service. So to name a container of a service
that is missing blames the right component, to name auth when Redis is down does not.
"""

import re
from typing import NamedTuple

from registry_monitor.diagnosis.causes import CAUSES
from tests.sandbox.platforms import HEAD

_ROLES = tuple(service.role for service in HEAD.services)
_FAMILIES = {
    "aws_ecs_cluster": "cluster",
    "aws_ecs_service": "service",
    "aws_ecs_task_definition": "service",
    "aws_servicequotas_service_quota": "service",
    "aws_lb": "load balancer",
    "aws_lb_listener": "load balancer",
    "aws_lb_listener_rule": "load balancer",
    "aws_acm_certificate": "load balancer",
    "aws_wafv2_web_acl": "load balancer",
}


class Component(NamedTuple):
    """A part of the platform that somebody owns."""

    family: str
    name: str


def component_of(kind: str, resource: str) -> Component:
    """The component of a cause: by its kind's Terraform type, and the name with which its resource begins."""
    if kind.startswith("monitor-"):
        return Component("monitor", "")
    name = re.split(r"[ :@]", resource, maxsplit=1)[0]
    terraform = CAUSES[kind].terraform if kind in CAUSES else None
    family = _FAMILIES.get(terraform, terraform) if terraform else "service"
    if family != "service":
        return Component(family, name)
    return Component(family, next((role for role in _ROLES if role in re.split(r"[-/]", name)), name))
