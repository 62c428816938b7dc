"""The healthy load balancers: certificates, listeners, rules and target groups."""

from typing import TYPE_CHECKING, Any

from tests.sandbox.platform import LoadBalancer, Rule, Service

if TYPE_CHECKING:
    from tests.sandbox.world import World

NOT_FOUND = {
    "Type": "fixed-response",
    "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "Not Found"},
}
DEREGISTRATION_DELAY = "deregistration_delay.timeout_seconds"
TO_HTTPS = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}


def create_load_balancers(world: "World") -> None:
    """Create the target groups of all services, then each load balancer with its listeners and rules."""
    for service in world.platform.services:
        world.target_groups[service.role] = _create_target_group(world, service)
    for load_balancer in world.platform.load_balancers:
        create_load_balancer(world, load_balancer)


def create_rule(world: "World", load_balancer: str, rule: Rule) -> None:
    """Create one rule of the platform's data on the HTTPS listener of a load balancer."""
    conditions: list[dict[str, Any]] = []
    if rule.host:
        conditions.append({"Field": "host-header", "HostHeaderConfig": {"Values": [rule.host]}})
    if rule.paths:
        conditions.append({"Field": "path-pattern", "PathPatternConfig": {"Values": list(rule.paths)}})
    world.elbv2.create_rule(
        ListenerArn=world.listener(load_balancer)["ListenerArn"],
        Priority=rule.priority,
        Conditions=conditions,
        Actions=[{"Type": "forward", "TargetGroupArn": world.target_groups[rule.role]}],
    )


def _create_target_group(world: "World", service: Service) -> str:
    created = world.elbv2.create_target_group(
        Name=service.target_group,
        Protocol="HTTP",
        Port=service.port,
        VpcId=world.vpc,
        TargetType="ip",
        HealthCheckProtocol="HTTP",
        HealthCheckPort="traffic-port",
        HealthCheckPath=service.health_path,
        HealthCheckIntervalSeconds=30,
        HealthCheckTimeoutSeconds=5,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=2,
        Matcher={"HttpCode": service.matcher},
    )
    arn: str = created["TargetGroups"][0]["TargetGroupArn"]
    set_deregistration_delay(world, arn, 0)
    return arn


def set_deregistration_delay(world: "World", target_group: str, seconds: int) -> None:
    """Set for how long a target group keeps the connections of a target that leaves it."""
    delay = {"Key": DEREGISTRATION_DELAY, "Value": str(seconds)}
    world.elbv2.modify_target_group_attributes(TargetGroupArn=target_group, Attributes=[delay])


def deregistration_delay_s(world: "World", service: dict[str, Any]) -> float:
    """Return for how long the target groups of an ECS service keep the connections of a target that leaves them."""
    delays_s = [0.0]
    for balancer in service["loadBalancers"]:
        described = world.elbv2.describe_target_group_attributes(TargetGroupArn=balancer["targetGroupArn"])
        values = {attribute["Key"]: attribute["Value"] for attribute in described["Attributes"]}
        delays_s.append(float(values[DEREGISTRATION_DELAY]))
    return max(delays_s)


def create_load_balancer(world: "World", load_balancer: LoadBalancer) -> None:
    """Create a load balancer of the platform with its listeners, a certificate and its rules."""
    created = world.elbv2.create_load_balancer(
        Name=load_balancer.name,
        Subnets=world.public_subnets,
        SecurityGroups=[world.security_groups["alb"]],
        Scheme="internet-facing",
        Type="application",
    )
    arn = created["LoadBalancers"][0]["LoadBalancerArn"]
    world.elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=arn, Attributes=[{"Key": "idle_timeout.timeout_seconds", "Value": "60"}]
    )
    world.elbv2.create_listener(
        LoadBalancerArn=arn,
        Protocol="HTTPS",
        Port=443,
        SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
        Certificates=[{"CertificateArn": world.import_certificate(load_balancer.hosts)}],
        DefaultActions=[NOT_FOUND],
    )
    world.elbv2.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=[TO_HTTPS])
    for rule in load_balancer.rules:
        create_rule(world, load_balancer.name, rule)
