"""What a world is, as a monitor could see it in AWS: without what differs each time a thing is made anew."""

import dataclasses
from typing import Any

from botocore.exceptions import ClientError

from tests.sandbox.aws.compute import TASK_ROLE
from tests.sandbox.aws.execution_role import EXECUTION_ROLE
from tests.sandbox.platforms import CLUSTER
from tests.sandbox.world import Json, World
from tests.unit.sandbox.network_state import network_state


def state_of(world: World) -> Json:
    """Return the state of everything that a scenario may break."""
    return {
        "services": {service.role: _service(world, service.name) for service in world.platform.services},
        "listeners": {item.name: _listeners(world, item.name) for item in world.platform.load_balancers},
        "target groups": _target_groups(world),
        "security groups": _edges(world),
        "stores": _stores(world),
        "secrets": _secrets(world),
        "roles": {role: _policies(world, role) for role in (TASK_ROLE, EXECUTION_ROLE)},
        "log groups": sorted(group["logGroupName"] for group in world.logs.describe_log_groups()["logGroups"]),
        "images": {service.role: _images(world, service.container) for service in world.platform.services},
        "names": _names(world),
        "network": network_state(world),
        "keys": (world.keys.is_dropped, dict(world.keys)),
        "refusals": world.control_plane.refusals.shown(),
        "monitor's trust": world.monitor_bundle.read_text(),
        "monitor's time": world.monitor_time_s,
        "database": _database(world),
        "conditions": [dataclasses.asdict(world.fargate), world.health_check_pace, sorted(world.hung_tasks)],
    }


def _service(world: World, name: str) -> Json:
    try:
        described = world.ecs.describe_services(cluster=CLUSTER, services=[name])["services"]
    except world.ecs.exceptions.ClusterNotFoundException:
        described = []
    if not described:
        return {}
    definition = world.ecs.describe_task_definition(taskDefinition=described[0]["taskDefinition"])["taskDefinition"]
    (container,) = definition["containerDefinitions"]
    settings = {
        kind: sorted(container[kind], key=lambda pair: str(pair["name"])) for kind in ("environment", "secrets")
    }
    return {
        "status": described[0]["status"],
        "desired": described[0]["desiredCount"],
        "running": len(world.ecs.list_tasks(cluster=CLUSTER, serviceName=name)["taskArns"]),
        "groups": described[0]["loadBalancers"],
        "registered names": _instances(world, described[0]["serviceRegistries"]),
        "rollout": described[0]["deploymentConfiguration"],
        "network": described[0]["networkConfiguration"],
        "capacity": described[0].get("capacityProviderStrategy", []),
        "container": container | settings,
        "execution role": definition["executionRoleArn"],
    }


def _instances(world: World, registries: list[Json]) -> list[int]:
    """How many instances each Cloud Map registry of a service has."""
    ids = [registry["registryArn"].rpartition("/")[2] for registry in registries]
    return [len(world.servicediscovery.list_instances(ServiceId=identity)["Instances"]) for identity in ids]


def _images(world: World, repository: str) -> list[str] | None:
    try:
        listed = world.ecr.list_images(repositoryName=repository)["imageIds"]
    except world.ecr.exceptions.RepositoryNotFoundException:
        return None
    return [image.get("imageTag") for image in listed]


def _policies(world: World, role: str) -> Json:
    inline = {
        name: world.iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in world.iam.list_role_policies(RoleName=role)["PolicyNames"]
    }
    attached = world.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    return inline | {policy["PolicyName"]: "attached" for policy in attached}


def _listeners(world: World, load_balancer: str) -> list[Any]:
    found = world.elbv2.describe_load_balancers()["LoadBalancers"]
    arns = [item["LoadBalancerArn"] for item in found if item["LoadBalancerName"] == load_balancer]
    return sorted(
        (
            listener["Port"],
            listener.get("MutualAuthentication", {}).get("Mode", "off"),
            [_certificate(world, item["CertificateArn"]) for item in listener.get("Certificates", [])],
            sorted(
                (rule["Priority"], str(rule["Conditions"]), str(rule["Actions"]))
                for rule in world.elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
            ),
        )
        for arn in arns
        for listener in world.elbv2.describe_listeners(LoadBalancerArn=arn)["Listeners"]
    )


def _certificate(world: World, arn: str) -> tuple[str, str]:
    described = world.acm.describe_certificate(CertificateArn=arn)["Certificate"]
    return described["DomainName"], described["Status"]


def _target_groups(world: World) -> Json:
    groups = world.elbv2.describe_target_groups()["TargetGroups"]
    return {
        group["TargetGroupName"]: (
            group["HealthCheckPath"],
            group["Matcher"]["HttpCode"],
            group["HealthCheckPort"],
            group["HealthCheckTimeoutSeconds"],
            group["ProtocolVersion"],
            world.elbv2.describe_target_group_attributes(TargetGroupArn=group["TargetGroupArn"])["Attributes"],
        )
        for group in groups
    }


def _edges(world: World) -> set[tuple[object, ...]]:
    return {
        (
            group["GroupName"],
            direction,
            *(permission.get(part) for part in ("IpProtocol", "FromPort", "ToPort")),
            peer.get("GroupId") or peer["CidrIp"],
        )
        for group in world.ec2.describe_security_groups()["SecurityGroups"]
        for direction in ("IpPermissions", "IpPermissionsEgress")
        for permission in group[direction]
        for peer in (*permission["UserIdGroupPairs"], *permission["IpRanges"])
    }


def _stores(world: World) -> list[Any]:
    databases = world.rds.describe_db_instances()["DBInstances"]
    groups = world.elasticache.describe_replication_groups()["ReplicationGroups"]
    buckets = world.s3.list_buckets()["Buckets"]
    return [
        [
            (database["DBInstanceStatus"], database["Endpoint"]["Address"], database["VpcSecurityGroups"])
            for database in databases
        ],
        [(group["Status"], group["NodeGroups"][0]["PrimaryEndpoint"]["Address"]) for group in groups],
        sorted((bucket["Name"], _policy(world, bucket["Name"])) for bucket in buckets),
    ]


def _database(world: World) -> list[Any]:
    """Whether MLflow gets in, and the revision of its tables."""
    database = world.database
    return [
        database.accepts(world.secrets.database_password),
        database.execute("SELECT version_num FROM alembic_version"),
    ]


def _policy(world: World, bucket: str) -> str:
    try:
        policy: str = world.s3.get_bucket_policy(Bucket=bucket)["Policy"]
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return policy


def _secrets(world: World) -> Json:
    found = {}
    for secret in world.secretsmanager.list_secrets()["SecretList"]:
        try:
            found[secret["Name"]] = world.secretsmanager.get_secret_value(SecretId=secret["Name"])["SecretString"]
        except ClientError as error:
            found[secret["Name"]] = error.response["Error"]["Code"]
    return found


def _names(world: World) -> Json:
    return {
        (zone["Name"], zone["Config"]["PrivateZone"], record["Name"], record["Type"]): record.get(
            "AliasTarget", record.get("ResourceRecords")
        )
        for zone in world.route53.list_hosted_zones()["HostedZones"]
        for record in world.route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    }
