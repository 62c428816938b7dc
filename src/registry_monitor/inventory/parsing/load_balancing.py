"""Answers of Elastic Load Balancing."""

from collections.abc import Iterable, Mapping
from typing import Any

from registry_monitor.inventory.facts import (
    Action,
    Condition,
    FixedResponse,
    Listener,
    ListenerRule,
    LoadBalancer,
    Redirect,
    RegisteredTarget,
    TargetGroup,
)

type Json = Mapping[str, Any]


def target_groups(answer: Json) -> tuple[TargetGroup, ...]:
    """DescribeTargetGroups, one page."""
    return tuple(
        TargetGroup(
            arn=group["TargetGroupArn"],
            name=group["TargetGroupName"],
            port=group.get("Port"),
            protocol=group.get("Protocol"),
            health_check_path=group.get("HealthCheckPath"),
            health_check_port=group.get("HealthCheckPort"),
            matcher=group.get("Matcher", {}).get("HttpCode") or group.get("Matcher", {}).get("GrpcCode"),
            load_balancer_arns=tuple(group.get("LoadBalancerArns", [])),
            health_check_timeout_s=group.get("HealthCheckTimeoutSeconds"),
            protocol_version=group.get("ProtocolVersion"),
        )
        for group in answer["TargetGroups"]
    )


def target_health(answer: Json) -> tuple[RegisteredTarget, ...]:
    """DescribeTargetHealth."""
    return tuple(
        RegisteredTarget(
            id=described["Target"]["Id"],
            port=described["Target"].get("Port"),
            zone=described["Target"].get("AvailabilityZone"),
            state=described["TargetHealth"]["State"],
            reason=described["TargetHealth"].get("Reason"),
            description=described["TargetHealth"].get("Description"),
        )
        for described in answer["TargetHealthDescriptions"]
    )


def load_balancers(answer: Json) -> tuple[LoadBalancer, ...]:
    """DescribeLoadBalancers, one page."""
    return tuple(
        LoadBalancer(
            arn=balancer["LoadBalancerArn"],
            name=balancer["LoadBalancerName"],
            dns_name=balancer["DNSName"],
            scheme=balancer.get("Scheme"),
            state=balancer.get("State", {}).get("Code"),
            state_reason=balancer.get("State", {}).get("Reason"),
            vpc=balancer.get("VpcId"),
            security_groups=tuple(balancer.get("SecurityGroups", [])),
            subnets=tuple(zone["SubnetId"] for zone in balancer.get("AvailabilityZones", []) if zone.get("SubnetId")),
        )
        for balancer in answer["LoadBalancers"]
    )


def listener(described: Json, rules: Iterable[Json]) -> Listener:
    """One of DescribeListeners, with its rules of DescribeRules, which come in any order."""
    parsed = [_rule(rule) for rule in rules]
    return Listener(
        arn=described["ListenerArn"],
        port=described["Port"],
        protocol=described["Protocol"],
        ssl_policy=described.get("SslPolicy"),
        certificate_arns=tuple(
            certificate["CertificateArn"]
            for certificate in described.get("Certificates", [])
            if certificate.get("CertificateArn")
        ),
        client_certificates=described.get("MutualAuthentication", {}).get("Mode"),
        rules=tuple(sorted(parsed, key=lambda rule: float("inf") if rule.priority is None else rule.priority)),
    )


def _rule(rule: Json) -> ListenerRule:
    return ListenerRule(
        arn=rule["RuleArn"],
        priority=None if rule["Priority"] == "default" else rule["Priority"],
        conditions=tuple(_condition(condition) for condition in rule.get("Conditions", [])),
        actions=tuple(_action(action) for action in sorted(rule["Actions"], key=lambda each: each.get("Order", 0))),
        transforms=tuple(dict(transform) for transform in rule.get("Transforms", [])),
    )


def _condition(condition: Json) -> Condition:
    """Values stand in the condition itself, as of old, or in the configuration of its field."""
    configurations = [value for name, value in condition.items() if name.endswith("Config")]
    config = configurations[0] if configurations else {}
    values = config.get("Values") or condition.get("Values", [])
    pairs = [value for value in values if isinstance(value, Mapping)]
    return Condition(
        field=condition["Field"],
        values=tuple(value for value in values if not isinstance(value, Mapping)),
        regex_values=tuple(config.get("RegexValues") or condition.get("RegexValues", [])),
        query=tuple((pair.get("Key"), pair["Value"]) for pair in pairs),
        http_header_name=config.get("HttpHeaderName"),
    )


def _action(action: Json) -> Action:
    fixed, redirect = action.get("FixedResponseConfig"), action.get("RedirectConfig")
    groups = action.get("ForwardConfig", {}).get("TargetGroups") or []
    if not groups and action.get("TargetGroupArn"):
        groups = [{"TargetGroupArn": action["TargetGroupArn"]}]
    return Action(
        kind=action["Type"],
        target_groups={group["TargetGroupArn"]: group.get("Weight", 1) for group in groups},
        fixed_response=fixed
        and FixedResponse(
            status=fixed["StatusCode"], content_type=fixed.get("ContentType"), body=fixed.get("MessageBody")
        ),
        redirect=redirect
        and Redirect(
            status=redirect["StatusCode"].removeprefix("HTTP_"),
            **{part.lower(): redirect.get(part) for part in ("Protocol", "Host", "Port", "Path", "Query")},
        ),
    )
