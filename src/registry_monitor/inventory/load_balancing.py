"""What Elastic Load Balancing says of load balancers, listeners, rules, target groups and their targets."""

from collections.abc import Iterable, Sequence
from itertools import batched
from typing import Any

from registry_monitor.inventory.aws_errors import asking
from registry_monitor.inventory.facts import Listener, LoadBalancer, RegisteredTarget, TargetGroup
from registry_monitor.inventory.paging import pages_of
from registry_monitor.inventory.parsing import load_balancing as parsing

GROUPS_PER_CALL = 20  # as many names as ELBv2 takes of load balancers (API Reference, DescribeLoadBalancers)

DESCRIBE_GROUPS = "elasticloadbalancing:DescribeTargetGroups"
DESCRIBE_HEALTH = "elasticloadbalancing:DescribeTargetHealth"
DESCRIBE_BALANCERS = "elasticloadbalancing:DescribeLoadBalancers"
DESCRIBE_LISTENERS = "elasticloadbalancing:DescribeListeners"
DESCRIBE_RULES = "elasticloadbalancing:DescribeRules"


def read_groups(client: Any, arns: Sequence[str]) -> tuple[TargetGroup, ...]:
    """The groups that exist: one that does not fails the whole call of its batch."""
    found: list[TargetGroup] = []
    for batch in batched(arns, GROUPS_PER_CALL, strict=False):
        try:
            found.extend(_describe_groups(client, batch))
        except client.exceptions.TargetGroupNotFoundException:
            found.extend(group for arn in batch for group in _describe_group_if_any(client, arn))
    return tuple(found)


def read_groups_of(client: Any, balancer_arn: str) -> tuple[TargetGroup, ...]:
    """The groups to which a load balancer forwards; none where it was deleted meanwhile."""
    try:
        pages = pages_of(client, "describe_target_groups", LoadBalancerArn=balancer_arn)
        return tuple(group for page in pages for group in parsing.target_groups(page))
    except (client.exceptions.LoadBalancerNotFoundException, client.exceptions.TargetGroupNotFoundException):
        return ()


def _describe_groups(client: Any, arns: Sequence[str]) -> tuple[TargetGroup, ...]:
    return parsing.target_groups(client.describe_target_groups(TargetGroupArns=list(arns)))


def _describe_group_if_any(client: Any, arn: str) -> tuple[TargetGroup, ...]:
    try:
        return _describe_groups(client, [arn])
    except client.exceptions.TargetGroupNotFoundException:
        return ()


def read_health(client: Any, arn: str) -> tuple[RegisteredTarget, ...]:
    """The registered targets of one group; none where it does not exist."""
    try:
        return parsing.target_health(client.describe_target_health(TargetGroupArn=arn))
    except client.exceptions.TargetGroupNotFoundException:
        return ()


def read_balancers(client: Any, wanted: Iterable[str]) -> tuple[LoadBalancer, ...]:
    """Those of these names. All of the account's are listed: asked by name, one that is absent fails the whole call."""
    names = set(wanted)
    if not names:
        return ()
    pages: Iterable[dict[str, Any]] = pages_of(client, "describe_load_balancers")
    found = [balancer for page in pages for balancer in parsing.load_balancers(page)]
    return tuple(balancer for balancer in found if balancer.name in names)


def read_listeners(client: Any, balancer_arn: str) -> tuple[Listener, ...]:
    """The listeners of one load balancer with their rules, by port; none where it was deleted meanwhile."""
    with asking(DESCRIBE_LISTENERS):
        pages = pages_of(client, "describe_listeners", LoadBalancerArn=balancer_arn)
        try:
            described = [listener for page in pages for listener in page["Listeners"]]
        except client.exceptions.LoadBalancerNotFoundException:
            return ()
    with asking(DESCRIBE_RULES):
        listeners = [parsing.listener(each, _rules(client, each["ListenerArn"])) for each in described]
    return tuple(sorted(listeners, key=lambda listener: listener.port))


def _rules(client: Any, listener_arn: str) -> list[dict[str, Any]]:
    pages = pages_of(client, "describe_rules", ListenerArn=listener_arn)
    return [rule for page in pages for rule in page["Rules"]]
