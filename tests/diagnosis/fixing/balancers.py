"""Load balancers, their listeners, rules and target groups."""

from typing import Any

from tests.diagnosis.fixing.outcomes import NotApplicableError, RefusedError
from tests.diagnosis.fixing.resources import Attributes, Resource
from tests.sandbox.aws.listener_states import set_client_certificates
from tests.sandbox.world import Json
from tests.unit.diagnosis.fixes.terraform_reader import Block

_CONDITIONS = {
    "host_header": ("host-header", "HostHeaderConfig"),
    "path_pattern": ("path-pattern", "PathPatternConfig"),
}
_HEALTH_CHECK = {
    "path": "HealthCheckPath",
    "port": "HealthCheckPort",
    "interval": "HealthCheckIntervalSeconds",
    "timeout": "HealthCheckTimeoutSeconds",
}


def load_balancer(resource: Resource) -> Attributes:
    """Change the subnets of a load balancer."""
    resource.takes_only("subnets")
    if resource.subject is None:
        raise NotApplicableError("the sandbox creates no load balancer")
    resource.world.elbv2.set_subnets(LoadBalancerArn=resource.subject, Subnets=resource.required("subnets"))
    return {"arn": resource.subject}


def target_group(resource: Resource) -> Attributes:
    """Change how a target group checks health."""
    resource.takes_only("health_check")
    if resource.subject is None:
        raise RefusedError(f"there is no target group {resource.name} of which this is a change")
    for block in resource.inner("health_check"):
        change: dict[str, Any] = {
            _HEALTH_CHECK[name]: value for name, value in block.values.items() if name != "matcher"
        }
        if "matcher" in block.values:
            change["Matcher"] = {"HttpCode": block.values["matcher"]}
        resource.world.elbv2.modify_target_group(TargetGroupArn=resource.subject, **change)
    return {"arn": resource.subject}


def listener(resource: Resource) -> Attributes:
    """Change a listener, or create it."""
    resource.takes_only(
        "load_balancer_arn",
        "port",
        "protocol",
        "ssl_policy",
        "certificate_arn",
        "default_action",
        "mutual_authentication",
    )
    values = resource.values
    known = {
        "Port": values.get("port"),
        "Protocol": values.get("protocol"),
        "SslPolicy": values.get("ssl_policy"),
        "Certificates": [{"CertificateArn": values["certificate_arn"]}] if "certificate_arn" in values else None,
        "DefaultActions": [_action(block) for block in resource.inner("default_action")] or None,
        "MutualAuthentication": next(
            ({"Mode": block.values["mode"]} for block in resource.inner("mutual_authentication")), None
        ),
    }
    change = {name: value for name, value in known.items() if value is not None}
    elbv2 = resource.world.elbv2
    if resource.subject is None:
        created = elbv2.create_listener(LoadBalancerArn=resource.required("load_balancer_arn"), **change)
        return {"arn": created["Listeners"][0]["ListenerArn"]}
    # moto asks for the default actions whatever changes.
    there = elbv2.describe_listeners(ListenerArns=[resource.subject])["Listeners"][0]
    elbv2.modify_listener(ListenerArn=resource.subject, **({"DefaultActions": there["DefaultActions"]} | change))
    if "MutualAuthentication" in change:
        set_client_certificates(resource.world, there, change["MutualAuthentication"]["Mode"])
    return {"arn": resource.subject}


def further_certificate(resource: Resource) -> Attributes:
    """Let a listener show another certificate beside its own."""
    resource.takes_only("listener_arn", "certificate_arn")
    resource.world.elbv2.add_listener_certificates(
        ListenerArn=resource.required("listener_arn"),
        Certificates=[{"CertificateArn": resource.required("certificate_arn")}],
    )
    return {}


def rule(resource: Resource) -> Attributes:
    """Change a rule, or create it."""
    resource.takes_only("listener_arn", "priority", "condition", "action")
    known = {
        "Conditions": [_condition(block) for block in resource.inner("condition")],
        "Actions": [_action(block) for block in resource.inner("action")],
    }
    change = {name: value for name, value in known.items() if value}
    elbv2 = resource.world.elbv2
    if resource.subject is None:
        place = {"ListenerArn": resource.required("listener_arn"), "Priority": resource.required("priority")}
        return {"arn": elbv2.create_rule(**place, **change)["Rules"][0]["RuleArn"]}
    if change:
        elbv2.modify_rule(RuleArn=resource.subject, **change)
    if "priority" in resource.values:
        moved = {"RuleArn": resource.subject, "Priority": resource.values["priority"]}
        elbv2.set_rule_priorities(RulePriorities=[moved])
    return {"arn": resource.subject}


def without_rule(resource: Resource) -> None:
    """Delete a rule."""
    if resource.subject is None:
        raise RefusedError(f"there is no {resource.kind}.{resource.name}")
    resource.world.elbv2.delete_rule(RuleArn=resource.subject)


def _condition(block: Block) -> Json:
    (test,) = block.blocks
    if test.kind not in _CONDITIONS:
        raise NotApplicableError(f"the sandbox knows no condition {test.kind}")
    field, config = _CONDITIONS[test.kind]
    return {"Field": field, config: {"Values": test.values["values"]}}


def _action(block: Block) -> Json:
    match block.values["type"]:
        case "forward":
            return {"Type": "forward", "TargetGroupArn": block.values["target_group_arn"]}
        case "fixed-response":
            (fixed,) = block.blocks
            response = {
                "StatusCode": fixed.values["status_code"],
                "ContentType": fixed.values["content_type"],
                "MessageBody": fixed.values["message_body"],
            }
            return {"Type": "fixed-response", "FixedResponseConfig": response}
        case other:
            raise NotApplicableError(f"the sandbox knows no action {other}")
