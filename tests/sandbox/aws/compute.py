"""The healthy computing side: the cluster, task definitions, services and their names in Cloud Map."""

import json
from typing import TYPE_CHECKING, Any

from tests.sandbox.aws.control_plane import ACCOUNT
from tests.sandbox.aws.data_stores import IMAGE_TAG
from tests.sandbox.aws.execution_role import equip_execution_role
from tests.sandbox.platform import Service
from tests.sandbox.platforms import HOKUSAI

if TYPE_CHECKING:
    from tests.sandbox.world import World

TASK_ROLE = HOKUSAI.task_role  # as scenarios know it
ARTIFACTS_POLICY = "artifacts"
SIZES = {"auth": ("256", "512"), "api": ("512", "1024"), "mlflow": ("1024", "2048"), "features": ("256", "512")}


def create_compute(world: "World") -> None:
    """Create roles, the cluster, the Cloud Map namespace, and every service of the platform."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    account = world.account
    for role in (account.execution_role, account.task_role):
        world.iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(trust))
    equip_execution_role(world)
    allow_artifacts(world)
    world.ecs.create_cluster(clusterName=account.cluster)
    created = world.servicediscovery.create_private_dns_namespace(Name=account.namespace, Vpc=world.vpc)
    operation = created["OperationId"]
    targets = world.servicediscovery.get_operation(OperationId=operation)["Operation"]["Targets"]
    for service in world.platform.services:
        world.registries[service.role] = _create_registry(world, targets["NAMESPACE"], service.role)
        register_task_definition(world, service)
        create_service(world, service)


def register_task_definition(world: "World", service: Service) -> None:
    """Register the healthy task definition of ``service``."""
    cpu, memory = SIZES[service.application]
    world.ecs.register_task_definition(
        family=service.name,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu=cpu,
        memory=memory,
        executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{world.account.execution_role}",
        taskRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{world.account.task_role}",
        containerDefinitions=[_container(world, service, int(memory))],
    )


def create_service(world: "World", service: Service, *, is_registered: bool = True) -> None:
    """Create the ECS service from the newest revision of its task definition.

    One that is not ``is_registered`` has no target group.
    """
    target_group = {
        "targetGroupArn": world.target_groups[service.role],
        "containerName": service.container,
        "containerPort": service.port,
    }
    world.ecs.create_service(
        cluster=world.account.cluster,
        serviceName=service.name,
        taskDefinition=service.name,
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": world.subnets,
                "securityGroups": [world.security_groups["tasks"]],
                "assignPublicIp": "DISABLED",
            }
        },
        loadBalancers=[target_group] if is_registered else [],
        serviceRegistries=[{"registryArn": world.registries[service.role]}],
    )
    # moto's create_service loses these two; its update_service keeps them.
    world.ecs.update_service(cluster=world.account.cluster, service=service.name, healthCheckGracePeriodSeconds=60)
    set_rollout(world, service.role)


def set_rollout(
    world: "World", role: str, *, minimum_healthy_pct: int = 0, maximum_pct: int = 100, has_breaker: bool = False
) -> None:
    """Set how deployments of a service roll out.

    By default its one task is stopped before the next one starts, as in a development environment.
    """
    configuration = {
        "minimumHealthyPercent": minimum_healthy_pct,
        "maximumPercent": maximum_pct,
        "deploymentCircuitBreaker": {"enable": has_breaker, "rollback": has_breaker},
    }
    world.ecs.update_service(
        cluster=world.account.cluster, service=world.platform.service(role).name, deploymentConfiguration=configuration
    )


def _create_registry(world: "World", namespace: str, name: str) -> str:
    created = world.servicediscovery.create_service(
        Name=name,
        NamespaceId=namespace,
        DnsConfig={"RoutingPolicy": "MULTIVALUE", "DnsRecords": [{"Type": "A", "TTL": 10}]},
    )
    arn: str = created["Service"]["Arn"]
    return arn


def _container(world: "World", service: Service, memory_mb: int) -> dict[str, Any]:
    stores = world.data_store_settings()
    return {
        "name": service.container,
        "image": f"{ACCOUNT}.dkr.ecr.{world.account.region}.amazonaws.com/{service.container}:{IMAGE_TAG}",
        "essential": True,
        "memory": memory_mb,
        "command": list(service.command),
        "portMappings": [{"containerPort": service.port, "hostPort": service.port, "protocol": "tcp"}],
        "environment": [{"name": key, "value": value.format(**stores)} for key, value in service.environment.items()],
        "secrets": [
            {"name": key, "valueFrom": world.secret_reference(value)} for key, value in service.secrets.items()
        ],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": f"/ecs/{service.name}",
                "awslogs-region": world.account.region,
                "awslogs-stream-prefix": "ecs",
            },
        },
    }


def allow_artifacts(world: "World") -> None:
    """Give the task role its inline policy: MLflow's artifacts in S3."""
    bucket = f"arn:aws:s3:::{world.account.artifacts_bucket}"
    objects = ("GetObject", "PutObject", "DeleteObject", "AbortMultipartUpload", "ListMultipartUploadParts")
    statements = [
        {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"], "Resource": bucket},
        {"Effect": "Allow", "Action": [f"s3:{action}" for action in objects], "Resource": f"{bucket}/*"},
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    world.iam.put_role_policy(RoleName=world.account.task_role, PolicyName=ARTIFACTS_POLICY, PolicyDocument=document)
